//! One direction over the images of a shard, as every way of computing it takes it.

use crate::kernels::product::Start;
use crate::simd::Scalar;

/// The values of one side of a layer, on their way to the other.
pub(crate) struct Propagation<'a, T> {
    pub images: usize,
    pub from: &'a [T],
    pub to: &'a mut [T],
    /// What the sums start from.
    pub start: Start<'a, T>,
    /// Slope left of 0 of a piecewise linear activation; 1 for none.
    pub leak: T,
    /// Memory for the operation.
    pub scratch: &'a mut [T],
}

impl<'a, T: Scalar> Propagation<'a, T> {
    /// The bias that the sums start from, where they do.
    pub fn bias(&self) -> Option<&'a [T]> {
        match self.start {
            Start::Bias(bias) => Some(bias),
            Start::Zero | Start::Accumulate => None,
        }
    }
}
