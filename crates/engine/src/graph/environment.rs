//! What operations are given besides a shard: what they read, and where the gradients of parameters go.

use std::ops::Range;

use crate::cut::Cut;
use crate::profile::{Clock, Part, lap};
use crate::shared::{Reader, Writer};
use crate::simd::Isa;
use crate::workspace::Images;
use network::Draw;

/// What every operation may read during a pass.
#[derive(Clone, Copy)]
pub(crate) struct Environment<'a, T> {
    pub isa: Isa,
    pub parameters: &'a [T],
    /// Kernels in the panels that products read.
    pub kernels: Reader<'a, T>,
    /// What barriers left.
    pub joint: &'a [T],
    /// What a pass with gradients is about; none for the others.
    pub training: Option<Training>,
    /// Runs where a step is profiled.
    pub clock: Option<&'a Clock>,
}

/// What a pass with gradients is about.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Training {
    /// What layers that draw draw by.
    pub draw: Draw,
    /// Place of the pass' first image in the step.
    pub first: usize,
    /// Weight of one image's KL in the total.
    pub kl_weight: f64,
    /// Where samples are weighted by importance, the weight of one image in the total.
    pub importance: Option<f64>,
}

impl<T> Environment<'_, T> {
    /// The next laps belong to this layer.
    pub fn enter(&self, layer: usize) {
        if let Some(clock) = self.clock {
            clock.enter(layer);
        }
    }

    /// Books the time since the last lap on a part of the current layer.
    pub fn lap(&self, part: Part) {
        lap(self.clock, part);
    }
}

/// What a shard leaves of the gradients of kernels and biases: sums over a group of images, or the pixels that are summed
/// over the batch.
pub(crate) struct ParameterGradients<'a, T> {
    /// One buffer of sums after the other, for each of the groups that the shard's images belong to.
    pub groups: &'a mut [T],
    /// Values of a group's buffer.
    pub group_len: usize,
    pub cut: Cut,
    /// A group's first shard finds what an earlier step left, and writes over all of it that is ever not 0.
    pub is_new: bool,
    /// Pixels in the panels that products over the batch read.
    pub pixels: Writer<'a, T>,
}

impl<T> ParameterGradients<'_, T> {
    /// The groups of a shard's images: which rows of the shard, and their buffer.
    pub fn parts(&mut self, images: Images) -> impl Iterator<Item = (Range<usize>, &mut [T])> {
        let parts = self.cut.parts(images.first, images.count).map(move |part| images.rows_of(part));
        parts.zip(self.groups.chunks_mut(self.group_len))
    }
}

/// Blocks of nearly equal size, of at most `block`.
pub(crate) fn blocks(count: usize, block: usize) -> impl Iterator<Item = Range<usize>> {
    let size = count.div_ceil(count.div_ceil(block).max(1)).max(1);
    (0..count).step_by(size).map(move |first| first..(first + size).min(count))
}

/// `N` lists of `n` values each.
pub(crate) fn lists<T, const N: usize>(values: &mut [T], n: usize) -> [&mut [T]; N] {
    let mut values = values;
    std::array::from_fn(|_| {
        let (list, rest) = std::mem::take(&mut values).split_at_mut(n);
        values = rest;
        list
    })
}

/// 0, `step`, 2 · `step`, …
pub(crate) fn offsets(count: usize, step: usize) -> Vec<u32> {
    (0..count).map(|row| (row * step) as u32).collect()
}
