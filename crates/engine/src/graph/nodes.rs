//! The first half of planning: a network as nodes with explicit inputs, and the values between them.
//!
//! Nodes stand in the order in which they run forward; backward they run the other way round. A value may be read by any
//! number of nodes: the last of them writes its gradient, the others add to it.

use network::{ParameterView, Shape, Shapes};

use super::node::Node;
use super::parameters::Parameters;
use crate::simd::Scalar;

/// A value's number in its [`Graph`].
pub(crate) type ValueId = usize;

/// What lies between nodes.
pub(crate) struct Value {
    pub shape: Shape,
    /// Whether there is one for each sample of an image, or one for each image.
    pub is_sampled: bool,
    /// Whether any tensor on the way to it learns.
    pub learns: bool,
    /// The node that gives it; none for the image.
    pub producer: Option<usize>,
    /// The nodes that read it, first to last.
    pub readers: Vec<usize>,
}

/// A node at its place.
pub(crate) struct Placed<T> {
    /// The layer that it belongs to.
    pub name: String,
    pub inputs: Vec<ValueId>,
    pub output: ValueId,
    pub node: Box<dyn Node<T>>,
}

/// The nodes of a network, the values between them, and its parameters.
pub(crate) struct Graph<T> {
    pub shapes: Shapes,
    pub views: Vec<ParameterView>,
    pub nodes: Vec<Placed<T>>,
    pub values: Vec<Value>,
    /// The code that the decoder takes, and the one that the encoder is asked for: the mean of a posterior.
    pub code: ValueId,
    pub mean: ValueId,
    /// The posterior's log variance.
    pub log_var: Option<ValueId>,
    /// Number of nodes up to and with the one that gives the code.
    pub encoder_nodes: usize,
    pub output: ValueId,
}

impl<T: Scalar> Graph<T> {
    /// A graph without nodes, of a network of these shapes and tensors; its first value is the image.
    pub fn new(input: Shape, shapes: Shapes, views: Vec<ParameterView>) -> Self {
        let image =
            Value { shape: input, is_sampled: false, learns: false, producer: None, readers: Vec::new() };
        Graph {
            shapes,
            views,
            nodes: Vec::new(),
            values: vec![image],
            code: 0,
            mean: 0,
            log_var: None,
            encoder_nodes: 0,
            output: 0,
        }
    }

    /// A node behind all others; gives its value, of shape `output`.
    pub fn add(&mut self, name: &str, node: Box<dyn Node<T>>, inputs: &[ValueId], output: Shape) -> ValueId {
        let index = self.nodes.len();
        for input in inputs {
            self.values[*input].readers.push(index);
        }
        let is_sampled = inputs.iter().any(|input| self.values[*input].is_sampled);
        let learns = node.learns() || inputs.iter().any(|input| self.values[*input].learns);
        let producer = Some(index);
        self.values.push(Value { shape: output, is_sampled, learns, producer, readers: Vec::new() });
        let output = self.values.len() - 1;
        self.nodes.push(Placed { name: name.to_owned(), inputs: inputs.to_vec(), output, node });
        output
    }

    /// The tensors of a layer, or of a part of it.
    pub fn parameters<'a>(&'a self, owner: &'a str) -> Parameters<'a> {
        Parameters { views: &self.views, owner }
    }

    /// Number of parameters.
    pub fn len(&self) -> usize {
        self.views.last().map_or(0, |view| view.range.end)
    }

    /// Values of an image between nodes.
    pub fn values_per_image(&self, samples: usize) -> usize {
        let of = |value: &Value| value.shape.len().saturating_mul(if value.is_sampled { samples } else { 1 });
        self.values.iter().map(of).fold(0, usize::saturating_add)
    }
}
