//! Nearest-neighbour enlargement: each pixel becomes a block.

use crate::layer::Pair;
use crate::simd::Real;
use crate::workspace::{BufferId, Shard};

pub(crate) struct UpSample {
    pub size: Pair,
    pub x: BufferId,
    pub y: BufferId,
    pub dy: BufferId,
    pub dx: Option<BufferId>,
}

impl UpSample {
    pub fn forward<T: Real>(&self, shard: &mut Shard<'_, T>) {
        let (small, large, images) = (shard.layout(self.x), shard.layout(self.y), shard.images);
        let ([x], [y]) = shard.borrow([self.x], [self.y]);
        let n = small.channels;
        for image in 0..images {
            let (x, y) = (&x[image * small.stride()..], &mut y[image * large.stride()..]);
            for row in 0..large.height {
                for column in 0..large.width {
                    let from = small.at(row / self.size.rows, column / self.size.columns);
                    let to = large.at(row, column);
                    y[to..to + n].copy_from_slice(&x[from..from + n]);
                }
            }
        }
    }

    pub fn backward<T: Real>(&self, shard: &mut Shard<'_, T>) {
        let Some(dx) = self.dx else { return };
        let (small, large, images) = (shard.layout(dx), shard.layout(self.dy), shard.images);
        let ([dy], [dx]) = shard.borrow([self.dy], [dx]);
        let n = small.channels;
        for image in 0..images {
            let (dy, dx) = (&dy[image * large.stride()..], &mut dx[image * small.stride()..]);
            for row in 0..small.height {
                for column in 0..small.width {
                    let to = small.at(row, column);
                    let sum = &mut dx[to..to + n];
                    sum.fill(T::ZERO);
                    for r in 0..self.size.rows {
                        for c in 0..self.size.columns {
                            let from = large.at(row * self.size.rows + r, column * self.size.columns + c);
                            for (sum, value) in sum.iter_mut().zip(&dy[from..from + n]) {
                                *sum += *value;
                            }
                        }
                    }
                }
            }
        }
    }
}
