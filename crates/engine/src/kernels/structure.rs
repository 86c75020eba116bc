//! What structural similarity (Wang et al. 2004) is made of: sums under a window along one side, the similarity of windows
//! from their moments, and its slopes. (The formula is [`network::Ssim`]'s.)
#![allow(unsafe_code)]

use network::{SSIM_CONSTANTS, SSIM_WINDOW};

use super::{get, put, vectors};
use crate::simd::{Kernel, Scalar, Simd};

/// `to[r][i]` = Σ_k `window[k]` · `from[r][i + k · step]` for rows of `len` values.
pub(crate) struct WindowSums<'a, T> {
    pub window: &'a [T; SSIM_WINDOW],
    pub from: &'a [T],
    /// Values from one row to the next, of `from` and of `to`.
    pub pitches: [usize; 2],
    /// Values from one pixel of the window to the next.
    pub step: usize,
    pub rows: usize,
    pub len: usize,
    pub to: &'a mut [T],
}

impl<T: Scalar> Kernel<T> for WindowSums<'_, T> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<S: Simd<T = T>>(self) {
        let Self { window, from, pitches: [from_pitch, to_pitch], step, rows, len, to } = self;
        let last = rows.saturating_sub(1);
        assert!(last * from_pitch + (SSIM_WINDOW - 1) * step + len <= from.len());
        assert!(last * to_pitch + len <= to.len());
        // SAFETY: row ≤ last, k < SSIM_WINDOW and at + count ≤ len, which lie within both by the assertions.
        unsafe {
            let weights: [S::V; SSIM_WINDOW] = window.map(|weight| S::splat(weight));
            for row in 0..rows {
                let (f, t) = (from.as_ptr().add(row * from_pitch), to.as_mut_ptr().add(row * to_pitch));
                vectors!(S, len, |at, count| {
                    let mut sum = S::splat(T::ZERO);
                    for (k, weight) in weights.iter().enumerate() {
                        sum = S::fma(*weight, get::<S>(f.add(at + k * step), count), sum);
                    }
                    put::<S>(t.add(at), sum, count);
                });
            }
        }
    }
}

/// squares = a² + b², cross = a · b
pub(crate) struct SecondMoments<'a, T> {
    pub a: &'a [T],
    pub b: &'a [T],
    pub squares: &'a mut [T],
    pub cross: &'a mut [T],
}

impl<T: Scalar> Kernel<T> for SecondMoments<'_, T> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<S: Simd<T = T>>(self) {
        let n = self.a.len();
        assert!(self.b.len() == n && self.squares.len() == n && self.cross.len() == n);
        let (a, b) = (self.a.as_ptr(), self.b.as_ptr());
        let (s, c) = (self.squares.as_mut_ptr(), self.cross.as_mut_ptr());
        vectors!(S, n, |at, count| {
            // SAFETY: at + count ≤ n, the length of all four.
            unsafe {
                let (a, b) = (get::<S>(a.add(at), count), get::<S>(b.add(at), count));
                put::<S>(s.add(at), S::fma(a, a, S::mul(b, b)), count);
                put::<S>(c.add(at), S::mul(a, b), count);
            }
        });
    }
}

/// Moments of windows, of which `means` of both images, of values from which `shift` was taken; and of their squares' sum
/// and their product.
#[derive(Clone, Copy)]
pub(crate) struct Moments<V> {
    pub means: [V; 2],
    pub squares: V,
    pub cross: V,
}

/// Taken from all values before they are squared: moments of values around 0 cancel less.
pub(crate) const SHIFT: f64 = 0.5;

/// l and c of a window, with what their slopes need.
struct Similarity<V> {
    luminance: V,
    contrast: V,
    means: [V; 2],
    /// μₓ² + μ_y² + C₁ and σₓ² + σ_y² + C₂.
    below: [V; 2],
}

/// # Safety
/// S's features are on.
#[inline(always)]
unsafe fn similarity<S: Simd>(moments: Moments<S::V>) -> Similarity<S::V> {
    // SAFETY: no memory is touched; the caller runs with S's features.
    unsafe {
        let number = |value: f64| S::splat(S::T::from_f64(value));
        let [c_1, c_2] = SSIM_CONSTANTS.map(number);
        let Moments { means: [x, y], squares, cross } = moments;
        let variances = S::sub(S::sub(squares, S::mul(x, x)), S::mul(y, y));
        let covariance = S::sub(cross, S::mul(x, y));
        let contrast_below = S::add(variances, c_2);
        let contrast = S::div(S::fma(number(2.0), covariance, c_2), contrast_below);
        let shift = number(SHIFT);
        let [x, y] = [S::add(x, shift), S::add(y, shift)];
        let luminance_below = S::fma(x, x, S::fma(y, y, c_1));
        let luminance = S::div(S::fma(number(2.0), S::mul(x, y), c_1), luminance_below);
        Similarity { luminance, contrast, means: [x, y], below: [luminance_below, contrast_below] }
    }
}

/// Adds to `sums`, one for each value of a row, S of the windows above each other; c only, where `is_whole` is not.
pub(crate) struct SimilaritySums<'a, T> {
    pub moments: Moments<&'a [T]>,
    pub is_whole: bool,
    pub sums: &'a mut [T],
}

