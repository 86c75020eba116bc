//! Update rules.

use super::*;

/// Parameter trajectories. The network is one bias per value, whose squared-error gradient is set through
/// the target.
fn check_optimizer<T: Real>(cases: &Cases, case: &Value, path: &Path<'_, T>) {
    let name = format!("{} on {}", case["name"].as_str().unwrap(), path.name);
    let (optimizer, learning_rate) = optimizer_of(case);
    let p0: Vec<T> = cases.get(case, "tensors", "p0");
    let gradients: Vec<T> = cases.get(case, "tensors", "gradients");
    let want: Vec<T> = cases.get(case, "tensors", "p");
    let n = p0.len();
    let network = dense_pair(n, "linear".into(), half_squares());
    let mut device = path.open(&network, 1);
    let mut parameters = vec![T::ZERO; device.parameters().len()];
    let bias = parameters.len() - n..parameters.len();
    parameters[bias.clone()].copy_from_slice(&p0);
    assert!(device.set_parameters(&parameters));
    device.set_optimizer(optimizer);
    for (step, gradient) in gradients.chunks(n).enumerate() {
        // Everything but the last bias has gradient 0: the kernels are 0, and so are the images.
        let images = vec![T::ZERO; n];
        let output = device.parameters()[bias.clone()].to_vec();
        let target: Vec<T> = output.iter().zip(gradient).map(|(y, g)| *y - *g).collect();
        let settings = StepSettings {
            noise: Noise::Mean,
            draw: Draw::default(),
            learning_rate,
            kl_factor: 1.0,
            clip_norm: case["clip_norm"].as_f64(),
        };
        device.step(&Pairs(&images, &target), 1, settings);
        let got = &device.parameters()[bias.clone()];
        assert_close(&format!("{name}: step {step}"), got, &want[step * n..(step + 1) * n]);
    }
}

#[test]
fn optimizers() {
    let cases = Cases::load();
    for case in cases.list("optimizers") {
        on_every_path(|path| check_optimizer(&cases, case, path), |path| check_optimizer(&cases, case, path));
    }
}
