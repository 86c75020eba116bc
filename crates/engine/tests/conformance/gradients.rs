//! Gradients against finite differences.

use super::*;

#[test]
fn gradients_equal_finite_differences() {
    check_gradients(all_subjects());
}

/// More networks than every run can wait for: `LATENTLAB_DRAWN=1000..2000 cargo test --release … -- --ignored drawn`.
#[test]
#[ignore = "minutes"]
fn gradients_of_many_drawn_networks_equal_finite_differences() {
    let range = std::env::var("LATENTLAB_DRAWN").unwrap_or_else(|_| "1000..2000".into());
    let (first, end) = range.split_once("..").unwrap();
    check_gradients((first.parse().unwrap()..end.parse().unwrap()).map(graphs::drawn));
}

fn check_gradients(subjects: impl IntoIterator<Item = Subject>) {
    const IMAGES: usize = 3;
    const H: f64 = 1e-5;
    for subject in subjects {
        let mut executor = executor::<f64>(&subject, IMAGES, 1, Isa::Plain);
        let (x, noise) = batch::<f64>(&subject, IMAGES);
        executor.differentiate(&Images(&x), IMAGES, given(&noise), DRAW);
        let (gradient, parameters) = (executor.gradient(), executor.parameters());
        for view in executor.views().to_vec().iter().filter(|view| view.role == Role::Learned) {
            let scale = gradient[view.range.clone()].iter().fold(0.0f64, |m, g| m.max(g.abs()));
            // Some forty of each tensor's parameters, the first and the last among them.
            let step = view.range.len().div_ceil(40).max(1);
            let picks = view.range.clone().step_by(step).chain([view.range.end - 1]);
            for i in picks {
                let mut at = |shift: f64| {
                    let mut moved = parameters.clone();
                    moved[i] += shift;
                    assert!(executor.set_parameters(&moved));
                    executor.differentiate(&Images(&x), IMAGES, given(&noise), DRAW).total()
                };
                let mut difference = |h: f64| {
                    let slope = (at(h) - at(-h)) / (2.0 * h);
                    (slope, (slope - gradient[i]).abs() / scale.max(slope.abs()).max(1e-3))
                };
                let (mut slope, mut error) = difference(H);
                if error > 1e-5 {
                    // Another value of a window may become its largest within the step; within a tenth it does not.
                    (slope, error) = difference(H / 10.0);
                }
                assert!(
                    error <= 1e-5,
                    "{}: {}[{}]: {} but by differences {slope} ({error:e})",
                    subject.name,
                    view.name,
                    i - view.range.start,
                    gradient[i]
                );
            }
        }
    }
}
