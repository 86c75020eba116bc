//! The graph of a model: values, and the layers that give them. Images are height, width, channels in it, whatever the file
//! had.

use network::{Layer, Shape};

use crate::border::Border;
use crate::error::ExchangeError;

/// A value of the graph, by its position: values come after those that they are made of.
pub type NodeId = usize;

/// No net of ours has as many values.
const MOST_NODES: usize = 4096;

/// The graph of a model.
#[derive(Clone, Debug, Default)]
pub struct Graph {
    pub(super) nodes: Vec<Node>,
}

/// A value, and what gives it.
#[derive(Clone, Debug)]
pub(super) struct Node {
    /// What the file calls it, for messages: `layer "z_mean" (Dense)`.
    pub name: String,
    pub operation: Operation,
    pub inputs: Vec<NodeId>,
    pub shape: Shape,
}

/// What gives a value.
#[derive(Clone, Debug)]
pub(super) enum Operation {
    /// The model takes it.
    Input,
    /// A layer of ours, and its tensors by their names in it.
    Layer(Layer, Vec<(String, Vec<f32>)>),
    /// Several values put together.
    Merge(Merging),
    /// A border around an image, which the convolution behind it takes for its own.
    Border { border: Border, reflects: bool },
    /// Something that no layer of ours does, but that may be part of how a code is drawn.
    Arithmetic(Arithmetic),
}

/// How several values are put together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Merging {
    /// Their sum.
    Add,
    /// The channels of one after those of the other.
    Concat,
    /// Their product.
    Multiply,
}

/// What no layer of ours does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Arithmetic {
    /// eˣ
    Exp,
    /// √x
    Sqrt,
    /// A constant times x.
    Scale,
    /// Code that came with the model, noise, anything else; how messages call it.
    Other(String),
}

/// A model of a file.
#[derive(Clone, Debug, Default)]
pub struct Model {
    /// Its values.
    pub graph: Graph,
    /// What it takes.
    pub inputs: Vec<NodeId>,
    /// What it gives.
    pub outputs: Vec<NodeId>,
    /// The models that it is made of, if it is made of models.
    pub parts: Vec<Part>,
}

/// A model inside a model.
#[derive(Clone, Debug)]
pub struct Part {
    /// Its name.
    pub name: String,
    /// What it gives.
    pub outputs: Vec<NodeId>,
}

impl Graph {
    /// What a model takes.
    pub fn input(&mut self, name: impl Into<String>, shape: Shape) -> Result<NodeId, ExchangeError> {
        self.add(name.into(), Operation::Input, Vec::new(), shape)
    }

    /// A layer of ours behind `input`, with `tensors` in our layouts.
    ///
    /// # Errors
    /// If it does not fit its input, or its tensors do not fit it.
    pub fn layer(
        &mut self,
        name: impl Into<String>,
        input: NodeId,
        layer: impl Into<Layer>,
        tensors: Vec<(String, Vec<f32>)>,
    ) -> Result<NodeId, ExchangeError> {
        let (name, layer, from) = (name.into(), layer.into(), self.shape(input));
        let shape = layer
            .output_shape(from)
            .map_err(|error| ExchangeError::read(format!("{name} after {from}: {error}")))?;
        let expected = layer.tensors(from);
        for tensor in &expected {
            let count = tensor.shape.iter().product::<usize>();
            let found =
                tensors.iter().find(|(other, _)| *other == tensor.name).map(|(_, values)| values.len());
            if found != Some(count) {
                let found = found.map_or("is missing".to_owned(), |n| format!("has {n} values"));
                let (tensor, shape) = (&tensor.name, dims(&tensor.shape));
                return Err(ExchangeError::read(format!(
                    "{name}: its {tensor} {found}, and {shape} belong there"
                )));
            }
        }
        self.add(name, Operation::Layer(layer, tensors), vec![input], shape)
    }

    /// Several values put together.
    ///
    /// # Errors
    /// If their shapes do not go together.
    pub fn merge(
        &mut self,
        name: impl Into<String>,
        how: Merging,
        inputs: Vec<NodeId>,
    ) -> Result<NodeId, ExchangeError> {
        let (name, shapes): (String, Vec<Shape>) =
            (name.into(), inputs.iter().map(|id| self.shape(*id)).collect());
        let refuse = || {
            let shapes: Vec<String> = shapes.iter().map(ToString::to_string).collect();
            ExchangeError::read(format!(
                "{name}: values of {} cannot be put together here",
                shapes.join(" and ")
            ))
        };
        let first = *shapes.first().ok_or_else(refuse)?;
        let shape = match (how, first) {
            (Merging::Concat, Shape::Vector(_)) if shapes.iter().all(|shape| matches!(shape, Shape::Vector(_))) => {
                Shape::Vector(sum(&shapes).ok_or_else(refuse)?)
            }
            (Merging::Concat, Shape::Image { height, width, .. })
                if shapes.iter().all(
                    |shape| matches!(shape, Shape::Image { height: h, width: w, .. } if (*h, *w) == (height, width)),
                ) =>
            {
                Shape::image(height, width, sum(&shapes).ok_or_else(refuse)?)
            }
            (Merging::Add | Merging::Multiply, _) if shapes.iter().all(|shape| *shape == first) => first,
            _ => return Err(refuse()),
        };
        self.add(name, Operation::Merge(how), inputs, shape)
    }

