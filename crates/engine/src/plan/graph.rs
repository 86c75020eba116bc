//! The first half of planning: a network as nodes with explicit inputs, and the values between them.
//!
//! Nodes stand in the order in which they run forward; backward they run the other way round. A value may be read by any
//! number of nodes: the last of them writes its gradient, the others add to it.

use network::{Latent, Network, NetworkError, Pair, ParameterView, Shape, Shapes, parameter_views};

use super::builder::Builder;
use super::parameters::Parameters;
use crate::geometry::Geometry;
use crate::layers;
use crate::layout::Border;
use crate::ops::Op;
use crate::ops::buffers::OpBuffers;
use crate::ops::linear_plan::LinearNode;
use crate::ops::sample::SampleNode;
use crate::simd::Scalar;

/// A value's number in its [`Graph`].
pub(crate) type ValueId = usize;

/// A node before buffers are known: what it needs around its values, and how it becomes an operation.
pub(crate) trait Node<T: Scalar> {
    /// The geometry of its kernel, if it has one.
    fn geometry(&self) -> Option<Geometry> {
        None
    }

    /// Whether it has tensors that learn.
    fn learns(&self) -> bool {
        false
    }

    /// Whether its output is its input under another shape.
    fn is_view(&self) -> bool {
        false
    }

    /// Whether it reads its inputs again on the way back.
    fn reads_inputs_again(&self) -> bool {
        true
    }

    /// Whether it reads its output again on the way back.
    fn reads_output_again(&self) -> bool {
        true
    }

    /// The border that it needs around what it reads.
    fn read_border(&self) -> Border {
        Border::default()
    }

    /// The border that it needs around the gradient it receives; whether it passes one on.
    fn gradient_border(&self, _passes_on: bool) -> Border {
        Border::default()
    }

    /// Whether what it reads is kept for the batch, of so many rows.
    fn keeps_values(&self, _rows: usize) -> bool {
        false
    }

    /// Whether the gradient that it receives is kept for the batch, of so many rows.
    fn keeps_gradient(&self, _rows: usize) -> bool {
        false
    }

    /// The operation.
    fn build(&self, builder: &mut Builder<'_, T>, buffers: OpBuffers) -> Box<dyn Op<T>>;
}

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
    pub fn new(network: &Network) -> Result<Self, NetworkError> {
        let shapes = network.shapes()?;
        let mut graph = Graph {
            views: parameter_views(network)?,
            nodes: Vec::new(),
            values: Vec::new(),
            code: 0,
            mean: 0,
            log_var: None,
            encoder_nodes: 0,
            output: 0,
            shapes,
        };
        let image = graph.value(network.input, false, false, None);
        let features = layers::chain(&mut graph, "encoder", &network.encoder, image);
        (graph.mean, graph.code) = (features, features);
        if let Latent::Gaussian(_) = network.latent {
            graph.posterior(features, network.objective.kl.free_bits);
        }
        graph.encoder_nodes = graph.nodes.len();
        let code = graph.code;
        graph.output = layers::chain(&mut graph, "decoder", &network.decoder, code);
        Ok(graph)
    }

    /// The heads of a Gaussian posterior, and its sample. The head of the mean comes last, so that its gradient comes
    /// first.
    fn posterior(&mut self, features: ValueId, free_bits: f32) {
        let code = self.shapes.code;
        let mut head = |owner: &str| {
            let geometry = Geometry::pointwise(self.values[features].shape, Pair::square(1), code);
            let node = LinearNode::new(geometry, self.parameters(owner).kernel_and_bias());
            self.add(owner, Box::new(node), &[features], code)
        };
        let log_var = head(Latent::LOG_VAR);
        let mean = head(Latent::MEAN);
        let z = self.add("latent", Box::new(SampleNode { free_bits }), &[mean, log_var], code);
        self.values[z].is_sampled = true;
        (self.mean, self.log_var, self.code) = (mean, Some(log_var), z);
    }

    fn value(&mut self, shape: Shape, is_sampled: bool, learns: bool, producer: Option<usize>) -> ValueId {
        self.values.push(Value { shape, is_sampled, learns, producer, readers: Vec::new() });
        self.values.len() - 1
    }

    /// A node behind all others; gives its value, of shape `output`.
    pub fn add(&mut self, name: &str, node: Box<dyn Node<T>>, inputs: &[ValueId], output: Shape) -> ValueId {
        let index = self.nodes.len();
        for input in inputs {
            self.values[*input].readers.push(index);
        }
        let is_sampled = inputs.iter().any(|input| self.values[*input].is_sampled);
        let learns = node.learns() || inputs.iter().any(|input| self.values[*input].learns);
        let output = self.value(output, is_sampled, learns, Some(index));
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
        self.values.iter().map(|value| value.shape.len() * if value.is_sampled { samples } else { 1 }).sum()
    }
}
