//! A model's configuration as a graph: layers one after the other, or with what each takes; models inside models written out.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use serde_json::Value as Json;

use super::call::{Call, Reference};
use super::configuration::Configuration;
use super::layer::{KerasLayer, Value, dims_of, shape_of};
use super::variables::Variables;
use crate::assembly::{Arithmetic, Graph, Model, Part};
use crate::error::ExchangeError;
use crate::keras::functional::snake_case;
use crate::keras::layers::readers::{Reader, known, reader};

/// The model of a configuration, and what was decided on the way.
pub fn read_model(config: &Json, variables: &Variables) -> Result<(Model, Vec<String>), ExchangeError> {
    let mut reading = Reading { variables, graph: Graph::default(), parts: Vec::new(), notes: Vec::new() };
    let place = Place { path: String::new(), model: String::new(), depth: 0 };
    let (inputs, outputs) = reading.model(config, &place, None)?;
    let nodes = |values: &[Value]| values.iter().map(|value| value.node).collect();
    let model = Model {
        inputs: nodes(&inputs),
        outputs: nodes(&outputs),
        parts: reading.parts,
        graph: reading.graph,
    };
    Ok((model, reading.notes))
}

/// Models inside models inside models, …
const DEEPEST: usize = 16;

/// Of a model, and of calls of its layers.
const MOST_LAYERS: usize = 4096;

struct Reading<'a> {
    variables: &'a Variables,
    graph: Graph,
    parts: Vec<Part>,
    notes: Vec<String>,
}

/// Where a model is.
struct Place {
    /// Of its variables; ends with `/`.
    path: String,
    /// ` of model "encoder"`, for messages.
    model: String,
    depth: usize,
}

/// What a model takes and gives.
type Ends = (Vec<Value>, Vec<Value>);

