//! The transforms of Winograd's convolution along one line, for two taps: M outputs from P = M + 1 values by P
//! products where the direct way takes 2 M (the algorithm of Toom and Cook; Winograd 1980, *Arithmetic complexity of
//! computations*). Four outputs use the points 0, ±1, 2 and ∞, seven the points 0, ±1, ±2, ±½ and ∞.
//!
//! y = Aᵀ [(G k) ⊙ (Bᵀ d)] with y[i] = d[i] k[0] + d[i + 1] k[1]; the derivative of k is Gᵀ [(A dy) ⊙ (Bᵀ d)]. Every
//! transform runs along vectors of channels.
#![allow(unsafe_code)]

use std::marker::PhantomData;

use super::pack::{packed_len_for, panel_vectors};
use super::winograd::{Line, number};
use super::{get, put, vectors};
use crate::shared::Shared;
use crate::simd::{Kernel, Real, Simd};

/// Bᵀ d
pub(crate) struct Patch;

impl Line<5, 5> for Patch {
    #[inline(always)]
    unsafe fn apply<S: Simd>(d: [S::V; 5]) -> [S::V; 5] {
        // SAFETY: S's features are on, as for the caller.
        unsafe {
            let (two, minus_two, minus_three) = (number::<S>(2.0), number::<S>(-2.0), number::<S>(-3.0));
            let difference = S::sub(d[3], d[1]);
            [
                S::fma(two, S::sub(d[0], d[2]), difference),
                S::fma(minus_two, d[1], S::sub(d[3], d[2])),
                S::fma(two, d[1], S::fma(minus_three, d[2], d[3])),
                difference,
                S::fma(minus_two, difference, S::sub(d[4], d[2])),
            ]
        }
    }
}

impl Line<8, 8> for Patch {
    #[inline(always)]
    unsafe fn apply<S: Simd>(d: [S::V; 8]) -> [S::V; 8] {
        // SAFETY: S's features are on, as for the caller.
        unsafe {
            let (outer, inner) = (number::<S>(5.25), number::<S>(-4.25));
            let (two, half, quarter) = (number::<S>(2.0), number::<S>(0.5), number::<S>(0.25));
            let even = S::fma(inner, d[4], S::add(d[2], d[6]));
            let odd = S::fma(inner, d[3], S::add(d[1], d[5]));
            let even_2 = S::fma(quarter, d[2], S::fma(number::<S>(-1.25), d[4], d[6]));
            let odd_2 = S::fma(half, d[1], S::fma(number::<S>(-2.5), d[3], S::mul(two, d[5])));
            let even_half = S::fma(number::<S>(4.0), d[2], S::fma(number::<S>(-5.0), d[4], d[6]));
            let odd_half = S::fma(two, d[1], S::fma(number::<S>(-2.5), d[3], S::mul(half, d[5])));
            [
                S::fma(outer, S::sub(d[2], d[4]), S::sub(d[6], d[0])),
                S::add(even, odd),
                S::sub(even, odd),
                S::add(even_2, odd_2),
                S::sub(even_2, odd_2),
                S::add(even_half, odd_half),
                S::sub(even_half, odd_half),
                S::fma(outer, S::sub(d[3], d[5]), S::sub(d[7], d[1])),
            ]
        }
    }
}

/// Aᵀ m
pub(crate) struct Output;

impl Line<5, 4> for Output {
    #[inline(always)]
    unsafe fn apply<S: Simd>(m: [S::V; 5]) -> [S::V; 4] {
        // SAFETY: S's features are on, as for the caller.
        unsafe {
            let (sum, difference) = (S::add(m[1], m[2]), S::sub(m[1], m[2]));
            [
                S::add(S::add(m[0], sum), m[3]),
                S::fma(number::<S>(2.0), m[3], difference),
                S::fma(number::<S>(4.0), m[3], sum),
                S::fma(number::<S>(8.0), m[3], S::add(difference, m[4])),
            ]
        }
    }
}

