//! Layers that files write as several operators: found by their shape before the operators are read, and read as one at the last.

use std::collections::HashMap;

use network::{Activate, Activation, GroupNorm, SelfAttention, Shape};

use super::array::Array;
use super::product::per_channel;
use super::reader::{Operator, Reader, Side, Value};
use super::view::View;
use crate::error::ExchangeError;
use crate::onnx::messages::NodeProto;

/// The operators of a file, and who takes what they give.
pub struct Operators<'a> {
    pub nodes: &'a [NodeProto],
    givers: HashMap<&'a str, usize>,
    takers: HashMap<&'a str, Vec<usize>>,
}

/// A layer, by the names of the values that it is made of.
pub enum Pattern {
    /// x Φ(x)
    Gelu { x: String },
    /// γ and β after groups of channels have been made alike.
    Group { x: String, sides: String, epsilon: Epsilon, gamma: String, beta: String },
    /// Attention of pixels to each other: products, biases, and the sides that say how many heads there are.
    Attention { x: String, sides: String, products: [String; 4], biases: [String; 4] },
}

/// A number of a file.
pub enum Epsilon {
    /// A constant of this name.
    Constant(String),
    /// An attribute's.
    Number(f32),
}

impl<'a> Operators<'a> {
    pub fn new(nodes: &'a [NodeProto]) -> Self {
        let (mut givers, mut takers): (HashMap<_, _>, HashMap<&str, Vec<usize>>) =
            (HashMap::new(), HashMap::new());
        for (index, node) in nodes.iter().enumerate() {
            givers.extend(node.output.iter().map(|name| (name.as_str(), index)));
            node.input.iter().for_each(|name| takers.entry(name.as_str()).or_default().push(index));
        }
        Self { nodes, givers, takers }
    }