impl Reading<'_> {
    /// A model, on `inputs` where it is inside another one.
    fn model(
        &mut self,
        config: &Json,
        place: &Place,
        inputs: Option<Vec<Value>>,
    ) -> Result<Ends, ExchangeError> {
        if place.depth > DEEPEST {
            return Err(ExchangeError::read(format!("models inside models, more than {DEEPEST} of them")));
        }
        let class = config["class_name"].as_str().unwrap_or_default();
        let inner = &config["config"];
        let Some(layers) = inner["layers"].as_array() else {
            return Err(ExchangeError::read(format!(
                "the model is an object of the class {class:?}, whose code is not run: save its encoder and its decoder, \
                 each a Sequential or Functional model, as files of their own, or its weights as .weights.h5 to import \
                 with --recipe"
            )));
        };
        if layers.len() > MOST_LAYERS {
            return Err(ExchangeError::read(format!("a model of more than {MOST_LAYERS} layers")));
        }
        match class {
            "Sequential" => self.sequential(inner, layers, place, inputs),
            _ => self.functional(inner, layers, place, inputs),
        }
    }

    fn sequential(
        &mut self,
        config: &Json,
        layers: &[Json],
        place: &Place,
        inputs: Option<Vec<Value>>,
    ) -> Result<Ends, ExchangeError> {
        let mut names = LayerNames::default();
        let (mut at, mut first) = (inputs.and_then(|mut inputs| inputs.pop()), None);
        if let Some(value) = &at {
            first = Some(value.clone());
        }
        for (number, entry) in layers.iter().enumerate() {
            let folder = names.folder(entry);
            if entry["class_name"] == "InputLayer" {
                if at.is_none() {
                    at = Some(self.input(entry)?);
                    first.clone_from(&at);
                }
                continue;
            }
            let value = match at.take() {
                Some(value) => value,
                None => {
                    let dims = [
                        &config["build_input_shape"],
                        &entry["build_config"]["input_shape"],
                        &entry["config"]["batch_shape"],
                    ]
                    .into_iter()
                    .find_map(dims_of);
                    let dims = dims.ok_or_else(|| {
                        ExchangeError::read(
                            "the file does not say what the model takes: begin it with keras.Input(shape)",
                        )
                    })?;
                    let value = self.input_of("input", dims)?;
                    first = Some(value.clone());
                    value
                }
            };
            let mut outputs = self.call(entry, (&folder, number), place, vec![value], 0)?;
            at = outputs.drain(..).next();
        }
        match (first, at) {
            (Some(first), Some(last)) => Ok((vec![first], vec![last])),
            _ => Err(ExchangeError::read("a model without layers")),
        }
    }

    fn functional(
        &mut self,
        config: &Json,
        layers: &[Json],
        place: &Place,
        inputs: Option<Vec<Value>>,
    ) -> Result<Ends, ExchangeError> {
        let mut names = LayerNames::default();
        let folders: Vec<String> = layers.iter().map(|entry| names.folder(entry)).collect();
        let input_names = Reference::all(&config["input_layers"]);
        let mut calls = Calls::default();
        let mut taken = Vec::new();
        for (number, reference) in input_names.iter().enumerate() {
            let entry = layers.iter().find(|entry| name_of(entry) == reference.layer);
            let value = match &inputs {
                Some(inputs) => inputs.get(number).cloned().ok_or_else(|| {
                    ExchangeError::read(format!("the model{} is called with too few values", place.model))
                })?,
                None => self.input(entry.ok_or_else(|| missing(&reference.layer, place))?)?,
            };
            taken.push(value.clone());
            calls.0.insert(reference.layer.clone(), vec![Some(vec![value])]);
        }
        // Layers need not come after those that they take: each is called once all that it takes is there.
        let mut waiting: Vec<(usize, usize)> = Vec::new();
        for (number, entry) in layers.iter().enumerate() {
            let nodes = entry["inbound_nodes"].as_array().map_or(0, Vec::len);
            if let Entry::Vacant(vacant) = calls.0.entry(name_of(entry)) {
                vacant.insert(vec![None; nodes]);
                waiting.extend((0..nodes).map(|node| (number, node)));
            }
        }
        if waiting.len() > MOST_LAYERS {
            return Err(ExchangeError::read(format!("its layers are called more than {MOST_LAYERS} times")));
        }
        while !waiting.is_empty() {
            let before = waiting.len();
            let mut still = Vec::new();
            for (number, node) in waiting {
                let entry = &layers[number];
                let call = Call::of(&entry["inbound_nodes"][node]);
                let found: Option<Vec<Value>> =
                    call.inputs.iter().map(|reference| calls.resolve(reference)).collect();
                let Some(found) = found.filter(|found| !found.is_empty()) else {
                    still.push((number, node));
                    continue;
                };
                let outputs = self.call(entry, (&folders[number], number), place, found, call.constants)?;
                calls.put(&name_of(entry), node, outputs);
            }
            waiting = still;
            if waiting.len() == before {
                let (number, node) = waiting[0];
                let call = Call::of(&layers[number]["inbound_nodes"][node]);
                let lost = call.inputs.iter().find(|reference| calls.resolve(reference).is_none());
                let lost = lost.map_or_else(|| "nothing".to_owned(), |lost| format!("{:?}", lost.layer));
                let name = name_of(&layers[number]);
                return Err(ExchangeError::read(format!(
                    "layer {name:?}{} takes what {lost} gives, and that is not there",
                    place.model
                )));
            }
        }
        let outputs = Reference::all(&config["output_layers"]);
        let found = outputs
            .iter()
            .map(|reference| calls.resolve(reference).ok_or_else(|| missing(&reference.layer, place)));
        let outputs = found.collect::<Result<Vec<_>, _>>()?;
        if taken.is_empty() || outputs.is_empty() {
            return Err(ExchangeError::read(format!(
                "the model{} has no inputs, or no outputs",
                place.model
            )));
        }
        Ok((taken, outputs))
    }

    fn input(&mut self, entry: &Json) -> Result<Value, ExchangeError> {
        let config = &entry["config"];
        let name = name_of(entry);
        let dims = [&config["batch_shape"], &config["batch_input_shape"]]
            .into_iter()
            .find_map(dims_of)
            .ok_or_else(|| {
                ExchangeError::read(format!(
                    "layer {name:?} (InputLayer): a net here takes images of one size"
                ))
            })?;
        self.input_of(&name, dims)
    }

    fn input_of(&mut self, name: &str, dims: Vec<usize>) -> Result<Value, ExchangeError> {
        let shape =
            shape_of(&dims).filter(|shape| shape.checked_len().is_some_and(|n| n > 0)).ok_or_else(|| {
                ExchangeError::read(format!(
                    "layer {name:?} (InputLayer): takes {dims:?}; here it is a vector or an image"
                ))
            })?;
        let node = self.graph.input(format!("layer {name:?} (InputLayer)"), shape)?;
        Ok(Value { node, dims })
    }

    /// A layer on `inputs`; `(folder, number)` is where its variables lie and its place in the model.
    fn call(
        &mut self,
        entry: &Json,
        (folder, number): (&str, usize),
        place: &Place,
        inputs: Vec<Value>,
        constants: usize,
    ) -> Result<Vec<Value>, ExchangeError> {
        let class = entry["class_name"].as_str().unwrap_or_default();
        let path = format!("{}layers/{folder}", place.path);
        let own_name = name_of(entry);
        let name = format!("layer {own_name:?} ({class})");
        if entry["config"]["layers"].is_array() {
            let inside = Place {
                path: format!("{path}/"),
                model: format!(" of model {own_name:?}"),
                depth: place.depth + 1,
            };
            let (_, outputs) = self.model(entry, &inside, Some(inputs))?;
            if place.depth == 0 {
                let outputs = outputs.iter().map(|value| value.node).collect();
                self.parts.push(Part { name: own_name, outputs });
            }
            return Ok(outputs);
        }
        let layer = KerasLayer {
            config: Configuration { name: &name, config: &entry["config"] },
            class,
            path: &path,
            variables: self.variables,
            constants,
        };
        let is_own_code = entry["module"].is_null() || class == "Lambda";
        let read = match reader(class).filter(|_| !entry["module"].is_null()) {
            Some(Reader::Layer(read)) => read(&layer, &mut self.graph, &inputs)?,
            Some(Reader::Nothing(why)) => {
                if let Some(why) = why {
                    self.notes.push(format!("{name}: {why}"));
                }
                layer.only(&inputs)?.clone()
            }
            None if is_own_code || class == "RandomNormal" => {
                let shape = self.graph.shape(inputs[0].node);
                let nodes = inputs.iter().map(|value| value.node).collect();
                let what = Arithmetic::Other(class.to_owned());
                let strange = format!(
                    "{name}, {}{}, is code of its own, which is not run",
                    ordinal(number),
                    place.model
                );
                let node = self.graph.arithmetic(strange, what, nodes, shape)?;
                Value { node, dims: inputs[0].dims.clone() }
            }
            None => {
                return Err(ExchangeError::read(format!(
                    "{name}, {}{}: latentlab has no such layer; known are {}",
                    ordinal(number),
                    place.model,
                    known().join(", ")
                )));
            }
        };
        Ok(vec![read])
    }
}

