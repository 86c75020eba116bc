//! `flatten`, `reshape`

use network::{Flatten, Reshape};

use super::{Place, Planned};
use crate::graph::nodes::{Graph, ValueId};
use crate::ops::view::ViewNode;
use crate::simd::Scalar;

impl Planned for Flatten {
    fn plan<T: Scalar>(&self, graph: &mut Graph<T>, place: Place<'_>) -> ValueId {
        graph.add(place.name, Box::new(ViewNode), &[place.input], place.to)
    }
}

impl Planned for Reshape {
    fn plan<T: Scalar>(&self, graph: &mut Graph<T>, place: Place<'_>) -> ValueId {
        graph.add(place.name, Box::new(ViewNode), &[place.input], place.to)
    }
}
