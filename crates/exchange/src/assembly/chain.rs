//! The layers between two values, one after the other.

use network::{
    Activate, Activation, Branches, GatedDense, Initializer, Layer, Merge, Pair, Residual, Shape, Shortcut,
};

use super::dominators::Dominators;
use super::graph::{Graph, Merging, NodeId, Operation};
use super::tidy::tidy;
use super::weighted_layer::WeightedLayer;
use crate::error::ExchangeError;

/// Layers inside layers inside layers, …
const DEEPEST: usize = 32;

/// The layers from the value `from` to the value `to`.
pub struct Chains<'a> {
    graph: &'a Graph,
    /// Values that a layer with tensors gave: it can be used in one place only.
    used: Vec<bool>,
}

impl<'a> Chains<'a> {
    pub fn new(graph: &'a Graph) -> Self {
        Self { graph, used: vec![false; graph.nodes.len()] }
    }

    /// The layers between two values.
    ///
    /// # Errors
    /// If there is something that no layer of ours does, or a layer takes what does not come from `from`.
    pub fn between(&mut self, from: NodeId, to: NodeId) -> Result<Vec<WeightedLayer>, ExchangeError> {
        self.deep(from, to, 0)
    }

    fn deep(&mut self, from: NodeId, to: NodeId, depth: usize) -> Result<Vec<WeightedLayer>, ExchangeError> {
        let graph = self.graph;
        if depth > DEEPEST {
            return Err(ExchangeError::read(format!(
                "{}: sums inside sums, more than {DEEPEST} of them",
                graph.name(to)
            )));
        }
        let mut dominators = None;
        let (mut layers, mut at) = (Vec::new(), to);
        while at != from {
            let node = &graph.nodes[at];
            match &node.operation {
                _ if at < from => return Err(elsewhere(graph, at, from)),
                Operation::Input => return Err(elsewhere(graph, at, from)),
                Operation::Layer(layer, tensors) => {
                    if !tensors.is_empty() && std::mem::replace(&mut self.used[at], true) {
                        let name = &node.name;
                        return Err(ExchangeError::read(format!(
                            "{name}: is used in two places, and layers here have one"
                        )));
                    }
                    layers.push(WeightedLayer { layer: layer.clone(), tensors: tensors.clone() });
                    at = node.inputs[0];
                }
                Operation::Merge(how) => {
                    let dominators = dominators.get_or_insert_with(|| Dominators::new(graph, from));
                    let fork = dominators.common(&node.inputs).ok_or_else(|| elsewhere(graph, at, from))?;
                    let branches = node.inputs.iter().map(|input| self.deep(fork, *input, depth + 1));
                    let branches = branches.collect::<Result<Vec<_>, _>>()?;
                    let shapes = (graph.shape(fork), node.shape);
                    layers.push(merged(*how, branches, shapes).ok_or_else(|| unknown(graph, at))?);
                    at = fork;
                }
                Operation::Border { .. } | Operation::Arithmetic(_) => return Err(unknown(graph, at)),
            }
        }
        layers.reverse();
        Ok(tidy(layers, graph.shape(from)))
    }
}

fn elsewhere(graph: &Graph, at: NodeId, from: NodeId) -> ExchangeError {
    let (at, from) = (graph.name(at), graph.name(from));
    ExchangeError::read(format!(
        "{at} is taken past {from}: here everything goes through the code, one layer after the other, with sums and \
         concatenations between"
    ))
}

/// The error that no layer of ours does what gives this value.
pub fn unknown(graph: &Graph, at: NodeId) -> ExchangeError {
    ExchangeError::read(format!("{}: latentlab has no layer that does this", graph.name(at)))
}

