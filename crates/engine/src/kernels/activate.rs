//! Activation functions and their derivatives over contiguous values.
#![allow(unsafe_code)]

use super::{get, put, vectors};
use crate::simd::{Kernel, Scalar, Simd, math};
use network::Activation;

/// y = act(x), in place: `values` holds x and receives y. Copy first where x must survive.
pub(crate) struct Activate<'a, T> {
    pub activation: Activation,
    pub values: &'a mut [T],
}

impl<T: Scalar> Kernel<T> for Activate<'_, T> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<S: Simd<T = T>>(self) {
        let p = self.values.as_mut_ptr();
        vectors!(S, self.values.len(), |at, count| {
            // SAFETY: at + count ≤ len.
            unsafe {
                let y = value::<S>(self.activation, get::<S>(p.add(at), count));
                put::<S>(p.add(at), y, count);
            }
        });
    }
}

/// dL/dx = dL/dy · act′, in place in `gradient`. `values` is y, or x where
/// [`Activation::keeps_argument`].
pub(crate) struct ActivateBackward<'a, T> {
    pub activation: Activation,
    pub values: &'a [T],
    pub gradient: &'a mut [T],
}

impl<T: Scalar> Kernel<T> for ActivateBackward<'_, T> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<S: Simd<T = T>>(self) {
        assert_eq!(self.values.len(), self.gradient.len());
        let (v, g) = (self.values.as_ptr(), self.gradient.as_mut_ptr());
        vectors!(S, self.values.len(), |at, count| {
            // SAFETY: at + count ≤ len, the same for both.
            unsafe {
                let gradient = get::<S>(g.add(at), count);
                let slope = derivative::<S>(self.activation, get::<S>(v.add(at), count));
                put::<S>(g.add(at), S::mul(gradient, slope), count);
            }
        });
    }
}

#[inline(always)]
pub(super) unsafe fn value<S: Simd>(activation: Activation, x: S::V) -> S::V {
    // SAFETY: no memory is touched; the caller runs with S's features.
    unsafe {
        let (zero, one) = (S::splat(S::T::ZERO), S::splat(S::T::ONE));
        match activation {
            Activation::Linear => x,
            Activation::Relu => S::max(zero, x),
            Activation::LeakyRelu { slope } => {
                let slope = S::splat(S::T::from_f64(f64::from(slope)));
                S::select_gt(x, zero, x, S::mul(x, slope))
            }
            Activation::Elu { alpha } => {
                let alpha = S::splat(S::T::from_f64(f64::from(alpha)));
                S::select_gt(x, zero, x, S::mul(alpha, S::sub(math::exp::<S>(x), one)))
            }
            Activation::Silu => S::mul(x, math::sigmoid::<S>(x)),
            Activation::Gelu => S::mul(x, normal_cdf::<S>(x)),
            Activation::Tanh => math::tanh::<S>(x),
            Activation::Sigmoid => math::sigmoid::<S>(x),
            Activation::Softplus => math::sigmoid_softplus::<S>(x).1,
        }
    }
}

/// act′ from y, or from x where the activation keeps its argument.
#[inline(always)]
unsafe fn derivative<S: Simd>(activation: Activation, x_or_y: S::V) -> S::V {
    // SAFETY: as `value`.
    unsafe {
        let (zero, one) = (S::splat(S::T::ZERO), S::splat(S::T::ONE));
        match activation {
            Activation::Linear => one,
            Activation::Relu => S::select_gt(x_or_y, zero, one, zero),
            Activation::LeakyRelu { slope } => {
                let slope = S::splat(S::T::from_f64(f64::from(slope)));
                S::select_gt(x_or_y, zero, one, slope)
            }
            Activation::Elu { alpha } => {
                let alpha = S::splat(S::T::from_f64(f64::from(alpha)));
                S::select_gt(x_or_y, zero, one, S::add(x_or_y, alpha))
            }
            Activation::Silu => {
                // σ(x) (1 + x (1 − σ(x)))
                let s = math::sigmoid::<S>(x_or_y);
                S::mul(s, S::fma(x_or_y, S::sub(one, s), one))
            }
            Activation::Gelu => {
                // Φ(x) + x φ(x)
                let half = S::splat(S::T::from_f64(-0.5));
                let density = math::exp::<S>(S::mul(half, S::mul(x_or_y, x_or_y)));
                let scale = S::splat(S::T::from_f64(0.398_942_280_401_432_7)); // 1/√2π
                S::fma(S::mul(x_or_y, scale), density, normal_cdf::<S>(x_or_y))
            }
            Activation::Tanh => S::sub(one, S::mul(x_or_y, x_or_y)),
            Activation::Sigmoid => S::mul(x_or_y, S::sub(one, x_or_y)),
            Activation::Softplus => S::sub(one, math::exp::<S>(S::sub(zero, x_or_y))),
        }
    }
}

/// act′ from the argument, whatever [`derivative`] takes.
#[derive(Clone, Copy)]
pub(super) struct Slope {
    activation: Activation,
    is_of_argument: bool,
}

impl Slope {
    pub fn of(activation: Activation) -> Self {
        let is_of_argument = activation.keeps_argument() || activation.leak().is_some();
        Self { activation, is_of_argument }
    }

    #[inline(always)]
    pub unsafe fn at<S: Simd>(self, x: S::V) -> S::V {
        // SAFETY: as `value`.
        unsafe {
            let known = if self.is_of_argument { x } else { value::<S>(self.activation, x) };
            derivative::<S>(self.activation, known)
        }
    }
}

#[inline(always)]
unsafe fn normal_cdf<S: Simd>(x: S::V) -> S::V {
    // SAFETY: as `value`.
    unsafe {
        let half = S::splat(S::T::from_f64(0.5));
        let root = S::splat(S::T::from_f64(std::f64::consts::FRAC_1_SQRT_2));
        S::fma(half, math::erf::<S>(S::mul(x, root)), half)
    }
}
