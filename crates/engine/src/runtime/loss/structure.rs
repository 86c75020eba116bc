//! The terms that compare the structure of output and target: SSIM, and MS-SSIM over several scales.
//!
//! A window's moments are sums along one side and then along the other; the gradient goes back through the same sums. An
//! image goes through all its scales before the next one.

use network::{Activation, Loss, MsSsim, SSIM_WINDOW};

use super::Weights;
use crate::kernels::activate::Activate;
use crate::kernels::elementwise::AddTo;
use crate::kernels::structure::{
    AddSlopes, Moments, SHIFT, SecondMoments, SimilaritySlopes, SimilaritySums, WindowSums,
};
use crate::layout::{Border, Layout, Run};
use crate::plan::structure::{Scale, Structure};
use crate::runtime::{ImageTerms, Runtime};
use crate::simd::{Isa, Scalar};
use crate::workspace::Shard;

/// A channel whose mean contrast is not above it counts as one without any: the slope of its power would be of no use.
const LEAST_CONTRAST: f64 = 1e-6;
/// Pixels of the window on one side of its middle one, twice.
const AROUND: usize = SSIM_WINDOW - 1;

impl<T: Scalar> Runtime<T> {
    /// The dissimilarity of each image's output, weighted; with `adds_gradient`, its gradient is added to the output's.
    pub(super) fn structure(
        &self,
        shard: &mut Shard<'_, T>,
        weights: Weights,
        terms: &mut [ImageTerms],
        adds_gradient: bool,
    ) {
        let takes_logits = self.network.objective.reconstruction.loss == Loss::Bce;
        let n = self.network.input.len();
        let rows = shard.rows(self.plan.output);
        let samples = rows / shard.images;
        let (plain, d_output) =
            (Layout::new(self.network.input, Border::default()), shard.layout(self.plan.d_output));
        for structure in &self.plan.structures {
            let weight = weights[structure.term] / samples as f64;
            let ([values, target], [d_values], scratch) =
                shard.borrow_with_scratch([self.plan.output, self.plan.target], [self.plan.d_output]);
            for row in 0..rows {
                let image = row / samples;
                let mut comparison = Comparison::new(self.isa, structure, scratch.values);
                comparison.load(&values[row * n..][..n], &target[image * n..][..n], takes_logits);
                let similarity = comparison.similarity();
                terms[image][structure.term] += weight * (1.0 - similarity);
                if !adds_gradient {
                    continue;
                }
                let gradient = comparison.gradient(-weight / weights.images, takes_logits);
                for Run { from, to, len } in plain.runs(d_output, 1) {
                    let sums = &mut d_values[row * d_output.stride() + to..][..len];
                    T::dispatch(self.isa, AddTo { values: &gradient[from..from + len], sums });
                }
            }
        }
    }
}

/// One output and its target, compared at every scale.
struct Comparison<'a, T> {
    isa: Isa,
    structure: &'a Structure<T>,
    scales: [Option<AtScale<'a, T>>; MsSsim::SCALES.len()],
    /// Mean similarity of each channel at each scale.
    means: &'a mut [T],
    /// A row of sums or weights.
    row: &'a mut [T],
    /// Three images that are not kept.
    images: [&'a mut [T]; 3],
    /// Windows with zeros beside them, and above and below them.
    bordered: [&'a mut [T]; 2],
}

/// What is kept of both images at one scale.
struct AtScale<'a, T> {
    scale: Scale,
    output: &'a mut [T],
    target: &'a mut [T],
    /// Of each window.
    means: [&'a mut [T]; 2],
    squares: &'a mut [T],
    cross: &'a mut [T],
    gradient: &'a mut [T],
}

/// Hands out memory, one part after the other.
struct Parts<'a, T>(&'a mut [T]);

impl<'a, T> Parts<'a, T> {
    fn take(&mut self, len: usize) -> &'a mut [T] {
        let (part, rest) = std::mem::take(&mut self.0).split_at_mut(len);
        self.0 = rest;
        part
    }
}

