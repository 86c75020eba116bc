//! The numbers that the engine computes in, and how each enters a kernel.
#![allow(unsafe_code)]

use super::isa::Isa;
use super::plain::Plain;
use super::scalar::{Kernel, Scalar};
#[cfg(target_arch = "x86_64")]
use super::{avx2, avx512, avx512_half};

impl Scalar for f64 {
    const ZERO: Self = 0.0;
    const ONE: Self = 1.0;

    fn from_f64(value: f64) -> Self {
        value
    }

    fn to_f64(self) -> f64 {
        self
    }

    fn sqrt(self) -> Self {
        f64::sqrt(self)
    }

    #[allow(private_bounds, private_interfaces)]
    fn dispatch<K: Kernel<Self>>(_: Isa, kernel: K) -> K::Output {
        // SAFETY: the plain path needs no features.
        unsafe { kernel.run::<Plain<f64>>() }
    }
}

impl Scalar for f32 {
    const ZERO: Self = 0.0;
    const ONE: Self = 1.0;

    fn from_f64(value: f64) -> Self {
        value as f32
    }

    fn to_f64(self) -> f64 {
        f64::from(self)
    }

    fn sqrt(self) -> Self {
        f32::sqrt(self)
    }

    #[allow(private_bounds, private_interfaces)]
    fn dispatch<K: Kernel<Self>>(isa: Isa, kernel: K) -> K::Output {
        match isa {
            // SAFETY: the guards have just established that the machine has the features.
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512 if isa.is_available() => unsafe { avx512::enter(kernel) },
            #[cfg(target_arch = "x86_64")]
            // SAFETY: as above.
            Isa::Avx2 if isa.is_available() => unsafe { avx2::enter(kernel) },
            #[cfg(target_arch = "aarch64")]
            // SAFETY: every 64-bit Arm has NEON.
            Isa::Neon => unsafe { kernel.run::<super::neon::Neon>() },
            // SAFETY: the plain path needs no features.
            _ => unsafe { kernel.run::<Plain<f32>>() },
        }
    }

    #[cfg(target_arch = "x86_64")]
    #[allow(private_bounds, private_interfaces)]
    fn dispatch_rows<K: Kernel<Self>>(isa: Isa, columns: usize, kernel: K) -> K::Output {
        match isa {
            // SAFETY: the guard has just established that the machine has the features.
            Isa::Avx512 if (2..=8).contains(&columns) && isa.is_available() => unsafe {
                avx512_half::enter(kernel)
            },
            _ => Self::dispatch(isa, kernel),
        }
    }
}