/// `the 4th layer`
fn ordinal(number: usize) -> String {
    let n = number + 1;
    let ending = match (n % 10, n % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    format!("the {n}{ending} layer")
}

fn missing(layer: &str, place: &Place) -> ExchangeError {
    ExchangeError::read(format!("there is no layer {layer:?} in the model{}", place.model))
}

fn name_of(entry: &Json) -> String {
    let name = entry["name"].as_str().or_else(|| entry["config"]["name"].as_str());
    name.unwrap_or_default().to_owned()
}

/// What layers gave, by their names and in the order of their calls; `None` of a call that is still to come.
#[derive(Default)]
struct Calls(HashMap<String, Vec<Option<Vec<Value>>>>);

impl Calls {
    fn put(&mut self, layer: &str, call: usize, outputs: Vec<Value>) {
        if let Some(place) = self.0.get_mut(layer).and_then(|calls| calls.get_mut(call)) {
            *place = Some(outputs);
        }
    }

    /// The value that a reference means. Models inside others count calls that are not in the file; code of its own gives as
    /// many values as are taken from it.
    fn resolve(&self, reference: &Reference) -> Option<Value> {
        let calls = self.0.get(&reference.layer)?;
        let outputs = calls.get(reference.call).or(calls.last())?.as_ref()?;
        outputs.get(reference.output).or(outputs.first()).cloned()
    }
}

/// The groups in which the variables of a model's layers lie: by class, numbered.
#[derive(Default)]
struct LayerNames(HashMap<String, usize>);

impl LayerNames {
    fn folder(&mut self, entry: &Json) -> String {
        let class = snake_case(entry["class_name"].as_str().unwrap_or_default());
        if entry["module"].as_str().is_some_and(|module| module.contains(".ops")) {
            return class; // an operation has no variables
        }
        let count = self.0.entry(class.clone()).or_default();
        *count += 1;
        match *count {
            1 => class,
            n => format!("{class}_{}", n - 1),
        }
    }
}
