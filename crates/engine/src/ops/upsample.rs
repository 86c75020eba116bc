//! Nearest-neighbour enlargement: each pixel becomes a block.

use super::environment::Environment;
use crate::kernels::pool::{WindowFill, WindowSum, Windows};
use crate::simd::Scalar;
use crate::workspace::{BufferId, Shard};

pub(crate) struct UpSample {
    pub x: BufferId,
    pub y: BufferId,
    pub dy: BufferId,
    pub dx: Option<BufferId>,
    /// Each pixel's block in y, and the same in dy.
    pub blocks: Windows,
    pub d_blocks: Windows,
    /// Places of the pixels in x and in dx.
    pub places: Vec<usize>,
    pub d_places: Vec<usize>,
}

impl UpSample {
    pub fn forward<T: Scalar>(&self, env: Environment<'_, T>, shard: &mut Shard<'_, T>) {
        let (small, large, images) = (shard.layout(self.x), shard.layout(self.y), shard.images);
        let ([x], [y]) = shard.borrow([self.x], [self.y]);
        for image in 0..images {
            let kernel = WindowFill {
                values: &x[image * small.stride()..],
                places: &self.places,
                windows: &self.blocks,
                channels: small.channels,
                out: &mut y[image * large.stride()..],
            };
            T::dispatch_rows(env.isa, small.channels, kernel);
        }
    }

    pub fn backward<T: Scalar>(&self, env: Environment<'_, T>, shard: &mut Shard<'_, T>) {
        let Some(dx) = self.dx else { return };
        let (small, large, images) = (shard.layout(dx), shard.layout(self.dy), shard.images);
        let ([dy], [dx]) = shard.borrow([self.dy], [dx]);
        for image in 0..images {
            let kernel = WindowSum {
                values: &dy[image * large.stride()..],
                windows: &self.d_blocks,
                channels: small.channels,
                places: &self.d_places,
                out: &mut dx[image * small.stride()..],
            };
            T::dispatch_rows(env.isa, small.channels, kernel);
        }
    }
}
