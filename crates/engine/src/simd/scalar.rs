//! Numbers, vectors of them, and kernels over both: the three traits between what computes and what it computes on.
#![allow(unsafe_code)]

use std::fmt::Debug;
use std::ops::{Add, AddAssign, Div, Mul, Neg, Sub};

use super::isa::Isa;

/// A floating-point number with its arithmetic, and with a way into kernels on every instruction set.
pub trait Scalar:
    Copy
    + Send
    + Sync
    + Debug
    + Default
    + PartialOrd
    + Add<Output = Self>
    + AddAssign
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
    + 'static
{
    /// 0.
    const ZERO: Self;
    /// 1.
    const ONE: Self;

    /// Rounds to this type.
    fn from_f64(value: f64) -> Self;
    /// Widens without loss.
    fn to_f64(self) -> f64;
    /// Square root.
    fn sqrt(self) -> Self;
    /// Runs `kernel` compiled for `isa`; a set that this type or machine lacks falls back to the plain path.
    #[doc(hidden)]
    #[allow(private_bounds, private_interfaces)]
    fn dispatch<K: Kernel<Self>>(isa: Isa, kernel: K) -> K::Output;
    /// [`Scalar::dispatch`] for rows of `columns` values: on shorter vectors where these would stay half empty.
    #[doc(hidden)]
    #[allow(private_bounds, private_interfaces)]
    fn dispatch_rows<K: Kernel<Self>>(isa: Isa, columns: usize, kernel: K) -> K::Output {
        let _ = columns;
        Self::dispatch(isa, kernel)
    }
}

/// Work written once for all instruction sets. `run` must be `#[inline(always)]`, and so must everything
/// that it calls with vectors, or the target features of the entry function do not reach it.
pub(crate) trait Kernel<T: Scalar> {
    type Output;
    /// # Safety
    /// S's features are on, as [`Scalar::dispatch`] sees to.
    unsafe fn run<S: Simd<T = T>>(self) -> Self::Output;
}

/// A vector of `LANES` values of `T`.
///
/// # Safety
/// Every function needs the target features of its instruction set, which [`Scalar::dispatch`] guarantees.
/// The loads and stores access `LANES` (the partial ones `n` ≤ `LANES`) values at `p`, unaligned.
pub(crate) trait Simd: Copy + 'static {
    type T: Scalar;
    type V: Copy;
    const LANES: usize;
    /// Architectural vector registers: bounds the accumulators of a tile.
    const REGISTERS: usize;
    /// Whether `math` uses the scalar library function lane by lane (the reference path).
    const EXACT: bool;

    unsafe fn splat(x: Self::T) -> Self::V;
    unsafe fn load(p: *const Self::T) -> Self::V;
    /// The missing lanes are 0.
    unsafe fn load_partial(p: *const Self::T, n: usize) -> Self::V;
    unsafe fn store(p: *mut Self::T, v: Self::V);
    unsafe fn store_partial(p: *mut Self::T, v: Self::V, n: usize);
    /// [`Simd::store`] of what is read much later, past the caches where there is a way and `p` lies on a multiple of the
    /// vector's size. Others see it behind [`Simd::streamed`].
    #[inline(always)]
    unsafe fn stream(p: *mut Self::T, v: Self::V) {
        // SAFETY: the caller's promise.
        unsafe { Self::store(p, v) }
    }
    /// Ends the stores of [`Simd::stream`]: what is stored later is seen later.
    #[inline(always)]
    unsafe fn streamed() {}
    unsafe fn add(a: Self::V, b: Self::V) -> Self::V;
    unsafe fn sub(a: Self::V, b: Self::V) -> Self::V;
    unsafe fn mul(a: Self::V, b: Self::V) -> Self::V;
    unsafe fn div(a: Self::V, b: Self::V) -> Self::V;
    /// a · b + c
    unsafe fn fma(a: Self::V, b: Self::V, c: Self::V) -> Self::V;
    /// The larger, lane by lane; `b` where either is NaN.
    unsafe fn max(a: Self::V, b: Self::V) -> Self::V;
    /// The smaller, lane by lane; `b` where either is NaN.
    unsafe fn min(a: Self::V, b: Self::V) -> Self::V;
    unsafe fn sqrt(a: Self::V) -> Self::V;
    /// Nearest integer, ties to even.
    unsafe fn round(a: Self::V) -> Self::V;
    /// 2^n for whole n in the range of normal numbers.
    unsafe fn exp2_whole(n: Self::V) -> Self::V;
    /// a > b ? yes : no, lane by lane; `no` where either is NaN.
    unsafe fn select_gt(a: Self::V, b: Self::V, yes: Self::V, no: Self::V) -> Self::V;
    /// a = b ? yes : no, lane by lane.
    unsafe fn select_eq(a: Self::V, b: Self::V, yes: Self::V, no: Self::V) -> Self::V;
    /// Bit i is set where lane i is not 0; NaN counts.
    unsafe fn nonzero(a: Self::V) -> u32;
    /// Writes `first + i` for every bit i < LANES that is set, in their order, and returns how many there are. `to` has
    /// room for LANES numbers, all of which may be written.
    #[inline(always)]
    unsafe fn positions(mut bits: u32, first: u32, to: *mut u32) -> usize {
        let mut found = 0;
        for i in 0..Self::LANES as u32 {
            // Written always, kept where the bit is set: no branch to guess.
            // SAFETY: found ≤ i < LANES.
            unsafe { to.add(found).write(first + i) };
            found += (bits & 1) as usize;
            bits >>= 1;
        }
        found
    }
    /// Asks for the cache line at `p`, which need not be readable.
    unsafe fn prefetch(p: *const Self::T);
    /// Applies a scalar function lane by lane (used where [`Simd::EXACT`]).
    unsafe fn map(a: Self::V, f: impl Fn(f64) -> f64) -> Self::V;

    /// Copies a LANES × LANES block with rows and columns changed over: `to[j · to_step + i] =
    /// from[i · from_step + j]`.
    #[inline(always)]
    unsafe fn transpose(from: *const Self::T, from_step: usize, to: *mut Self::T, to_step: usize) {
        for j in 0..Self::LANES {
            for i in 0..Self::LANES {
                // SAFETY: the caller grants LANES values at each of LANES steps of both.
                unsafe { to.add(j * to_step + i).write(from.add(i * from_step + j).read()) };
            }
        }
    }

    /// Sum of the lanes, in a fixed order.
    #[inline(always)]
    unsafe fn sum(v: Self::V) -> Self::T {
        // SAFETY: 16 is the largest LANES, and the buffer is ours.
        unsafe {
            let mut lanes = [Self::T::ZERO; 16];
            Self::store(lanes.as_mut_ptr(), v);
            let mut width = Self::LANES;
            while width > 1 {
                width /= 2;
                for i in 0..width {
                    lanes[i] += lanes[i + width];
                }
            }
            lanes[0]
        }
    }
}
