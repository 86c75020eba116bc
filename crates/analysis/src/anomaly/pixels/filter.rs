//! A Gaussian filter over planes; beyond an edge lies the mirror image.

/// A Gaussian window of unit sum, cut off at 3.5 standard deviations.
pub(super) struct Gaussian {
    /// Weights from the middle outwards.
    taps: Vec<f32>,
}

impl Gaussian {
    /// Of `deviation` pixels.
    pub fn new(deviation: f64) -> Self {
        let reach = (3.5 * deviation + 0.5) as usize;
        let weights: Vec<f64> =
            (0..=reach).map(|at| (-0.5 * (at as f64 / deviation).powi(2)).exp()).collect();
        let sum = 2.0 * weights.iter().sum::<f64>() - weights[0];
        Self { taps: weights.into_iter().map(|weight| (weight / sum) as f32).collect() }
    }

    /// `plane`, [height, width], filtered.
    pub fn over(&self, plane: &[f32], width: usize) -> Vec<f32> {
        let height = plane.len() / width;
        let reach = self.taps.len() - 1;
        // Along rows, each continued by its mirror image.
        let mut line = vec![0.0; width + 2 * reach];
        let mut across = vec![0.0; plane.len()];
        for (row, out) in plane.chunks_exact(width).zip(across.chunks_exact_mut(width)) {
            for (at, value) in line.iter_mut().enumerate() {
                *value = row[mirrored(at as isize - reach as isize, width)];
            }
            out.iter_mut().zip(&line[reach..]).for_each(|(out, value)| *out = self.taps[0] * value);
            for (tap, weight) in self.taps.iter().enumerate().skip(1) {
                let (before, after) = (&line[reach - tap..], &line[reach + tap..]);
                for ((out, a), b) in out.iter_mut().zip(before).zip(after) {
                    *out += weight * (a + b);
                }
            }
        }
        let mut both = vec![0.0; plane.len()];
        for (y, out) in both.chunks_exact_mut(width).enumerate() {
            let row = |offset: isize| &across[mirrored(y as isize + offset, height) * width..][..width];
            out.iter_mut().zip(row(0)).for_each(|(out, value)| *out = self.taps[0] * value);
            for (tap, weight) in self.taps.iter().enumerate().skip(1) {
                for ((out, a), b) in out.iter_mut().zip(row(-(tap as isize))).zip(row(tap as isize)) {
                    *out += weight * (a + b);
                }
            }
        }
        both
    }
}

/// The place inside of `0..length` that a mirror at each end shows at `place`.
fn mirrored(place: isize, length: usize) -> usize {
    let period = 2 * length as isize;
    let at = place.rem_euclid(period);
    (if at < length as isize { at } else { period - 1 - at }) as usize
}
