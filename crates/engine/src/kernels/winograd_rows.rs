//! Winograd's convolution along rows, for two taps: tiles of four outputs from five values or of seven from eight,
//! through the transforms of [`toom_cook`](super::toom_cook), in vectors of channels.
//!
//! It serves 3 × 3 taps with stride 2. The outer columns of taps meet only even columns of the big image, where they are a
//! convolution of two taps with stride 1. The middle column meets only odd ones and is left to direct products.
//!
//! | outputs | products of a row of taps | directly |
//! |---|---|---|
//! | 4 | 5 + 4 = 9 | 12 |
//! | 7 | 8 + 7 = 15 | 21 |
//!
//! Tiles are one row high, so that the sum over the three rows of taps stays in registers: each position is one product
//! with three segments.
#![allow(unsafe_code)]

use std::marker::PhantomData;
use std::ops::Range;

use super::kernel_vectors::KernelVectors;
use super::pack::{packed_at, packed_len_for};
use super::toom_cook::{Gather, Identity, Line, Output, Patch, Spread, Taps};
use super::{get, put, vectors};
use crate::shared::Places;
use crate::simd::{Isa, Kernel, Scalar, Simd};

/// What becomes of a line.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Transform {
    /// Values of a patch → Bᵀ d
    Patch,
    /// Products → outputs, Aᵀ m
    Output,
    /// Derivatives of outputs → A dy
    Spread,
    /// Sums over tiles → derivatives of two taps, Gᵀ u
    Gather,
    /// Values of as many pixels as a tile has outputs → the same
    Copy,
}

/// A transform of tiles of `outputs` outputs over many lines: runs of `channels` values, `from_step` apart, become
/// others, `to_step` apart.
pub(crate) struct Lines<'a, T> {
    pub transform: Transform,
    /// 4 or 7.
    pub outputs: usize,
    pub from: &'a [T],
    /// Where each line begins.
    pub from_at: &'a [u32],
    pub from_step: usize,
    pub to: &'a mut [T],
    pub to_at: &'a [u32],
    pub to_step: usize,
    pub channels: usize,
    /// The others may be cut into panels of so many channels, `panel_step` apart.
    pub panel: usize,
    pub panel_step: usize,
    /// Whether they are added to what is there.
    pub adds: bool,
    /// What is added, one value per channel, before the piecewise linear activation with slope `leak` left of 0.
    pub bias: Option<&'a [T]>,
    pub leak: T,
}

impl<T: Scalar> Lines<'_, T> {
    /// Transforms them.
    pub fn run(self, isa: Isa) {
        match (self.transform, self.outputs) {
            (Transform::Patch, 4) => T::dispatch(isa, SizedLines::<T, Patch, 5, 5>(self, PhantomData)),
            (Transform::Patch, _) => T::dispatch(isa, SizedLines::<T, Patch, 8, 8>(self, PhantomData)),
            (Transform::Output, 4) => T::dispatch(isa, SizedLines::<T, Output, 5, 4>(self, PhantomData)),
            (Transform::Output, _) => T::dispatch(isa, SizedLines::<T, Output, 8, 7>(self, PhantomData)),
            (Transform::Spread, 4) => T::dispatch(isa, SizedLines::<T, Spread, 4, 5>(self, PhantomData)),
            (Transform::Spread, _) => T::dispatch(isa, SizedLines::<T, Spread, 7, 8>(self, PhantomData)),
            (Transform::Gather, 4) => T::dispatch(isa, SizedLines::<T, Gather, 5, 2>(self, PhantomData)),
            (Transform::Gather, _) => T::dispatch(isa, SizedLines::<T, Gather, 8, 2>(self, PhantomData)),
            (Transform::Copy, 4) => T::dispatch(isa, SizedLines::<T, Identity, 4, 4>(self, PhantomData)),
            (Transform::Copy, _) => T::dispatch(isa, SizedLines::<T, Identity, 7, 7>(self, PhantomData)),
        }
    }
}

/// Lines of `FROM` runs that become `TO` by the transform `L`.
struct SizedLines<'a, T, L, const FROM: usize, const TO: usize>(Lines<'a, T>, PhantomData<L>);

