//! A functional model of Keras 3 while it is written: layers in their order, each with what it takes, and the variables
//! behind them.

use std::collections::HashMap;

use network::{Activation, Shape};
use serde_json::{Map, Value, json};

use crate::parameters::Parameters;

/// A tensor of the model.
#[derive(Clone, Debug)]
pub struct KerasTensor {
    /// The layer that gives it.
    pub layer: String,
    /// Without the batch.
    pub dims: Vec<usize>,
}

/// A variable of a layer.
#[derive(Clone, Debug, PartialEq)]
pub struct Variable {
    /// The part of the layer that it belongs to, and its number there: `vars/0`, `query_dense/vars/1`.
    pub path: String,
    /// As Keras has it.
    pub shape: Vec<usize>,
    /// Row-major.
    pub values: Vec<f32>,
}

/// A layer of the model.
#[derive(Clone, Debug)]
pub struct LayerRecord {
    /// `Conv2D`
    pub class: &'static str,
    /// Its entry in `config.json`.
    pub entry: Value,
    /// In the order in which Keras keeps them.
    pub variables: Vec<Variable>,
}

/// A functional model while it is written.
pub struct Functional<'a> {
    parameters: &'a Parameters<'a>,
    /// Its layers, in their order.
    pub layers: Vec<LayerRecord>,
}

impl<'a> Functional<'a> {
    /// An empty one, whose layers take their tensors from `parameters`.
    pub fn new(parameters: &'a Parameters<'a>) -> Self {
        Self { parameters, layers: Vec::new() }
    }

    /// What the model takes.
    pub fn input(&mut self, name: &str, shape: Shape) -> KerasTensor {
        let config = json!({ "batch_shape": batch(&shape.dims()), "dtype": "float32" });
        self.add("keras.layers", "InputLayer", name, config, json!([]));
        KerasTensor { layer: name.to_owned(), dims: shape.dims() }
    }

    /// A layer of `keras.layers` after `inputs`; layers such as `Add` take all of them as one list.
    pub fn layer(
        &mut self,
        class: &'static str,
        name: &str,
        config: Value,
        inputs: Inputs<'_>,
        output: &[usize],
    ) -> KerasTensor {
        let arguments = match inputs {
            Inputs::One(x) => json!([reference(x)]),
            Inputs::Several(all) => json!(all.iter().map(reference).collect::<Vec<_>>()),
            Inputs::List(all) => json!([all.iter().map(reference).collect::<Vec<_>>()]),
        };
        let nodes = json!([{ "args": arguments, "kwargs": {} }]);
        self.add("keras.layers", class, name, config, nodes);
        KerasTensor { layer: name.to_owned(), dims: output.to_vec() }
    }

    /// `keras.ops.pad` by reflection.
    pub fn reflect(&mut self, name: &str, x: &KerasTensor, pads: [[usize; 2]; 4]) -> KerasTensor {
        let nodes = json!([{ "args": [reference(x)], "kwargs": { "constant_values": null } }]);
        let config = json!({ "pad_width": pads, "mode": "reflect" });
        self.add("keras.src.ops.numpy", "Pad", name, config, nodes);
        let dims =
            std::iter::zip(&x.dims, &pads[1..]).map(|(n, [before, after])| n + before + after).collect();
        KerasTensor { layer: name.to_owned(), dims }
    }

    fn add(&mut self, module: &str, class: &'static str, name: &str, config: Value, nodes: Value) {
        let mut config = match config {
            Value::Object(config) => config,
            _ => Map::new(),
        };
        config.insert("name".into(), name.into());
        let registered = if module == "keras.layers" { Value::Null } else { class.into() };
        let entry = json!({
            "module": module, "class_name": class, "config": config, "registered_name": registered, "name": name,
            "inbound_nodes": nodes,
        });
        self.layers.push(LayerRecord { class, entry, variables: Vec::new() });
    }

    /// Gives the last layer the tensor `name` of the layer at `path` as its variable `variable`.
    pub fn variable(&mut self, path: &str, name: &str, variable: &str) {
        let tensor = self.parameters.get(&format!("{path}.{name}"));
        let (shape, values) = (tensor.shape.to_vec(), tensor.values.to_vec());
        let last = self.layers.last_mut().expect("a layer was added");
        last.variables.push(Variable { path: variable.to_owned(), shape, values });
    }

    /// Gives the last layer the tensors `names` of the layer at `path` as its variables 0, 1, ….
    pub fn variables(&mut self, path: &str, names: &[&str]) {
        for (number, name) in names.iter().enumerate() {
            self.variable(path, name, &format!("vars/{number}"));
        }
    }

    /// A dense layer with the tensors of `path` that begin with `prefix`.
    pub fn dense(
        &mut self,
        name: &str,
        path: &str,
        prefix: &str,
        x: &KerasTensor,
        activation: Activation,
    ) -> KerasTensor {
        let units = self.parameters.get(&format!("{path}.{prefix}bias")).shape[0];
        let (inside, after) = split(activation);
        let config = json!({ "units": units, "activation": inside });
        let y = self.layer("Dense", name, config, Inputs::One(x), &[units]);
        self.variables(path, &[&format!("{prefix}kernel"), &format!("{prefix}bias")]);
        self.activate_after(name, after, y)
    }

