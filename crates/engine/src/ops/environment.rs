//! What operations are given besides a shard: what they read, and where the gradients of parameters go.

use std::ops::Range;

use crate::cut::Cut;
use crate::profile::{Clock, Part, lap};
use crate::shared::{Reader, Writer};
use crate::simd::Isa;

/// What every operation may read during a pass.
#[derive(Clone, Copy)]
pub(crate) struct Environment<'a, T> {
    pub isa: Isa,
    pub parameters: &'a [T],
    /// Kernels in the panels that products read.
    pub kernels: Reader<'a, T>,
    /// Runs where a step is profiled.
    pub clock: Option<&'a Clock>,
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
    /// The groups of the shard of images `first .. first + count`: which of them, and their buffer.
    pub fn parts(&mut self, first: usize, count: usize) -> impl Iterator<Item = (Range<usize>, &mut [T])> {
        self.cut.parts(first, count).zip(self.groups.chunks_mut(self.group_len))
    }
}

/// Blocks of nearly equal size, of at most `block`.
pub(super) fn blocks(count: usize, block: usize) -> impl Iterator<Item = Range<usize>> {
    let size = count.div_ceil(count.div_ceil(block).max(1)).max(1);
    (0..count).step_by(size).map(move |first| first..(first + size).min(count))
}

/// 0, `step`, 2 · `step`, …
pub(super) fn offsets(count: usize, step: usize) -> Vec<u32> {
    (0..count).map(|row| (row * step) as u32).collect()
}
