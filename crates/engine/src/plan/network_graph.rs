//! The first half of planning: the graph of a network.

use network::{
    Latent, LikelihoodBound, Mmd, Network, NetworkError, Pair, Term, ValueCounts, parameter_views,
};

use crate::geometry::Geometry;
use crate::graph::nodes::{Graph, ValueId};
use crate::layers;
use crate::ops::linear_plan::LinearNode;
use crate::ops::mmd::MmdNode;
use crate::ops::sample::SampleNode;
use crate::simd::Scalar;

/// Encoder, latent and decoder, one after the other.
pub(super) fn graph_of<T: Scalar>(network: &Network) -> Result<Graph<T>, NetworkError> {
    let mut graph = Graph::new(network.input, network.shapes()?, parameter_views(network)?);
    let features = layers::chain(&mut graph, "encoder", &network.encoder, 0);
    (graph.mean, graph.code) = (features, features);
    if let Latent::Gaussian(latent) = network.latent {
        let code = graph.shapes.code;
        let is_importance = latent.bound == LikelihoodBound::Iwae;
        let free_bits = network.objective.kl.free_bits;
        posterior(&mut graph, features, SampleNode { free_bits, code, is_importance });
    }
    let values = ValueCounts { image: network.input.len(), code: graph.shapes.code.len() };
    if network.objective.mmd != Mmd::default() {
        let (weight, shape) = (network.objective.weight(Term::Mmd, values), graph.shapes.code);
        graph.code = graph.add("latent", Box::new(MmdNode { weight }), &[graph.code], shape);
    }
    graph.encoder_nodes = graph.nodes.len();
    let code = graph.code;
    graph.output = layers::chain(&mut graph, "decoder", &network.decoder, code);
    Ok(graph)
}

/// The heads of a Gaussian posterior, and its sample. The head of the mean comes last, so that its gradient comes first.
fn posterior<T: Scalar>(graph: &mut Graph<T>, features: ValueId, sample: SampleNode) {
    let code = graph.shapes.code;
    let mut head = |owner: &str| {
        let geometry = Geometry::pointwise(graph.values[features].shape, Pair::square(1), code);
        let node = LinearNode::new(geometry, graph.parameters(owner).kernel_and_bias());
        graph.add(owner, Box::new(node), &[features], code)
    };
    let log_var = head(Latent::LOG_VAR);
    let mean = head(Latent::MEAN);
    let z = graph.add("latent", Box::new(sample), &[mean, log_var], code);
    graph.values[z].is_sampled = true;
    (graph.mean, graph.log_var, graph.code) = (mean, Some(log_var), z);
}
