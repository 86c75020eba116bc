//! Nearest-neighbour enlargement: each pixel becomes a block.

use super::buffers::OpBuffers;
use super::environment::Environment;
use super::pool::{Window, places, windows};
use crate::kernels::pool::{WindowFill, WindowSum, Windows};
use crate::simd::Scalar;
use crate::workspace::{Shard, WorkspacePlan};
use network::Pair;
use network::Shape;

pub(crate) struct UpSample {
    buffers: OpBuffers,
    /// Each pixel's block in y, and the same in dy.
    blocks: Windows,
    d_blocks: Windows,
    /// Places of the pixels in x and in dx.
    places: Vec<usize>,
    d_places: Vec<usize>,
}

impl UpSample {
    /// Blocks of `size` for each pixel of `input`.
    pub fn new(workspace: &WorkspacePlan, buffers: OpBuffers, size: Pair, input: Shape) -> Self {
        let OpBuffers { x, y, dy, dx } = buffers;
        let layout = |id| workspace.layout(id);
        let block = Window { size, stride: size, before: Pair::square(0) };
        Self {
            buffers,
            blocks: windows(layout(y), input, block),
            d_blocks: windows(layout(dy), input, block),
            places: places(layout(x)),
            d_places: places(layout(dx.unwrap_or(x))),
        }
    }

    pub fn forward<T: Scalar>(&self, env: Environment<'_, T>, shard: &mut Shard<'_, T>) {
        let OpBuffers { x, y, .. } = self.buffers;
        let (small, large, images) = (shard.layout(x), shard.layout(y), shard.images);
        let ([x], [y]) = shard.borrow([x], [y]);
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
        let OpBuffers { dy, dx: Some(dx), .. } = self.buffers else { return };
        let (small, large, images) = (shard.layout(dx), shard.layout(dy), shard.images);
        let ([dy], [dx]) = shard.borrow([dy], [dx]);
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