    /// A 1 × 1 convolution with the tensors of `path` that begin with `prefix`.
    pub fn pointwise(
        &mut self,
        name: &str,
        (path, prefix): (&str, &str),
        x: &KerasTensor,
        stride: [usize; 2],
        output: &[usize],
    ) -> KerasTensor {
        let filters = self.parameters.get(&format!("{path}.{prefix}bias")).shape[0];
        let config = json!({ "filters": filters, "kernel_size": [1, 1], "strides": stride });
        let y = self.layer("Conv2D", name, config, Inputs::One(x), output);
        self.variables(path, &[&format!("{prefix}kernel"), &format!("{prefix}bias")]);
        y
    }

    /// A layer `NAME_activation` for what [`split`] leaves of an activation.
    pub fn activate_after(&mut self, name: &str, after: Option<Activation>, x: KerasTensor) -> KerasTensor {
        match after {
            Some(activation) if activation != Activation::Linear => {
                self.activate(&format!("{name}_activation"), activation, &x)
            }
            _ => x,
        }
    }

    /// An activation as a layer of its own.
    pub fn activate(&mut self, name: &str, activation: Activation, x: &KerasTensor) -> KerasTensor {
        let (class, config) = match activation {
            Activation::LeakyRelu { slope } => ("LeakyReLU", json!({ "negative_slope": slope })),
            Activation::Elu { alpha } => ("ELU", json!({ "alpha": alpha })),
            other => ("Activation", json!({ "activation": split(other).0 })),
        };
        self.layer(class, name, config, Inputs::One(x), &x.dims)
    }

    /// The model, with these tensors as what it gives.
    pub fn config(&self, name: &str, input: &KerasTensor, outputs: &[KerasTensor]) -> Value {
        let place = |tensor: &KerasTensor| json!([tensor.layer, 0, 0]);
        let outputs = match outputs {
            [one] => place(one),
            all => all.iter().map(place).collect(),
        };
        let layers: Vec<&Value> = self.layers.iter().map(|layer| &layer.entry).collect();
        let config = json!({
            "name": name, "trainable": true, "layers": layers, "input_layers": place(input), "output_layers": outputs,
        });
        json!({
            "module": "keras.src.models.functional", "class_name": "Functional", "config": config,
            "registered_name": "Functional", "build_config": { "input_shape": null },
        })
    }

    /// The variables of the model by their path in `model.weights.h5`: layers are numbered by class, in their order.
    pub fn stored(&self) -> Vec<Variable> {
        let mut counts: HashMap<&str, usize> = HashMap::new();
        let mut stored = Vec::new();
        for layer in self.layers.iter().filter(|layer| layer.class != "Pad") {
            let count = counts.entry(layer.class).or_default();
            let class = snake_case(layer.class);
            let folder = if *count == 0 { class } else { format!("{class}_{count}") };
            *count += 1;
            stored.extend(layer.variables.iter().map(|variable| Variable {
                path: format!("layers/{folder}/{}", variable.path),
                ..variable.clone()
            }));
        }
        stored
    }
}

/// What a layer takes.
pub enum Inputs<'a> {
    /// One tensor.
    One(&'a KerasTensor),
    /// Several, one after the other.
    Several(&'a [KerasTensor]),
    /// A list of tensors.
    List(&'a [KerasTensor]),
}

fn batch(dims: &[usize]) -> Vec<Option<usize>> {
    std::iter::once(None).chain(dims.iter().copied().map(Some)).collect()
}

fn reference(tensor: &KerasTensor) -> Value {
    let config =
        json!({ "shape": batch(&tensor.dims), "dtype": "float32", "keras_history": [tensor.layer, 0, 0] });
    json!({ "class_name": "__keras_tensor__", "config": config })
}

/// The name of an activation that a layer applies itself, and what has to be a layer of its own.
pub fn split(activation: Activation) -> (&'static str, Option<Activation>) {
    let name = match activation {
        Activation::Linear => "linear",
        Activation::Relu => "relu",
        Activation::Silu => "silu",
        Activation::Gelu => "gelu",
        Activation::Tanh => "tanh",
        Activation::Sigmoid => "sigmoid",
        Activation::Softplus => "softplus",
        Activation::LeakyRelu { .. } | Activation::Elu { .. } => return ("linear", Some(activation)),
    };
    (name, None)
}

/// Names as Keras makes them of classes: `conv2d_transpose`.
pub fn snake_case(class: &str) -> String {
    let letters: Vec<char> = class.chars().collect();
    let mut name = String::new();
    for (i, letter) in letters.iter().enumerate() {
        let starts_word = letter.is_ascii_uppercase()
            && i > 0
            && (letters[i - 1].is_ascii_lowercase()
                || letters[i - 1].is_ascii_digit()
                    && letters.get(i + 1).is_some_and(char::is_ascii_lowercase)
                || letters[i - 1].is_ascii_uppercase()
                    && letters.get(i + 1).is_some_and(char::is_ascii_lowercase));
        if starts_word {
            name.push('_');
        }
        name.push(letter.to_ascii_lowercase());
    }
    name
}

#[cfg(test)]
mod tests {
    use super::snake_case;

    /// As Keras 3.15 names their groups.
    #[test]
    fn classes_are_named_as_keras_names_them() {
        for (class, name) in [
            ("Dense", "dense"),
            ("Conv2D", "conv2d"),
            ("Conv2DTranspose", "conv2d_transpose"),
            ("BatchNormalization", "batch_normalization"),
            ("MultiHeadAttention", "multi_head_attention"),
        ] {
            assert_eq!(snake_case(class), name);
        }
    }
}
