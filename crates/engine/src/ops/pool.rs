//! Max pooling. The gradient goes to the first pixel of a window that holds its maximum, as in TensorFlow.

use super::Environment;
use crate::kernels::pool::{WindowMax, WindowMaxBackward};
use crate::layer::Pair;
use crate::layout::Layout;
use crate::shape::Shape;
use crate::simd::Real;
use crate::workspace::{BufferId, Shard};

pub(crate) struct MaxPool {
    pub x: BufferId,
    pub y: BufferId,
    pub dy: BufferId,
    pub dx: Option<BufferId>,
    /// Windows over x, and the same over dx.
    pub windows: Windows,
    pub d_windows: Windows,
}

/// The pixels of each output's window, as offsets in an image; padding is left out.
pub(crate) struct Windows {
    offsets: Vec<usize>,
    ends: Vec<usize>,
}

impl Windows {
    /// Windows of `size` every `stride` pixels, the first one beginning `before` the image.
    pub fn new(layout: Layout, output: Shape, size: Pair, stride: Pair, before: Pair) -> Self {
        let span = |at: usize, stride: usize, before: usize, size: usize, n: usize| {
            let start = at * stride;
            start.saturating_sub(before)..(start + size).saturating_sub(before).min(n)
        };
        let (rows, columns, _) = output.pixels();
        let (mut offsets, mut ends) = (Vec::new(), vec![0]);
        for row in 0..rows {
            for column in 0..columns {
                for y in span(row, stride.rows, before.rows, size.rows, layout.height) {
                    for x in span(column, stride.columns, before.columns, size.columns, layout.width) {
                        offsets.push(layout.at(y, x));
                    }
                }
                ends.push(offsets.len());
            }
        }
        Self { offsets, ends }
    }

    fn of(&self, output: usize) -> &[usize] {
        &self.offsets[self.ends[output]..self.ends[output + 1]]
    }
}

impl MaxPool {
    pub fn forward<T: Real>(&self, env: Environment<'_, T>, shard: &mut Shard<'_, T>) {
        let (input, output, images) = (shard.layout(self.x), shard.layout(self.y), shard.images);
        let ([x], [y]) = shard.borrow([self.x], [self.y]);
        for image in 0..images {
            let values = &x[image * input.stride()..];
            for pixel in 0..output.height * output.width {
                let at = image * output.stride() + output.at(pixel / output.width, pixel % output.width);
                let out = &mut y[at..at + output.channels];
                T::dispatch(env.isa, WindowMax { values, window: self.windows.of(pixel), out });
            }
        }
    }

    pub fn backward<T: Real>(&self, env: Environment<'_, T>, shard: &mut Shard<'_, T>) {
        let Some(dx) = self.dx else { return };
        let (input, output, images) = (shard.layout(self.x), shard.layout(self.y), shard.images);
        let (d_in, d_out) = (shard.layout(dx), shard.layout(self.dy));
        let ([x, y, dy], [dx]) = shard.borrow([self.x, self.y, self.dy], [dx]);
        dx.fill(T::ZERO);
        let n = output.channels;
        for image in 0..images {
            for pixel in 0..output.height * output.width {
                let (row, column) = (pixel / output.width, pixel % output.width);
                let at = image * output.stride() + output.at(row, column);
                let d_at = image * d_out.stride() + d_out.at(row, column);
                let kernel = WindowMaxBackward {
                    values: &x[image * input.stride()..],
                    window: self.windows.of(pixel),
                    out: &y[at..at + n],
                    d_out: &dy[d_at..d_at + n],
                    places: self.d_windows.of(pixel),
                    gradient: &mut dx[image * d_in.stride()..],
                };
                T::dispatch(env.isa, kernel);
            }
        }
    }
}
