//! The portable path: small arrays that the compiler may vectorise with whatever the target has.
#![allow(unsafe_code)]

use std::marker::PhantomData;

use super::scalar::{Scalar, Simd};

#[derive(Clone, Copy)]
pub(crate) struct Plain<T>(PhantomData<T>);

const LANES: usize = 8;

macro_rules! plain {
    ($t:ty, $bits:ty, $exact:expr, $mantissa:expr, $bias:expr) => {
        impl Simd for Plain<$t> {
            type T = $t;
            type V = [$t; LANES];
            const LANES: usize = LANES;
            const REGISTERS: usize = 16;
            const EXACT: bool = $exact;

            #[inline(always)]
            unsafe fn splat(x: $t) -> Self::V {
                [x; LANES]
            }
            #[inline(always)]
            unsafe fn load(p: *const $t) -> Self::V {
                // SAFETY: the caller grants LANES values at p; arrays of them have no padding.
                unsafe { p.cast::<Self::V>().read_unaligned() }
            }
            #[inline(always)]
            unsafe fn load_partial(p: *const $t, n: usize) -> Self::V {
                let mut v = [0.0; LANES];
                for (i, lane) in v.iter_mut().enumerate().take(n) {
                    // SAFETY: i < n, and the caller grants n values at p.
                    *lane = unsafe { p.add(i).read() };
                }
                v
            }
            #[inline(always)]
            unsafe fn store(p: *mut $t, v: Self::V) {
                // SAFETY: as `load`.
                unsafe { p.cast::<Self::V>().write_unaligned(v) }
            }
            #[inline(always)]
            unsafe fn store_partial(p: *mut $t, v: Self::V, n: usize) {
                for (i, lane) in v.iter().enumerate().take(n) {
                    // SAFETY: i < n, and the caller grants n values at p.
                    unsafe { p.add(i).write(*lane) };
                }
            }
            #[inline(always)]
            unsafe fn add(a: Self::V, b: Self::V) -> Self::V {
                zip(a, b, |a, b| a + b)
            }
            #[inline(always)]
            unsafe fn sub(a: Self::V, b: Self::V) -> Self::V {
                zip(a, b, |a, b| a - b)
            }
            #[inline(always)]
            unsafe fn mul(a: Self::V, b: Self::V) -> Self::V {
                zip(a, b, |a, b| a * b)
            }
            #[inline(always)]
            unsafe fn div(a: Self::V, b: Self::V) -> Self::V {
                zip(a, b, |a, b| a / b)
            }
            #[inline(always)]
            unsafe fn fma(a: Self::V, b: Self::V, c: Self::V) -> Self::V {
                zip(zip(a, b, |a, b| a * b), c, |ab, c| ab + c)
            }
            #[inline(always)]
            unsafe fn max(a: Self::V, b: Self::V) -> Self::V {
                zip(a, b, |a, b| if a > b { a } else { b })
            }
            #[inline(always)]
            unsafe fn min(a: Self::V, b: Self::V) -> Self::V {
                zip(a, b, |a, b| if a < b { a } else { b })
            }
            #[inline(always)]
            unsafe fn sqrt(a: Self::V) -> Self::V {
                zip(a, a, |a, _| a.sqrt())
            }
            #[inline(always)]
            unsafe fn round(a: Self::V) -> Self::V {
                // Adding 1.5 · 2^mantissa rounds to even in the last place; exact for |a| < 2^(mantissa − 1).
                const MAGIC: $t = 1.5 * (1u64 << $mantissa) as $t;
                zip(a, a, |a, _| (a + MAGIC) - MAGIC)
            }
            #[inline(always)]
            unsafe fn exp2_whole(n: Self::V) -> Self::V {
                zip(n, n, |n, _| <$t>::from_bits(((n as i32 + $bias) as $bits) << $mantissa))
            }
            #[inline(always)]
            unsafe fn select_gt(a: Self::V, b: Self::V, yes: Self::V, no: Self::V) -> Self::V {
                let mut out = no;
                for i in 0..LANES {
                    out[i] = if a[i] > b[i] { yes[i] } else { no[i] };
                }
                out
            }
            #[inline(always)]
            unsafe fn select_eq(a: Self::V, b: Self::V, yes: Self::V, no: Self::V) -> Self::V {
                let mut out = no;
                for i in 0..LANES {
                    out[i] = if a[i] == b[i] { yes[i] } else { no[i] };
                }
                out
            }
            #[inline(always)]
            unsafe fn nonzero(a: Self::V) -> u32 {
                let mut bits = 0;
                for i in 0..LANES {
                    bits |= u32::from(a[i] != 0.0) << i;
                }
                bits
            }
            #[inline(always)]
            unsafe fn prefetch(_: *const Self::T) {}
            #[inline(always)]
            unsafe fn map(a: Self::V, f: impl Fn(f64) -> f64) -> Self::V {
                zip(a, a, |a, _| <$t as Scalar>::from_f64(f(a.to_f64())))
            }
        }
    };
}

plain!(f32, u32, false, 23, 127);
plain!(f64, u64, true, 52, 1023);

#[inline(always)]
fn zip<T: Copy>(a: [T; LANES], b: [T; LANES], f: impl Fn(T, T) -> T) -> [T; LANES] {
    let mut out = a;
    for i in 0..LANES {
        out[i] = f(a[i], b[i]);
    }
    out
}
