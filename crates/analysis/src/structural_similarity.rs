//! SSIM of one pair of images by separable filtering, in double precision.
//!
//! With local means μ and (co)variances σ under the window,
//! SSIM = (2μₓμᵧ + C₁)(2σₓᵧ + C₂) / ((μₓ² + μᵧ² + C₁)(σₓ² + σᵧ² + C₂)). The two variances appear only as a
//! sum, so four filtered maps are enough: x, y, x² + y² and x·y.

const SIGMA: f64 = 1.5;
const LARGEST_WINDOW: usize = 11;
const C1: f64 = 0.01 * 0.01;
const C2: f64 = 0.03 * 0.03;
const MAPS: usize = 4;

/// The Gaussian window for images of one size.
pub(crate) struct Window {
    taps: Vec<f64>,
    height: usize,
    width: usize,
}

/// Buffers that one thread uses for image after image.
#[derive(Default)]
pub(crate) struct Scratch {
    /// The maps before filtering. // [4, height, width]
    maps: Vec<f64>,
    /// Filtered along x. // [4, height, width − taps + 1]
    rows: Vec<f64>,
    /// One line of the maps filtered both ways. // [4, width − taps + 1]
    line: Vec<f64>,
}

impl Window {
    /// The window of 11 pixels, or the largest odd one that fits. Sides must be at least 3.
    pub fn for_images(height: usize, width: usize) -> Self {
        let side = height.min(width).min(LARGEST_WINDOW);
        let radius = (side - 1) / 2;
        let weight = |tap: usize| (-0.5 * ((tap as f64 - radius as f64) / SIGMA).powi(2)).exp();
        let mut taps: Vec<f64> = (0..=2 * radius).map(weight).collect();
        let sum: f64 = taps.iter().sum();
        taps.iter_mut().for_each(|tap| *tap /= sum);
        Self { taps, height, width }
    }

    /// Mean SSIM of two images [height, width, channels] over the inner positions of all channels.
    pub fn similarity(&self, x: &[f32], y: &[f32], channels: usize, scratch: &mut Scratch) -> f64 {
        let sum: f64 = (0..channels).map(|channel| self.channel_sum(x, y, channel, channels, scratch)).sum();
        let positions = (self.height - self.taps.len() + 1) * self.inner_width();
        sum / (positions * channels) as f64
    }

    fn inner_width(&self) -> usize {
        self.width - self.taps.len() + 1
    }

    /// The sum of SSIM over the inner positions of one channel.
    fn channel_sum(
        &self,
        x: &[f32],
        y: &[f32],
        channel: usize,
        channels: usize,
        scratch: &mut Scratch,
    ) -> f64 {
        let (area, inner) = (self.height * self.width, self.inner_width());
        scratch.maps.resize(MAPS * area, 0.0);
        scratch.rows.resize(MAPS * self.height * inner, 0.0);
        scratch.line.resize(MAPS * inner, 0.0);

        for pixel in 0..area {
            let at = pixel * channels + channel;
            let (a, b) = (f64::from(x[at]), f64::from(y[at]));
            for (map, value) in [a, b, a * a + b * b, a * b].into_iter().enumerate() {
                scratch.maps[map * area + pixel] = value;
            }
        }
        for (row, out) in scratch.maps.chunks_exact(self.width).zip(scratch.rows.chunks_exact_mut(inner)) {
            self.weigh(out, |tap| &row[tap..tap + inner]);
        }
        let mut sum = 0.0;
        for top in 0..=self.height - self.taps.len() {
            for (map, out) in scratch.line.chunks_exact_mut(inner).enumerate() {
                let first = map * self.height + top;
                self.weigh(out, |tap| &scratch.rows[(first + tap) * inner..(first + tap + 1) * inner]);
            }
            sum += self.line_sum(&scratch.line);
        }
        sum
    }

    /// `out` = Σ weight · line, over the taps.
    fn weigh<'a>(&self, out: &mut [f64], line: impl Fn(usize) -> &'a [f64]) {
        out.fill(0.0);
        for (tap, weight) in self.taps.iter().enumerate() {
            for (out, value) in out.iter_mut().zip(line(tap)) {
                *out += weight * value;
            }
        }
    }

    fn line_sum(&self, line: &[f64]) -> f64 {
        let inner = self.inner_width();
        let (means_x, rest) = line.split_at(inner);
        let (means_y, rest) = rest.split_at(inner);
        let (squares, products) = rest.split_at(inner);
        let mut sum = 0.0;
        for i in 0..inner {
            let (x, y) = (means_x[i], means_y[i]);
            let (product, square) = (x * y, x * x + y * y);
            let (covariance, variances) = (products[i] - product, squares[i] - square);
            sum += (2.0 * product + C1) * (2.0 * covariance + C2) / ((square + C1) * (variances + C2));
        }
        sum
    }
}
