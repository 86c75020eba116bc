//! Layers and activations.

use super::*;

/// One layer between dense ones that pass its values on: before it one whose kernel is the identity, and behind it one
/// that brings its output to the size of the network's images. These also say which image they are, in values that the
/// first layer multiplies with 0, so that the gradient of its kernel holds dx image by image. The squared error's target
/// is chosen so that the upstream gradient is g.
fn check_layer<T: Real>(cases: &Cases, case: &Value, path: &Path<'_, T>) {
    let name = format!("{} on {}", case["name"].as_str().unwrap(), path.name);
    let layer: Layer = serde_json::from_value(case["layer"].clone()).unwrap();
    let input: Shape = serde_json::from_value(case["input_shape"].clone()).unwrap();
    let output = layer.output_shape(input).unwrap();
    let (n, m) = (input.len(), output.len());
    let x: Vec<T> = cases.get(case, "tensors", "x");
    let images = x.len() / n;
    let units = m.max(n + images);
    let dense = |units: usize| serde_json::json!({ "layer": "dense", "units": units });
    let encoder = serde_json::json!([
        dense(n), { "layer": "reshape", "shape": input.dims() }, case["layer"], { "layer": "flatten" },
    ]);
    let network = Network {
        input: Shape::Vector(units),
        encoder: serde_json::from_value(encoder).unwrap(),
        latent: Latent::Deterministic {},
        decoder: vec![serde_json::from_value(dense(units)).unwrap()],
        objective: Objective { reconstruction: half_squares(), ..Default::default() },
    };
    let mut device = path.open(&network, images);
    let mut parameters = vec![T::ZERO; device.parameters().len()];
    let views = device.views().to_vec();
    let place = |name: &str| views.iter().find(|view| view.name == name).unwrap().range.clone();
    let embed = |rows: usize, columns: usize| -> Vec<T> {
        let mut matrix = vec![T::ZERO; rows * columns];
        (0..rows.min(columns)).for_each(|i| matrix[i * columns + i] = T::ONE);
        matrix
    };
    parameters[place("encoder.0.kernel")].copy_from_slice(&embed(units, n));
    parameters[place("decoder.0.kernel")].copy_from_slice(&embed(m, units));
    // The layer's own tensors, as the case names them.
    let own = |view: &network::ParameterView| view.name.strip_prefix("encoder.2.").map(str::to_owned);
    for view in &views {
        if let Some(tensor) = own(view) {
            parameters[view.range.clone()].copy_from_slice(&cases.get::<T>(case, "tensors", &tensor));
        }
    }
    assert!(device.set_parameters(&parameters));

    let mut padded = vec![T::ZERO; images * units];
    for image in 0..images {
        padded[image * units..][..n].copy_from_slice(&x[image * n..][..n]);
        padded[image * units + n + image] = T::ONE;
    }
    let want: Vec<T> = cases.get(case, "tensors", "y");
    let trains = case["training"].as_bool();
    if trains != Some(true) {
        let mut y = vec![T::ZERO; images * m];
        device.encode(&Images(&padded), images, &mut y, None);
        assert_close(&format!("{name}: y"), &y, &want);
    }
    if trains == Some(false) {
        return;
    }
    // ½ Σ (y − t)² / images has the gradient g where t = y − g · images, and is 0 where t = y.
    let mut target = vec![T::ZERO; images * units];
    for (target, want) in target.chunks_mut(units).zip(want.chunks(m)) {
        target[..m].copy_from_slice(want);
    }
    let total = device.differentiate(&Pairs(&padded, &target), images, Noise::Mean, Draw::default()).total();
    let scale = want.iter().fold(1.0f64, |most, y| most.max(y.to_f64().abs()));
    assert!(total <= 0.5 * (TOLERANCE * scale).powi(2), "{name}: y is off by {}", (2.0 * total).sqrt());
    let g: Vec<T> = cases.get(case, "tensors", "g");
    for (target, g) in target.chunks_mut(units).zip(g.chunks(m)) {
        for (target, g) in target.iter_mut().zip(g) {
            *target = *target - *g * T::from_f64(images as f64);
        }
    }
    device.differentiate(&Pairs(&padded, &target), images, Noise::Mean, Draw::default());
    let gradient = device.gradient();
    for view in views.iter().filter(|view| view.role == Role::Learned) {
        if let Some(tensor) = own(view) {
            let want: Vec<T> = cases.get(case, "tensors", &format!("d{tensor}"));
            assert_close(&format!("{name}: d{tensor}"), &gradient[view.range.clone()], &want);
        }
    }
    let rows = &gradient[place("encoder.0.kernel")][n * n..(n + images) * n];
    assert_close(&format!("{name}: dx"), rows, &cases.get(case, "tensors", "dx"));
    // What a step that moves nothing leaves of the state.
    let (noise, draw) = (Noise::Mean, Draw::default());
    let still = StepSettings { noise, draw, learning_rate: 0.0, kl_factor: 1.0, clip_norm: None };
    device.step(&Pairs(&padded, &target), images, still);
    let after = device.parameters();
    for view in views.iter().filter(|view| view.role == Role::State) {
        if let Some(tensor) = own(view) {
            let want: Vec<T> = cases.get(case, "tensors", &format!("after.{tensor}"));
            assert_close(&format!("{name}: {tensor} after"), &after[view.range.clone()], &want);
        }
    }
}

#[test]
fn layers() {
    let cases = Cases::load();
    for case in cases.list("layers") {
        on_every_path(|path| check_layer(&cases, case, path), |path| check_layer(&cases, case, path));
    }
}

/// y and dy/dx through a dense layer of one unit per value.
fn check_activation<T: Real>(cases: &Cases, case: &Value, path: &Path<'_, T>) {
    let activation: Activation = serde_json::from_value(case["activation"].clone()).unwrap();
    let name = format!("{} on {}", activation.name(), path.name);
    let x: Vec<T> = cases.get(case, "tensors", "x");
    let n = x.len();
    let network = dense_pair(n, case["activation"].clone(), half_squares());
    let mut device = path.open(&network, 1);
    let eye: Vec<T> = identity(n).into_iter().map(T::from_f64).collect();
    let zero = vec![T::ZERO; n];
    let parameters = [&eye[..], &zero, &eye, &zero].concat();
    assert!(device.set_parameters(&parameters));
    let mut y = vec![T::ZERO; n];
    device.encode(&Images(&x), 1, &mut y, None);
    assert_close(&format!("{name}: y"), &y, &cases.get(case, "tensors", "y"));
    let target: Vec<T> = y.iter().map(|y| *y - T::ONE).collect();
    device.differentiate(&Pairs(&x, &target), 1, Noise::Mean, Draw::default());
    let bias = &device.gradient()[n * n..n * n + n];
    assert_close(&format!("{name}: dy/dx"), bias, &cases.get(case, "tensors", "dy"));
}

#[test]
fn activations() {
    let cases = Cases::load();
    for case in cases.list("activations") {
        on_every_path(
            |path| check_activation(&cases, case, path),
            |path| check_activation(&cases, case, path),
        );
    }
}
