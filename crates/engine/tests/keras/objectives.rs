//! Terms of the loss.

use super::*;

/// The objectives, through a network that is the identity: loss value and gradient at the output's bias.
fn check_objective<T: Real>(cases: &Cases, case: &Value, path: &Path<'_, T>) {
    let kind = case["objective"].as_str().unwrap();
    let name = format!("{} on {}", case["name"].as_str().unwrap(), path.name);
    if kind == "kl" {
        return check_kl(cases, case, path);
    }
    let (output, slope) = if kind == "bce" { ("logits", "dlogits") } else { ("mean", "dmean") };
    let outputs: Vec<T> = cases.get(case, "tensors", output);
    let target: Vec<T> = cases.get(case, "tensors", "target");
    let values: Vec<T> = cases.get(case, "tensors", "value");
    let want: Vec<T> = cases.get(case, "tensors", slope);
    let n = outputs.len() / values.len();
    let loss: Loss = serde_json::from_value(kind.into()).unwrap();
    let sigma = (kind == "gaussian").then(|| network::Sigma::Learned(case["sigma"].as_f64().unwrap() as f32));
    let reconstruction = Reconstruction { loss, sigma, ..Default::default() };
    let network = dense_pair(n, "linear".into(), reconstruction);
    let mut device = path.open(&network, 1);
    device.initialize(0); // ln σ
    let mut parameters = device.parameters();
    let eye: Vec<T> = identity(n).into_iter().map(T::from_f64).collect();
    let zero = vec![T::ZERO; n];
    let head = [&eye[..], &zero, &eye, &zero].concat();
    parameters[..head.len()].copy_from_slice(&head);
    assert!(device.set_parameters(&parameters));
    for (image, value) in values.iter().enumerate() {
        let at = image * n..(image + 1) * n;
        let terms = device.differentiate(
            &Pairs(&outputs[at.clone()], &target[at.clone()]),
            1,
            Noise::Mean,
            Draw::default(),
        );
        assert_close(&format!("{name}: value {image}"), &[T::from_f64(terms.total())], &[*value]);
        let bias = head.len() - n..head.len();
        assert_close(&format!("{name}: gradient {image}"), &device.gradient()[bias], &want[at]);
        if kind == "gaussian" {
            let want: Vec<T> = cases.get(case, "tensors", "dlog_sigma");
            let got = device.gradient()[head.len()];
            assert_close(&format!("{name}: dlog_sigma {image}"), &[got], &want[image..=image]);
        }
    }
}

/// KL through latent heads whose biases are the case's mean and log variance, with nothing behind.
fn check_kl<T: Real>(cases: &Cases, case: &Value, path: &Path<'_, T>) {
    let mean: Vec<T> = cases.get(case, "tensors", "mean");
    let log_var: Vec<T> = cases.get(case, "tensors", "log_var");
    let values: Vec<T> = cases.get(case, "tensors", "value");
    let (dmean, dlog_var): (Vec<T>, Vec<T>) =
        (cases.get(case, "tensors", "dmean"), cases.get(case, "tensors", "dlog_var"));
    let d = mean.len() / values.len();
    let mut objective = Objective::default();
    objective.reconstruction.weight = 0.0;
    let network = Network {
        input: Shape::Vector(1),
        encoder: Vec::new(),
        latent: Latent::gaussian(d),
        decoder: serde_json::from_value(serde_json::json!([{ "layer": "dense", "units": 1 }])).unwrap(),
        objective,
    };
    let mut device = path.open(&network, 1);
    for (image, value) in values.iter().enumerate() {
        let at = image * d..(image + 1) * d;
        let zero = vec![T::ZERO; d];
        let parameters =
            [&zero[..], &mean[at.clone()], &zero, &log_var[at.clone()], &zero, &[T::ZERO]].concat();
        assert!(device.set_parameters(&parameters));
        let terms = device.differentiate(&Images(&[T::ZERO]), 1, Noise::Mean, Draw::default());
        assert_close("kl: value", &[T::from_f64(terms[Term::Kl])], &[*value]);
        assert_close("kl: dmean", &device.gradient()[d..2 * d], &dmean[at.clone()]);
        assert_close("kl: dlog_var", &device.gradient()[3 * d..4 * d], &dlog_var[at]);
    }
}

#[test]
fn objectives() {
    let cases = Cases::load();
    for case in cases.list("objectives") {
        on_every_path(|path| check_objective(&cases, case, path), |path| check_objective(&cases, case, path));
    }
}