    /// What gives a value, if it is this operator.
    fn giver(&self, name: &str, kind: &str) -> Option<&'a NodeProto> {
        self.givers.get(name).map(|index| &self.nodes[*index]).filter(|node| node.op_type == kind)
    }

    /// The only operator that takes what another gives, if it is this one, and its place.
    fn taker(&self, node: &NodeProto, kind: &str) -> Option<(usize, &'a NodeProto)> {
        match self.takers.get(node.output.first()?.as_str())?[..] {
            [index] => Some((index, &self.nodes[index])).filter(|(_, node)| node.op_type == kind),
            _ => None,
        }
    }

    /// The layers that are several operators, by the place of the last one.
    pub fn patterns(&self, is_constant: &dyn Fn(&str) -> bool) -> HashMap<usize, Pattern> {
        let find = |node: &'a NodeProto| match node.op_type.as_str() {
            "Erf" => self.gelu(node, is_constant),
            "Div" => self.group(node, is_constant),
            "InstanceNormalization" => self.instance(node, is_constant),
            "Softmax" => self.attention(node, is_constant),
            _ => None,
        };
        self.nodes.iter().filter_map(find).collect()
    }

    /// Both orders of x · ½ · (1 + erf(x / √2)).
    fn gelu(&self, erf: &'a NodeProto, is_constant: &dyn Fn(&str) -> bool) -> Option<(usize, Pattern)> {
        let inside = erf.input.first()?;
        let scaled = self.giver(inside, "Mul").or_else(|| self.giver(inside, "Div"))?;
        let x = scaled.input.iter().find(|name| !is_constant(name))?.clone();
        let (_, shifted) = self.taker(erf, "Add")?;
        let (_, first) = self.taker(shifted, "Mul")?;
        let (index, second) = self.taker(first, "Mul")?;
        let has_x = |node: &NodeProto| node.input.contains(&x);
        let has_half = |node: &NodeProto| node.input.iter().any(|name| is_constant(name));
        let is_gelu = has_x(first) && has_half(second) || has_half(first) && has_x(second);
        is_gelu.then_some((index, Pattern::Gelu { x }))
    }

    /// (r − mean) / √(variance + ε), back in shape, · γ + β.
    fn group(&self, division: &'a NodeProto, is_constant: &dyn Fn(&str) -> bool) -> Option<(usize, Pattern)> {
        let [above, below] = &division.input[..] else { return None };
        let centred = self.giver(above, "Sub")?;
        let by_group = self.giver(centred.input.first()?, "Reshape")?;
        let mean = self.giver(centred.input.get(1)?, "ReduceMean")?;
        if mean.input.first() != centred.input.first() {
            return None;
        }
        let shifted = self.giver(self.giver(below, "Sqrt")?.input.first()?, "Add")?;
        let epsilon = shifted.input.iter().find(|name| is_constant(name))?.clone();
        self.scaled(division, by_group, Epsilon::Constant(epsilon), is_constant)
    }

    /// The same with an operator for the middle.
    fn instance(&self, node: &'a NodeProto, is_constant: &dyn Fn(&str) -> bool) -> Option<(usize, Pattern)> {
        let by_group = self.giver(node.input.first()?, "Reshape")?;
        let epsilon = node.attribute.iter().find(|attribute| attribute.name == "epsilon").and_then(|a| a.f);
        self.scaled(node, by_group, Epsilon::Number(epsilon.unwrap_or(1e-5)), is_constant)
    }

    fn scaled(
        &self,
        alike: &NodeProto,
        by_group: &NodeProto,
        epsilon: Epsilon,
        is_constant: &dyn Fn(&str) -> bool,
    ) -> Option<(usize, Pattern)> {
        let (_, back) = self.taker(alike, "Reshape")?;
        let (_, scaled) = self.taker(back, "Mul")?;
        let (index, shifted) = self.taker(scaled, "Add")?;
        let constant = |node: &NodeProto| node.input.iter().find(|name| is_constant(name)).cloned();
        let [x, sides] = &by_group.input[..] else { return None };
        let (x, sides) = (x.clone(), sides.clone());
        Some((
            index,
            Pattern::Group { x, sides, epsilon, gamma: constant(scaled)?, beta: constant(shifted)? },
        ))
    }

    /// Softmax(Q Kᵀ / √size) V, and a product back.
    fn attention(
        &self,
        softmax: &'a NodeProto,
        is_constant: &dyn Fn(&str) -> bool,
    ) -> Option<(usize, Pattern)> {
        let projection = |name: &str| -> Option<(String, String, String, String)> {
            let by_head = self.giver(self.giver(name, "Transpose")?.input.first()?, "Reshape")?;
            let [sum, sides] = &by_head.input[..] else { return None };
            let sum = self.giver(sum, "Add")?;
            let bias = sum.input.iter().find(|name| is_constant(name))?.clone();
            let product = self.giver(sum.input.iter().find(|name| !is_constant(name))?, "MatMul")?;
            let [x, weights] = &product.input[..] else { return None };
            Some((x.clone(), sides.clone(), weights.clone(), bias))
        };
        let scores = self.giver(softmax.input.first()?, "MatMul")?;
        let scaled = self.giver(scores.input.first()?, "Mul")?;
        let (x, sides, query, query_bias) = projection(scaled.input.iter().find(|name| !is_constant(name))?)?;
        let (key_x, _, key, key_bias) = projection(scores.input.get(1)?)?;
        let (_, mixed) = self.taker(softmax, "MatMul")?;
        let (value_x, _, value, value_bias) = projection(mixed.input.get(1)?)?;
        let (_, together) = self.taker(self.taker(mixed, "Transpose")?.1, "Reshape")?;
        let (_, product) = self.taker(together, "MatMul")?;
        let (index, sum) = self.taker(product, "Add")?;
        let output = product.input.get(1)?.clone();
        let output_bias = sum.input.iter().find(|name| is_constant(name))?.clone();
        if key_x != x || value_x != x {
            return None;
        }
        let (products, biases) =
            ([query, key, value, output], [query_bias, key_bias, value_bias, output_bias]);
        Some((index, Pattern::Attention { x, sides, products, biases }))
    }
}

