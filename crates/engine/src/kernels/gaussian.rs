//! The diagonal Gaussian posterior: reparameterised sample, KL to N(0, I), and their gradients
//! (Kingma & Welling 2014, appendix B).
#![allow(unsafe_code)]

use super::{get, put, vectors};
use crate::simd::{Kernel, Scalar, Simd, math};

/// z = μ + e^{½ log σ²} ε for one image; returns Σ_j max(λ, KL_j) and Σ_j KL_j with
/// KL_j = −½ (1 + log σ²_j − μ²_j − σ²_j), in nats.
pub(crate) struct Sample<'a, T> {
    pub mean: &'a [T],
    pub log_var: &'a [T],
    pub noise: &'a [T],
    pub z: &'a mut [T],
    /// Free bits λ per dimension, in nats; 0 for none.
    pub free_bits: T,
}

impl<T: Scalar> Kernel<T> for Sample<'_, T> {
    type Output = (f64, f64);

    #[inline(always)]
    unsafe fn run<S: Simd<T = T>>(self) -> (f64, f64) {
        let n = self.z.len();
        assert!(self.mean.len() == n && self.log_var.len() == n && self.noise.len() == n);
        let (m, l, e) = (self.mean.as_ptr(), self.log_var.as_ptr(), self.noise.as_ptr());
        let z = self.z.as_mut_ptr();
        // SAFETY: at + count ≤ n, the length of all four.
        unsafe {
            let half = S::splat(T::from_f64(0.5));
            let free = S::splat(self.free_bits);
            let (mut floored, mut raw) = (S::splat(T::ZERO), S::splat(T::ZERO));
            vectors!(S, n, |at, count| {
                let (mean, log_var) = (get::<S>(m.add(at), count), get::<S>(l.add(at), count));
                let deviation = math::exp::<S>(S::mul(half, log_var));
                put::<S>(z.add(at), S::fma(deviation, get::<S>(e.add(at), count), mean), count);
                let kl = divergence::<S>(mean, log_var, deviation);
                // Lanes behind the end hold μ = log σ² = 0, so KL = 0 there; only λ must be kept out.
                raw = S::add(raw, kl);
                if count == S::LANES {
                    floored = S::add(floored, S::max(free, kl));
                } else {
                    let mut lanes = [T::ZERO; 16];
                    S::store(lanes.as_mut_ptr(), S::max(free, kl));
                    floored = S::add(floored, S::load_partial(lanes.as_ptr(), count));
                }
            });
            (S::sum(floored).to_f64(), S::sum(raw).to_f64())
        }
    }
}

/// Adds the gradients of one image: `mean` and `log_var` receive dL/dμ and dL/d log σ² from dL/dz and from
/// `weight` · Σ_j max(λ, KL_j).
pub(crate) struct SampleBackward<'a, T> {
    pub mean: &'a [T],
    pub log_var: &'a [T],
    pub noise: &'a [T],
    pub dz: &'a [T],
    pub d_mean: &'a mut [T],
    pub d_log_var: &'a mut [T],
    pub free_bits: T,
    pub weight: T,
    /// Adds to the gradients of the image's other samples.
    pub adds: bool,
}

