//! Whole networks: one pass, and some steps of training.

use super::*;

fn network_of(case: &Value) -> Network {
    Network {
        input: serde_json::from_value(case["input_shape"].clone()).unwrap(),
        encoder: serde_json::from_value(case["encoder"].clone()).unwrap(),
        latent: serde_json::from_value(case["latent"].clone()).unwrap(),
        decoder: serde_json::from_value(case["decoder"].clone()).unwrap(),
        objective: Objective::default(),
    }
}

/// Sets all tensors to those of the case.
fn set_parameters<T: Real>(device: &mut dyn Device<T>, cases: &Cases, case: &Value) {
    let stored = case["parameters"].as_object().unwrap();
    assert_eq!(stored.len(), device.views().len(), "{}: parameters", case["name"]);
    let mut parameters = device.parameters();
    for view in device.views() {
        parameters[view.range.clone()].copy_from_slice(&cases.get::<T>(case, "parameters", &view.name));
    }
    assert!(device.set_parameters(&parameters));
}

/// Each term, against the number that `want` gives for its name.
fn check_terms(name: &str, terms: network::Terms, want: impl Fn(&str) -> f64) {
    for term in [Term::Reconstruction, Term::Kl, Term::Total] {
        let (term, got) = (term.name(), terms[term]);
        let want = want(term);
        assert!((got - want).abs() <= TOLERANCE * want.abs().max(1.0), "{name}: {term} {got}, Keras {want}");
    }
}

/// The codes of `x`, and what the case's codes decode to.
fn check_codes<T: Real>(device: &mut dyn Device<T>, cases: &Cases, case: &Value, name: &str, x: &[T]) {
    let images = x.len() / device.network().input.len();
    let codes = images * device.code_shape().len();
    let (mut mean, mut log_var) = (vec![T::ZERO; codes], vec![T::ZERO; codes]);
    device.encode(&Images(x), images, &mut mean, Some(&mut log_var));
    if device.network().is_variational() {
        assert_close(&format!("{name}: mean"), &mean, &cases.get(case, "tensors", "mean"));
        assert_close(&format!("{name}: log_var"), &log_var, &cases.get(case, "tensors", "log_var"));
    } else {
        assert_close(&format!("{name}: z"), &mean, &cases.get(case, "tensors", "z"));
    }
    let z: Vec<T> = cases.get(case, "tensors", "z");
    let mut images_out = vec![T::ZERO; x.len()];
    device.decode(&z, images, &mut images_out);
    let logits: Vec<T> = cases.get(case, "tensors", "logits");
    let want: Vec<T> = logits.iter().map(|l| T::from_f64(1.0 / (1.0 + (-l.to_f64()).exp()))).collect();
    assert_close(&format!("{name}: decoded"), &images_out, &want);
}

/// Whole networks: loss terms and the gradient of every parameter.
fn check_network<T: Real>(cases: &Cases, case: &Value, path: &Path<'_, T>) {
    let name = format!("{} on {}", case["name"].as_str().unwrap(), path.name);
    let network = network_of(case);
    let x: Vec<T> = cases.get(case, "tensors", "x");
    let target: Vec<T> = cases.get(case, "tensors", "target");
    let images = x.len() / network.input.len();
    let mut device = path.open(&network, images);
    set_parameters(device.as_mut(), cases, case);
    let noise = match network.latent {
        Latent::Gaussian(_) => cases.get::<T>(case, "tensors", "eps"),
        Latent::Deterministic {} => Vec::new(),
    };
    let noise = if network.is_variational() { Noise::Given(&noise) } else { Noise::Mean };
    let terms = device.differentiate(&Pairs(&x, &target), images, noise, Draw::default());
    check_terms(&name, terms, |term| case[term].as_f64().unwrap());
    let gradient = device.gradient();
    for view in device.views() {
        let want: Vec<T> = cases.get(case, "gradients", &view.name);
        assert_close(&format!("{name}: gradient of {}", view.name), &gradient[view.range.clone()], &want);
    }
    check_codes(device.as_mut(), cases, case, &name, &x);
}

#[test]
fn networks() {
    let cases = Cases::load();
    for case in cases.list("networks") {
        on_every_path(|path| check_network(&cases, case, path), |path| check_network(&cases, case, path));
    }
}

/// Whole networks that train: terms of each step, then all tensors, and what they make of the first batch.
fn check_trained_network<T: Real>(cases: &Cases, case: &Value, path: &Path<'_, T>) {
    let name = format!("{} on {}", case["name"].as_str().unwrap(), path.name);
    let network = network_of(case);
    let steps = case["total"].as_array().unwrap().len();
    let x: Vec<T> = cases.get(case, "tensors", "x"); // [steps, images, …input shape]
    let noise: Vec<T> = cases.get(case, "tensors", "eps"); // [steps, images, code]
    let (batches, noises) = (x.chunks(x.len() / steps), noise.chunks(noise.len() / steps));
    let images = x.len() / steps / network.input.len();
    let mut device = path.open(&network, images);
    set_parameters(device.as_mut(), cases, case);
    let (optimizer, learning_rate) = optimizer_of(case);
    device.set_optimizer(optimizer);
    for (step, (x, noise)) in std::iter::zip(batches, noises).enumerate() {
        let (noise, draw) = (Noise::Given(noise), Draw::default());
        let settings = StepSettings { noise, draw, learning_rate, kl_factor: 1.0, clip_norm: None };
        let terms = device.step(&Images(x), images, settings);
        check_terms(&format!("{name}: step {step}"), terms, |term| case[term][step].as_f64().unwrap());
    }
    let parameters = device.parameters();
    for view in device.views() {
        let want: Vec<T> = cases.get(case, "after", &view.name);
        assert_close(&format!("{name}: {} after", view.name), &parameters[view.range.clone()], &want);
    }
    check_codes(device.as_mut(), cases, case, &name, &x[..x.len() / steps]);
}

#[test]
fn trained_networks() {
    let cases = Cases::load();
    for case in cases.list("trained_networks") {
        on_every_path(
            |path| check_trained_network(&cases, case, path),
            |path| check_trained_network(&cases, case, path),
        );
    }
}
