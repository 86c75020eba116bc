//! `conv2d`, `conv2d_transpose`

use network::{Conv2d, Conv2dTranspose, ConvPadding, LayerRule, Padding, Pair, Shape, padding_before};

use super::{Forward, affine};
use crate::activation::activate;
use crate::batch::Batch;
use crate::pass::Pass;
use crate::tape::{Product, Tape, Var};

/// The place of `position` along `n` pixels, or of its reflection where it lies beyond them.
fn place(position: isize, n: usize, reflects: bool) -> Option<usize> {
    let last = n as isize - 1;
    let position = match reflects {
        true if position < 0 => -position,
        true if position > last => 2 * last - position,
        _ => position,
    };
    usize::try_from(position).ok().filter(|position| *position < n)
}

/// Under each of the `output` pixels, first row first, the pixels of `input` under a window of `size`, row by row; None
/// where there is only padding, which `reflects` fills with the image's reflection.
pub fn windows(
    input: Shape,
    output: Shape,
    size: Pair,
    stride: Pair,
    padding: Padding,
    reflects: bool,
) -> Vec<Option<usize>> {
    let ((height, width, _), (rows, columns, _)) = (input.pixels(), output.pixels());
    let above = padding_before(height, rows, size.rows, stride.rows, padding) as isize;
    let left = padding_before(width, columns, size.columns, stride.columns, padding) as isize;
    let mut pixels = Vec::new();
    for i in 0..rows {
        for j in 0..columns {
            for k in 0..size.rows {
                for l in 0..size.columns {
                    let row = place((i * stride.rows + k) as isize - above, height, reflects);
                    let column = place((j * stride.columns + l) as isize - left, width, reflects);
                    pixels.push(row.zip(column).map(|(row, column)| row * width + column));
                }
            }
        }
    }
    pixels
}

/// The values of these pixels of every image, all channels of a pixel side by side; 0 for none.
pub fn pick_pixels(tape: &mut Tape, x: Batch, pixels: &[Option<usize>]) -> Var {
    let channels = x.channels();
    let values = |pixel: &Option<usize>| {
        let pixel = *pixel;
        (0..channels).map(move |channel| pixel.map(|pixel| pixel * channels + channel))
    };
    tape.pick(x.values, x.rows, pixels.iter().flat_map(values).collect(), 0.0)
}

impl Forward for Conv2d {
    fn forward(&self, pass: &mut Pass<'_>, path: &str, x: Batch) -> Batch {
        let shape = self.output_shape(x.shape).expect("the network was checked");
        let (padding, reflects) = (self.padding.windows(), self.padding == ConvPadding::Reflect);
        let pixels = windows(x.shape, shape, self.kernel, self.stride, padding, reflects);
        let patches = pick_pixels(&mut pass.tape, x, &pixels); // [rows, out_h, out_w, kernel_h, kernel_w, in]
        let y = affine(pass, path, "", patches, x.with(patches, shape).pixels());
        x.with(activate(&mut pass.tape, self.activation, y), shape)
    }
}

/// y[i, j, f] = Σ x[r, s, c] K[k, l, f, c] over all r · stride + k − above = i, s · stride + l − left = j: what a
/// convolution from y to x gives back to y.
impl Forward for Conv2dTranspose {
    fn forward(&self, pass: &mut Pass<'_>, path: &str, x: Batch) -> Batch {
        let shape = self.output_shape(x.shape).expect("the network was checked");
        let ((height, width, channels), (rows, columns, filters)) = (x.shape.pixels(), shape.pixels());
        let Self { kernel, stride, padding, .. } = self;
        let above = padding_before(rows, height, kernel.rows, stride.rows, *padding);
        let left = padding_before(columns, width, kernel.columns, stride.columns, *padding);
        // The r for which r · stride + k − above = i.
        let origin = |i: usize, k: usize, above: usize, stride: usize, n: usize| {
            let position = (i + above).checked_sub(k)?;
            (position % stride == 0 && position / stride < n).then_some(position / stride)
        };
        let mut pixels = Vec::new();
        for i in 0..rows {
            for j in 0..columns {
                for k in 0..kernel.rows {
                    for l in 0..kernel.columns {
                        let row = origin(i, k, above, stride.rows, height);
                        let column = origin(j, l, left, stride.columns, width);
                        pixels.push(row.zip(column).map(|(row, column)| row * width + column));
                    }
                }
            }
        }
        let patches = pick_pixels(&mut pass.tape, x, &pixels); // [rows, out_h, out_w, kernel_h, kernel_w, in]
        let weights = pass.parameter(path, "kernel"); // [kernel_h, kernel_w, filters, in]
        let bias = pass.parameter(path, "bias");
        let tape = &mut pass.tape;
        let inner = kernel.rows * kernel.columns * channels;
        let weights = tape.spread(weights, inner * filters, |i| {
            let (tap, channel, filter) = (i / filters / channels, i / filters % channels, i % filters);
            (tap * filters + filter) * channels + channel
        });
        let all = x.rows * rows * columns;
        let y = tape.product(patches, weights, Product { batch: 1, rows: all, inner, columns: filters });
        let bias = tape.spread(bias, all * filters, |i| i % filters);
        let y = tape.add(y, bias);
        x.with(activate(tape, self.activation, y), shape)
    }
}
