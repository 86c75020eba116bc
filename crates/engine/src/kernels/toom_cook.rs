//! The transforms behind Winograd's convolutions along one line, in vectors: M outputs of R taps from P = M + R − 1
//! values by P products where the direct way takes M · R (the algorithm of Toom and Cook; Winograd 1980, *Arithmetic
//! complexity of computations*).
//!
//! y = Aᵀ [(G k) ⊙ (Bᵀ d)] with y[i] = Σ d[i + r] k[r]; the derivative of k is Gᵀ [(A dy) ⊙ (Bᵀ d)]. G and A evaluate
//! polynomials with the coefficients k and dy at P points, which alone decide Bᵀ:
//!
//! | P | points |
//! |---|---|
//! | 5 | 0, ±1, 2, ∞ |
//! | 6 | 0, ±1, ±2, ∞ |
//! | 8 | 0, ±1, ±2, ±½, ∞ |
#![allow(unsafe_code)]

use crate::simd::{Real, Simd};

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

/// x[first] + p · x[first + 2] + p² · x[first + 4] + …
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

/// p · a + b / p + c
#[inline(always)]
unsafe fn powers<S: Simd>(p: f64, a: S::V, b: S::V, c: S::V) -> S::V {
    // SAFETY: S's features are on, as for the caller.
    unsafe { S::fma(number::<S>(p), a, S::fma(number::<S>(1.0 / p), b, c)) }
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

impl Line<6, 4> for Output {
    #[inline(always)]
    unsafe fn apply<S: Simd>(m: [S::V; 6]) -> [S::V; 4] {
        // SAFETY: S's features are on, as for the caller.
        unsafe {
            let (sum, difference) = (S::add(m[1], m[2]), S::sub(m[1], m[2]));
            let (sum_2, difference_2) = (S::add(m[3], m[4]), S::sub(m[3], m[4]));
            [
                S::add(m[0], S::add(sum, sum_2)),
                S::fma(number::<S>(2.0), difference_2, difference),
                S::fma(number::<S>(4.0), sum_2, sum),
                S::fma(number::<S>(8.0), difference_2, S::add(difference, m[5])),
            ]
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
                y[i] = powers::<S>(f64::from(1u32 << i), at_2, at_half, at_1);
                i += 1;
            }
            y[0] = S::add(y[0], m[0]);
            y
        }
    }
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

impl Line<4, 6> for Spread {
    #[inline(always)]
    unsafe fn apply<S: Simd>(y: [S::V; 4]) -> [S::V; 6] {
        // SAFETY: S's features are on, as for the caller.
        unsafe {
            let (even, odd) = (S::add(y[0], y[2]), S::add(y[1], y[3]));
            let even_2 = S::fma(number::<S>(4.0), y[2], y[0]);
            let odd_2 = S::fma(number::<S>(8.0), y[3], S::mul(number::<S>(2.0), y[1]));
            [y[0], S::add(even, odd), S::sub(even, odd), S::add(even_2, odd_2), S::sub(even_2, odd_2), y[3]]
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
            [
                y[0],
                S::add(even, odd),
                S::sub(even, odd),
                S::add(even_2, odd_2),
                S::sub(even_2, odd_2),
                S::add(even_half, odd_half),
                S::sub(even_half, odd_half),
                y[M - 1],
            ]
        }
    }
}

/// One over the products of a point's distances to the other points: of ±1, ±2 and ±½ among the seven.
const ONE: f64 = -2.0 / 9.0;
const TWO: f64 = 1.0 / 90.0;
const HALF: f64 = 32.0 / 45.0;

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

impl Line<3, 6> for Taps {
    #[inline(always)]
    unsafe fn apply<S: Simd>(k: [S::V; 3]) -> [S::V; 6] {
        // SAFETY: S's features are on, as for the caller.
        unsafe {
            let even = S::add(k[0], k[2]);
            let even_2 = S::fma(number::<S>(4.0), k[2], k[0]);
            let odd_2 = S::mul(number::<S>(2.0), k[1]);
            let (sixth, rest) = (number::<S>(-1.0 / 6.0), number::<S>(1.0 / 24.0));
            [
                S::mul(number::<S>(0.25), k[0]),
                S::mul(sixth, S::add(even, k[1])),
                S::mul(sixth, S::sub(even, k[1])),
                S::mul(rest, S::add(even_2, odd_2)),
                S::mul(rest, S::sub(even_2, odd_2)),
                k[2],
            ]
        }
    }
}

impl<const R: usize> Line<R, 8> for Taps {
    #[inline(always)]
    unsafe fn apply<S: Simd>(k: [S::V; R]) -> [S::V; 8] {
        // SAFETY: S's features are on, as for the caller.
        unsafe {
            let even = S::mul(number::<S>(ONE), every_other::<S, R>(&k, 0, 1.0));
            let odd = S::mul(number::<S>(ONE), every_other::<S, R>(&k, 1, 1.0));
            let even_2 = S::mul(number::<S>(TWO), every_other::<S, R>(&k, 0, 4.0));
            let odd_2 = S::mul(number::<S>(2.0 * TWO), every_other::<S, R>(&k, 1, 4.0));
            let even_half = S::mul(number::<S>(HALF), every_other::<S, R>(&k, 0, 0.25));
            let odd_half = S::mul(number::<S>(0.5 * HALF), every_other::<S, R>(&k, 1, 0.25));
            [
                S::sub(number::<S>(0.0), k[0]),
                S::add(even, odd),
                S::sub(even, odd),
                S::add(even_2, odd_2),
                S::sub(even_2, odd_2),
                S::add(even_half, odd_half),
                S::sub(even_half, odd_half),
                k[R - 1],
            ]
        }
    }
}

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

impl Line<6, 3> for Gather {
    #[inline(always)]
    unsafe fn apply<S: Simd>(u: [S::V; 6]) -> [S::V; 3] {
        // SAFETY: S's features are on, as for the caller.
        unsafe {
            let (sixth, rest) = (number::<S>(-1.0 / 6.0), number::<S>(1.0 / 24.0));
            let (even, odd) = (S::mul(sixth, S::add(u[1], u[2])), S::mul(sixth, S::sub(u[1], u[2])));
            let (even_2, odd_2) = (S::mul(rest, S::add(u[3], u[4])), S::mul(rest, S::sub(u[3], u[4])));
            [
                S::fma(number::<S>(0.25), u[0], S::add(even, even_2)),
                S::fma(number::<S>(2.0), odd_2, odd),
                S::fma(number::<S>(4.0), even_2, S::add(even, u[5])),
            ]
        }
    }
}

impl<const R: usize> Line<8, R> for Gather {
    #[inline(always)]
    unsafe fn apply<S: Simd>(u: [S::V; 8]) -> [S::V; R] {
        // SAFETY: S's features are on, as for the caller.
        unsafe {
            let (one, two, half) = (number::<S>(ONE), number::<S>(TWO), number::<S>(HALF));
            let even = [
                S::mul(one, S::add(u[1], u[2])),
                S::mul(two, S::add(u[3], u[4])),
                S::mul(half, S::add(u[5], u[6])),
            ];
            let odd = [
                S::mul(one, S::sub(u[1], u[2])),
                S::mul(two, S::sub(u[3], u[4])),
                S::mul(half, S::sub(u[5], u[6])),
            ];
            let mut k = [u[7]; R];
            let mut i = 0;
            while i < R {
                let [at_1, at_2, at_half] = if i % 2 == 0 { even } else { odd };
                let at_1 = if i + 1 == R { S::add(at_1, u[7]) } else { at_1 };
                k[i] = powers::<S>(f64::from(1u32 << i), at_2, at_half, at_1);
                i += 1;
            }
            k[0] = S::sub(k[0], u[0]);
            k
        }
    }
}
