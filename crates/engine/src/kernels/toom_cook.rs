//! The transforms behind Winograd's convolutions along one line, in vectors: M outputs of R taps from P = M + R − 1
//! values by P products where the direct way takes M · R (the algorithm of Toom and Cook; Winograd 1980, *Arithmetic
//! complexity of computations*).
//!
//! y = Aᵀ [(G k) ⊙ (Bᵀ d)] with `y[i] = Σ d[i + r] k[r]`; the derivative of k is Gᵀ [(A dy) ⊙ (Bᵀ d)]. A evaluates the
//! polynomial with the coefficients dy at P points, which alone decide Bᵀ, and G does so with k, each value divided by
//! the product of its point's distances to the others:
//!
//! | P | points |
//! |---|---|
//! | 5 | 0, ±1, 2, ∞ |
//! | 6 | 0, ±1, ±2, ∞ |
//! | 8 | 0, ±1, ±2, ±½, ∞ |
//!
//! Points of opposite sign share the sums over even and over odd coefficients.
//!
//! The value at 0 is the first coefficient, that at ∞ the last. Where a kernel lacks its first or last tap, the product
//! there is 0 and can be left out.
#![allow(unsafe_code)]

use crate::simd::{Scalar, Simd};

/// One of the transforms along one line. (Closures would not inherit the target features.)
pub(crate) trait Line<const FROM: usize, const TO: usize> {
    /// # Safety
    /// S's features are on.
    unsafe fn apply<S: Simd>(x: [S::V; FROM]) -> [S::V; TO];
}

#[inline(always)]
unsafe fn number<S: Simd>(x: f64) -> S::V {
    // SAFETY: S's features are on, as for the caller.
    unsafe { S::splat(S::T::from_f64(x)) }
}

/// `x[first] + p · x[first + 2] + p² · x[first + 4] + …`
#[inline(always)]
unsafe fn every_other<S: Simd, const N: usize>(x: &[S::V; N], first: usize, p: f64) -> S::V {
    // SAFETY: S's features are on, as for the caller.
    unsafe {
        let mut at = N - 1 - (N - 1 - first) % 2;
        let mut sum = x[at];
        while at > first {
            at -= 2;
            sum = S::fma(number::<S>(p), sum, x[at]);
        }
        sum
    }
}

/// 2ⁱ
#[inline(always)]
unsafe fn power<S: Simd>(i: usize) -> S::V {
    // SAFETY: S's features are on, as for the caller.
    unsafe { number::<S>(f64::from(1u32 << i)) }
}

/// The values at 0, ±1, ±2, ±½ and ∞ from the even and odd parts of those between.
#[inline(always)]
unsafe fn around<S: Simd>(first: S::V, parts: [[S::V; 2]; 3], last: S::V) -> [S::V; 8] {
    // SAFETY: S's features are on, as for the caller.
    unsafe {
        let [[even, odd], [even_2, odd_2], [even_half, odd_half]] = parts;
        [
            first,
            S::add(even, odd),
            S::sub(even, odd),
            S::add(even_2, odd_2),
            S::sub(even_2, odd_2),
            S::add(even_half, odd_half),
            S::sub(even_half, odd_half),
            last,
        ]
    }
}

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

