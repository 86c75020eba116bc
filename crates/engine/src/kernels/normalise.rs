//! What all normalisations are made of: sums of a channel over pixels, y = act(a x + b) with a and b of each channel, and
//! the way back; and the normalisation of single pixels over their channels.
#![allow(unsafe_code)]

use super::activate::{Slope, value};
use super::{get, put, vectors};
use crate::simd::{Kernel, Scalar, Simd};
use network::Activation;

/// Vectors of channels that are worked on together.
const TOGETHER: usize = 4;

/// Runs `$body` for blocks of channels: `$first` is the first channel, `$K` the number of whole vectors, or, where the
/// channels end within a vector, of which one is partial, `$count` the values of the last one.
macro_rules! channel_blocks {
    ($S:ty, $n:expr, |$first:ident, $count:ident, $K:ident| $body:block) => {
        let n = $n;
        let mut $first = 0;
        while $first + TOGETHER * <$S>::LANES <= n {
            const $K: usize = TOGETHER;
            let $count = <$S>::LANES;
            $body
            $first += TOGETHER * <$S>::LANES;
        }
        while $first < n {
            const $K: usize = 1;
            let $count = (n - $first).min(<$S>::LANES);
            $body
            $first += <$S>::LANES;
        }
    };
}

/// `sums[c] += Σ_pixel (values[pixel · n + c] − centre[c])²`
pub(crate) struct AddColumnSquares<'a, T> {
    pub values: &'a [T],
    pub centre: &'a [T],
    pub sums: &'a mut [T],
}

impl<T: Scalar> Kernel<T> for AddColumnSquares<'_, T> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<S: Simd<T = T>>(self) {
        let n = self.sums.len();
        assert!(self.centre.len() == n && self.values.len().is_multiple_of(n));
        let pixels = self.values.len() / n;
        let (v, m, o) = (self.values.as_ptr(), self.centre.as_ptr(), self.sums.as_mut_ptr());
        channel_blocks!(S, n, |first, count, K| {
            // SAFETY: pixel · n + first + K vectors, the last of `count` values, end at or before len; so for n values.
            unsafe {
                let (mut sums, mut means) = ([S::splat(T::ZERO); K], [S::splat(T::ZERO); K]);
                for i in 0..K {
                    sums[i] = get::<S>(o.add(first + i * S::LANES), count);
                    means[i] = get::<S>(m.add(first + i * S::LANES), count);
                }
                for pixel in 0..pixels {
                    for i in 0..K {
                        let x = get::<S>(v.add(pixel * n + first + i * S::LANES), count);
                        let d = S::sub(x, means[i]);
                        sums[i] = S::fma(d, d, sums[i]);
                    }
                }
                for (i, sum) in sums.iter().enumerate() {
                    put::<S>(o.add(first + i * S::LANES), *sum, count);
                }
            }
        });
    }
}

/// y = act(a[c] x + b[c]) for every pixel.
pub(crate) struct ScaleShift<'a, T> {
    pub x: &'a [T],
    pub scale: &'a [T],
    pub shift: &'a [T],
    pub activation: Activation,
    pub y: &'a mut [T],
}

impl<T: Scalar> Kernel<T> for ScaleShift<'_, T> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<S: Simd<T = T>>(self) {
        let n = self.scale.len();
        assert!(self.shift.len() == n && self.x.len() == self.y.len() && self.x.len().is_multiple_of(n));
        let pixels = self.x.len() / n;
        let (x, y) = (self.x.as_ptr(), self.y.as_mut_ptr());
        let (a, b) = (self.scale.as_ptr(), self.shift.as_ptr());
        channel_blocks!(S, n, |first, count, K| {
            // SAFETY: as in `AddColumnSquares`.
            unsafe {
                let (mut scale, mut shift) = ([S::splat(T::ZERO); K], [S::splat(T::ZERO); K]);
                for i in 0..K {
                    scale[i] = get::<S>(a.add(first + i * S::LANES), count);
                    shift[i] = get::<S>(b.add(first + i * S::LANES), count);
                }
                for pixel in 0..pixels {
                    for i in 0..K {
                        let at = pixel * n + first + i * S::LANES;
                        let argument = S::fma(scale[i], get::<S>(x.add(at), count), shift[i]);
                        put::<S>(y.add(at), value::<S>(self.activation, argument), count);
                    }
                }
            }
        });
    }
}

/// The way back through the activation, and the sums that the rest of the way needs: `gradient` becomes
/// g = dL/dy · act′(a x + b); `sums[c] += Σ g`, `products[c] += Σ g · (x − centre[c])`.
pub(crate) struct ScaleShiftSums<'a, T> {
    pub x: &'a [T],
    pub scale: &'a [T],
    pub shift: &'a [T],
    pub centre: &'a [T],
    pub activation: Activation,
    pub gradient: &'a mut [T],
    pub sums: &'a mut [T],
    pub products: &'a mut [T],
}

