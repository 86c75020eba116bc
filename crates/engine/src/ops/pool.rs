//! Max pooling. The gradient goes to the first pixel of a window that holds its maximum, as in TensorFlow.

use super::buffers::OpBuffers;
use super::environment::Environment;
use crate::kernels::pool::{WindowMax, WindowMaxBackward, Windows};
use crate::layout::Layout;
use crate::simd::Scalar;
use crate::workspace::{Shard, WorkspacePlan};
use network::Pair;
use network::Shape;

pub(crate) struct MaxPool {
    buffers: OpBuffers,
    /// Windows over x, and the same over dx.
    windows: Windows,
    d_windows: Windows,
    /// Places of the outputs in y and in dy.
    places: Vec<usize>,
    d_places: Vec<usize>,
    /// Whether every pixel of x is in exactly one window.
    is_partition: bool,
}

/// A window of `size` every `stride` pixels, the first one beginning `before` the image.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Window {
    pub size: Pair,
    pub stride: Pair,
    pub before: Pair,
}

/// The pixels of the window of each output; padding is left out.
pub(super) fn windows(layout: Layout, output: Shape, window: Window) -> Windows {
    let Window { size, stride, before } = window;
    let span = |at: usize, stride: usize, before: usize, size: usize, n: usize| {
        let start = at * stride;
        start.saturating_sub(before)..(start + size).saturating_sub(before).min(n)
    };
    let (rows, columns, _) = output.pixels();
    let pixels = |row: usize, column: usize| {
        let ys = span(row, stride.rows, before.rows, size.rows, layout.height);
        let xs = span(column, stride.columns, before.columns, size.columns, layout.width);
        ys.flat_map(|y| xs.clone().map(move |x| layout.at(y, x))).collect()
    };
    Windows::new((0..rows).flat_map(|row| (0..columns).map(move |column| pixels(row, column))))
}

/// The places of all pixels of an image.
pub(super) fn places(layout: Layout) -> Vec<usize> {
    (0..layout.height).flat_map(|y| (0..layout.width).map(move |x| layout.at(y, x))).collect()
}

impl MaxPool {
    pub fn new(workspace: &WorkspacePlan, buffers: OpBuffers, window: Window, output: Shape) -> Self {
        let OpBuffers { x, y, dy, dx } = buffers;
        let layout = |id| workspace.layout(id);
        let windows_x = windows(layout(x), output, window);
        Self {
            buffers,
            is_partition: windows_x.is_partition(layout(x).height * layout(x).width),
            windows: windows_x,
            d_windows: windows(layout(dx.unwrap_or(x)), output, window),
            places: places(layout(y)),
            d_places: places(layout(dy)),
        }
    }

    pub fn forward<T: Scalar>(&self, env: Environment<'_, T>, shard: &mut Shard<'_, T>) {
        let OpBuffers { x, y, .. } = self.buffers;
        let (input, output, images) = (shard.layout(x), shard.layout(y), shard.images);
        let ([x], [y]) = shard.borrow([x], [y]);
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
        let OpBuffers { x, y, dy, dx: Some(dx) } = self.buffers else { return };
        let (input, output, images) = (shard.layout(x), shard.layout(y), shard.images);
        let (d_in, d_out) = (shard.layout(dx), shard.layout(dy));
        let ([x, y, dy], [dx]) = shard.borrow([x, y, dy], [dx]);
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