impl Line<6, 6> for Patch {
    #[inline(always)]
    unsafe fn apply<S: Simd>(d: [S::V; 6]) -> [S::V; 6] {
        // SAFETY: S's features are on, as for the caller.
        unsafe {
            let (minus_four, minus_five) = (number::<S>(-4.0), number::<S>(-5.0));
            let (four, two) = (number::<S>(4.0), number::<S>(2.0));
            let even = S::fma(minus_four, d[2], d[4]);
            let odd = S::fma(minus_four, d[1], d[3]);
            let (even_2, odd_2) = (S::sub(d[4], d[2]), S::mul(two, S::sub(d[3], d[1])));
            [
                S::fma(four, d[0], S::fma(minus_five, d[2], d[4])),
                S::add(even, odd),
                S::sub(even, odd),
                S::add(even_2, odd_2),
                S::sub(even_2, odd_2),
                S::fma(four, d[1], S::fma(minus_five, d[3], d[5])),
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
            let first = S::fma(outer, S::sub(d[2], d[4]), S::sub(d[6], d[0]));
            let last = S::fma(outer, S::sub(d[3], d[5]), S::sub(d[7], d[1]));
            around::<S>(first, [[even, odd], [even_2, odd_2], [even_half, odd_half]], last)
        }
    }
}

/// Aᵀ m
pub(crate) struct Output;

impl<const M: usize> Line<5, M> for Output {
    #[inline(always)]
    unsafe fn apply<S: Simd>(m: [S::V; 5]) -> [S::V; M] {
        // SAFETY: S's features are on, as for the caller.
        unsafe {
            let (even, odd) = (S::add(m[1], m[2]), S::sub(m[1], m[2]));
            let mut y = [m[4]; M];
            let mut i = 0;
            while i < M {
                let at_1 = if i % 2 == 0 { even } else { odd };
                let at_1 = if i + 1 == M { S::add(at_1, m[4]) } else { at_1 };
                y[i] = S::fma(power::<S>(i), m[3], at_1);
                i += 1;
            }
            y[0] = S::add(y[0], m[0]);
            y
        }
    }
}

impl<const M: usize> Line<6, M> for Output {
    #[inline(always)]
    unsafe fn apply<S: Simd>(m: [S::V; 6]) -> [S::V; M] {
        // SAFETY: S's features are on, as for the caller.
        unsafe {
            let even = [S::add(m[1], m[2]), S::add(m[3], m[4])];
            let odd = [S::sub(m[1], m[2]), S::sub(m[3], m[4])];
            let mut y = [m[5]; M];
            let mut i = 0;
            while i < M {
                let [at_1, at_2] = if i % 2 == 0 { even } else { odd };
                let at_1 = if i + 1 == M { S::add(at_1, m[5]) } else { at_1 };
                y[i] = S::fma(power::<S>(i), at_2, at_1);
                i += 1;
            }
            y[0] = S::add(y[0], m[0]);
            y
        }
    }
}

impl<const M: usize> Line<8, M> for Output {
    #[inline(always)]
    unsafe fn apply<S: Simd>(m: [S::V; 8]) -> [S::V; M] {
        // SAFETY: S's features are on, as for the caller.
        unsafe {
            let even = [S::add(m[1], m[2]), S::add(m[3], m[4]), S::add(m[5], m[6])];
            let odd = [S::sub(m[1], m[2]), S::sub(m[3], m[4]), S::sub(m[5], m[6])];
            let mut y = [m[7]; M];
            let mut i = 0;
            while i < M {
                let [at_1, at_2, at_half] = if i % 2 == 0 { even } else { odd };
                let at_1 = if i + 1 == M { S::add(at_1, m[7]) } else { at_1 };
                let inverse = number::<S>(1.0 / f64::from(1u32 << i));
                y[i] = S::fma(power::<S>(i), at_2, S::fma(inverse, at_half, at_1));
                i += 1;
            }
            y[0] = S::add(y[0], m[0]);
            y
        }
    }
}

/// A y
pub(crate) struct Spread;

impl<const M: usize> Line<M, 5> for Spread {
    #[inline(always)]
    unsafe fn apply<S: Simd>(y: [S::V; M]) -> [S::V; 5] {
        // SAFETY: S's features are on, as for the caller.
        unsafe {
            let (even, odd) = (every_other::<S, M>(&y, 0, 1.0), every_other::<S, M>(&y, 1, 1.0));
            let (even_2, odd_2) = (every_other::<S, M>(&y, 0, 4.0), every_other::<S, M>(&y, 1, 4.0));
            [y[0], S::add(even, odd), S::sub(even, odd), S::fma(number::<S>(2.0), odd_2, even_2), y[M - 1]]
        }
    }
}

impl<const M: usize> Line<M, 6> for Spread {
    #[inline(always)]
    unsafe fn apply<S: Simd>(y: [S::V; M]) -> [S::V; 6] {
        // SAFETY: S's features are on, as for the caller.
        unsafe {
            let (even, odd) = (every_other::<S, M>(&y, 0, 1.0), every_other::<S, M>(&y, 1, 1.0));
            let even_2 = every_other::<S, M>(&y, 0, 4.0);
            let odd_2 = S::mul(number::<S>(2.0), every_other::<S, M>(&y, 1, 4.0));
            [
                y[0],
                S::add(even, odd),
                S::sub(even, odd),
                S::add(even_2, odd_2),
                S::sub(even_2, odd_2),
                y[M - 1],
            ]
        }
    }
}

impl<const M: usize> Line<M, 8> for Spread {
    #[inline(always)]
    unsafe fn apply<S: Simd>(y: [S::V; M]) -> [S::V; 8] {
        // SAFETY: S's features are on, as for the caller.
        unsafe {
            let (even, odd) = (every_other::<S, M>(&y, 0, 1.0), every_other::<S, M>(&y, 1, 1.0));
            let even_2 = every_other::<S, M>(&y, 0, 4.0);
            let odd_2 = S::mul(number::<S>(2.0), every_other::<S, M>(&y, 1, 4.0));
            let even_half = every_other::<S, M>(&y, 0, 0.25);
            let odd_half = S::mul(number::<S>(0.5), every_other::<S, M>(&y, 1, 0.25));
            around::<S>(y[0], [[even, odd], [even_2, odd_2], [even_half, odd_half]], y[M - 1])
        }
    }
}

/// One over the product of each point's distances to the others; of 0 and ∞ first and last.
trait Weights<const P: usize> {
    const WEIGHTS: [f64; P];
}

impl Weights<5> for Taps {
    const WEIGHTS: [f64; 5] = [1.0 / 2.0, -1.0 / 2.0, -1.0 / 6.0, 1.0 / 6.0, 1.0];
}

impl Weights<6> for Taps {
    const WEIGHTS: [f64; 6] = [1.0 / 4.0, -1.0 / 6.0, -1.0 / 6.0, 1.0 / 24.0, 1.0 / 24.0, 1.0];
}

impl Weights<8> for Taps {
    const WEIGHTS: [f64; 8] =
        [-1.0, -2.0 / 9.0, -2.0 / 9.0, 1.0 / 90.0, 1.0 / 90.0, 32.0 / 45.0, 32.0 / 45.0, 1.0];
}

/// The values at the points, each times its weight.
#[inline(always)]
unsafe fn weighted<S: Simd, const P: usize>(mut x: [S::V; P]) -> [S::V; P]
where
    Taps: Weights<P>,
{
    // SAFETY: S's features are on, as for the caller.
    unsafe {
        let mut i = 0;
        while i < P {
            x[i] = S::mul(number::<S>(Taps::WEIGHTS[i]), x[i]);
            i += 1;
        }
        x
    }
}

/// G k
pub(crate) struct Taps;

impl<const R: usize, const P: usize> Line<R, P> for Taps
where
    Spread: Line<R, P>,
    Taps: Weights<P>,
{
    #[inline(always)]
    unsafe fn apply<S: Simd>(k: [S::V; R]) -> [S::V; P] {
        // SAFETY: S's features are on, as for the caller.
        unsafe { weighted::<S, P>(<Spread as Line<R, P>>::apply::<S>(k)) }
    }
}

/// The same again: a copy.
pub(crate) struct Identity;

impl<const N: usize> Line<N, N> for Identity {
    #[inline(always)]
    unsafe fn apply<S: Simd>(x: [S::V; N]) -> [S::V; N] {
        x
    }
}

/// Gᵀ u
pub(crate) struct Gather;

impl<const R: usize, const P: usize> Line<P, R> for Gather
where
    Output: Line<P, R>,
    Taps: Weights<P>,
{
    #[inline(always)]
    unsafe fn apply<S: Simd>(u: [S::V; P]) -> [S::V; R] {
        // SAFETY: S's features are on, as for the caller.
        unsafe { <Output as Line<P, R>>::apply::<S>(weighted::<S, P>(u)) }
    }
}
