//! Where the code of an autoencoder is: between the heads of a posterior and what draws from it, or where a net is narrowest.

use network::{Layer, Pair, Shape};

use super::chain::unknown;
use super::dominators::Dominators;
use super::graph::{Arithmetic, Graph, NodeId, Operation};
use crate::error::ExchangeError;

/// The heads of a Gaussian posterior.
#[derive(Clone, Debug, PartialEq)]
pub struct Heads {
    /// What both take.
    pub features: NodeId,
    /// The head that gives the mean.
    pub mean: NodeId,
    /// The other one.
    pub log_var: NodeId,
    /// Whether that gives ln σ, and not ln σ².
    pub is_log_deviation: bool,
    /// How that was decided.
    pub note: String,
}

/// Whether what is between two values may be what draws a code: code that cannot be looked into, or arithmetic.
fn draws(graph: &Graph, region: &[NodeId]) -> bool {
    region.iter().any(|id| matches!(graph.nodes[*id].operation, Operation::Arithmetic(_)))
}

/// The values that lie on a way from `from` to `to`: `from` left out.
fn region(graph: &Graph, from: NodeId, to: NodeId) -> Vec<NodeId> {
    let mut is_in = vec![false; to + 1];
    is_in[to] = true;
    for id in (from + 1..=to).rev() {
        if is_in[id] {
            graph.nodes[id]
                .inputs
                .iter()
                .filter(|input| **input > from)
                .for_each(|input| is_in[*input] = true);
        }
    }
    (from + 1..=to).filter(|id| is_in[*id]).collect()
}

/// The heads of a posterior on the way from `input` to `end`, and the value that is drawn from it.
pub fn drawn(graph: &Graph, input: NodeId, end: NodeId) -> Result<Option<(Heads, NodeId)>, ExchangeError> {
    let path = Dominators::new(graph, input).path_to(end);
    let Some(path) = path else { return Ok(None) };
    for pair in path.windows(2) {
        let [features, drawn] = pair else { continue };
        let between = region(graph, *features, *drawn);
        if !draws(graph, &between) {
            continue;
        }
        let strange =
            between.iter().find(|id| matches!(graph.nodes[**id].operation, Operation::Arithmetic(_)));
        let strange = *strange.unwrap_or(drawn);
        let heads: Vec<NodeId> = between.iter().copied().filter(|id| has_tensors(graph, *id)).collect();
        let [a, b] = heads[..] else { return Err(unknown(graph, strange)) };
        return Ok(Some((heads_of(graph, *features, [a, b], &between, *drawn)?, *drawn)));
    }
    Ok(None)
}

fn has_tensors(graph: &Graph, id: NodeId) -> bool {
    matches!(&graph.nodes[id].operation, Operation::Layer(_, tensors) if !tensors.is_empty())
}

/// The two layers that give mean and log variance, in their order.
pub fn heads_of(
    graph: &Graph,
    features: NodeId,
    heads: [NodeId; 2],
    between: &[NodeId],
    drawn: NodeId,
) -> Result<Heads, ExchangeError> {
    for head in heads {
        let node = &graph.nodes[head];
        let (name, from) = (&node.name, graph.name(features));
        if node.inputs != [features] {
            return Err(ExchangeError::read(format!(
                "{name}: mean and log variance of a posterior are one layer each here, both behind {from}"
            )));
        }
        let is_head = match &node.operation {
            Operation::Layer(Layer::Dense(dense), _) => dense.activation.is_linear(),
            Operation::Layer(Layer::Conv2d(conv), _) => {
                conv.kernel == Pair::square(1)
                    && conv.stride == Pair::square(1)
                    && conv.activation.is_linear()
            }
            _ => false,
        };
        if !is_head {
            return Err(ExchangeError::read(format!(
                "{name}: mean and log variance of a posterior come from linear dense layers or 1 × 1 convolutions here"
            )));
        }
    }
    if graph.shape(heads[0]) != graph.shape(heads[1]) {
        let [a, b] = heads.map(|head| format!("{} gives {}", graph.name(head), graph.shape(head)));
        return Err(ExchangeError::read(format!("{a}, and {b}: mean and log variance have one shape")));
    }
    let exponents = heads.map(|head| exponent(graph, head, between));
    let names = heads.map(|head| is_variance(graph.name(head)));
    let called = graph.nodes[drawn].inputs == [heads[1], heads[0]];
    let (is_second_first, why) = match (exponents, names) {
        ([Some(_), None], _) => (true, "eˣ is taken of the latter"),
        ([None, Some(_)], _) => (false, "eˣ is taken of the latter"),
        (_, [true, false]) => (true, "by their names"),
        (_, [false, true]) => (false, "by their names"),
        _ if called => (true, "by their order"),
        _ => (false, "by their order"),
    };
    let [mean, log_var] = if is_second_first { [heads[1], heads[0]] } else { heads };
    let is_log_deviation = exponents[usize::from(!is_second_first)] == Some(true);
    let what = if is_log_deviation { "logarithm of the deviation" } else { "log variance" };
    let (m, v) = (graph.name(mean), graph.name(log_var));
    let note = format!("the posterior's mean is {m}, its {what} {v}, {why}");
    Ok(Heads { features, mean, log_var, is_log_deviation, note })
}