/// The one layer that branches make, which take values of the first shape and give, together, the second.
fn merged(
    how: Merging,
    mut branches: Vec<Vec<WeightedLayer>>,
    (input, output): (Shape, Shape),
) -> Option<WeightedLayer> {
    if how == Merging::Multiply {
        return product(branches);
    }
    if let (Merging::Add, [a, b]) = (how, &branches[..]) {
        let kind = match (a.is_empty(), b.is_empty()) {
            (false, true) => Some((0, Shortcut::Identity)),
            (true, false) => Some((1, Shortcut::Identity)),
            (false, false) if is_projection(b, input, output) => Some((0, Shortcut::Projection)),
            (false, false) if is_projection(a, input, output) => Some((1, Shortcut::Projection)),
            _ => None,
        };
        if let Some((body, shortcut)) = kind {
            let mut tensors = inside("layers", &branches[body]);
            if shortcut == Shortcut::Projection {
                let own = std::mem::take(&mut branches[1 - body][0].tensors);
                tensors.extend(own.into_iter().map(|(name, values)| (format!("shortcut.{name}"), values)));
            }
            let layers = branches.swap_remove(body).into_iter().map(|weighted| weighted.layer).collect();
            let layer = Residual { layers, shortcut, activation: Activation::Linear };
            return Some(WeightedLayer { layer: layer.into(), tensors });
        }
    }
    let tensors = branches
        .iter()
        .enumerate()
        .flat_map(|(i, branch)| inside(&format!("branches.{i}"), branch))
        .collect();
    let merge = if how == Merging::Add { Merge::Add } else { Merge::Concat };
    let branches = branches
        .into_iter()
        .map(|branch| branch.into_iter().map(|weighted| weighted.layer).collect())
        .collect();
    Some(WeightedLayer { layer: Branches { merge, branches }.into(), tensors })
}

/// Tensors of layers inside a layer.
fn inside(place: &str, layers: &[WeightedLayer]) -> Vec<(String, Vec<f32>)> {
    let of = |(index, weighted): (usize, &WeightedLayer)| {
        let named = weighted.tensors.iter();
        named.map(|(name, values)| (format!("{place}.{index}.{name}"), values.clone())).collect::<Vec<_>>()
    };
    layers.iter().enumerate().flat_map(of).collect()
}

/// Whether a branch is what a residual's shortcut may be.
fn is_projection(branch: &[WeightedLayer], input: Shape, output: Shape) -> bool {
    match branch {
        [WeightedLayer { layer: Layer::Dense(dense), .. }] => dense.activation.is_linear(),
        [WeightedLayer { layer: Layer::Conv2d(conv), .. }] => {
            conv.kernel == Pair::square(1)
                && conv.activation.is_linear()
                && conv.stride == Residual::projection_stride(input, output)
        }
        _ => false,
    }
}

/// x · σ(x), or a dense layer with gates.
fn product(mut branches: Vec<Vec<WeightedLayer>>) -> Option<WeightedLayer> {
    let sigmoid =
        |layer: &Layer| matches!(layer, Layer::Activate(Activate { activation: Activation::Sigmoid }));
    match &mut branches[..] {
        [one, other] if one.is_empty() || other.is_empty() => {
            let gate = if one.is_empty() { other } else { one };
            let [gate] = &gate[..] else { return None };
            sigmoid(&gate.layer).then(|| Activate { activation: Activation::Silu }.into())
        }
        [a, b] => {
            let ([a], [b]) = (&mut a[..], &mut b[..]) else { return None };
            let gates = |weighted: &WeightedLayer| matches!(&weighted.layer, Layer::Dense(dense) if dense.activation == Activation::Sigmoid);
            let (value, gate) = if gates(b) { (a, b) } else { (b, a) };
            let Layer::Dense(dense) = &value.layer else { return None };
            if !gates(gate) {
                return None;
            }
            let layer = GatedDense {
                units: dense.units,
                activation: dense.activation,
                initializer: Initializer::default(),
            };
            let named = |prefix: &str, weighted: &mut WeightedLayer| {
                let tensors = std::mem::take(&mut weighted.tensors).into_iter();
                tensors.map(|(name, values)| (format!("{prefix}.{name}"), values)).collect::<Vec<_>>()
            };
            let tensors = [named("value", value), named("gate", gate)].concat();
            Some(WeightedLayer { layer: layer.into(), tensors })
        }
        _ => None,
    }
}