impl<T: Scalar, L: Line<FROM, TO>, const FROM: usize, const TO: usize> Kernel<T>
    for SizedLines<'_, T, L, FROM, TO>
{
    type Output = ();

    #[inline(always)]
    unsafe fn run<S: Simd<T = T>>(self) {
        let lines = self.0;
        let channels = lines.channels;
        let last = |at: &[u32]| at.iter().fold(0, |last, at| last.max(*at)) as usize;
        assert_eq!(lines.from_at.len(), lines.to_at.len(), "lines");
        if lines.from_at.is_empty() {
            return;
        }
        assert!(last(lines.from_at) + (FROM - 1) * lines.from_step + channels <= lines.from.len());
        let (panel, panel_step) = (lines.panel, lines.panel_step);
        let last_panel = channels.saturating_sub(1) / panel;
        let to_end = (TO - 1) * lines.to_step + last_panel * panel_step + channels - last_panel * panel;
        assert!(last(lines.to_at) + to_end <= lines.to.len());
        assert!(last_panel == 0 || panel_step >= panel, "panels overlap");
        assert!(lines.bias.is_none_or(|bias| bias.len() >= channels));
        let (from, to) = (lines.from.as_ptr(), lines.to.as_mut_ptr());
        for (from_at, to_at) in lines.from_at.iter().zip(lines.to_at) {
            for first in (0..channels).step_by(panel) {
                let to_at = *to_at as usize + first / panel * panel_step;
                vectors!(S, panel.min(channels - first), |at, count| {
                    // SAFETY: the last line's last run ends inside `from` and `to`, and so does every other.
                    unsafe {
                        let (from, to) = (from.add(*from_at as usize + first + at), to.add(to_at + at));
                        let zero = S::splat(T::ZERO);
                        let mut x = [zero; FROM];
                        let mut i = 0;
                        while i < FROM {
                            x[i] = get::<S>(from.add(i * lines.from_step), count);
                            i += 1;
                        }
                        let mut y = L::apply::<S>(x);
                        if let Some(bias) = lines.bias {
                            let bias = get::<S>(bias.as_ptr().add(first + at), count);
                            let mut i = 0;
                            while i < TO {
                                y[i] = S::add(y[i], bias);
                                i += 1;
                            }
                        }
                        if lines.leak != T::ONE {
                            let leak = S::splat(lines.leak);
                            let mut i = 0;
                            while i < TO {
                                y[i] = S::select_gt(y[i], zero, y[i], S::mul(y[i], leak));
                                i += 1;
                            }
                        }
                        if lines.adds {
                            let mut i = 0;
                            while i < TO {
                                y[i] = S::add(get::<S>(to.add(i * lines.to_step), count), y[i]);
                                i += 1;
                            }
                        }
                        let mut i = 0;
                        while i < TO {
                            put::<S>(to.add(i * lines.to_step), y[i], count);
                            i += 1;
                        }
                    }
                });
            }
        }
    }
}

/// G k of the outer columns of a kernel `[3, 3, rows, columns]`, as P packed matrices one behind the other, each with
/// the three rows of taps one below the other: rows × columns, or, turned around for the opposite direction, columns ×
/// rows of the taps from right to left.
pub(crate) struct KernelRowTransform<'a, T> {
    /// 4 or 7.
    pub outputs: usize,
    /// The rows of taps to transform, and their values.
    pub taps: Range<usize>,
    pub kernel: &'a [T],
    pub rows: usize,
    pub columns: usize,
    pub is_transposed: bool,
    pub packed: Places<'a, T>,
}

impl<T: Scalar> KernelRowTransform<'_, T> {
    /// Transforms and packs it.
    pub fn run(self, isa: Isa) {
        match self.outputs {
            4 => T::dispatch(isa, SizedKernelTransform::<T, 5>(self)),
            _ => T::dispatch(isa, SizedKernelTransform::<T, 8>(self)),
        }
    }
}

struct SizedKernelTransform<'a, T, const P: usize>(KernelRowTransform<'a, T>);

impl<T: Scalar, const P: usize> Kernel<T> for SizedKernelTransform<'_, T, P>
where
    Taps: Line<2, P>,
{
    type Output = ();

    #[inline(always)]
    unsafe fn run<S: Simd<T = T>>(self) {
        let KernelRowTransform { taps, kernel: values, rows, columns, is_transposed, mut packed, .. } =
            self.0;
        assert!(taps.end <= 3 && values.len() == 3 * taps.len() * rows * columns);
        let (tap_depth, n) = if is_transposed { (columns, rows) } else { (rows, columns) };
        let depth = 3 * tap_depth;
        let length = packed_len_for::<S>(depth, n);
        assert!(n > 1 && P * length <= packed.len());
        let kernel = KernelVectors { values, rows, columns, is_transposed };
        // Rows inside: what is read and what is written lies side by side.
        vectors!(S, n, |column, count| {
            for row in taps.start * tap_depth..taps.end * tap_depth {
                let (ky, row_of_tap) = (row / tap_depth - taps.start, row % tap_depth);
                let at = packed_at::<S>(depth, n, row, column);
                // SAFETY: the kernel's and the packed matrices' lengths are checked above.
                unsafe {
                    let outer = if is_transposed { [2, 0] } else { [0, 2] };
                    let k = [
                        kernel.get::<S>(3 * ky + outer[0], row_of_tap, column, count),
                        kernel.get::<S>(3 * ky + outer[1], row_of_tap, column, count),
                    ];
                    let u = <Taps as Line<2, P>>::apply::<S>(k);
                    for (position, u) in u.into_iter().enumerate() {
                        let at = position * length + at;
                        put::<S>(packed.pointer(at..at + S::LANES), u, S::LANES);
                    }
                }
            }
        });
    }
}
