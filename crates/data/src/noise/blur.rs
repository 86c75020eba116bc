//! A lens out of focus.

use crate::shape::ImageShape;

/// Standard deviations at which the kernel ends, as SciPy's `gaussian_filter` has it.
const REACH: f32 = 4.0;

/// Convolves each channel of an image with a Gaussian of `deviation` pixels, sampled and normalised, along rows and along
/// columns; beyond its border an image goes on as its mirror image, the outermost pixels twice.
pub(super) fn blur(image: &mut [f32], ImageShape { height, width, channels }: ImageShape, deviation: f32) {
    let reach = (REACH * deviation + 0.5) as usize;
    let kernel = kernel(reach, deviation);
    let mut line = Vec::new();
    for row in image.chunks_exact_mut(width * channels) {
        (0..channels).for_each(|channel| convolve(&mut row[channel..], channels, width, &kernel, &mut line));
    }
    let pitch = width * channels;
    (0..pitch).for_each(|at| convolve(&mut image[at..], pitch, height, &kernel, &mut line));
}

/// Weights of the pixels from `-reach` to `reach`.
fn kernel(reach: usize, deviation: f32) -> Vec<f32> {
    let weight = |at: usize| {
        let distance = (at as f64 - reach as f64) / f64::from(deviation);
        (-0.5 * distance * distance).exp()
    };
    let weights: Vec<f64> = (0..=2 * reach).map(weight).collect();
    let sum: f64 = weights.iter().sum();
    weights.iter().map(|weight| (weight / sum) as f32).collect()
}

/// Convolves `length` values that lie `pitch` apart; `line` is room for them with their mirror images.
fn convolve(values: &mut [f32], pitch: usize, length: usize, kernel: &[f32], line: &mut Vec<f32>) {
    let reach = kernel.len() / 2;
    line.clear();
    line.extend((0..length + 2 * reach).map(|at| {
        let place = (at as isize - reach as isize).rem_euclid(2 * length as isize) as usize;
        values[pitch * place.min(2 * length - 1 - place)]
    }));
    for (at, window) in line.windows(kernel.len()).enumerate() {
        values[pitch * at] = window.iter().zip(kernel).map(|(value, weight)| value * weight).sum();
    }
}
