//! What is known while the operators of a file are read, one after the other.

use std::collections::HashMap;

use network::{Dense, Flatten, Layer, Reshape, Shape};

use super::array::{Array, Constant};
use super::view::View;
use crate::assembly::{Arithmetic, Graph, NodeId};
use crate::error::ExchangeError;
use crate::onnx::messages::{AttributeProto, NodeProto};

/// A side of a value, as arithmetic of shapes has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// As many as there are images.
    Batch,
    /// So many.
    Known(i64),
}

/// A value of the file.
#[derive(Clone, Debug)]
pub enum Value {
    /// Of each image.
    Data(View),
    /// A constant.
    Constant(Array),
    /// Whole numbers, such as sides, and whether there is an axis.
    Sides(Vec<Side>, bool),
    /// Random numbers.
    Noise,
    /// What could not be read, with the reason: only a value that is needed for what the model gives is missed.
    Lost(String),
}

/// What is known while operators are read.
#[derive(Default)]
pub struct Reader {
    pub graph: Graph,
    pub values: HashMap<String, Value>,
    images: HashMap<(NodeId, Shape), NodeId>,
}

/// An operator with what it takes.
pub struct Operator<'a> {
    pub node: &'a NodeProto,
    /// What it is called in messages: `operator "/enc/Conv" (Conv)`.
    pub name: String,
    pub inputs: Vec<Option<Value>>,
}

impl Operator<'_> {
    /// An input, which has to be there.
    pub fn input(&self, index: usize) -> Result<&Value, ExchangeError> {
        self.inputs
            .get(index)
            .and_then(Option::as_ref)
            .ok_or_else(|| self.refuse("takes more than it is given"))
    }

    /// An input that is a value of each image.
    pub fn data(&self, index: usize) -> Result<&View, ExchangeError> {
        match self.input(index)? {
            Value::Data(view) => Ok(view),
            _ => Err(self.refuse("takes a constant where layers here take a value of each image")),
        }
    }

    /// An input that is a constant, if it is there.
    pub fn constant(&self, index: usize) -> Result<Option<&Array>, ExchangeError> {
        match self.inputs.get(index).and_then(Option::as_ref) {
            None => Ok(None),
            Some(Value::Constant(array)) => Ok(Some(array)),
            Some(_) => Err(self.refuse("has weights that are computed; layers here have constant ones")),
        }
    }

    /// A constant that has to be there.
    pub fn weights(&self, index: usize) -> Result<&Array, ExchangeError> {
        self.constant(index)?.ok_or_else(|| self.refuse("has no weights"))
    }

    /// An input of whole numbers, if it is there.
    pub fn sides(&self, index: usize) -> Result<Option<Vec<Side>>, ExchangeError> {
        match self.inputs.get(index).and_then(Option::as_ref) {
            None => Ok(None),
            Some(Value::Sides(sides, _)) => Ok(Some(sides.clone())),
            Some(_) => Err(self.refuse("has sides that are no whole numbers")),
        }
    }

    /// Whole numbers of an input, or else of an attribute.
    pub fn ints_of(&self, index: usize, name: &str) -> Result<Option<Vec<i64>>, ExchangeError> {
        let Some(sides) = self.sides(index)? else { return Ok(self.attribute(name).map(|a| a.ints.clone())) };
        let known = |side: &Side| match side {
            Side::Known(n) => Some(*n),
            Side::Batch => None,
        };
        Ok(sides.iter().map(known).collect())
    }

    /// An attribute.
    pub fn attribute(&self, name: &str) -> Option<&AttributeProto> {
        self.node.attribute.iter().find(|attribute| attribute.name == name)
    }

    /// A number.
    pub fn float(&self, name: &str, default: f32) -> f32 {
        self.attribute(name).and_then(|attribute| attribute.f).unwrap_or(default)
    }

    /// A whole number.
    pub fn int(&self, name: &str, default: i64) -> i64 {
        self.attribute(name).and_then(|attribute| attribute.i).unwrap_or(default)
    }

    /// A word.
    pub fn text(&self, name: &str) -> Option<String> {
        let bytes = self.attribute(name)?.s.as_ref()?;
        Some(String::from_utf8_lossy(bytes).into_owned())
    }

    /// Whole numbers that are not negative, so many of them.
    pub fn sizes<const N: usize>(
        &self,
        name: &str,
        default: [usize; N],
    ) -> Result<[usize; N], ExchangeError> {
        let Some(attribute) = self.attribute(name).filter(|attribute| !attribute.ints.is_empty()) else {
            return Ok(default);
        };
        let sizes: Option<Vec<usize>> = attribute.ints.iter().map(|n| usize::try_from(*n).ok()).collect();
        let sizes = sizes.and_then(|sizes| <[usize; N]>::try_from(sizes).ok());
        sizes
            .ok_or_else(|| self.refuse(&format!("has {name} {:?}, and layers here have {N}", attribute.ints)))
    }

    /// The error of what there is none of here.
    pub fn refuse(&self, why: &str) -> ExchangeError {
        ExchangeError::read(format!("{} {why}", self.name))
    }
}

