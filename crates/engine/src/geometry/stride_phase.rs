//! A stride cuts the outputs of a scatter into phases, one for each residue along an axis.
//!
//! All outputs of a phase meet the same taps. So each phase is a product of its own: none is spent on the zeros between
//! pixels, and nothing is added up through memory.

/// Outputs of one residue of the stride along one axis, and the taps that reach them.
#[derive(Clone, Copy, Debug)]
pub(super) struct StridePhase {
    /// First output, step between outputs, and how many.
    pub start: usize,
    pub step: usize,
    pub count: usize,
    /// Small pixel that the first tap of the first output meets.
    pub first: i64,
    pub first_tap: usize,
    pub tap_step: usize,
    pub taps: usize,
}

impl StridePhase {
    pub fn all(n: usize, before: usize, stride: usize, kernel: usize) -> Vec<StridePhase> {
        (0..stride.min(n))
            .map(|residue| {
                let first_tap = (residue + before) % stride;
                StridePhase {
                    start: residue,
                    step: stride,
                    count: (n - residue).div_ceil(stride),
                    first: ((residue + before) / stride) as i64,
                    first_tap,
                    tap_step: stride,
                    taps: kernel.saturating_sub(first_tap).div_ceil(stride),
                }
            })
            .collect()
    }
}