impl<'a, T: Scalar> Comparison<'a, T> {
    /// In memory of [`Structure::scratch`] values.
    fn new(isa: Isa, structure: &'a Structure<T>, memory: &'a mut [T]) -> Self {
        let mut parts = Parts(memory);
        let scales = std::array::from_fn(|i| {
            let scale = *structure.scales.get(i)?;
            let (n, windows) = (scale.values(), scale.windows());
            Some(AtScale {
                scale,
                output: parts.take(n),
                target: parts.take(n),
                means: [parts.take(windows), parts.take(windows)],
                squares: parts.take(windows),
                cross: parts.take(windows),
                gradient: parts.take(n),
            })
        });
        let first = structure.scales[0];
        Self {
            isa,
            structure,
            scales,
            means: parts.take(structure.means()),
            row: parts.take(first.row()),
            images: std::array::from_fn(|_| parts.take(first.values())),
            bordered: first.bordered().map(|len| parts.take(len)),
        }
    }

    /// Takes in an output and its target.
    fn load(&mut self, output: &[T], target: &[T], takes_logits: bool) {
        let Some(AtScale { output: to, target: to_target, .. }) = &mut self.scales[0] else { return };
        to.copy_from_slice(output);
        if takes_logits {
            T::dispatch(self.isa, Activate { activation: Activation::Sigmoid, values: to });
        }
        let shift = T::from_f64(SHIFT);
        to.iter_mut().for_each(|value| *value = *value - shift);
        to_target.iter_mut().zip(target).for_each(|(to, from)| *to = *from - shift);
    }

    /// The similarity, averaged over channels.
    fn similarity(&mut self) -> f64 {
        let Self { isa, structure, scales, means, row, images: [squares, cross, between], .. } = self;
        let isa = *isa;
        let channels = structure.scales[0].channels;
        for i in 0..structure.scales.len() {
            if let [.., Some(finer), Some(coarser)] = &mut scales[..=i] {
                finer.scale.halve(finer.output, coarser.output);
                finer.scale.halve(finer.target, coarser.target);
            }
            let Some(AtScale {
                scale,
                output: a,
                target: b,
                means: of_means,
                squares: of_squares,
                cross: of_cross,
                ..
            }) = &mut scales[i]
            else {
                continue;
            };
            let n = scale.values();
            let (squares, cross) = (&mut squares[..n], &mut cross[..n]);
            T::dispatch(isa, SecondMoments { a, b, squares, cross });
            let [of_a, of_b] = of_means;
            let sides: [(&[T], &mut [T]); 4] =
                [(a, of_a), (b, of_b), (squares, of_squares), (cross, of_cross)];
            for (from, to) in sides {
                window_means(isa, &structure.window, *scale, from, between, to);
            }
            let sums = &mut row[..scale.window_row()];
            sums.fill(T::ZERO);
            let means_of_both = [&*of_means[0], &*of_means[1]];
            let moments = Moments { means: means_of_both, squares: &**of_squares, cross: &**of_cross };
            let is_whole = i + 1 == structure.scales.len();
            T::dispatch(isa, SimilaritySums { moments, is_whole, sums });
            let places = (scale.windows() / channels) as f64;
            for (channel, mean) in means[i * channels..][..channels].iter_mut().enumerate() {
                let sum: f64 =
                    row[channel..scale.window_row()].iter().step_by(channels).map(|sum| sum.to_f64()).sum();
                *mean = T::from_f64(sum / places);
            }
        }
        (0..channels).map(|channel| self.of_channel(channel)).sum::<f64>() / channels as f64
    }

    /// Its mean at scale `i`; in a product not below 0.
    fn mean(&self, i: usize, channel: usize) -> f64 {
        let mean = self.means[i * self.structure.scales[0].channels + channel].to_f64();
        let counts = mean > LEAST_CONTRAST || !self.structure.is_product;
        if counts || mean.is_nan() { mean } else { 0.0 }
    }

    /// The similarity of a channel over all scales.
    fn of_channel(&self, channel: usize) -> f64 {
        if !self.structure.is_product {
            return self.mean(0, channel);
        }
        let scales = self.structure.scales.iter().enumerate();
        scales.map(|(i, scale)| self.mean(i, channel).powf(scale.weight)).product()
    }