impl Reader {
    /// The value as an image of ours, of which the view shows channels, rows and columns.
    pub fn image(&mut self, name: &str, view: &View) -> Result<NodeId, ExchangeError> {
        let [channels, height, width] = view.sides()[..] else {
            let sides = view.sides();
            return Err(ExchangeError::read(format!("{name} takes an image, not values of sides {sides:?}")));
        };
        let shape = Shape::image(height, width, channels);
        if view.image().is_some() {
            return self.shaped(name, view.node, shape);
        }
        // A vector of channels, then rows, then columns.
        const LONGEST: usize = 1 << 24;
        let is_vector =
            view.is_plain() && matches!(self.graph.shape(view.node), Shape::Vector(n) if n <= LONGEST);
        if !is_vector {
            return Err(ExchangeError::read(format!(
                "{name} takes an image whose axes are in an order of their own"
            )));
        }
        let places = View::channels_first(0, (height, width, channels)).places();
        let mut theirs = vec![0; places.len()];
        places.iter().enumerate().for_each(|(index, place)| theirs[*place] = index);
        let ordered = self.graph.reordered(view.node, &theirs)?;
        self.shaped(name, ordered, shape)
    }

    /// The value in a shape of ours, its values in their order.
    pub fn shaped(&mut self, name: &str, node: NodeId, shape: Shape) -> Result<NodeId, ExchangeError> {
        if self.graph.shape(node) == shape {
            return Ok(node);
        }
        if let Some(known) = self.images.get(&(node, shape)) {
            return Ok(*known);
        }
        let layer: Layer = match shape {
            Shape::Vector(_) => Flatten {}.into(),
            shape => Reshape { shape }.into(),
        };
        let shaped = self.graph.layer(name, node, layer, Vec::new())?;
        self.images.insert((node, shape), shaped);
        Ok(shaped)
    }

    /// The value as a vector of ours; the places of the view are those in it.
    pub fn vector(&mut self, name: &str, view: &View) -> Result<NodeId, ExchangeError> {
        if view.axes.len() != 1 {
            let sides = view.sides();
            return Err(ExchangeError::read(format!("{name} takes a vector, not values of sides {sides:?}")));
        }
        let shape = Shape::Vector(self.graph.shape(view.node).len());
        self.shaped(name, view.node, shape)
    }

    /// Something that no layer here does, over the same values.
    pub fn arithmetic(
        &mut self,
        name: &str,
        what: Arithmetic,
        view: &View,
        more: &[NodeId],
    ) -> Result<Value, ExchangeError> {
        let inputs = std::iter::once(view.node).chain(more.iter().copied()).collect();
        let node = self.graph.arithmetic(name, what, inputs, self.graph.shape(view.node))?;
        Ok(Value::Data(View { node, axes: view.axes.clone() }))
    }

    /// A layer that changes each value by itself, or each channel.
    pub fn same_shape(
        &mut self,
        name: &str,
        view: &View,
        layer: impl Into<Layer>,
        tensors: Vec<(String, Vec<f32>)>,
    ) -> Result<Value, ExchangeError> {
        let node = self.graph.layer(name, view.node, layer, tensors)?;
        Ok(Value::Data(View { node, axes: view.axes.clone() }))
    }
}

impl From<Constant> for Value {
    fn from(constant: Constant) -> Self {
        match constant {
            Constant::Floats(array) => Value::Constant(array),
            Constant::Ints(values, has_axis) => {
                Value::Sides(values.into_iter().map(Side::Known).collect(), has_axis)
            }
        }
    }
}

impl Graph {
    /// The vector at `node` with its values in another order: place i gets what is at `theirs[i]`. A dense layer before it
    /// gives them so; else one is put in that does nothing but that.
    ///
    /// # Errors
    /// If there is none, and the vector is too long for one.
    pub fn reordered(&mut self, node: NodeId, theirs: &[usize]) -> Result<NodeId, ExchangeError> {
        if let Some(ordered) = self.with_columns(node, theirs)? {
            return Ok(ordered);
        }
        const LONGEST: usize = 4096;
        let count = theirs.len();
        let name = format!("the order of {}", self.name(node));
        if count > LONGEST {
            return Err(ExchangeError::read(format!("{name} cannot be that of channels first")));
        }
        let mut kernel = vec![0.0; count * count];
        theirs.iter().enumerate().for_each(|(here, there)| kernel[there * count + here] = 1.0);
        let dense = Dense { units: count, activation: Default::default(), initializer: Default::default() };
        self.layer(name, node, dense, vec![("kernel".into(), kernel), ("bias".into(), vec![0.0; count])])
    }
}