impl<T: Scalar> Kernel<T> for ScaleShiftSums<'_, T> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<S: Simd<T = T>>(self) {
        let n = self.scale.len();
        assert!(self.x.len() == self.gradient.len() && self.x.len().is_multiple_of(n));
        assert!([self.shift.len(), self.centre.len(), self.sums.len(), self.products.len()] == [n; 4]);
        let pixels = self.x.len() / n;
        let (x, g) = (self.x.as_ptr(), self.gradient.as_mut_ptr());
        let (a, b, m) = (self.scale.as_ptr(), self.shift.as_ptr(), self.centre.as_ptr());
        let (s, p) = (self.sums.as_mut_ptr(), self.products.as_mut_ptr());
        // SAFETY: pixel · n + first + count ≤ len; first + count ≤ n, the length of all others.
        unsafe {
            let (linear, slope_of) = (self.activation == Activation::Linear, Slope::of(self.activation));
            vectors!(S, n, |first, count| {
                let (scale, shift) = (get::<S>(a.add(first), count), get::<S>(b.add(first), count));
                let centre = get::<S>(m.add(first), count);
                let (mut sum, mut product) = (get::<S>(s.add(first), count), get::<S>(p.add(first), count));
                for pixel in 0..pixels {
                    let at = pixel * n + first;
                    let x = get::<S>(x.add(at), count);
                    let mut slope = get::<S>(g.add(at), count);
                    if !linear {
                        let argument = S::fma(scale, x, shift);
                        slope = S::mul(slope, slope_of.at::<S>(argument));
                        put::<S>(g.add(at), slope, count);
                    }
                    sum = S::add(sum, slope);
                    product = S::fma(slope, S::sub(x, centre), product);
                }
                put::<S>(s.add(first), sum, count);
                put::<S>(p.add(first), product, count);
            });
        }
    }
}

/// `out = a[c] g + b[c] x + d[c]` for every pixel, or `out +=` that.
pub(crate) struct Combine<'a, T> {
    pub gradient: &'a [T],
    pub x: &'a [T],
    /// a, b, d
    pub factors: [&'a [T]; 3],
    pub adds: bool,
    pub out: &'a mut [T],
}

impl<T: Scalar> Kernel<T> for Combine<'_, T> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<S: Simd<T = T>>(self) {
        let n = self.factors[0].len();
        assert!(self.factors.iter().all(|factor| factor.len() == n) && self.x.len().is_multiple_of(n));
        assert!(self.x.len() == self.gradient.len() && self.x.len() == self.out.len());
        let pixels = self.x.len() / n;
        let (g, x, o) = (self.gradient.as_ptr(), self.x.as_ptr(), self.out.as_mut_ptr());
        let [a, b, d] = self.factors.map(<[T]>::as_ptr);
        // SAFETY: as in `ScaleShiftSums`.
        unsafe {
            vectors!(S, n, |first, count| {
                let (a, b) = (get::<S>(a.add(first), count), get::<S>(b.add(first), count));
                let d = get::<S>(d.add(first), count);
                for pixel in 0..pixels {
                    let at = pixel * n + first;
                    let mut value = S::fma(b, get::<S>(x.add(at), count), d);
                    value = S::fma(a, get::<S>(g.add(at), count), value);
                    if self.adds {
                        value = S::add(get::<S>(o.add(at), count), value);
                    }
                    put::<S>(o.add(at), value, count);
                }
            });
        }
    }
}

/// y = act(γ x̂ + β) of every pixel, whose channels have mean 0 and variance 1 in x̂. Leaves mean and 1 / √(variance + ε)
/// of each.
pub(crate) struct NormalisePixels<'a, T> {
    pub x: &'a [T],
    pub gamma: &'a [T],
    pub beta: &'a [T],
    pub epsilon: T,
    pub activation: Activation,
    /// Two for each pixel.
    pub moments: &'a mut [T],
    pub y: &'a mut [T],
}

impl<T: Scalar> Kernel<T> for NormalisePixels<'_, T> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<S: Simd<T = T>>(self) {
        let n = self.gamma.len();
        assert!(self.beta.len() == n && self.x.len() == self.y.len() && self.x.len().is_multiple_of(n));
        let pixels = self.x.len() / n;
        assert!(self.moments.len() == 2 * pixels);
        let count_of = T::from_f64(n as f64);
        let (gamma, beta) = (self.gamma.as_ptr(), self.beta.as_ptr());
        for (pixel, moments) in self.moments.chunks_exact_mut(2).enumerate() {
            let (x, y) = (self.x[pixel * n..].as_ptr(), self.y[pixel * n..].as_mut_ptr());
            // SAFETY: at + count ≤ n values of the pixel, of γ and of β.
            unsafe {
                let mut sum = S::splat(T::ZERO);
                vectors!(S, n, |at, count| {
                    sum = S::add(sum, get::<S>(x.add(at), count));
                });
                let mean = S::sum(sum) / count_of;
                let centre = S::splat(mean);
                let mut squares = S::splat(T::ZERO);
                vectors!(S, n, |at, count| {
                    let d = masked::<S>(S::sub(get::<S>(x.add(at), count), centre), count);
                    squares = S::fma(d, d, squares);
                });
                let scale = T::ONE / (S::sum(squares) / count_of + self.epsilon).sqrt();
                (moments[0], moments[1]) = (mean, scale);
                let scale = S::splat(scale);
                vectors!(S, n, |at, count| {
                    let normal = S::mul(S::sub(get::<S>(x.add(at), count), centre), scale);
                    let argument =
                        S::fma(get::<S>(gamma.add(at), count), normal, get::<S>(beta.add(at), count));
                    put::<S>(y.add(at), value::<S>(self.activation, argument), count);
                });
            }
        }
    }
}

