//! `activation`

use network::Activate;

use super::{Place, Planned};
use crate::graph::nodes::{Graph, ValueId};
use crate::ops::activation::ActivationNode;
use crate::simd::Scalar;

impl Planned for Activate {
    fn plan<T: Scalar>(&self, graph: &mut Graph<T>, place: Place<'_>) -> ValueId {
        let node = ActivationNode { activation: self.activation };
        graph.add(place.name, Box::new(node), &[place.input], place.to)
    }
}