impl<T: Scalar> Kernel<T> for SimilaritySums<'_, T> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<S: Simd<T = T>>(self) {
        let Moments { means: [x, y], squares, cross } = self.moments;
        let (n, len) = (x.len(), self.sums.len());
        assert!(y.len() == n && squares.len() == n && cross.len() == n && n.is_multiple_of(len));
        for first in (0..n).step_by(len) {
            let [x, y, s, c] = [x, y, squares, cross].map(|values| values[first..][..len].as_ptr());
            let sums = self.sums.as_mut_ptr();
            vectors!(S, len, |at, count| {
                // SAFETY: at + count ≤ len, the length of all five.
                unsafe {
                    let means = [get::<S>(x.add(at), count), get::<S>(y.add(at), count)];
                    let (squares, cross) = (get::<S>(s.add(at), count), get::<S>(c.add(at), count));
                    let found = similarity::<S>(Moments { means, squares, cross });
                    let value = match self.is_whole {
                        true => S::mul(found.luminance, found.contrast),
                        false => found.contrast,
                    };
                    put::<S>(sums.add(at), S::add(get::<S>(sums.add(at), count), value), count);
                }
            });
        }
    }
}

/// Puts in the place of moments the slopes with respect to them: of the mean of the first image (with all that follows
/// from it), of the squares and of the product; each times its row's `weights`.
pub(crate) struct SimilaritySlopes<'a, T> {
    pub first_mean: &'a mut [T],
    pub second_mean: &'a [T],
    pub squares: &'a mut [T],
    pub cross: &'a mut [T],
    pub is_whole: bool,
    pub weights: &'a [T],
}

impl<T: Scalar> Kernel<T> for SimilaritySlopes<'_, T> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<S: Simd<T = T>>(self) {
        let (n, len) = (self.first_mean.len(), self.weights.len());
        assert!(self.second_mean.len() == n && self.squares.len() == n && self.cross.len() == n);
        assert!(n.is_multiple_of(len));
        let w = self.weights.as_ptr();
        for first in (0..n).step_by(len) {
            let x = self.first_mean[first..][..len].as_mut_ptr();
            let y = self.second_mean[first..][..len].as_ptr();
            let s = self.squares[first..][..len].as_mut_ptr();
            let c = self.cross[first..][..len].as_mut_ptr();
            vectors!(S, len, |at, count| {
                // SAFETY: at + count ≤ len, the length of all five.
                unsafe {
                    let weight = get::<S>(w.add(at), count);
                    let means = [get::<S>(x.add(at), count), get::<S>(y.add(at), count)];
                    let (squares, cross) = (get::<S>(s.add(at), count), get::<S>(c.add(at), count));
                    let found = similarity::<S>(Moments { means, squares, cross });
                    let (one, two) = (S::splat(T::ONE), S::splat(T::from_f64(2.0)));
                    let outer = if self.is_whole { found.luminance } else { one };
                    let part = S::div(S::mul(weight, outer), found.below[1]);
                    let by_cross = S::mul(two, part);
                    let by_squares = S::mul(S::sub(S::splat(T::ZERO), found.contrast), part);
                    // σₓ² = E x² − μₓ² and σₓ_y = E x y − μₓ μ_y, of the shifted means.
                    let mut by_mean = S::sub(S::splat(T::ZERO), S::mul(by_cross, means[1]));
                    by_mean = S::sub(by_mean, S::mul(S::mul(two, by_squares), means[0]));
                    if self.is_whole {
                        let rise = S::sub(found.means[1], S::mul(found.luminance, found.means[0]));
                        let of_luminance = S::div(S::mul(two, rise), found.below[0]);
                        by_mean = S::fma(S::mul(weight, found.contrast), of_luminance, by_mean);
                    }
                    put::<S>(x.add(at), by_mean, count);
                    put::<S>(s.add(at), by_squares, count);
                    put::<S>(c.add(at), by_cross, count);
                }
            });
        }
    }
}

/// out += by_mean + 2 x by_squares + y by_cross
pub(crate) struct AddSlopes<'a, T> {
    pub x: &'a [T],
    pub y: &'a [T],
    pub by_mean: &'a [T],
    pub by_squares: &'a [T],
    pub by_cross: &'a [T],
    pub out: &'a mut [T],
}

impl<T: Scalar> Kernel<T> for AddSlopes<'_, T> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<S: Simd<T = T>>(self) {
        let n = self.out.len();
        let all = [self.x, self.y, self.by_mean, self.by_squares, self.by_cross];
        assert!(all.iter().all(|values| values.len() == n));
        let ([x, y, m, s, c], o) = (all.map(<[T]>::as_ptr), self.out.as_mut_ptr());
        vectors!(S, n, |at, count| {
            // SAFETY: at + count ≤ n, the length of all six.
            unsafe {
                let x = get::<S>(x.add(at), count);
                let sum = S::add(get::<S>(o.add(at), count), get::<S>(m.add(at), count));
                let sum = S::fma(S::add(x, x), get::<S>(s.add(at), count), sum);
                let sum = S::fma(get::<S>(y.add(at), count), get::<S>(c.add(at), count), sum);
                put::<S>(o.add(at), sum, count);
            }
        });
    }
}
