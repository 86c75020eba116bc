//! Max pooling. The gradient goes to the first pixel of a window that holds its maximum, as in TensorFlow.

use super::environment::Environment;
use crate::kernels::pool::{WindowMax, WindowMaxBackward, Windows};
use crate::layer::Pair;
use crate::layout::Layout;
use crate::shape::Shape;
use crate::simd::Scalar;
use crate::workspace::{BufferId, Shard};

pub(crate) struct MaxPool {
    pub x: BufferId,
    pub y: BufferId,
    pub dy: BufferId,
    pub dx: Option<BufferId>,
    /// Windows over x, and the same over dx.
    pub windows: Windows,
    pub d_windows: Windows,
    /// Places of the outputs in y and in dy.
    pub places: Vec<usize>,
    pub d_places: Vec<usize>,
    /// Whether every pixel of x is in exactly one window.
    pub is_partition: bool,
}

/// Windows of `size` every `stride` pixels, the first one beginning `before` the image; padding is left out.
pub(crate) fn windows(layout: Layout, output: Shape, size: Pair, stride: Pair, before: Pair) -> Windows {
    let span = |at: usize, stride: usize, before: usize, size: usize, n: usize| {
        let start = at * stride;
        start.saturating_sub(before)..(start + size).saturating_sub(before).min(n)
    };
    let (rows, columns, _) = output.pixels();
    let window = |row: usize, column: usize| {
        let ys = span(row, stride.rows, before.rows, size.rows, layout.height);
        let xs = span(column, stride.columns, before.columns, size.columns, layout.width);
        ys.flat_map(|y| xs.clone().map(move |x| layout.at(y, x))).collect()
    };
    Windows::new((0..rows).flat_map(|row| (0..columns).map(move |column| window(row, column))))
}

/// The places of all pixels of an image.
pub(crate) fn places(layout: Layout) -> Vec<usize> {
    (0..layout.height).flat_map(|y| (0..layout.width).map(move |x| layout.at(y, x))).collect()
}

impl MaxPool {
    pub fn forward<T: Scalar>(&self, env: Environment<'_, T>, shard: &mut Shard<'_, T>) {
        let (input, output, images) = (shard.layout(self.x), shard.layout(self.y), shard.images);
        let ([x], [y]) = shard.borrow([self.x], [self.y]);
        for image in 0..images {
            let kernel = WindowMax {
                values: &x[image * input.stride()..],
                windows: &self.windows,
                channels: output.channels,
                places: &self.places,
                out: &mut y[image * output.stride()..],
            };
            T::dispatch_rows(env.isa, output.channels, kernel);
        }
    }

    pub fn backward<T: Scalar>(&self, env: Environment<'_, T>, shard: &mut Shard<'_, T>) {
        let Some(dx) = self.dx else { return };
        let (input, output, images) = (shard.layout(self.x), shard.layout(self.y), shard.images);
        let (d_in, d_out) = (shard.layout(dx), shard.layout(self.dy));
        let ([x, y, dy], [dx]) = shard.borrow([self.x, self.y, self.dy], [dx]);
        if !self.is_partition {
            dx.fill(T::ZERO);
        }
        for image in 0..images {
            let kernel = WindowMaxBackward {
                values: &x[image * input.stride()..],
                windows: &self.windows,
                channels: output.channels,
                out: &y[image * output.stride()..],
                places: &self.places,
                d_out: &dy[image * d_out.stride()..],
                d_places: &self.d_places,
                d_windows: &self.d_windows,
                adds: !self.is_partition,
                gradient: &mut dx[image * d_in.stride()..],
            };
            T::dispatch_rows(env.isa, output.channels, kernel);
        }
    }
}
