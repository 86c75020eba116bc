//! The engine against the reference, through the trait of devices.

use super::*;

/// What the name of a tensor's gradient begins with.
const GRADIENT: &str = "gradient of ";

/// What a device makes of a batch: every kind of number that it gives.
fn everything<T: Real>(
    device: &mut dyn Device<T>,
    subject: &Subject,
    images: usize,
) -> Vec<(String, Vec<f64>)> {
    let (x, noise) = batch::<T>(subject, images);
    let first = of_first(subject, &noise);
    let (source, noise) = (Images(&x), given(&noise));
    let mut all = Vec::new();
    let mut keep = |what: &str, values: &[T]| {
        all.push((what.to_owned(), values.iter().map(|value| value.to_f64()).collect()));
    };
    let total = |terms: network::Terms| [T::from_f64(terms.total())];
    let code = images * device.code_shape().len();
    let (mut mean, mut log_var) = (vec![T::ZERO; code], vec![T::ZERO; code]);
    device.encode(&source, images, &mut mean, Some(&mut log_var));
    keep("mean", &mean);
    keep("log_var", &log_var);
    let mut output = vec![T::ZERO; x.len()];
    device.decode(&mean, images, &mut output);
    keep("decoded", &output);
    device.reconstruct(&source, images, given(&first), &mut output);
    keep("reconstructed", &output);
    let mut losses = vec![0.0; images];
    device.evaluate_codes(&source, &mean, images, &mut losses);
    keep("loss of codes", &losses.into_iter().map(T::from_f64).collect::<Vec<_>>());
    keep("total in evaluation", &total(device.evaluate(&source, images, noise)));
    let each: Vec<_> =
        device.image_terms(images).into_iter().map(|terms| T::from_f64(terms.total())).collect();
    keep("total of each image", &each);
    keep("total in training", &total(device.differentiate(&source, images, noise, DRAW)));
    let views = device.views().to_vec();
    let gradient = device.gradient();
    for view in &views {
        keep(&format!("{GRADIENT}{}", view.name), &gradient[view.range.clone()]);
    }
    // A step of a rule that is linear in the gradient, so that it magnifies no rounding.
    device.set_optimizer(Sgd { momentum: 0.9, nesterov: true }.into());
    let settings =
        StepSettings { noise, draw: DRAW, learning_rate: 1e-2, kl_factor: 0.5, clip_norm: Some(0.5) };
    for _ in 0..2 {
        device.step(&source, images, settings);
    }
    let parameters = device.parameters();
    for view in &views {
        keep(&format!("{} after steps", view.name), &parameters[view.range.clone()]);
    }
    all
}

#[test]
fn the_engine_agrees_with_the_reference() {
    const IMAGES: usize = 11;
    for subject in all_subjects() {
        let truth = everything(&mut reference(&subject, IMAGES), &subject, IMAGES);
        let largest = |values: &[f64]| values.iter().fold(0.0f64, |most, value| most.max(value.abs()));
        let of_gradient = |what: &str| what.starts_with(GRADIENT);
        let gradients = truth.iter().filter(|(what, _)| of_gradient(what)).map(|(_, values)| largest(values));
        let largest_slope = gradients.fold(0.0, f64::max);
        let check = |path: &str, found: Vec<(String, Vec<f64>)>, tolerance: f64| {
            for ((what, found), (_, truth)) in std::iter::zip(found, &truth) {
                // Normalisations and sums of branches cancel gradients: what is left has the error of what there was.
                let before = if of_gradient(&what) { 0.01 * largest_slope } else { 0.0 };
                let scale = largest(truth).max(before).max(1e-3);
                for (i, (found, truth)) in std::iter::zip(found, truth).enumerate() {
                    let error = (found - truth).abs() / scale;
                    assert!(
                        error <= tolerance,
                        "{} on {path}: {what}[{i}]: {found}, the reference {truth} ({error:e})",
                        subject.name
                    );
                }
            }
        };
        let mut plain = executor::<f64>(&subject, IMAGES, 2, Isa::Plain);
        check("f64", everything(&mut plain, &subject, IMAGES), 1e-9);
        for isa in Isa::available() {
            let mut fast = executor::<f32>(&subject, IMAGES, 2, isa);
            check(isa.name(), everything(&mut fast, &subject, IMAGES), 1e-4);
        }
    }
}

