//! Windows over an image as tables of pixels.

use crate::kernels::pool::Windows;
use crate::layout::Layout;
use network::{Pair, Shape};

/// A window of `size` every `stride` pixels, the first one beginning `before` the image.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Window {
    pub size: Pair,
    pub stride: Pair,
    pub before: Pair,
}

impl Window {
    /// The pixels of an image of shape `input` that each window covers: (row, column); padding is left out.
    pub fn pixels(self, input: Shape, output: Shape) -> impl Iterator<Item = Vec<(usize, usize)>> {
        let Window { size, stride, before } = self;
        let span = |at: usize, stride: usize, before: usize, size: usize, n: usize| {
            let start = at * stride;
            start.saturating_sub(before)..(start + size).saturating_sub(before).min(n)
        };
        let ((height, width, _), (rows, columns, _)) = (input.pixels(), output.pixels());
        (0..rows).flat_map(move |row| {
            (0..columns).map(move |column| {
                let ys = span(row, stride.rows, before.rows, size.rows, height);
                let xs = span(column, stride.columns, before.columns, size.columns, width);
                ys.flat_map(|y| xs.clone().map(move |x| (y, x))).collect()
            })
        })
    }
}

/// The same as offsets in an image of this layout.
pub(crate) fn windows(layout: Layout, output: Shape, window: Window) -> Windows {
    let input = Shape::image(layout.height, layout.width, layout.channels);
    let offsets = |pixels: Vec<(usize, usize)>| pixels.into_iter().map(|(y, x)| layout.at(y, x)).collect();
    Windows::new(window.pixels(input, output).map(offsets))
}

/// The places of all pixels of an image.
pub(crate) fn places(layout: Layout) -> Vec<usize> {
    (0..layout.height).flat_map(|y| (0..layout.width).map(move |x| layout.at(y, x))).collect()
}