/// Whether eˣ is taken of a head in `between`, and if so whether of ln σ: not halved before, and no root taken behind.
fn exponent(graph: &Graph, head: NodeId, between: &[NodeId]) -> Option<bool> {
    let arithmetic = |id: NodeId| match &graph.nodes[id].operation {
        Operation::Arithmetic(what) => Some(what),
        _ => None,
    };
    let exponential = |is_scaled: bool, from: NodeId| {
        between
            .iter()
            .copied()
            .find(|id| arithmetic(*id) == Some(&Arithmetic::Exp) && graph.nodes[*id].inputs == [from])
            .map(|id| (id, is_scaled))
    };
    let scaled = between
        .iter()
        .copied()
        .filter(|id| arithmetic(*id) == Some(&Arithmetic::Scale) && graph.nodes[*id].inputs == [head]);
    let (found, is_scaled) =
        exponential(false, head).or_else(|| scaled.into_iter().find_map(|id| exponential(true, id)))?;
    let is_rooted = between
        .iter()
        .any(|id| arithmetic(*id) == Some(&Arithmetic::Sqrt) && graph.nodes[*id].inputs == [found]);
    Some(!is_scaled && !is_rooted)
}

/// Whether a layer is called as the variance's are.
fn is_variance(name: &str) -> bool {
    let name = name.to_lowercase();
    ["var", "sigma", "std", "scale"].iter().any(|part| name.contains(part))
}

/// The narrowest value on the way from `input` to `end`: the earliest of those, behind its activation.
pub fn narrowest(graph: &Graph, input: NodeId, end: NodeId) -> Option<NodeId> {
    let path = Dominators::new(graph, input).path_to(end)?;
    // Behind the first layer that learns, and before the last one.
    let learns =
        |id: &NodeId| has_tensors(graph, *id) || matches!(graph.nodes[*id].operation, Operation::Merge(_));
    let inside = &path[path.iter().position(learns)?..path.iter().rposition(learns)?];
    let mut at = (0..inside.len()).min_by_key(|i| graph.shape(inside[*i]).len())?;
    while let Some(next) = inside.get(at + 1) {
        let belongs = match &graph.nodes[*next].operation {
            Operation::Layer(layer, _) => is_elementwise(layer),
            _ => false,
        };
        if !belongs || graph.nodes[*next].inputs != [inside[at]] {
            break;
        }
        at += 1;
    }
    Some(inside[at])
}

fn is_elementwise(layer: &Layer) -> bool {
    matches!(
        layer,
        Layer::Activate(_)
            | Layer::BatchNorm(_)
            | Layer::LayerNorm(_)
            | Layer::GroupNorm(_)
            | Layer::Dropout(_)
    )
}

/// The value that the file calls so.
pub fn named(graph: &Graph, name: &str) -> Option<NodeId> {
    let quoted = format!("\"{name}\"");
    (0..graph.nodes.len()).rev().find(|id| graph.nodes[*id].name.contains(&quoted))
}

/// A value with how many numbers it has.
pub fn described(graph: &Graph, code: NodeId) -> String {
    let count = match graph.shape(code) {
        Shape::Vector(n) => format!("{n} numbers"),
        image @ Shape::Image { .. } => format!("{image} = {} numbers", image.len()),
    };
    format!("{} ({count})", graph.name(code))
}

/// Twice the values: ln σ² from ln σ.
pub fn doubled(tensors: &mut [(String, Vec<f32>)]) {
    tensors.iter_mut().flat_map(|(_, values)| values).for_each(|value| *value *= 2.0);
}
