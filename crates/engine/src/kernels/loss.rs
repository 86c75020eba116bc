//! Reconstruction losses of one run of values: the sum, and the gradient with respect to the output.
#![allow(unsafe_code)]

use super::penalty::{Magnitude, Penalty};
use super::{get, put, vectors};
use crate::simd::{Kernel, Scalar, Simd, math};

/// Which loss, with what it needs per call.
#[derive(Clone, Copy, Debug)]
pub(crate) enum PixelLoss<T> {
    /// ln(1 + eˡ) − t l: the cross-entropy of Bernoulli(σ(l)) at t, from the logit l
    Bce,
    /// (y − t)²
    SquaredError,
    /// ½ ((t − y) / σ)²; the constants are added by the caller
    Gaussian { precision: T },
    /// |y − t|
    L1,
    /// √((y − t)² + ε²), with ε²
    Charbonnier { square: T },
}

/// Σ loss over the values; `gradient` receives `scale` · dloss/doutput.
pub(crate) struct LossAndGradient<'a, T> {
    pub loss: PixelLoss<T>,
    pub output: &'a [T],
    pub target: &'a [T],
    pub gradient: Option<&'a mut [T]>,
    pub scale: T,
}

impl<T: Scalar> Kernel<T> for LossAndGradient<'_, T> {
    type Output = f64;

    #[inline(always)]
    unsafe fn run<S: Simd<T = T>>(self) -> f64 {
        assert_eq!(self.output.len(), self.target.len());
        let (y, t) = (self.output.as_ptr(), self.target.as_ptr());
        let g = self.gradient.map(|gradient| {
            assert_eq!(gradient.len(), self.output.len());
            gradient.as_mut_ptr()
        });
        // SAFETY: at + count ≤ len, the same for all.
        unsafe {
            let scale = S::splat(self.scale);
            let mut sum = S::splat(T::ZERO);
            vectors!(S, self.output.len(), |at, count| {
                let (output, target) = (get::<S>(y.add(at), count), get::<S>(t.add(at), count));
                let difference = S::sub(output, target);
                let (value, slope) = match self.loss {
                    PixelLoss::Bce => {
                        let (sigmoid, softplus) = math::sigmoid_softplus::<S>(output);
                        (S::sub(softplus, S::mul(target, output)), S::sub(sigmoid, target))
                    }
                    PixelLoss::SquaredError => {
                        (S::mul(difference, difference), S::add(difference, difference))
                    }
                    PixelLoss::Gaussian { precision } => {
                        let slope = S::mul(S::splat(precision), difference);
                        let half = S::splat(T::from_f64(0.5));
                        (S::mul(S::mul(half, slope), difference), slope)
                    }
                    PixelLoss::L1 => {
                        let one = S::splat(T::ONE);
                        (Magnitude::value::<S>(difference), Magnitude::slope::<S>(difference, one))
                    }
                    PixelLoss::Charbonnier { square } => {
                        let root = S::sqrt(S::fma(difference, difference, S::splat(square)));
                        (root, S::div(difference, root))
                    }
                };
                if count == S::LANES {
                    sum = S::add(sum, value);
                } else {
                    // Lanes behind the end are not 0 for every loss.
                    let mut lanes = [T::ZERO; 16];
                    S::store(lanes.as_mut_ptr(), value);
                    sum = S::add(sum, S::load_partial(lanes.as_ptr(), count));
                }
                if let Some(g) = g {
                    put::<S>(g.add(at), S::mul(scale, slope), count);
                }
            });
            S::sum(sum).to_f64()
        }
    }
}
