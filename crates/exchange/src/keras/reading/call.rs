//! What a layer is called with: other layers' outputs, somewhere among arguments.

use serde_json::Value;

/// A layer's output, as another one refers to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// The layer's name.
    pub layer: String,
    /// Which call of the layer.
    pub call: usize,
    /// Which of what it gave then.
    pub output: usize,
}

impl Reference {
    /// `["z_mean", 0, 0]`
    pub fn of(history: &Value) -> Option<Self> {
        let number = |value: &Value| value.as_u64().and_then(|n| usize::try_from(n).ok());
        match history.as_array()?.as_slice() {
            [layer, call, output, ..] => {
                Some(Self { layer: layer.as_str()?.to_owned(), call: number(call)?, output: number(output)? })
            }
            _ => None,
        }
    }

    /// One reference, or a list (or an object) of them.
    pub fn all(value: &Value) -> Vec<Self> {
        match Self::of(value) {
            Some(one) => vec![one],
            None => match value {
                Value::Array(list) => list.iter().flat_map(Self::all).collect(),
                Value::Object(named) => named.values().flat_map(Self::all).collect(),
                _ => Vec::new(),
            },
        }
    }
}

/// The arguments of a call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Call {
    /// Outputs of other layers, in their order.
    pub inputs: Vec<Reference>,
    /// Numbers and arrays.
    pub constants: usize,
}

impl Call {
    /// Of an entry of `inbound_nodes`.
    pub fn of(node: &Value) -> Self {
        let mut call = Self::default();
        call.collect(&node["args"], true);
        call.collect(&node["kwargs"], false);
        call
    }

    fn collect(&mut self, value: &Value, counts: bool) {
        match value {
            Value::Object(object) => match object.get("class_name").and_then(Value::as_str) {
                Some("__keras_tensor__") => {
                    self.inputs.extend(Reference::of(&value["config"]["keras_history"]))
                }
                Some("__tensor__" | "__numpy__") => self.constants += 1,
                _ => object.values().for_each(|inner| self.collect(inner, counts)),
            },
            Value::Array(list) => list.iter().for_each(|inner| self.collect(inner, counts)),
            Value::Number(_) if counts => self.constants += 1,
            _ => {}
        }
    }
}