/// The way back of [`NormalisePixels`]: `gradient` becomes that of the activation's argument, `d_gamma` and `d_beta` are
/// added to.
pub(crate) struct NormalisePixelsBackward<'a, T> {
    pub x: &'a [T],
    pub gamma: &'a [T],
    pub beta: &'a [T],
    pub activation: Activation,
    pub moments: &'a [T],
    pub gradient: &'a mut [T],
    pub d_gamma: &'a mut [T],
    pub d_beta: &'a mut [T],
    /// Gradient with respect to x, and whether it is added to what is there.
    pub dx: Option<(&'a mut [T], bool)>,
}

impl<T: Scalar> Kernel<T> for NormalisePixelsBackward<'_, T> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<S: Simd<T = T>>(self) {
        let n = self.gamma.len();
        assert!([self.beta.len(), self.d_gamma.len(), self.d_beta.len()] == [n; 3]);
        assert!(self.x.len() == self.gradient.len() && self.x.len().is_multiple_of(n));
        let pixels = self.x.len() / n;
        assert!(self.moments.len() == 2 * pixels);
        let count_of = T::from_f64(n as f64);
        let mut dx = self.dx;
        assert!(dx.as_ref().is_none_or(|(dx, _)| dx.len() == self.x.len()));
        let (gamma, beta) = (self.gamma.as_ptr(), self.beta.as_ptr());
        let (d_gamma, d_beta) = (self.d_gamma.as_mut_ptr(), self.d_beta.as_mut_ptr());
        let slope_of = Slope::of(self.activation);
        for (pixel, moments) in self.moments.chunks_exact(2).enumerate() {
            let (x, g) = (self.x[pixel * n..].as_ptr(), self.gradient[pixel * n..].as_mut_ptr());
            // SAFETY: at + count ≤ n values of the pixel, of γ, β and their gradients.
            unsafe {
                let (centre, scale) = (S::splat(moments[0]), S::splat(moments[1]));
                let (mut sum, mut product) = (S::splat(T::ZERO), S::splat(T::ZERO));
                vectors!(S, n, |at, count| {
                    let normal =
                        masked::<S>(S::mul(S::sub(get::<S>(x.add(at), count), centre), scale), count);
                    let own = get::<S>(gamma.add(at), count);
                    let argument = S::fma(own, normal, get::<S>(beta.add(at), count));
                    let slope = S::mul(get::<S>(g.add(at), count), slope_of.at::<S>(argument));
                    let slope = masked::<S>(slope, count);
                    put::<S>(g.add(at), slope, count);
                    let total = S::fma(slope, normal, get::<S>(d_gamma.add(at), count));
                    put::<S>(d_gamma.add(at), total, count);
                    put::<S>(d_beta.add(at), S::add(get::<S>(d_beta.add(at), count), slope), count);
                    let through = S::mul(slope, own);
                    sum = S::add(sum, through);
                    product = S::fma(through, normal, product);
                });
                let Some((dx, adds)) = &mut dx else { continue };
                let out = dx[pixel * n..].as_mut_ptr();
                let (mean, slope) = (S::splat(S::sum(sum) / count_of), S::splat(S::sum(product) / count_of));
                vectors!(S, n, |at, count| {
                    let normal = S::mul(S::sub(get::<S>(x.add(at), count), centre), scale);
                    let through = S::mul(get::<S>(g.add(at), count), get::<S>(gamma.add(at), count));
                    let rest = S::sub(S::sub(through, mean), S::mul(normal, slope));
                    let mut value = S::mul(scale, rest);
                    if *adds {
                        value = S::add(get::<S>(out.add(at), count), value);
                    }
                    put::<S>(out.add(at), value, count);
                });
            }
        }
    }
}

/// The first `count` lanes, and 0 behind them.
#[inline(always)]
unsafe fn masked<S: Simd>(v: S::V, count: usize) -> S::V {
    if count == S::LANES {
        return v;
    }
    let mut lanes = [S::T::ZERO; 16];
    // SAFETY: 16 is the largest LANES, and the buffer is ours.
    unsafe {
        S::store(lanes.as_mut_ptr(), v);
        S::load_partial(lanes.as_ptr(), count)
    }
}
