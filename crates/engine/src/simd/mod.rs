//! One vector interface, several instruction sets, chosen at run time.
//!
//! A kernel is written once over [`Simd`] and compiled for every set by [`Scalar::dispatch`], which enters it
//! through a function that has the set's target features enabled. `f32` has AVX-512, AVX2 + FMA, NEON and a
//! plain path; `f64` has the plain path only and serves as the reference in tests.
//!
//! The widest set that the machine has is taken; `LATENTLAB_ISA=avx2` (or `plain`, …) forces another. With AVX-512, rows of
//! two to eight values run on vectors of half the length, which they fill.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(target_arch = "x86_64")]
mod avx512_half;
mod dispatch;
mod isa;
pub(crate) mod math;
#[cfg(target_arch = "aarch64")]
mod neon;
mod plain;
mod scalar;

pub use isa::{Isa, IsaError};
pub use scalar::Scalar;
pub(crate) use scalar::{Kernel, Simd};
