//! Elementary functions on vectors, built from the operations of [`Simd`].
//!
//! In `f32` against f64 (tested below): `exp` ≤ 2 · 10⁻⁷ relative over [−87, 88], clamped outside;
//! `ln_1p` ≤ 2 · 10⁻⁷ over [0, 1]; `tanh` ≤ 4 · 10⁻⁷ relative; `erf` ≤ 5 · 10⁻⁷ absolute. On the reference path (`f64`) they are the
//! exact library functions.
#![allow(unsafe_code)]

use super::scalar::{Scalar, Simd};

#[inline(always)]
unsafe fn constant<S: Simd>(x: f64) -> S::V {
    // SAFETY: no memory is touched; the caller runs with S's features.
    unsafe { S::splat(S::T::from_f64(x)) }
}

/// c₀ xⁿ + … + cₙ by Horner's rule.
#[inline(always)]
unsafe fn polynomial<S: Simd, const N: usize>(x: S::V, coefficients: [f64; N]) -> S::V {
    // SAFETY: as `constant`.
    unsafe {
        let mut p = constant::<S>(coefficients[0]);
        let mut i = 1;
        while i < N {
            p = S::fma(p, x, constant::<S>(coefficients[i]));
            i += 1;
        }
        p
    }
}

/// eˣ. Arguments outside [−87.3, 88.3] are clamped to it (in `f32`).
#[inline(always)]
pub(crate) unsafe fn exp<S: Simd>(x: S::V) -> S::V {
    // SAFETY: as `constant`.
    unsafe {
        if S::EXACT {
            return S::map(x, f64::exp);
        }
        // The second operand wins where x is NaN, so NaN stays visible.
        let x = S::min(constant::<S>(88.3), S::max(constant::<S>(-87.3), x));
        let n = S::round(S::mul(x, constant::<S>(std::f64::consts::LOG2_E)));
        // r = x − n ln 2, in two parts (Cody–Waite)
        let r = S::fma(n, constant::<S>(-0.693_359_375), x);
        let r = S::fma(n, constant::<S>(2.121_944_4e-4), r);
        let p = polynomial::<S, 6>(
            r,
            [
                1.987_569_15e-4,
                1.398_199_95e-3,
                8.333_451_9e-3,
                4.166_579_6e-2,
                1.666_666_55e-1,
                5.000_000_1e-1,
            ],
        );
        let p = S::add(S::fma(p, S::mul(r, r), r), constant::<S>(1.0));
        S::mul(p, S::exp2_whole(n))
    }
}

/// ln(1 + x) for x in [0, 1]: x times the polynomial through the logarithm's quotient at Chebyshev's points.
#[inline(always)]
unsafe fn ln_1p<S: Simd>(x: S::V) -> S::V {
    // SAFETY: as `constant`.
    unsafe {
        if S::EXACT {
            return S::map(x, f64::ln_1p);
        }
        let p = polynomial::<S, 10>(
            x,
            [
                -3.176_057_1e-3,
                1.954_252_7e-2,
                -5.637_361_4e-2,
                1.054_362_4e-1,
                -1.526_966_7e-1,
                1.966_327_4e-1,
                -2.495_161_6e-1,
                3.332_971_0e-1,
                -4.999_989_3e-1,
                9.999_999_9e-1,
            ],
        );
        S::mul(x, p)
    }
}

/// 1 / (1 + e⁻ˣ).
#[inline(always)]
pub(crate) unsafe fn sigmoid<S: Simd>(x: S::V) -> S::V {
    // SAFETY: as `constant`.
    unsafe {
        let one = constant::<S>(1.0);
        S::div(one, S::add(one, exp::<S>(S::sub(constant::<S>(0.0), x))))
    }
}

/// (σ(x), ln(1 + eˣ)) for the price of one exponential, without overflow.
#[inline(always)]
pub(crate) unsafe fn sigmoid_softplus<S: Simd>(x: S::V) -> (S::V, S::V) {
    // SAFETY: as `constant`.
    unsafe {
        let (zero, one) = (constant::<S>(0.0), constant::<S>(1.0));
        let positive = S::max(zero, x);
        let magnitude = S::max(S::sub(zero, x), x);
        let e = exp::<S>(S::sub(zero, magnitude)); // e^−|x|, in (0, 1]
        let sum = S::add(one, e);
        let large = S::div(one, sum); // σ(|x|)
        let softplus = ln_1p::<S>(e);
        let sigmoid = S::select_gt(x, zero, large, S::mul(e, large));
        (sigmoid, S::add(positive, softplus))
    }
}

