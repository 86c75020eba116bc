//! `max_pool2d`, `average_pool2d`, `global_average_pool2d`

use network::{AveragePool, GlobalAveragePool, LayerRule, MaxPool, Padding, Pair, Shape};

use super::Forward;
use super::convolution::windows;
use crate::batch::Batch;
use crate::pass::Pass;
use crate::tape::Tape;

/// Values of a window in a run: `[rows, out_h, out_w, channels, size]`, `fill` for padding; and the number of pixels in
/// the window of each output pixel.
fn runs(
    tape: &mut Tape,
    x: Batch,
    (shape, size, stride, padding): (Shape, Pair, Option<Pair>, Padding),
    fill: f64,
) -> (Batch, Vec<usize>) {
    let pixels = windows(x.shape, shape, size, stride.unwrap_or(size), padding, false);
    let (channels, area) = (x.channels(), size.rows * size.columns);
    let mut table = Vec::with_capacity(pixels.len() * channels);
    for window in pixels.chunks_exact(area) {
        for channel in 0..channels {
            table.extend(window.iter().map(|pixel| pixel.map(|pixel| pixel * channels + channel)));
        }
    }
    let counts = pixels.chunks_exact(area).map(|window| window.iter().flatten().count()).collect();
    let values = tape.pick(x.values, x.rows, table, fill);
    (x.with(values, shape), counts)
}

impl Forward for MaxPool {
    fn forward(&self, pass: &mut Pass<'_>, _path: &str, x: Batch) -> Batch {
        let shape = self.output_shape(x.shape).expect("the network was checked");
        let window = (shape, self.size, self.stride, self.padding);
        let (runs, _) = runs(&mut pass.tape, x, window, f64::NEG_INFINITY);
        runs.with(pass.tape.largest(runs.values, self.size.rows * self.size.columns), shape)
    }
}

impl Forward for AveragePool {
    fn forward(&self, pass: &mut Pass<'_>, _path: &str, x: Batch) -> Batch {
        let shape = self.output_shape(x.shape).expect("the network was checked");
        let window = (shape, self.size, self.stride, self.padding);
        let (runs, counts) = runs(&mut pass.tape, x, window, 0.0);
        let (channels, area) = (x.channels(), self.size.rows * self.size.columns);
        let sums = pass.tape.sums(runs.values, runs.len(), move |i| i / area);
        let parts = (0..runs.len()).map(|i| 1.0 / counts[i / channels % counts.len()] as f64).collect();
        let parts = pass.tape.given(parts);
        runs.with(pass.tape.multiply(sums, parts), shape)
    }
}

impl Forward for GlobalAveragePool {
    fn forward(&self, pass: &mut Pass<'_>, _path: &str, x: Batch) -> Batch {
        let (values, channels) = (x.shape.len(), x.channels());
        let into = move |i| i / values * channels + i % channels;
        let sums = pass.tape.sums(x.values, x.rows * channels, into);
        x.with(pass.tape.scale(sums, channels as f64 / values as f64), Shape::Vector(channels))
    }
}
