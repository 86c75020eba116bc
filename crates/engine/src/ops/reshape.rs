//! Flatten and reshape: the same values in order. A copy only where one side has a border.

use crate::simd::Scalar;
use crate::workspace::{BufferId, Shard};

pub(crate) struct Reshape {
    /// From x to y; `None` where both are the same memory.
    pub values: Option<(BufferId, BufferId)>,
    /// From dy to dx, likewise.
    pub gradients: Option<(BufferId, BufferId)>,
}

impl Reshape {
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
