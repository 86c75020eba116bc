//! What a node of the graph says before buffers are known.

use super::buffers::OpBuffers;
use super::builder::Builder;
use super::op::Op;
use crate::geometry::Geometry;
use crate::layout::Border;
use crate::simd::Scalar;

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
    fn build(&self, builder: &mut Builder, buffers: OpBuffers) -> Box<dyn Op<T>>;
}