impl<T: Scalar> Kernel<T> for SampleBackward<'_, T> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<S: Simd<T = T>>(self) {
        let n = self.dz.len();
        assert!(self.mean.len() == n && self.log_var.len() == n && self.noise.len() == n);
        assert!(self.d_mean.len() == n && self.d_log_var.len() == n);
        let (m, l, e) = (self.mean.as_ptr(), self.log_var.as_ptr(), self.noise.as_ptr());
        let (dz, dm, dl) = (self.dz.as_ptr(), self.d_mean.as_mut_ptr(), self.d_log_var.as_mut_ptr());
        // SAFETY: at + count ≤ n, the length of all six.
        unsafe {
            let (half, one) = (S::splat(T::from_f64(0.5)), S::splat(T::ONE));
            let (zero, free) = (S::splat(T::ZERO), S::splat(self.free_bits));
            let weight = S::splat(self.weight);
            vectors!(S, n, |at, count| {
                let (mean, log_var) = (get::<S>(m.add(at), count), get::<S>(l.add(at), count));
                let deviation = math::exp::<S>(S::mul(half, log_var));
                let kl = divergence::<S>(mean, log_var, deviation);
                // Without free bits the weight holds everywhere; with them, where KL_j > λ.
                let active =
                    if self.free_bits > T::ZERO { S::select_gt(kl, free, weight, zero) } else { weight };
                let gradient = get::<S>(dz.add(at), count);
                let mut to_mean = S::fma(active, mean, gradient);
                let through_z = S::mul(S::mul(gradient, get::<S>(e.add(at), count)), S::mul(half, deviation));
                let variance = S::mul(deviation, deviation);
                let through_kl = S::mul(S::mul(active, half), S::sub(variance, one));
                let mut to_log_var = S::add(through_z, through_kl);
                if self.adds {
                    to_mean = S::add(get::<S>(dm.add(at), count), to_mean);
                    to_log_var = S::add(get::<S>(dl.add(at), count), to_log_var);
                }
                put::<S>(dm.add(at), to_mean, count);
                put::<S>(dl.add(at), to_log_var, count);
            });
        }
    }
}

/// The gradients of one sample that is weighted by importance: those of `weight` · (ln q(z | x) − ln p(z)) at
/// z = μ + σ ε, and dL/dz, in which its weight is already.
pub(crate) struct ImportanceBackward<'a, T> {
    pub log_var: &'a [T],
    pub noise: &'a [T],
    pub z: &'a [T],
    pub dz: &'a [T],
    pub d_mean: &'a mut [T],
    pub d_log_var: &'a mut [T],
    pub weight: T,
    /// Adds to the gradients of the image's other samples.
    pub adds: bool,
}

impl<T: Scalar> Kernel<T> for ImportanceBackward<'_, T> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<S: Simd<T = T>>(self) {
        let n = self.dz.len();
        assert!(self.log_var.len() == n && self.noise.len() == n && self.z.len() == n);
        assert!(self.d_mean.len() == n && self.d_log_var.len() == n);
        let (l, e, z) = (self.log_var.as_ptr(), self.noise.as_ptr(), self.z.as_ptr());
        let (dz, dm, dl) = (self.dz.as_ptr(), self.d_mean.as_mut_ptr(), self.d_log_var.as_mut_ptr());
        // SAFETY: at + count ≤ n, the length of all six.
        unsafe {
            let (half, weight) = (S::splat(T::from_f64(0.5)), S::splat(self.weight));
            vectors!(S, n, |at, count| {
                // −ln p(z) has the slope z; ln q(z | x) = −½ Σ (ε² + log σ² + ln 2π) depends on log σ² alone.
                let mut to_mean = S::fma(weight, get::<S>(z.add(at), count), get::<S>(dz.add(at), count));
                let deviation = math::exp::<S>(S::mul(half, get::<S>(l.add(at), count)));
                let through_z = S::mul(S::mul(to_mean, get::<S>(e.add(at), count)), S::mul(half, deviation));
                let mut to_log_var = S::sub(through_z, S::mul(weight, half));
                if self.adds {
                    to_mean = S::add(get::<S>(dm.add(at), count), to_mean);
                    to_log_var = S::add(get::<S>(dl.add(at), count), to_log_var);
                }
                put::<S>(dm.add(at), to_mean, count);
                put::<S>(dl.add(at), to_log_var, count);
            });
        }
    }
}

/// ½ (μ² + σ² − 1 − log σ²)
#[inline(always)]
unsafe fn divergence<S: Simd>(mean: S::V, log_var: S::V, deviation: S::V) -> S::V {
    // SAFETY: no memory is touched; the caller runs with S's features.
    unsafe {
        let half = S::splat(S::T::from_f64(0.5));
        let squares = S::fma(mean, mean, S::mul(deviation, deviation));
        S::mul(half, S::sub(S::sub(squares, S::splat(S::T::ONE)), log_var))
    }
}