    /// `factor` times the gradient of the similarity with respect to the output.
    fn gradient(&mut self, factor: f64, takes_logits: bool) -> &[T] {
        let channels = self.structure.scales[0].channels;
        for i in (0..self.structure.scales.len()).rev() {
            let scale = self.structure.scales[i];
            let factor = factor / scale.windows() as f64;
            for channel in 0..channels {
                let slope = match (self.structure.is_product, self.mean(i, channel)) {
                    (false, _) => 1.0,
                    (true, 0.0) => 0.0,
                    (true, mean) => scale.weight * self.of_channel(channel) / mean,
                };
                let weights = self.row[channel..scale.window_row()].iter_mut().step_by(channels);
                weights.for_each(|weight| *weight = T::from_f64(factor * slope));
            }
            self.gradient_at(i);
            if let [Some(finer), Some(coarser), ..] = &mut self.scales[i..] {
                finer.scale.spread(coarser.gradient, finer.gradient);
            }
        }
        let Some(AtScale { output, gradient, .. }) = &mut self.scales[0] else { return &[] };
        if takes_logits {
            let half = T::from_f64(SHIFT);
            for (slope, value) in gradient.iter_mut().zip(output.iter()) {
                *slope = *slope * (half + *value) * (half - *value);
            }
        }
        gradient
    }

    /// The gradient of what scale `i` adds, by the weights of its channels in `row`.
    fn gradient_at(&mut self, i: usize) {
        let Self { isa, structure, scales, row, images, bordered, .. } = self;
        let isa = *isa;
        let Some(AtScale { scale, output, target, means: [of_output, of_target], squares, cross, gradient }) =
            &mut scales[i]
        else {
            return;
        };
        let slopes = SimilaritySlopes {
            first_mean: of_output,
            second_mean: of_target,
            squares,
            cross,
            is_whole: i + 1 == structure.scales.len(),
            weights: &row[..scale.window_row()],
        };
        T::dispatch(isa, slopes);
        let n = scale.values();
        for (from, to) in [of_output, squares, cross].into_iter().zip(images.iter_mut()) {
            windows_spread(isa, &structure.window, *scale, from, bordered, &mut to[..n]);
        }
        gradient.fill(T::ZERO);
        let [by_mean, by_squares, by_cross] = images.each_ref().map(|image| &image[..n]);
        T::dispatch(isa, AddSlopes { x: output, y: target, by_mean, by_squares, by_cross, out: gradient });
    }
}

/// The mean of `from` under the window at each place: along columns into `between`, then along rows.
fn window_means<T: Scalar>(
    isa: Isa,
    window: &[T; SSIM_WINDOW],
    scale: Scale,
    from: &[T],
    between: &mut [T],
    to: &mut [T],
) {
    let (row, window_row, rows) = (scale.row(), scale.window_row(), scale.window_rows());
    let along_columns =
        WindowSums { window, from, pitches: [row, row], step: row, rows, len: row, to: between };
    T::dispatch(isa, along_columns);
    let (pitches, step) = ([row, window_row], scale.channels);
    T::dispatch(isa, WindowSums { window, from: between, pitches, step, rows, len: window_row, to });
}

/// Gives back to each value what the windows that it is in have, by its weights in them: the transpose of
/// [`window_means`], which of a symmetric window is the same sum with zeros around.
fn windows_spread<T: Scalar>(
    isa: Isa,
    window: &[T; SSIM_WINDOW],
    scale: Scale,
    from: &[T],
    [beside, above]: &mut [&mut [T]; 2],
    to: &mut [T],
) {
    let (row, window_row, rows, step) =
        (scale.row(), scale.window_row(), scale.window_rows(), scale.channels);
    let border = AROUND * step;
    let wide = window_row + 2 * border;
    for (to, from) in beside.chunks_exact_mut(wide).zip(from.chunks_exact(window_row)) {
        to[..border].fill(T::ZERO);
        to[border..border + window_row].copy_from_slice(from);
        to[border + window_row..].fill(T::ZERO);
    }
    let (top, rest) = above.split_at_mut(AROUND * row);
    top.fill(T::ZERO);
    rest[rows * row..(rows + AROUND) * row].fill(T::ZERO);
    T::dispatch(
        isa,
        WindowSums { window, from: beside, pitches: [wide, row], step, rows, len: row, to: rest },
    );
    let (pitches, rows) = ([row, row], scale.height);
    T::dispatch(isa, WindowSums { window, from: above, pitches, step: row, rows, len: row, to });
}
