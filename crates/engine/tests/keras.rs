//! Outputs, losses, gradients and updates equal to Keras', on the cases that `scripts/keras_cases.py` stored.

use std::collections::BTreeMap;

use engine::{Draw, Executor, Images, Isa, Noise, OptimizerState, Options, Real, Source, StepSettings};

use network::{
    Activation, Latent, Layer, Loss, Network, Objective, Optimizer, ParameterView, Reconstruction, Role, Sgd,
    Shape, Term,
};
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

fn options(isa: Isa, batch: usize) -> Options {
    Options { batch, threads: 2, isa }
}

/// Runs a check in the reference arithmetic and on every instruction set that this machine has.
fn on_every_path(f64_path: impl Fn(Isa), f32_path: impl Fn(Isa)) {
    f64_path(Isa::Plain);
    Isa::available().into_iter().for_each(f32_path);
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

/// One layer, wrapped so that its output and all its gradients can be seen: a dense layer with the identity
/// before it (its bias gradient is Σ dx, and its kernel gradient gives dx image by image), the layer, and a
/// dense layer behind that brings the output to the input's size (the squared error's target is chosen so
/// that the upstream gradient is g).
fn check_layer<T: Real>(cases: &Cases, case: &Value, isa: Isa) {
    let name = format!("{} on {isa}", case["name"].as_str().unwrap());
    let layer: Layer = serde_json::from_value(case["layer"].clone()).unwrap();
    let input: Shape = serde_json::from_value(case["input_shape"].clone()).unwrap();
    let output = layer.output_shape(input).unwrap();
    let (n, m) = (input.len(), output.len());
    let x: Vec<T> = cases.get(case, "tensors", "x");
    let images = x.len() / n;

    // [identity] → layer → [flatten → zero-padding or summing dense to n values]
    let dense = |units: usize| serde_json::json!({ "layer": "dense", "units": units });
    let encoder = serde_json::json!([
        { "layer": "flatten" }, dense(n), { "layer": "reshape", "shape": input.dims() }, case["layer"],
        { "layer": "flatten" },
    ]);
    let units = m.max(n);
    // The network's images are vectors of `units` values, so that nothing is lost at either end.
    let mut layers: Vec<Layer> = serde_json::from_value(encoder).unwrap();
    layers.remove(0);
    let network = Network {
        input: Shape::Vector(units),
        encoder: layers,
        latent: Latent::Deterministic {},
        decoder: vec![serde_json::from_value(dense(units)).unwrap()],
        objective: Objective { reconstruction: half_squares(), ..Default::default() },
    };
    let mut executor = Executor::<T>::new(&network, options(isa, images)).unwrap();
    let mut parameters = vec![T::ZERO; executor.parameters().len()];
    let views = executor.views().to_vec();
    let place = |name: &str| views.iter().find(|view| view.name == name).map(|view| view.range.clone());
    let embed = |rows: usize, columns: usize| -> Vec<T> {
        let mut matrix = vec![T::ZERO; rows * columns];
        (0..rows.min(columns)).for_each(|i| matrix[i * columns + i] = T::ONE);
        matrix
    };
    parameters[place("encoder.0.kernel").unwrap()].copy_from_slice(&embed(units, n));
    parameters[place("decoder.0.kernel").unwrap()].copy_from_slice(&embed(m, units));
    let own: Vec<&ParameterView> = views.iter().filter(|view| view.name.starts_with("encoder.2.")).collect();
    let stored = |view: &ParameterView| view.name["encoder.2.".len()..].to_owned();
    for view in &own {
        let values: Vec<T> = cases.get(case, "tensors", &stored(view));
        parameters[view.range.clone()].copy_from_slice(&values);
    }
    assert!(executor.set_parameters(&parameters));

    let mut padded = vec![T::ZERO; images * units];
    for image in 0..images {
        padded[image * units..][..n].copy_from_slice(&x[image * n..][..n]);
    }
    let want: Vec<T> = cases.get(case, "tensors", "y");
    let is_training = case["training"].as_bool();
    if is_training != Some(true) {
        let mut y = vec![T::ZERO; images * m];
        executor.encode(&Images(&padded), images, &mut y, None);
        assert_close(&format!("{name}: y"), &y, &want);
    }
    if is_training == Some(false) {
        return;
    }

    // ½ Σ (y − t)² / images has the gradient g where t = y − g · images; were y another one, so were all gradients.
    let g: Vec<T> = cases.get(case, "tensors", "g");
    let mut target = vec![T::ZERO; images * units];
    for image in 0..images {
        for j in 0..m {
            target[image * units + j] = want[image * m + j] - g[image * m + j] * T::from_f64(images as f64);
        }
    }
    executor.differentiate(&Pairs(&padded, &target), images, Noise::Mean);
    let gradient = executor.gradient().to_vec();
    for view in own.iter().filter(|view| view.role == Role::Learned) {
        let (what, want) = (stored(view), cases.get::<T>(case, "tensors", &format!("d{}", stored(view))));
        assert_close(&format!("{name}: d{what}"), &gradient[view.range.clone()], &want);
    }
    // The bias gradient of the identity before is dL/dx summed over the images, and its kernel gradient Σ x dL/dx.
    let dx: Vec<T> = cases.get(case, "tensors", "dx");
    let (mut bias, mut kernel) = (vec![T::ZERO; n], vec![T::ZERO; units * n]);
    for (x, dx) in x.chunks(n).zip(dx.chunks(n)) {
        for (j, dx) in dx.iter().enumerate() {
            bias[j] += *dx;
            (0..n).for_each(|i| kernel[i * n + j] += x[i] * *dx);
        }
    }
    assert_close(&format!("{name}: Σ dx"), &gradient[place("encoder.0.bias").unwrap()], &bias);
    assert_close(&format!("{name}: Σ x dx"), &gradient[place("encoder.0.kernel").unwrap()], &kernel);
    if is_training == Some(true) {
        let settings = StepSettings {
            noise: Noise::Mean,
            draw: Draw::default(),
            learning_rate: 0.0,
            kl_factor: 1.0,
            clip_norm: None,
        };
        let mut state = OptimizerState::new(sgd(0.0), parameters.len());
        executor.step(&Pairs(&padded, &target), images, settings, &mut state);
        for view in own.iter().filter(|view| view.role == Role::State) {
            let want: Vec<T> = cases.get(case, "tensors", &format!("after.{}", stored(view)));
            let what = format!("{name}: {} after a step", stored(view));
            assert_close(&what, &executor.parameters()[view.range.clone()], &want);
        }
        return;
    }
    // Image by image it shows where the other images' upstream gradient is 0.
    for image in 0..images {
        let mut alone = target.clone();
        for other in (0..images).filter(|other| *other != image) {
            for j in 0..m {
                alone[other * units + j] = want[other * m + j];
            }
        }
        executor.differentiate(&Pairs(&padded, &alone), images, Noise::Mean);
        let got = &executor.gradient()[place("encoder.0.bias").unwrap()];
        assert_close(&format!("{name}: dx of image {image}"), got, &dx[image * n..(image + 1) * n]);
    }
}

fn sgd(momentum: f32) -> Optimizer {
    Optimizer::Sgd(Sgd { momentum, nesterov: false })
}

#[test]
fn layers() {
    let cases = Cases::load();
    for case in cases.list("layers") {
        on_every_path(
            |isa| check_layer::<f64>(&cases, case, isa),
            |isa| check_layer::<f32>(&cases, case, isa),
        );
    }
}

/// y and dy/dx through a dense layer of one unit per value.
fn check_activation<T: Real>(cases: &Cases, case: &Value, isa: Isa) {
    let activation: Activation = serde_json::from_value(case["activation"].clone()).unwrap();
    let name = format!("{} on {isa}", activation.name());
    let x: Vec<T> = cases.get(case, "tensors", "x");
    let n = x.len();
    let network = dense_pair(n, case["activation"].clone(), half_squares());
    let mut executor = Executor::<T>::new(&network, options(isa, 1)).unwrap();
    let eye: Vec<T> = identity(n).into_iter().map(T::from_f64).collect();
    let zero = vec![T::ZERO; n];
    let parameters = [&eye[..], &zero, &eye, &zero].concat();
    assert!(executor.set_parameters(&parameters));
    let mut y = vec![T::ZERO; n];
    executor.encode(&Images(&x), 1, &mut y, None);
    assert_close(&format!("{name}: y"), &y, &cases.get(case, "tensors", "y"));
    let target: Vec<T> = y.iter().map(|y| *y - T::ONE).collect();
    executor.differentiate(&Pairs(&x, &target), 1, Noise::Mean);
    let bias = &executor.gradient()[n * n..n * n + n];
    assert_close(&format!("{name}: dy/dx"), bias, &cases.get(case, "tensors", "dy"));
}

#[test]
fn activations() {
    let cases = Cases::load();
    for case in cases.list("activations") {
        on_every_path(
            |isa| check_activation::<f64>(&cases, case, isa),
            |isa| check_activation::<f32>(&cases, case, isa),
        );
    }
}

/// Whole networks that train: terms of every step, all tensors behind the last, and what they then give.
fn check_training<T: Real>(cases: &Cases, case: &Value, isa: Isa) {
    let name = format!("{} on {isa}", case["name"].as_str().unwrap());
    let network = network_of(case);
    let (xs, noises): (Vec<T>, Vec<T>) = (cases.get(case, "tensors", "x"), cases.get(case, "tensors", "eps"));
    let terms = case["total"].as_array().unwrap();
    let steps = terms.len();
    let images = xs.len() / network.input.len() / steps;
    let mut executor = Executor::<T>::new(&network, options(isa, images)).unwrap();
    let views = executor.views().to_vec();
    let mut parameters = vec![T::ZERO; executor.parameters().len()];
    for view in &views {
        parameters[view.range.clone()].copy_from_slice(&cases.get::<T>(case, "parameters", &view.name));
    }
    assert!(executor.set_parameters(&parameters));
    let rule = &case["optimizer"];
    assert!(rule["name"] == "sgd" && rule["nesterov"] == false, "{name}: {rule}");
    let [rate, momentum] = ["learning_rate", "momentum"].map(|key| rule[key].as_f64().unwrap());
    let mut state = OptimizerState::new(sgd(momentum as f32), parameters.len());
    for step in 0..steps {
        let x = &xs[step * xs.len() / steps..(step + 1) * xs.len() / steps];
        let noise = &noises[step * noises.len() / steps..(step + 1) * noises.len() / steps];
        let settings = StepSettings {
            noise: Noise::Given(noise),
            draw: Draw::default(),
            learning_rate: rate,
            kl_factor: 1.0,
            clip_norm: None,
        };
        let got = executor.step(&Images(x), images, settings, &mut state).total();
        let want = terms[step].as_f64().unwrap();
        assert!((got - want).abs() <= TOLERANCE * want.abs(), "{name}: step {step}: {got}, Keras {want}");
    }
    for view in &views {
        let want: Vec<T> = cases.get(case, "after", &view.name);
        let what = format!("{name}: {} after {steps} steps", view.name);
        assert_close(&what, &executor.parameters()[view.range.clone()], &want);
    }
    let codes = executor.code_shape().len();
    let mut mean = vec![T::ZERO; images * codes];
    let mut log_var = mean.clone();
    executor.encode(&Images(&xs), images, &mut mean, Some(&mut log_var));
    assert_close(&format!("{name}: mean"), &mean, &cases.get(case, "tensors", "mean"));
    assert_close(&format!("{name}: log_var"), &log_var, &cases.get(case, "tensors", "log_var"));
}

#[test]
fn trained_networks() {
    let cases = Cases::load();
    for case in cases.list("trained_networks") {
        on_every_path(
            |isa| check_training::<f64>(&cases, case, isa),
            |isa| check_training::<f32>(&cases, case, isa),
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

/// Whole networks: loss terms and the gradient of every parameter.
fn check_network<T: Real>(cases: &Cases, case: &Value, isa: Isa) {
    let name = format!("{} on {isa}", case["name"].as_str().unwrap());
    let network = network_of(case);
    let x: Vec<T> = cases.get(case, "tensors", "x");
    let target: Vec<T> = cases.get(case, "tensors", "target");
    let images = x.len() / network.input.len();
    let mut executor = Executor::<T>::new(&network, options(isa, images)).unwrap();
    let views = executor.views().to_vec();
    let stored = case["parameters"].as_object().unwrap();
    assert_eq!(stored.len(), views.len(), "{name}: parameters");
    let mut parameters = vec![T::ZERO; executor.parameters().len()];
    for view in &views {
        parameters[view.range.clone()].copy_from_slice(&cases.get::<T>(case, "parameters", &view.name));
    }
    assert!(executor.set_parameters(&parameters));
    let noise = match network.latent {
        Latent::Gaussian(_) => cases.get::<T>(case, "tensors", "eps"),
        Latent::Deterministic {} => Vec::new(),
    };
    let noise = if network.is_variational() { Noise::Given(&noise) } else { Noise::Mean };
    let terms = executor.differentiate(&Pairs(&x, &target), images, noise);
    for term in [Term::Reconstruction, Term::Kl, Term::Total] {
        let (term, got) = (term.name(), terms[term]);
        let want = case[term].as_f64().unwrap();
        assert!((got - want).abs() <= TOLERANCE * want.abs().max(1.0), "{name}: {term} {got}, Keras {want}");
    }
    let gradient = executor.gradient().to_vec();
    for view in &views {
        let want: Vec<T> = cases.get(case, "gradients", &view.name);
        assert_close(&format!("{name}: gradient of {}", view.name), &gradient[view.range.clone()], &want);
    }
    let codes = executor.code_shape().len();
    let mut mean = vec![T::ZERO; images * codes];
    let mut log_var = vec![T::ZERO; images * codes];
    executor.encode(&Images(&x), images, &mut mean, Some(&mut log_var));
    if network.is_variational() {
        assert_close(&format!("{name}: mean"), &mean, &cases.get(case, "tensors", "mean"));
        assert_close(&format!("{name}: log_var"), &log_var, &cases.get(case, "tensors", "log_var"));
    } else {
        assert_close(&format!("{name}: z"), &mean, &cases.get(case, "tensors", "z"));
    }
    let z: Vec<T> = cases.get(case, "tensors", "z");
    let mut images_out = vec![T::ZERO; x.len()];
    executor.decode(&z, images, &mut images_out);
    let logits: Vec<T> = cases.get(case, "tensors", "logits");
    let want: Vec<T> = logits.iter().map(|l| T::from_f64(1.0 / (1.0 + (-l.to_f64()).exp()))).collect();
    assert_close(&format!("{name}: decoded"), &images_out, &want);
}

#[test]
fn networks() {
    let cases = Cases::load();
    for case in cases.list("networks") {
        on_every_path(
            |isa| check_network::<f64>(&cases, case, isa),
            |isa| check_network::<f32>(&cases, case, isa),
        );
    }
}

/// The objectives, through a network that is the identity: loss value and gradient at the output's bias.
fn check_objective<T: Real>(cases: &Cases, case: &Value, isa: Isa) {
    let kind = case["objective"].as_str().unwrap();
    let name = format!("{} on {isa}", case["name"].as_str().unwrap());
    if kind == "kl" {
        return check_kl::<T>(cases, case, isa);
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
    let mut executor = Executor::<T>::new(&network, options(isa, 1)).unwrap();
    executor.initialize(0); // ln σ
    let mut parameters = executor.parameters().to_vec();
    let eye: Vec<T> = identity(n).into_iter().map(T::from_f64).collect();
    let zero = vec![T::ZERO; n];
    let head = [&eye[..], &zero, &eye, &zero].concat();
    parameters[..head.len()].copy_from_slice(&head);
    assert!(executor.set_parameters(&parameters));
    for (image, value) in values.iter().enumerate() {
        let at = image * n..(image + 1) * n;
        let terms = executor.differentiate(&Pairs(&outputs[at.clone()], &target[at.clone()]), 1, Noise::Mean);
        assert_close(&format!("{name}: value {image}"), &[T::from_f64(terms.total())], &[*value]);
        let bias = head.len() - n..head.len();
        assert_close(&format!("{name}: gradient {image}"), &executor.gradient()[bias], &want[at]);
        if kind == "gaussian" {
            let want: Vec<T> = cases.get(case, "tensors", "dlog_sigma");
            let got = executor.gradient()[head.len()];
            assert_close(&format!("{name}: dlog_sigma {image}"), &[got], &want[image..=image]);
        }
    }
}

/// KL through latent heads whose biases are the case's mean and log variance, with nothing behind.
fn check_kl<T: Real>(cases: &Cases, case: &Value, isa: Isa) {
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
    let mut executor = Executor::<T>::new(&network, options(isa, 1)).unwrap();
    for (image, value) in values.iter().enumerate() {
        let at = image * d..(image + 1) * d;
        let zero = vec![T::ZERO; d];
        let parameters =
            [&zero[..], &mean[at.clone()], &zero, &log_var[at.clone()], &zero, &[T::ZERO]].concat();
        assert!(executor.set_parameters(&parameters));
        let terms = executor.differentiate(&Images(&[T::ZERO]), 1, Noise::Mean);
        assert_close("kl: value", &[T::from_f64(terms[Term::Kl])], &[*value]);
        assert_close("kl: dmean", &executor.gradient()[d..2 * d], &dmean[at.clone()]);
        assert_close("kl: dlog_var", &executor.gradient()[3 * d..4 * d], &dlog_var[at]);
    }
}

#[test]
fn objectives() {
    let cases = Cases::load();
    for case in cases.list("objectives") {
        on_every_path(
            |isa| check_objective::<f64>(&cases, case, isa),
            |isa| check_objective::<f32>(&cases, case, isa),
        );
    }
}

/// Parameter trajectories. The network is one bias per value, whose squared-error gradient is set through
/// the target.
fn check_optimizer<T: Real>(cases: &Cases, case: &Value, isa: Isa) {
    let name = format!("{} on {isa}", case["name"].as_str().unwrap());
    let mut table = case["optimizer"].as_object().unwrap().clone();
    let learning_rate = table.remove("learning_rate").unwrap().as_f64().unwrap();
    let kind = table.remove("name").unwrap();
    table.insert("kind".to_owned(), kind);
    let optimizer: Optimizer = serde_json::from_value(table.into()).unwrap();
    let p0: Vec<T> = cases.get(case, "tensors", "p0");
    let gradients: Vec<T> = cases.get(case, "tensors", "gradients");
    let want: Vec<T> = cases.get(case, "tensors", "p");
    let n = p0.len();
    let network = dense_pair(n, "linear".into(), half_squares());
    let mut executor = Executor::<T>::new(&network, options(isa, 1)).unwrap();
    let mut parameters = vec![T::ZERO; executor.parameters().len()];
    let bias = parameters.len() - n..parameters.len();
    parameters[bias.clone()].copy_from_slice(&p0);
    assert!(executor.set_parameters(&parameters));
    let mut state = OptimizerState::new(optimizer, parameters.len());
    for (step, gradient) in gradients.chunks(n).enumerate() {
        // Everything but the last bias has gradient 0: the kernels are 0, and so are the images.
        let images = vec![T::ZERO; n];
        let output = executor.parameters()[bias.clone()].to_vec();
        let target: Vec<T> = output.iter().zip(gradient).map(|(y, g)| *y - *g).collect();
        let settings = StepSettings {
            noise: Noise::Mean,
            draw: Draw::default(),
            learning_rate,
            kl_factor: 1.0,
            clip_norm: case["clip_norm"].as_f64(),
        };
        executor.step(&Pairs(&images, &target), 1, settings, &mut state);
        let got = &executor.parameters()[bias.clone()];
        assert_close(&format!("{name}: step {step}"), got, &want[step * n..(step + 1) * n]);
    }
}

#[test]
fn optimizers() {
    let cases = Cases::load();
    for case in cases.list("optimizers") {
        on_every_path(
            |isa| check_optimizer::<f64>(&cases, case, isa),
            |isa| check_optimizer::<f32>(&cases, case, isa),
        );
    }
}
