//! `upsample2d`

use network::{Interpolation, LayerRule, UpSample};

use super::Forward;
use super::convolution::pick_pixels;
use crate::batch::Batch;
use crate::pass::Pass;

/// Of each of `size` · n pixels, the one or two of n that it lies between, with their parts of it.
fn neighbours(n: usize, size: usize, interpolation: Interpolation) -> Vec<[(usize, f64); 2]> {
    let neighbours = |i: usize| match interpolation {
        Interpolation::Nearest => [(i / size, 1.0), (i / size, 0.0)],
        Interpolation::Bilinear => {
            // Between the centres of pixels; beyond the outermost, these.
            let centre = (i as f64 + 0.5) / size as f64 - 0.5;
            let (before, part) = (centre.floor(), centre - centre.floor());
            let inside = |place: f64| place.clamp(0.0, n as f64 - 1.0) as usize;
            [(inside(before), 1.0 - part), (inside(before + 1.0), part)]
        }
    };
    (0..n * size).map(neighbours).collect()
}

impl Forward for UpSample {
    fn forward(&self, pass: &mut Pass<'_>, _path: &str, x: Batch) -> Batch {
        let shape = self.output_shape(x.shape).expect("the network was checked");
        let (height, width, channels) = x.shape.pixels();
        let rows = neighbours(height, self.size.rows, self.interpolation);
        let columns = neighbours(width, self.size.columns, self.interpolation);
        let mut sum = None;
        for (above, left) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
            let (mut pixels, mut parts) = (Vec::new(), Vec::new());
            for row in &rows {
                for column in &columns {
                    let ((row, row_part), (column, column_part)) = (row[above], column[left]);
                    pixels.push(Some(row * width + column));
                    parts.push(row_part * column_part);
                }
            }
            let values = pick_pixels(&mut pass.tape, x, &pixels);
            let parts = (0..pass.tape.len(values)).map(|i| parts[i / channels % parts.len()]).collect();
            let parts = pass.tape.given(parts);
            let part = pass.tape.multiply(values, parts);
            sum = Some(sum.map_or(part, |sum| pass.tape.add(sum, part)));
        }
        x.with(sum.expect("four neighbours"), shape)
    }
}
