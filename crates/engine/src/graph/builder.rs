//! What operations need of a plan: buffers, packed kernels, places in the groups' gradients.

use network::Shape;

use super::buffers::{BatchTerm, SampleBuffers};
use crate::cut::Cut;
use crate::layout::{Border, Layout};
use crate::simd::Isa;
use crate::workspace::{BufferId, Rows, WorkspacePlan};

/// Collects what the operations of a plan need.
pub(crate) struct Builder {
    pub cut: Cut,
    /// Samples of an image.
    pub samples: usize,
    pub isa: Isa,
    pub workspace: WorkspacePlan,
    /// Lengths of the packed kernels, and of the packed pixels over which kernel gradients are summed.
    pub kernels: Vec<usize>,
    pub pixels: Vec<usize>,
    /// Length of a group's buffer of gradients.
    pub group_len: usize,
    /// Values that barriers leave for all shards.
    pub joint_len: usize,
    /// What the posterior's sample reads and leaves.
    pub sample: Option<SampleBuffers>,
    /// What is measured of all codes of a batch together.
    pub batch_term: Option<BatchTerm>,
    /// See [`Builder::share`].
    pub shares: Vec<(Layout, Rows, BufferId)>,
}

impl Builder {
    /// The rows of values that are sampled, or are not.
    pub fn rows(&self, is_sampled: bool) -> Rows {
        let each = if is_sampled { self.samples } else { 1 };
        Rows { is_sampled, shard: each * self.cut.shard, batch: each * self.cut.batch }
    }

    /// A buffer of some rows.
    pub fn buffer(&mut self, layout: Layout, rows: Rows, is_resident: bool) -> BufferId {
        self.workspace.add(layout, rows, is_resident)
    }

    /// A buffer without border for one shard.
    pub fn plain(&mut self, shape: Shape, rows: Rows) -> BufferId {
        self.buffer(Layout::new(shape, Border::default()), rows, false)
    }

    /// A place for `len` values in a group's buffer of gradients.
    pub fn group_place(&mut self, len: usize) -> usize {
        let at = self.group_len;
        self.group_len += len;
        at
    }

    /// A place for `len` values that a barrier leaves for all shards.
    pub fn joint_place(&mut self, len: usize) -> usize {
        let at = self.joint_len;
        self.joint_len += len.next_multiple_of(16);
        at
    }

    /// A buffer for what an operation forms before it adds it to a gradient of this layout. Operations take turns in it.
    pub fn share(&mut self, layout: Layout, rows: Rows) -> BufferId {
        match self.shares.iter().find(|(known, of, _)| *known == layout && *of == rows) {
            Some((.., id)) => *id,
            None => {
                let id = self.buffer(layout, rows, false);
                self.shares.push((layout, rows, id));
                id
            }
        }
    }
}
