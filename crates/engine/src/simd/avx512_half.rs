//! 256-bit vectors of x86-64 with the registers and masks of AVX-512: for rows of at most eight values, which
//! would leave half of a 512-bit vector empty.
#![allow(unsafe_code)]
// Each function below needs only the features that `enter` turns on, and touches memory as `Simd` states.
#![allow(clippy::undocumented_unsafe_blocks, unsafe_op_in_unsafe_fn)]

use std::arch::x86_64::*;

use super::avx2::Avx2;
use super::scalar::{Kernel, Simd};

#[derive(Clone, Copy)]
pub(crate) struct Avx512Half;

/// # Safety
/// The machine must have the features named in the attribute ([`super::Isa::is_available`]).
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")]
pub(crate) unsafe fn enter<K: Kernel<f32>>(kernel: K) -> K::Output {
    kernel.run::<Avx512Half>()
}

#[inline(always)]
fn mask(n: usize) -> __mmask8 {
    ((1u32 << n) - 1) as __mmask8
}

/// The functions that are AVX2's own.
macro_rules! as_avx2 {
    ($($name:ident($($argument:ident: $type:ty),*) $(-> $output:ty)?;)*) => {$(
        #[inline(always)]
        unsafe fn $name($($argument: $type),*) $(-> $output)? {
            Avx2::$name($($argument),*)
        }
    )*};
}

impl Simd for Avx512Half {
    type T = f32;
    type V = __m256;
    const LANES: usize = 8;
    const REGISTERS: usize = 32;
    const EXACT: bool = false;

    as_avx2! {
        splat(x: f32) -> __m256;
        load(p: *const f32) -> __m256;
        store(p: *mut f32, v: __m256);
        add(a: __m256, b: __m256) -> __m256;
        sub(a: __m256, b: __m256) -> __m256;
        mul(a: __m256, b: __m256) -> __m256;
        div(a: __m256, b: __m256) -> __m256;
        fma(a: __m256, b: __m256, c: __m256) -> __m256;
        max(a: __m256, b: __m256) -> __m256;
        min(a: __m256, b: __m256) -> __m256;
        sqrt(a: __m256) -> __m256;
        round(a: __m256) -> __m256;
        exp2_whole(n: __m256) -> __m256;
        select_gt(a: __m256, b: __m256, yes: __m256, no: __m256) -> __m256;
        select_eq(a: __m256, b: __m256, yes: __m256, no: __m256) -> __m256;
        nonzero(a: __m256) -> u32;
        prefetch(p: *const f32);
        sum(v: __m256) -> f32;
        map(a: __m256, f: impl Fn(f64) -> f64) -> __m256;
    }

    #[inline(always)]
    unsafe fn load_partial(p: *const f32, n: usize) -> __m256 {
        _mm256_maskz_loadu_ps(mask(n), p)
    }
    #[inline(always)]
    unsafe fn store_partial(p: *mut f32, v: __m256, n: usize) {
        _mm256_mask_storeu_ps(p, mask(n), v)
    }
}