/// Parameters and terms after two steps on `images` images, of which as many go through the net at a time as the device
/// takes.
fn after_passes<T: Real>(
    device: &mut dyn Device<T>,
    subject: &Subject,
    images: usize,
    clip_norm: Option<f64>,
) -> (Vec<T>, Vec<f64>) {
    let sgd = Sgd { momentum: 0.9, nesterov: false };
    device.set_optimizer(sgd.into());
    let (x, noise) = batch::<T>(subject, images);
    let drawn = Noise::Drawn { stream: Stream::new(1, "posterior"), step: 3 };
    let mut totals = Vec::new();
    for noise in [given(&noise), drawn] {
        let settings = StepSettings { noise, draw: DRAW, learning_rate: 1e-2, kl_factor: 0.7, clip_norm };
        let terms = device.step(&Images(&x), images, settings);
        assert_eq!(terms.images, images);
        totals.push(terms.total());
    }
    (device.parameters(), totals)
}

/// A step in passes is that of the larger batch, a short last pass included: weighted as if it were a whole one, its images
/// would count two and a half times.
#[test]
fn passes_add_up_to_the_larger_batch() {
    fn check<T: Real>(subject: &Subject, isa: Isa, clip_norm: Option<f64>, tolerance: f64) {
        const IMAGES: usize = 12;
        let start = executor::<T>(subject, IMAGES, 1, isa).parameters();
        let after =
            |pass| after_passes(&mut executor::<T>(subject, pass, 2, isa), subject, IMAGES, clip_norm);
        let (whole, totals) = after(IMAGES);
        let moved = start.iter().zip(&whole).fold(0.0f64, |most, (a, b)| most.max((*a - *b).to_f64().abs()));
        assert!(moved > 0.0, "{}", subject.name);
        for pass in [5, 1] {
            let (parameters, sums) = after(pass);
            for (i, (a, b)) in whole.iter().zip(&parameters).enumerate() {
                let error = (*a - *b).to_f64().abs();
                let limit = tolerance * moved.max(start[i].to_f64().abs());
                assert!(error <= limit, "{} on {isa}, passes of {pass}: [{i}] {error:e}", subject.name);
            }
            for (a, b) in totals.iter().zip(&sums) {
                let error = (a - b).abs() / a.abs().max(1.0);
                assert!(error <= tolerance, "{} on {isa}, passes of {pass}: total {error:e}", subject.name);
            }
        }
    }
    let alone: Vec<_> =
        subjects().into_iter().filter(|subject| !graphs::depends_on_batch(&subject.network)).collect();
    for (subject, clip_norm) in alone.iter().flat_map(|subject| [(subject, None), (subject, Some(0.1))]) {
        check::<f64>(subject, Isa::Plain, clip_norm, 1e-9);
        for isa in Isa::available() {
            check::<f32>(subject, isa, clip_norm, 2e-5);
        }
    }
}

/// Layers that look at a whole batch see that of a pass, and draws go by an image's place in the step.
#[test]
fn passes_are_those_of_the_reference() {
    const IMAGES: usize = 12;
    for subject in graphs::examples().into_iter().chain((0..DRAWN).map(graphs::drawn)) {
        let mut plain = executor::<f64>(&subject, 5, 2, Isa::Plain);
        let (found, totals) = after_passes(&mut plain, &subject, IMAGES, None);
        let (truth, true_totals) = after_passes(&mut reference(&subject, 5), &subject, IMAGES, None);
        for (found, truth) in std::iter::zip(found.iter().chain(&totals), truth.iter().chain(&true_totals)) {
            let error = (found - truth).abs() / truth.abs().max(1.0);
            assert!(error <= 1e-9, "{}: {found}, the reference {truth} ({error:e})", subject.name);
        }
    }
}