impl Line<8, 7> for Output {
    #[inline(always)]
    unsafe fn apply<S: Simd>(m: [S::V; 8]) -> [S::V; 7] {
        // SAFETY: S's features are on, as for the caller.
        unsafe {
            let (sum, difference) = (S::add(m[1], m[2]), S::sub(m[1], m[2]));
            let (sum_2, difference_2) = (S::add(m[3], m[4]), S::sub(m[3], m[4]));
            let (sum_half, difference_half) = (S::add(m[5], m[6]), S::sub(m[5], m[6]));
            [
                S::add(S::add(m[0], sum), S::add(sum_2, sum_half)),
                powers::<S>(2.0, difference_2, difference_half, difference),
                powers::<S>(4.0, sum_2, sum_half, sum),
                powers::<S>(8.0, difference_2, difference_half, difference),
                powers::<S>(16.0, sum_2, sum_half, sum),
                powers::<S>(32.0, difference_2, difference_half, difference),
                powers::<S>(64.0, sum_2, sum_half, S::add(sum, m[7])),
            ]
        }
    }
}

/// p · a + b / p + c
#[inline(always)]
unsafe fn powers<S: Simd>(p: f64, a: S::V, b: S::V, c: S::V) -> S::V {
    // SAFETY: S's features are on, as for the caller.
    unsafe { S::fma(number::<S>(p), a, S::fma(number::<S>(1.0 / p), b, c)) }
}

/// A y
pub(crate) struct Spread;

impl Line<4, 5> for Spread {
    #[inline(always)]
    unsafe fn apply<S: Simd>(y: [S::V; 4]) -> [S::V; 5] {
        // SAFETY: S's features are on, as for the caller.
        unsafe {
            let (two, four) = (number::<S>(2.0), number::<S>(4.0));
            let (even, odd) = (S::add(y[0], y[2]), S::add(y[1], y[3]));
            let odd_2 = S::fma(four, y[3], y[1]);
            [y[0], S::add(even, odd), S::sub(even, odd), S::fma(two, odd_2, S::fma(four, y[2], y[0])), y[3]]
        }
    }
}

impl Line<7, 8> for Spread {
    #[inline(always)]
    unsafe fn apply<S: Simd>(y: [S::V; 7]) -> [S::V; 8] {
        // SAFETY: S's features are on, as for the caller.
        unsafe {
            let (two, four, half, quarter) =
                (number::<S>(2.0), number::<S>(4.0), number::<S>(0.5), number::<S>(0.25));
            let even = S::add(S::add(y[0], y[2]), S::add(y[4], y[6]));
            let odd = S::add(S::add(y[1], y[3]), y[5]);
            let even_2 = S::fma(four, S::fma(four, S::fma(four, y[6], y[4]), y[2]), y[0]);
            let odd_2 = S::mul(two, S::fma(four, S::fma(four, y[5], y[3]), y[1]));
            let even_half = S::fma(quarter, S::fma(quarter, S::fma(quarter, y[6], y[4]), y[2]), y[0]);
            let odd_half = S::mul(half, S::fma(quarter, S::fma(quarter, y[5], y[3]), y[1]));
            [
                y[0],
                S::add(even, odd),
                S::sub(even, odd),
                S::add(even_2, odd_2),
                S::sub(even_2, odd_2),
                S::add(even_half, odd_half),
                S::sub(even_half, odd_half),
                y[6],
            ]
        }
    }
}

/// G k
pub(crate) struct Taps;

impl Line<2, 5> for Taps {
    #[inline(always)]
    unsafe fn apply<S: Simd>(k: [S::V; 2]) -> [S::V; 5] {
        // SAFETY: S's features are on, as for the caller.
        unsafe {
            let sixth = number::<S>(1.0 / 6.0);
            [
                S::mul(number::<S>(0.5), k[0]),
                S::mul(number::<S>(-0.5), S::add(k[0], k[1])),
                S::mul(sixth, S::sub(k[1], k[0])),
                S::mul(sixth, S::fma(number::<S>(2.0), k[1], k[0])),
                k[1],
            ]
        }
    }
}

