//! The buffers around an operation.

use network::Term;

use crate::workspace::{BufferId, Rows};

/// What an operation reads and writes.
#[derive(Clone)]
pub(crate) struct OpBuffers {
    pub inputs: Vec<Input>,
    pub y: BufferId,
    /// Gradient with respect to y.
    pub dy: BufferId,
    /// Rows of y.
    pub rows: Rows,
}

/// One of the values that an operation reads.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Input {
    pub x: BufferId,
    /// Gradient with respect to x, where anything before the operation learns.
    pub dx: Option<Gradient>,
}

/// The place of a gradient.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Gradient {
    pub buffer: BufferId,
    /// Whether it already holds that of another reader, to which this one is added.
    pub adds: bool,
}

impl OpBuffers {
    /// The first input, which of most operations is the only one.
    pub fn input(&self) -> Input {
        self.inputs[0]
    }
}

/// Buffers of a posterior's sample that others fill or read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SampleBuffers {
    /// ε of each sample; filled before `forward`.
    pub noise: BufferId,
    /// (Σ_j max(λ, KL_j), Σ_j KL_j) of each image.
    pub divergence: BufferId,
    /// Where samples are weighted by importance, of each of them its loss and its part of the image's weights.
    pub importance: Option<BufferId>,
}

/// A term of the loss that belongs to a batch, not to its images.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BatchTerm {
    pub term: Term,
    /// Its place among what barriers leave.
    pub joint: usize,
}
