//! Outputs, losses, gradients and updates equal to Keras', on the cases that `scripts/keras_cases.py` stored: those of the
//! engine, and those of the reference that the harness compares it with.

use std::collections::BTreeMap;

use engine::{Executor, Isa, Options, Real};
use network::{
    Activation, Device, Draw, Images, Latent, Layer, Loss, Network, Noise, Objective, Optimizer,
    Reconstruction, Role, Shape, Source, StepSettings, Term,
};
use reference::Reference;
use safetensors::SafeTensors;
use serde_json::Value;

/// Largest difference, relative to the larger of 1 and the tensor's largest value.
const TOLERANCE: f64 = 1e-4;

struct Cases {
    json: Value,
    tensors: BTreeMap<String, Vec<f32>>,
}

impl Cases {
    fn load() -> Self {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/keras");
        let bytes = std::fs::read(folder.join("cases.safetensors")).unwrap();
        let tensors = SafeTensors::deserialize(&bytes).unwrap();
        let tensors = tensors
            .tensors()
            .into_iter()
            .map(|(name, view)| {
                let values = view.data().chunks_exact(4).map(|b| f32::from_le_bytes(b.try_into().unwrap()));
                (name, values.collect())
            })
            .collect();
        let json = std::fs::read_to_string(folder.join("cases.json")).unwrap();
        Self { json: serde_json::from_str(&json).unwrap(), tensors }
    }

    fn list(&self, kind: &str) -> &[Value] {
        let list = self.json[kind].as_array().unwrap();
        assert!(!list.is_empty());
        list
    }

    /// The tensor that `case[table][name]` refers to.
    fn get<T: Real>(&self, case: &Value, table: &str, name: &str) -> Vec<T> {
        let key = case[table][name].as_str().unwrap_or_else(|| panic!("{} has no {name}", case["name"]));
        self.tensors[key].iter().map(|v| T::from_f64(f64::from(*v))).collect()
    }
}

fn assert_close<T: Real>(what: &str, got: &[T], want: &[T]) {
    assert_eq!(got.len(), want.len(), "{what}: length");
    let scale = want.iter().fold(1.0f64, |m, v| m.max(v.to_f64().abs()));
    for (i, (g, w)) in got.iter().zip(want).enumerate() {
        let error = (g.to_f64() - w.to_f64()).abs() / scale;
        assert!(error <= TOLERANCE, "{what}[{i}]: {} but Keras has {} ({error:e})", g.to_f64(), w.to_f64());
    }
}

/// What a case runs on.
struct Path<'a, T> {
    name: String,
    open: &'a dyn Fn(&Network, usize) -> Box<dyn Device<T>>,
}

impl<T: Real> Path<'_, T> {
    /// A device for passes of `batch` images.
    fn open(&self, network: &Network, batch: usize) -> Box<dyn Device<T>> {
        (self.open)(network, batch)
    }
}

fn engine<T: Real>(network: &Network, batch: usize, isa: Isa) -> Box<dyn Device<T>> {
    Box::new(Executor::new(network, Options { batch, threads: 2, isa }).unwrap())
}

/// Runs a check on the reference, in the engine's own f64, and on every instruction set that this machine has.
fn on_every_path(f64_path: impl Fn(&Path<'_, f64>), f32_path: impl Fn(&Path<'_, f32>)) {
    let plain = |network: &Network, batch| engine::<f64>(network, batch, Isa::Plain);
    let reference = |network: &Network, batch| -> Box<dyn Device<f64>> {
        Box::new(Reference::new(network, batch).unwrap())
    };
    f64_path(&Path { name: "the reference".to_owned(), open: &reference });
    f64_path(&Path { name: "f64".to_owned(), open: &plain });
    for isa in Isa::available() {
        f32_path(&Path { name: isa.to_string(), open: &|network, batch| engine(network, batch, isa) });
    }
}

/// Input and target given separately.
struct Pairs<'a, T>(&'a [T], &'a [T]);

impl<T: Real> Source<T> for Pairs<'_, T> {
    fn fill(&self, index: usize, input: &mut [T], target: &mut [T]) {
        let n = input.len();
        input.copy_from_slice(&self.0[index * n..(index + 1) * n]);
        target.copy_from_slice(&self.1[index * n..(index + 1) * n]);
    }
}

/// ½ Σ (y − t)², whose gradient is y − t.
fn half_squares() -> Reconstruction {
    Reconstruction { loss: Loss::SquaredError, weight: 0.5, ..Default::default() }
}

/// Vectors of n values through two dense layers of n units, the first with this activation.
fn dense_pair(n: usize, activation: Value, reconstruction: Reconstruction) -> Network {
    let dense = |activation: Value| {
        let layer = serde_json::json!({ "layer": "dense", "units": n, "activation": activation });
        vec![serde_json::from_value::<Layer>(layer).unwrap()]
    };
    Network {
        input: Shape::Vector(n),
        encoder: dense(activation),
        latent: Latent::Deterministic {},
        decoder: dense("linear".into()),
        objective: Objective { reconstruction, ..Default::default() },
    }
}

fn identity(units: usize) -> Vec<f64> {
    (0..units * units).map(|i| if i % (units + 1) == 0 { 1.0 } else { 0.0 }).collect()
}

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

/// The rule of a case, and its learning rate.
fn optimizer_of(case: &Value) -> (Optimizer, f64) {
    let mut table = case["optimizer"].as_object().unwrap().clone();
    let learning_rate = table.remove("learning_rate").unwrap().as_f64().unwrap();
    let kind = table.remove("name").unwrap();
    table.insert("kind".to_owned(), kind);
    (serde_json::from_value(table.into()).unwrap(), learning_rate)
}

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