impl Line<2, 8> for Taps {
    #[inline(always)]
    unsafe fn apply<S: Simd>(k: [S::V; 2]) -> [S::V; 8] {
        // SAFETY: S's features are on, as for the caller.
        unsafe {
            let (one, two, half) = (number::<S>(ONE), number::<S>(TWO), number::<S>(HALF));
            let (at_1, at_2, at_half) = (S::mul(one, k[0]), S::mul(two, k[0]), S::mul(half, k[0]));
            let (odd, odd_2, odd_half) = (
                S::mul(one, k[1]),
                S::mul(number::<S>(2.0 * TWO), k[1]),
                S::mul(number::<S>(0.5 * HALF), k[1]),
            );
            [
                S::sub(number::<S>(0.0), k[0]),
                S::add(at_1, odd),
                S::sub(at_1, odd),
                S::add(at_2, odd_2),
                S::sub(at_2, odd_2),
                S::add(at_half, odd_half),
                S::sub(at_half, odd_half),
                k[1],
            ]
        }
    }
}

/// One over the products of a point's distances to the other points: of ±1, ±2 and ±½ among the seven.
const ONE: f64 = -2.0 / 9.0;
const TWO: f64 = 1.0 / 90.0;
const HALF: f64 = 32.0 / 45.0;

/// Gᵀ u
pub(crate) struct Gather;

impl Line<5, 2> for Gather {
    #[inline(always)]
    unsafe fn apply<S: Simd>(u: [S::V; 5]) -> [S::V; 2] {
        // SAFETY: S's features are on, as for the caller.
        unsafe {
            let (half, sixth) = (number::<S>(0.5), number::<S>(1.0 / 6.0));
            [
                S::fma(half, S::sub(u[0], u[1]), S::mul(sixth, S::sub(u[3], u[2]))),
                S::fma(number::<S>(-0.5), u[1], S::fma(sixth, S::fma(number::<S>(2.0), u[3], u[2]), u[4])),
            ]
        }
    }
}

impl Line<8, 2> for Gather {
    #[inline(always)]
    unsafe fn apply<S: Simd>(u: [S::V; 8]) -> [S::V; 2] {
        // SAFETY: S's features are on, as for the caller.
        unsafe {
            let (one, two, half) = (number::<S>(ONE), number::<S>(TWO), number::<S>(HALF));
            let (odd_2, odd_half) = (number::<S>(2.0 * TWO), number::<S>(0.5 * HALF));
            let rest = S::fma(
                half,
                S::add(u[5], u[6]),
                S::fma(two, S::add(u[3], u[4]), S::sub(number::<S>(0.0), u[0])),
            );
            let odd_rest = S::fma(odd_half, S::sub(u[5], u[6]), S::fma(odd_2, S::sub(u[3], u[4]), u[7]));
            [S::fma(one, S::add(u[1], u[2]), rest), S::fma(one, S::sub(u[1], u[2]), odd_rest)]
        }
    }
}

/// One transform over many lines: `FROM` runs of `channels` values, `from_step` apart, become `TO`, `to_step` apart.
pub(crate) struct Lines<'a, T, L, const FROM: usize, const TO: usize> {
    pub from: &'a [T],
    /// Where each line begins.
    pub from_at: &'a [u32],
    pub from_step: usize,
    pub to: &'a mut [T],
    pub to_at: &'a [u32],
    pub to_step: usize,
    pub channels: usize,
    /// What is added, one value per channel, before the piecewise linear activation with slope `leak` left of 0.
    pub bias: Option<&'a [T]>,
    pub leak: T,
    pub line: PhantomData<L>,
}