impl Reader {
    /// A layer of several operators, of which `operator` is the last.
    pub fn pattern(&mut self, operator: &Operator<'_>, pattern: &Pattern) -> Result<Value, ExchangeError> {
        let lost = || operator.refuse("ends what looks like a layer, and is none");
        let constant = |values: &HashMap<String, Value>, name: &str| match values.get(name) {
            Some(Value::Constant(array)) => Ok(array.clone()),
            _ => Err(lost()),
        };
        let data = |values: &HashMap<String, Value>, name: &str| match values.get(name) {
            Some(Value::Data(view)) => Ok(view.clone()),
            Some(Value::Lost(why)) => Err(ExchangeError::read(why.clone())),
            _ => Err(lost()),
        };
        match pattern {
            Pattern::Gelu { x } => {
                let view = data(&self.values, x)?;
                self.same_shape(&operator.name, &view, Activate { activation: Activation::Gelu }, Vec::new())
            }
            Pattern::Group { x, sides, epsilon, gamma, beta } => {
                let Some(Value::Sides(sides, _)) = self.values.get(sides) else { return Err(lost()) };
                let &[_, Side::Known(groups), _] = &sides[..] else { return Err(lost()) };
                let view = data(&self.values, x)?;
                let epsilon = match epsilon {
                    Epsilon::Constant(name) => constant(&self.values, name)?.number().ok_or_else(lost)?,
                    Epsilon::Number(number) => *number,
                };
                let view = match view.axes.len() {
                    1 => view,
                    _ => {
                        let node = self.image(&operator.name, &view)?;
                        View::channels_first(node, self.graph.shape(node).pixels())
                    }
                };
                let [gamma, beta] = [gamma, beta].map(|name| constant(&self.values, name));
                let (gamma, beta) = (per_channel(self, &view, &gamma?), per_channel(self, &view, &beta?));
                let tensors =
                    vec![("gamma".into(), gamma.ok_or_else(lost)?), ("beta".into(), beta.ok_or_else(lost)?)];
                let groups = usize::try_from(groups).map_err(|_| lost())?;
                let norm = GroupNorm { groups, epsilon, activation: Activation::Linear };
                self.same_shape(&operator.name, &view, norm, tensors)
            }
            Pattern::Attention { x, sides, products, biases } => {
                let Some(Value::Sides(sides, _)) = self.values.get(sides) else { return Err(lost()) };
                let &[_, _, Side::Known(heads), Side::Known(size)] = &sides[..] else { return Err(lost()) };
                let (heads, key_size) =
                    (usize::try_from(heads).unwrap_or(0), usize::try_from(size).unwrap_or(0));
                let view = data(&self.values, x)?;
                let (shape, count) = (self.graph.shape(view.node), view.len());
                let channels = view.axes.last().map_or(0, |axis| super::view::length(axis));
                if !view.is_plain() || channels == 0 {
                    return Err(lost());
                }
                let shape = match shape {
                    image @ Shape::Image { channels: own, .. } if own == channels => image,
                    _ => Shape::image(count / channels, 1, channels),
                };
                let node = self.shaped(&operator.name, view.node, shape)?;
                let mut tensors = Vec::new();
                let names = ["query", "key", "value", "output"];
                for (name, (product, bias)) in names.iter().zip(products.iter().zip(biases)) {
                    let named = |part: &str, array: Array| (format!("{name}.{part}"), array.values);
                    tensors.push(named("kernel", constant(&self.values, product)?));
                    tensors.push(named("bias", constant(&self.values, bias)?));
                }
                let is_usual = heads.checked_mul(key_size) == Some(channels);
                let layer = SelfAttention { heads, key_size: (!is_usual).then_some(key_size) };
                let output = self.graph.layer(&operator.name, node, layer, tensors)?;
                Ok(Value::Data(View { node: output, axes: view.axes }))
            }
        }
    }
}