    /// Something that no layer of ours does.
    pub fn arithmetic(
        &mut self,
        name: impl Into<String>,
        what: Arithmetic,
        inputs: Vec<NodeId>,
        shape: Shape,
    ) -> Result<NodeId, ExchangeError> {
        self.add(name.into(), Operation::Arithmetic(what), inputs, shape)
    }

    /// The vector at `node` from dense layers whose outputs are in another order: place i gets what was at `theirs[i]`. `None`
    /// where it does not come from one, through activations and the like.
    pub fn with_columns(&mut self, node: NodeId, theirs: &[usize]) -> Result<Option<NodeId>, ExchangeError> {
        /// Layers between, at most.
        const MOST: usize = 32;
        self.columns_within(node, theirs, MOST)
    }

    fn columns_within(
        &mut self,
        node: NodeId,
        theirs: &[usize],
        layers: usize,
    ) -> Result<Option<NodeId>, ExchangeError> {
        let moved = |values: &[f32]| -> Vec<f32> {
            let rows = values.chunks_exact(theirs.len());
            rows.flat_map(|row| theirs.iter().map(|there| row[*there])).collect()
        };
        let Node { name, operation, inputs, .. } = self.nodes[node].clone();
        let Operation::Layer(layer, tensors) = operation else { return Ok(None) };
        let ordered =
            || tensors.iter().map(|(name, values)| (name.clone(), moved(values))).collect::<Vec<_>>();
        match layer {
            Layer::Dense(_) => self.layer(name, inputs[0], layer, ordered()).map(Some),
            Layer::Activate(_) | Layer::Dropout(_) | Layer::BatchNorm(_) | Layer::LayerNorm(_)
                if layers > 0 =>
            {
                let Some(input) = self.columns_within(inputs[0], theirs, layers - 1)? else {
                    return Ok(None);
                };
                self.layer(name, input, layer, ordered()).map(Some)
            }
            _ => Ok(None),
        }
    }

    /// The linear layer at `node` with more added to its bias; `None` where there is none.
    ///
    /// # Errors
    /// If there are not as many numbers as it has channels.
    pub fn with_bias(&mut self, node: NodeId, more: &[f32]) -> Result<Option<NodeId>, ExchangeError> {
        let Node { name, operation, inputs, .. } = self.nodes[node].clone();
        let Operation::Layer(
            layer @ (Layer::Dense(_) | Layer::Conv2d(_) | Layer::Conv2dTranspose(_)),
            mut tensors,
        ) = operation
        else {
            return Ok(None);
        };
        let Some((_, bias)) =
            tensors.iter_mut().find(|(name, bias)| name == "bias" && bias.len() == more.len())
        else {
            return Ok(None);
        };
        bias.iter_mut().zip(more).for_each(|(bias, more)| *bias += more);
        self.layer(name, inputs[0], layer, tensors).map(Some)
    }

    /// Shape of a value.
    pub fn shape(&self, id: NodeId) -> Shape {
        self.nodes[id].shape
    }

    /// Whether a value is what the model takes.
    pub fn is_input(&self, id: NodeId) -> bool {
        matches!(self.nodes[id].operation, Operation::Input)
    }

    /// Whether a value is an image with a border around it.
    pub fn is_border(&self, id: NodeId) -> bool {
        matches!(self.nodes[id].operation, Operation::Border { .. })
    }

    /// What the file calls it.
    pub fn name(&self, id: NodeId) -> &str {
        &self.nodes[id].name
    }

    pub(super) fn add(
        &mut self,
        name: String,
        operation: Operation,
        inputs: Vec<NodeId>,
        shape: Shape,
    ) -> Result<NodeId, ExchangeError> {
        if self.nodes.len() == MOST_NODES {
            return Err(ExchangeError::read(format!("has more than {MOST_NODES} layers")));
        }
        self.nodes.push(Node { name, operation, inputs, shape });
        Ok(self.nodes.len() - 1)
    }
}

fn sum(shapes: &[Shape]) -> Option<usize> {
    shapes.iter().try_fold(0usize, |sum, shape| sum.checked_add(shape.pixels().2))
}

/// `3 × 3 × 1 × 32`
pub(crate) fn dims(shape: &[usize]) -> String {
    match shape {
        [] => "one value".to_owned(),
        _ => shape.iter().map(ToString::to_string).collect::<Vec<_>>().join(" × "),
    }
}