impl<T: Real, L: Line<FROM, TO>, const FROM: usize, const TO: usize> Kernel<T> for Lines<'_, T, L, FROM, TO> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(self) {
        let channels = self.channels;
        let last = |at: &[u32]| at.iter().fold(0, |last, at| last.max(*at)) as usize;
        assert_eq!(self.from_at.len(), self.to_at.len(), "lines");
        if self.from_at.is_empty() {
            return;
        }
        assert!(last(self.from_at) + (FROM - 1) * self.from_step + channels <= self.from.len());
        assert!(last(self.to_at) + (TO - 1) * self.to_step + channels <= self.to.len());
        assert!(self.bias.is_none_or(|bias| bias.len() >= channels));
        let (from, to) = (self.from.as_ptr(), self.to.as_mut_ptr());
        for (from_at, to_at) in self.from_at.iter().zip(self.to_at) {
            vectors!(S, channels, |channel, count| {
                // SAFETY: the last line's last run ends inside `from` and `to`, and so does every other.
                unsafe {
                    let (from, to) =
                        (from.add(*from_at as usize + channel), to.add(*to_at as usize + channel));
                    let zero = S::splat(T::ZERO);
                    let mut x = [zero; FROM];
                    let mut i = 0;
                    while i < FROM {
                        x[i] = get::<S>(from.add(i * self.from_step), count);
                        i += 1;
                    }
                    let mut y = L::apply::<S>(x);
                    if let Some(bias) = self.bias {
                        let bias = get::<S>(bias.as_ptr().add(channel), count);
                        let mut i = 0;
                        while i < TO {
                            y[i] = S::add(y[i], bias);
                            i += 1;
                        }
                    }
                    if self.leak != T::ONE {
                        let leak = S::splat(self.leak);
                        let mut i = 0;
                        while i < TO {
                            y[i] = S::select_gt(y[i], zero, y[i], S::mul(y[i], leak));
                            i += 1;
                        }
                    }
                    let mut i = 0;
                    while i < TO {
                        put::<S>(to.add(i * self.to_step), y[i], count);
                        i += 1;
                    }
                }
            });
        }
    }
}

/// G k of the outer columns of a kernel `[3, 3, rows, columns]`, as P packed matrices one behind the other, each with
/// the three rows of taps one below the other: rows × columns, or, turned around for the opposite direction, columns ×
/// rows of the taps from right to left.
pub(crate) struct TransformKernelRows<'a, T, const P: usize> {
    pub kernel: &'a [T],
    pub rows: usize,
    pub columns: usize,
    pub turned: bool,
    pub packed: &'a Shared<T>,
}

impl<T: Real, const P: usize> Kernel<T> for TransformKernelRows<'_, T, P>
where
    Taps: Line<2, P>,
{
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(self) {
        let Self { kernel: values, rows, columns, turned, packed } = self;
        assert!(values.len() == 9 * rows * columns);
        let (tap_depth, n) = if turned { (columns, rows) } else { (rows, columns) };
        let depth = 3 * tap_depth;
        let length = packed_len_for::<S>(depth, n);
        assert!(n > 1 && P * length <= packed.len());
        let panel = panel_vectors::<S>() * S::LANES;
        let padded = n.next_multiple_of(S::LANES);
        for row in 0..depth {
            let (ky, row_of_tap) = (row / tap_depth, row % tap_depth);
            vectors!(S, n, |column, count| {
                let first = column / panel * panel;
                let at = first * depth + row * panel.min(padded - first) + column % panel;
                // SAFETY: the kernel's and the packed matrices' lengths are checked above; one work item packs a
                // kernel.
                unsafe {
                    let mut k = [S::splat(T::ZERO); 2];
                    for (i, k) in k.iter_mut().enumerate() {
                        *k = if turned {
                            // Lanes run along the kernel's rows.
                            let tap = 3 * ky + 2 - 2 * i;
                            let mut lanes = [T::ZERO; 16];
                            for (lane, value) in lanes.iter_mut().take(count).enumerate() {
                                *value = values[(tap * rows + column + lane) * columns + row_of_tap];
                            }
                            S::load(lanes.as_ptr())
                        } else {
                            let tap = 3 * ky + 2 * i;
                            get::<S>(values.as_ptr().add((tap * rows + row_of_tap) * columns + column), count)
                        };
                    }
                    let u = <Taps as Line<2, P>>::apply::<S>(k);
                    for (position, u) in u.into_iter().enumerate() {
                        let at = position * length + at;
                        put::<S>(packed.pointer(at..at + S::LANES), u, S::LANES);
                    }
                }
            });
        }
    }
}
