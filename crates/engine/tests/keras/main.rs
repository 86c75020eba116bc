//! Outputs, losses, gradients and updates equal to Keras', on the cases that `scripts/keras_cases.py` stored: those of the
//! engine, and those of the reference that the harness compares it with.

mod layers;
mod networks;
mod objectives;
mod optimizers;
mod structure;

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

/// The rule of a case, and its learning rate.
fn optimizer_of(case: &Value) -> (Optimizer, f64) {
    let mut table = case["optimizer"].as_object().unwrap().clone();
    let learning_rate = table.remove("learning_rate").unwrap().as_f64().unwrap();
    let kind = table.remove("name").unwrap();
    table.insert("kind".to_owned(), kind);
    (serde_json::from_value(table.into()).unwrap(), learning_rate)
}
