//! 256-bit vectors of x86-64 with fused multiply-add.
#![allow(unsafe_code)]
// Each function below needs only the features that `enter` turns on, and touches memory as `Simd` states.
#![allow(clippy::undocumented_unsafe_blocks, unsafe_op_in_unsafe_fn)]

use std::arch::x86_64::*;

use super::scalar::{Kernel, Simd};

#[derive(Clone, Copy)]
pub(crate) struct Avx2;

/// # Safety
/// The machine must have the features named in the attribute ([`super::Isa::is_available`]).
#[target_feature(enable = "avx2,fma")]
pub(crate) unsafe fn enter<K: Kernel<f32>>(kernel: K) -> K::Output {
    kernel.run::<Avx2>()
}

/// The first n lanes all ones.
#[inline(always)]
unsafe fn mask(n: usize) -> __m256i {
    let lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    _mm256_cmpgt_epi32(_mm256_set1_epi32(n as i32), lane)
}

/// Halves onto each other, down to one lane: the tree of [`Simd::sum`]'s default.
#[inline(always)]
pub(super) unsafe fn sum(v: __m256) -> f32 {
    let v = _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps::<1>(v));
    let v = _mm_add_ps(v, _mm_movehl_ps(v, v));
    _mm_cvtss_f32(_mm_add_ss(v, _mm_shuffle_ps::<1>(v, v)))
}

impl Simd for Avx2 {
    type T = f32;
    type V = __m256;
    const LANES: usize = 8;
    const REGISTERS: usize = 16;
    const EXACT: bool = false;

    #[inline(always)]
    unsafe fn splat(x: f32) -> __m256 {
        _mm256_set1_ps(x)
    }
    #[inline(always)]
    unsafe fn load(p: *const f32) -> __m256 {
        _mm256_loadu_ps(p)
    }
    #[inline(always)]
    unsafe fn load_partial(p: *const f32, n: usize) -> __m256 {
        _mm256_maskload_ps(p, mask(n))
    }
    #[inline(always)]
    unsafe fn store(p: *mut f32, v: __m256) {
        _mm256_storeu_ps(p, v)
    }
    #[inline(always)]
    unsafe fn store_partial(p: *mut f32, v: __m256, n: usize) {
        _mm256_maskstore_ps(p, mask(n), v)
    }
    #[inline(always)]
    unsafe fn add(a: __m256, b: __m256) -> __m256 {
        _mm256_add_ps(a, b)
    }
    #[inline(always)]
    unsafe fn sub(a: __m256, b: __m256) -> __m256 {
        _mm256_sub_ps(a, b)
    }
    #[inline(always)]
    unsafe fn mul(a: __m256, b: __m256) -> __m256 {
        _mm256_mul_ps(a, b)
    }
    #[inline(always)]
    unsafe fn div(a: __m256, b: __m256) -> __m256 {
        _mm256_div_ps(a, b)
    }
    #[inline(always)]
    unsafe fn fma(a: __m256, b: __m256, c: __m256) -> __m256 {
        _mm256_fmadd_ps(a, b, c)
    }
    #[inline(always)]
    unsafe fn max(a: __m256, b: __m256) -> __m256 {
        _mm256_max_ps(a, b)
    }
    #[inline(always)]
    unsafe fn min(a: __m256, b: __m256) -> __m256 {
        _mm256_min_ps(a, b)
    }
    #[inline(always)]
    unsafe fn sqrt(a: __m256) -> __m256 {
        _mm256_sqrt_ps(a)
    }
    #[inline(always)]
    unsafe fn round(a: __m256) -> __m256 {
        _mm256_round_ps::<{ _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC }>(a)
    }
    #[inline(always)]
    unsafe fn exp2_whole(n: __m256) -> __m256 {
        let e = _mm256_add_epi32(_mm256_cvtps_epi32(n), _mm256_set1_epi32(127));
        _mm256_castsi256_ps(_mm256_slli_epi32::<23>(e))
    }
    #[inline(always)]
    unsafe fn select_gt(a: __m256, b: __m256, yes: __m256, no: __m256) -> __m256 {
        _mm256_blendv_ps(no, yes, _mm256_cmp_ps::<_CMP_GT_OQ>(a, b))
    }
    #[inline(always)]
    unsafe fn select_eq(a: __m256, b: __m256, yes: __m256, no: __m256) -> __m256 {
        _mm256_blendv_ps(no, yes, _mm256_cmp_ps::<_CMP_EQ_OQ>(a, b))
    }
    #[inline(always)]
    unsafe fn nonzero(a: __m256) -> u32 {
        _mm256_movemask_ps(_mm256_cmp_ps::<_CMP_NEQ_UQ>(a, _mm256_setzero_ps())) as u32
    }
    #[inline(always)]
    unsafe fn transpose(from: *const f32, from_step: usize, to: *mut f32, to_step: usize) {
        let mut r = [_mm256_setzero_ps(); 8];
        let mut i = 0;
        while i < 8 {
            r[i] = _mm256_loadu_ps(from.add(i * from_step));
            i += 1;
        }
        // Pairs of rows, then fours of rows, inside each 128-bit lane …
        let mut a = r;
        i = 0;
        while i < 8 {
            a[i] = _mm256_unpacklo_ps(r[i], r[i + 1]);
            a[i + 1] = _mm256_unpackhi_ps(r[i], r[i + 1]);
            i += 2;
        }
        i = 0;
        while i < 8 {
            r[i] = _mm256_shuffle_ps::<0x44>(a[i], a[i + 2]);
            r[i + 1] = _mm256_shuffle_ps::<0xee>(a[i], a[i + 2]);
            r[i + 2] = _mm256_shuffle_ps::<0x44>(a[i + 1], a[i + 3]);
            r[i + 3] = _mm256_shuffle_ps::<0xee>(a[i + 1], a[i + 3]);
            i += 4;
        }
        // … then the lanes themselves: r[4g + c] holds columns c and 4 + c of rows 4g … 4g + 3.
        let mut c = 0;
        while c < 4 {
            _mm256_storeu_ps(to.add(c * to_step), _mm256_permute2f128_ps::<0x20>(r[c], r[4 + c]));
            _mm256_storeu_ps(to.add((4 + c) * to_step), _mm256_permute2f128_ps::<0x31>(r[c], r[4 + c]));
            c += 1;
        }
    }
    #[inline(always)]
    unsafe fn prefetch(p: *const f32) {
        _mm_prefetch::<_MM_HINT_T0>(p.cast());
    }
    #[inline(always)]
    unsafe fn sum(v: __m256) -> f32 {
        sum(v)
    }
    #[inline(always)]
    unsafe fn map(a: __m256, f: impl Fn(f64) -> f64) -> __m256 {
        let mut lanes = [0.0f32; 8];
        _mm256_storeu_ps(lanes.as_mut_ptr(), a);
        for lane in &mut lanes {
            *lane = f(f64::from(*lane)) as f32;
        }
        _mm256_loadu_ps(lanes.as_ptr())
    }
}
