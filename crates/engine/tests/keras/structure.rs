//! SSIM and MS-SSIM as losses, beside pytorch-msssim's and scikit-image's values (`scripts/structure_cases.py`).

use network::{Conv2d, ConvPadding, Initializer, MsSsim, Pair, Ssim};

use super::*;

/// The images of `scripts/structure_cases.py`: output and target.
fn patterns<T: Real>([height, width, channels]: [usize; 3]) -> [Vec<T>; 2] {
    let places =
        (0..height).flat_map(|y| (0..width).flat_map(move |x| (0..channels).map(move |c| (y, x, c))));
    let grey = |value: usize| T::from_f64(value as f64 / 255.0);
    let both = places.map(|(y, x, c)| {
        let target = (4 * y + 2 * x + 40 * c + 90 * ((x / 9 + y / 7) % 2)) % 256;
        (grey(3 * target / 4 + (7 * x * y + 31 * c + 13 * y) % 61), grey(target))
    });
    let (output, target): (Vec<T>, Vec<T>) = both.unzip();
    [output, target]
}

/// The loss of an output that two layers pass on as it is, and its gradient at the second one's kernel and bias.
fn check_structure<T: Real>(shape: [usize; 3], term: &str, case: &Value, path: &Path<'_, T>) {
    let [height, width, channels] = shape;
    let conv = Conv2d {
        filters: channels,
        kernel: Pair::square(1),
        stride: Pair::square(1),
        padding: ConvPadding::Same,
        activation: network::Activation::Linear,
        initializer: Initializer::default(),
    };
    let mut objective = Objective {
        reconstruction: Reconstruction { weight: 0.0, ..half_squares() },
        ..Objective::default()
    };
    match term {
        "ssim" => objective.ssim_loss = Ssim(1.0),
        _ => objective.ms_ssim_loss = MsSsim(1.0),
    }
    let network = Network {
        input: Shape::image(height, width, channels),
        encoder: vec![conv.clone().into()],
        latent: Latent::Deterministic {},
        decoder: vec![conv.into()],
        objective,
    };
    let mut device = path.open(&network, 1);
    let eye: Vec<T> = identity(channels).into_iter().map(T::from_f64).collect();
    let layer = [eye, vec![T::ZERO; channels]].concat();
    assert!(device.set_parameters(&layer.repeat(2)));
    let [output, target] = patterns(shape);
    let terms = device.differentiate(&Pairs(&output, &target), 1, Noise::Mean, Draw::default());
    let name = format!("{term} of {shape:?} on {}", path.name);
    let value = 1.0 - case["value"].as_f64().unwrap();
    assert_close(&format!("{name}: value"), &[T::from_f64(terms.total())], &[T::from_f64(value)]);
    let numbers =
        |key: &str| case[key].as_array().unwrap().iter().map(|value| T::from_f64(-value.as_f64().unwrap()));
    let want: Vec<T> = numbers("kernel").chain(numbers("bias")).collect();
    assert_close(&format!("{name}: gradient"), &device.gradient()[layer.len()..], &want);
}

#[test]
fn structural_similarity_and_its_gradient_are_those_of_others() {
    let cases: Value = serde_json::from_str(include_str!("structure.json")).unwrap();
    for case in cases.as_array().unwrap() {
        let shape: [usize; 3] = serde_json::from_value(case["shape"].clone()).unwrap();
        for term in ["ssim", "ms_ssim"] {
            on_every_path(
                |path| check_structure(shape, term, &case[term], path),
                |path| check_structure(shape, term, &case[term], path),
            );
        }
    }
}
