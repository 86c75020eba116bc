//! The buffers around an operation.

use crate::workspace::BufferId;

/// What an operation reads and writes.
#[derive(Clone, Copy)]
pub(crate) struct OpBuffers {
    pub x: BufferId,
    pub y: BufferId,
    /// Gradient with respect to y.
    pub dy: BufferId,
    /// Gradient with respect to x, where anything before the operation learns.
    pub dx: Option<BufferId>,
}
