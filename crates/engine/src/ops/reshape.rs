//! Flatten and reshape: the same values in order. A copy only where one side has a border.

use super::buffers::OpBuffers;
use crate::simd::Scalar;
use crate::workspace::{BufferId, Shard, WorkspacePlan};

pub(crate) struct Reshape {
    /// From x to y; `None` where both are the same memory.
    values: Option<(BufferId, BufferId)>,
    /// From dy to dx, likewise.
    gradients: Option<(BufferId, BufferId)>,
}

impl Reshape {
    pub fn new(workspace: &WorkspacePlan, buffers: OpBuffers) -> Self {
        let OpBuffers { x, y, dy, dx } = buffers;
        let distinct = |from, to| (!workspace.is_same(from, to)).then_some((from, to));
        Self { values: distinct(x, y), gradients: dx.and_then(|dx| distinct(dy, dx)) }
    }

    pub fn forward<T: Scalar>(&self, shard: &mut Shard<'_, T>) {
        copy(shard, self.values);
    }

    pub fn backward<T: Scalar>(&self, shard: &mut Shard<'_, T>) {
        copy(shard, self.gradients);
    }
}

fn copy<T: Scalar>(shard: &mut Shard<'_, T>, buffers: Option<(BufferId, BufferId)>) {
    let Some((from, to)) = buffers else { return };
    let (source, target) = (shard.layout(from), shard.layout(to));
    let images = shard.images;
    let ([from], [to]) = shard.borrow([from], [to]);
    source.copy(from, target, to, images);
}