/// tanh x.
#[inline(always)]
pub(crate) unsafe fn tanh<S: Simd>(x: S::V) -> S::V {
    // SAFETY: as `constant`.
    unsafe {
        if S::EXACT {
            return S::map(x, f64::tanh);
        }
        // Near 0 the quotient cancels, so a polynomial (Cephes `tanhf`) takes over.
        let z = S::mul(x, x);
        let p = polynomial::<S, 5>(
            z,
            [-5.704_988_7e-3, 2.063_908_9e-2, -5.373_971_6e-2, 1.333_144_2e-1, -3.333_328_2e-1],
        );
        let small = S::fma(S::mul(p, z), x, x);
        let large = sigmoid::<S>(S::add(x, x));
        let large = S::fma(large, constant::<S>(2.0), constant::<S>(-1.0));
        S::select_gt(constant::<S>(0.39), z, small, large)
    }
}

/// The error function (Abramowitz & Stegun 7.1.26).
#[inline(always)]
pub(crate) unsafe fn erf<S: Simd>(x: S::V) -> S::V {
    // SAFETY: as `constant`.
    unsafe {
        if S::EXACT {
            return S::map(x, libm::erf);
        }
        let zero = constant::<S>(0.0);
        let magnitude = S::max(S::sub(zero, x), x);
        let t = S::div(constant::<S>(1.0), S::fma(magnitude, constant::<S>(0.327_591_1), constant::<S>(1.0)));
        let p = polynomial::<S, 5>(
            t,
            [1.061_405_429, -1.453_152_027, 1.421_413_741, -0.284_496_736, 0.254_829_592],
        );
        let e = exp::<S>(S::sub(zero, S::mul(x, x)));
        let value = S::sub(constant::<S>(1.0), S::mul(S::mul(p, t), e));
        S::select_gt(zero, x, S::sub(zero, value), value)
    }
}

#[cfg(test)]
mod tests {
    use super::super::isa::Isa;
    use super::super::scalar::Kernel;
    use super::*;

    #[derive(Clone, Copy)]
    enum Function {
        Exp,
        Ln1p,
        Sigmoid,
        Softplus,
        Tanh,
        Erf,
    }

    struct Application(Function, f32);

    impl Kernel<f32> for Application {
        type Output = f32;
        #[inline(always)]
        unsafe fn run<S: Simd<T = f32>>(self) -> f32 {
            // SAFETY: `dispatch` enters with S's features; the buffer holds 16 ≥ LANES values.
            unsafe {
                let x = S::splat(self.1);
                let y = match self.0 {
                    Function::Exp => exp::<S>(x),
                    Function::Ln1p => ln_1p::<S>(x),
                    Function::Sigmoid => sigmoid::<S>(x),
                    Function::Softplus => sigmoid_softplus::<S>(x).1,
                    Function::Tanh => tanh::<S>(x),
                    Function::Erf => erf::<S>(x),
                };
                let mut out = [0.0; 16];
                S::store(out.as_mut_ptr(), y);
                out[0]
            }
        }
    }

    /// The worst error over a sweep, relative to `scale(exact)`.
    fn worst(function: Function, range: (f64, f64), exact: fn(f64) -> f64, scale: fn(f64) -> f64) {
        let bound = match function {
            Function::Erf => 5e-7,
            Function::Tanh => 4e-7,
            _ => 2e-7,
        };
        for isa in Isa::available() {
            for i in 0..=40_000 {
                let x = (range.0 + (range.1 - range.0) * f64::from(i) / 40_000.0) as f32;
                let (got, want) =
                    (f64::from(f32::dispatch(isa, Application(function, x))), exact(f64::from(x)));
                let error = (got - want).abs() / scale(want);
                assert!(error <= bound, "{isa}: f({x}) = {got}, exactly {want}: error {error:e}");
            }
        }
    }

    #[test]
    fn elementary_functions_stay_within_their_stated_bounds() {
        worst(Function::Exp, (-87.0, 88.0), f64::exp, |y| y);
        worst(Function::Ln1p, (0.0, 1.0), f64::ln_1p, |_| 1.0);
        worst(Function::Sigmoid, (-30.0, 30.0), |x| 1.0 / (1.0 + (-x).exp()), |_| 1.0);
        worst(Function::Softplus, (-60.0, 60.0), |x| x.max(0.0) + (-x.abs()).exp().ln_1p(), |y| y.max(1.0));
        worst(Function::Tanh, (-12.0, 12.0), f64::tanh, |y| y.abs().max(1e-30));
        worst(Function::Erf, (-5.0, 5.0), libm::erf, |_| 1.0);
    }
}
