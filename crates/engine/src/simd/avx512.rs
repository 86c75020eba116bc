//! 512-bit vectors of x86-64.
#![allow(unsafe_code)]
// Each function below needs only the features that `enter` turns on, and touches memory as `Simd` states.
#![allow(clippy::undocumented_unsafe_blocks, unsafe_op_in_unsafe_fn)]

use std::arch::x86_64::*;

use super::scalar::{Kernel, Simd};

#[derive(Clone, Copy)]
pub(crate) struct Avx512;

/// # Safety
/// The machine must have the features named in the attribute ([`super::Isa::is_available`]).
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")]
pub(crate) unsafe fn enter<K: Kernel<f32>>(kernel: K) -> K::Output {
    kernel.run::<Avx512>()
}

#[inline(always)]
fn mask(n: usize) -> __mmask16 {
    ((1u32 << n) - 1) as __mmask16
}

impl Simd for Avx512 {
    type T = f32;
    type V = __m512;
    const LANES: usize = 16;
    const REGISTERS: usize = 32;
    const EXACT: bool = false;

    #[inline(always)]
    unsafe fn splat(x: f32) -> __m512 {
        _mm512_set1_ps(x)
    }
    #[inline(always)]
    unsafe fn load(p: *const f32) -> __m512 {
        _mm512_loadu_ps(p)
    }
    #[inline(always)]
    unsafe fn load_partial(p: *const f32, n: usize) -> __m512 {
        _mm512_maskz_loadu_ps(mask(n), p)
    }
    #[inline(always)]
    unsafe fn store(p: *mut f32, v: __m512) {
        _mm512_storeu_ps(p, v)
    }
    #[inline(always)]
    unsafe fn stream(p: *mut f32, v: __m512) {
        if p.cast::<__m512>().is_aligned() { _mm512_stream_ps(p, v) } else { _mm512_storeu_ps(p, v) }
    }
    #[inline(always)]
    unsafe fn streamed() {
        _mm_sfence();
    }
    #[inline(always)]
    unsafe fn store_partial(p: *mut f32, v: __m512, n: usize) {
        _mm512_mask_storeu_ps(p, mask(n), v)
    }
    #[inline(always)]
    unsafe fn add(a: __m512, b: __m512) -> __m512 {
        _mm512_add_ps(a, b)
    }
    #[inline(always)]
    unsafe fn sub(a: __m512, b: __m512) -> __m512 {
        _mm512_sub_ps(a, b)
    }
    #[inline(always)]
    unsafe fn mul(a: __m512, b: __m512) -> __m512 {
        _mm512_mul_ps(a, b)
    }
    #[inline(always)]
    unsafe fn div(a: __m512, b: __m512) -> __m512 {
        _mm512_div_ps(a, b)
    }
    #[inline(always)]
    unsafe fn fma(a: __m512, b: __m512, c: __m512) -> __m512 {
        _mm512_fmadd_ps(a, b, c)
    }
    #[inline(always)]
    unsafe fn max(a: __m512, b: __m512) -> __m512 {
        _mm512_max_ps(a, b)
    }
    #[inline(always)]
    unsafe fn min(a: __m512, b: __m512) -> __m512 {
        _mm512_min_ps(a, b)
    }
    #[inline(always)]
    unsafe fn sqrt(a: __m512) -> __m512 {
        _mm512_sqrt_ps(a)
    }
    #[inline(always)]
    unsafe fn round(a: __m512) -> __m512 {
        _mm512_roundscale_ps::<{ _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC }>(a)
    }
    #[inline(always)]
    unsafe fn exp2_whole(n: __m512) -> __m512 {
        let e = _mm512_add_epi32(_mm512_cvtps_epi32(n), _mm512_set1_epi32(127));
        _mm512_castsi512_ps(_mm512_slli_epi32::<23>(e))
    }
    #[inline(always)]
    unsafe fn select_gt(a: __m512, b: __m512, yes: __m512, no: __m512) -> __m512 {
        _mm512_mask_blend_ps(_mm512_cmp_ps_mask::<_CMP_GT_OQ>(a, b), no, yes)
    }
    #[inline(always)]
    unsafe fn select_eq(a: __m512, b: __m512, yes: __m512, no: __m512) -> __m512 {
        _mm512_mask_blend_ps(_mm512_cmp_ps_mask::<_CMP_EQ_OQ>(a, b), no, yes)
    }
    #[inline(always)]
    unsafe fn nonzero(a: __m512) -> u32 {
        u32::from(_mm512_cmp_ps_mask::<_CMP_NEQ_UQ>(a, _mm512_setzero_ps()))
    }
    #[inline(always)]
    unsafe fn positions(bits: u32, first: u32, to: *mut u32) -> usize {
        let lanes = _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
        let numbers = _mm512_add_epi32(lanes, _mm512_set1_epi32(first as i32));
        _mm512_storeu_si512(to.cast(), _mm512_maskz_compress_epi32(bits as __mmask16, numbers));
        (bits & 0xffff).count_ones() as usize
    }
    #[inline(always)]
    unsafe fn prefetch(p: *const f32) {
        _mm_prefetch::<_MM_HINT_T0>(p.cast());
    }
    #[inline(always)]
    unsafe fn sum(v: __m512) -> f32 {
        // The tree of the default, in registers.
        let v = _mm256_add_ps(_mm512_castps512_ps256(v), _mm512_extractf32x8_ps::<1>(v));
        super::avx2::sum(v)
    }
    #[inline(always)]
    unsafe fn map(a: __m512, f: impl Fn(f64) -> f64) -> __m512 {
        let mut lanes = [0.0f32; 16];
        _mm512_storeu_ps(lanes.as_mut_ptr(), a);
        for lane in &mut lanes {
            *lane = f(f64::from(*lane)) as f32;
        }
        _mm512_loadu_ps(lanes.as_ptr())
    }
    #[inline(always)]
    unsafe fn transpose(from: *const f32, from_step: usize, to: *mut f32, to_step: usize) {
        let mut r = [_mm512_setzero_ps(); 16];
        let mut i = 0;
        while i < 16 {
            r[i] = _mm512_loadu_ps(from.add(i * from_step));
            i += 1;
        }
        // Pairs of rows, then fours of rows, inside each 128-bit lane …
        let mut a = r;
        i = 0;
        while i < 16 {
            a[i] = _mm512_unpacklo_ps(r[i], r[i + 1]);
            a[i + 1] = _mm512_unpackhi_ps(r[i], r[i + 1]);
            i += 2;
        }
        let wide = |v: __m512| _mm512_castps_pd(v);
        let narrow = |v: __m512d| _mm512_castpd_ps(v);
        i = 0;
        while i < 16 {
            r[i] = narrow(_mm512_unpacklo_pd(wide(a[i]), wide(a[i + 2])));
            r[i + 1] = narrow(_mm512_unpackhi_pd(wide(a[i]), wide(a[i + 2])));
            r[i + 2] = narrow(_mm512_unpacklo_pd(wide(a[i + 1]), wide(a[i + 3])));
            r[i + 3] = narrow(_mm512_unpackhi_pd(wide(a[i + 1]), wide(a[i + 3])));
            i += 4;
        }
        // … then the lanes themselves: r[4g + c] holds column 4 · lane + c of rows 4g … 4g + 3.
        let mut c = 0;
        while c < 4 {
            let even_low = _mm512_shuffle_f32x4::<0x88>(r[c], r[4 + c]);
            let even_high = _mm512_shuffle_f32x4::<0x88>(r[8 + c], r[12 + c]);
            let odd_low = _mm512_shuffle_f32x4::<0xdd>(r[c], r[4 + c]);
            let odd_high = _mm512_shuffle_f32x4::<0xdd>(r[8 + c], r[12 + c]);
            _mm512_storeu_ps(to.add(c * to_step), _mm512_shuffle_f32x4::<0x88>(even_low, even_high));
            _mm512_storeu_ps(to.add((4 + c) * to_step), _mm512_shuffle_f32x4::<0x88>(odd_low, odd_high));
            _mm512_storeu_ps(to.add((8 + c) * to_step), _mm512_shuffle_f32x4::<0xdd>(even_low, even_high));
            _mm512_storeu_ps(to.add((12 + c) * to_step), _mm512_shuffle_f32x4::<0xdd>(odd_low, odd_high));
            c += 1;
        }
    }
}
