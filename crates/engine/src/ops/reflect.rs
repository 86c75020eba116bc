//! An image with its reflection around it.

use network::{Pair, Shape};

use super::interpolation::interpolation;
use crate::graph::buffers::OpBuffers;
use crate::graph::builder::Builder;
use crate::graph::node::Node;
use crate::graph::op::Op;
use crate::simd::Scalar;

/// The image `from` inside `to`, `before` pixels from its top and left, and around it what a mirror on its outermost
/// pixels shows.
pub(crate) struct ReflectNode {
    pub before: Pair,
    pub from: Shape,
    pub to: Shape,
}

impl<T: Scalar> Node<T> for ReflectNode {
    fn reads_inputs_again(&self) -> bool {
        false
    }

    fn reads_output_again(&self) -> bool {
        false
    }

    fn build(&self, builder: &mut Builder, buffers: OpBuffers) -> Box<dyn Op<T>> {
        let ((height, width, _), (rows, columns, _)) = (self.from.pixels(), self.to.pixels());
        let sums = (0..rows)
            .flat_map(|y| (0..columns).map(move |x| (y, x)))
            .map(|(y, x)| {
                vec![(mirrored(y, self.before.rows, height), mirrored(x, self.before.columns, width), 1.0)]
            })
            .collect();
        interpolation(builder, buffers, &sums)
    }
}

/// The pixel of `n` that is seen at `at`, where the first lies at `before`; reflected once.
fn mirrored(at: usize, before: usize, n: usize) -> usize {
    let place = at.abs_diff(before);
    if place < n { place } else { 2 * (n - 1) - place }
}
