//! Vector kernels: the only place that computes on whole buffers, each with its bounds checked on entry.

pub(crate) mod activate;
pub(crate) mod columns;
pub(crate) mod elementwise;
pub(crate) mod gaussian;
mod kernel_vectors;
pub(crate) mod loss;
pub(crate) mod normalise;
pub(crate) mod occupied;
pub(crate) mod pack;
pub(crate) mod peak;
pub(crate) mod penalty;
pub(crate) mod pool;
pub(crate) mod product;
pub(crate) mod softmax;
pub(crate) mod sparse;
pub(crate) mod structure;
pub(crate) mod toom_cook;
pub(crate) mod update;
pub(crate) mod winograd;
pub(crate) mod winograd_rows;

/// Visits a slice length in whole vectors and one partial one: `$body` sees the offset and the count.
macro_rules! vectors {
    ($S:ty, $len:expr, |$at:ident, $count:ident| $body:block) => {
        let len = $len;
        let mut $at = 0;
        while $at + <$S>::LANES <= len {
            let $count = <$S>::LANES;
            $body
            $at += <$S>::LANES;
        }
        if $at < len {
            let $count = len - $at;
            $body
        }
    };
}
pub(crate) use vectors;

use crate::shared::CACHE_LINE;
use crate::simd::Simd;

/// Loads `count` values at `p`, the whole vector at once where it is one.
///
/// # Safety
/// `count` ≤ LANES values are readable at `p`; S's features are on.
#[inline(always)]
#[allow(unsafe_code)]
pub(crate) unsafe fn get<S: Simd>(p: *const S::T, count: usize) -> S::V {
    // SAFETY: the caller's promise.
    unsafe { if count == S::LANES { S::load(p) } else { S::load_partial(p, count) } }
}

/// Stores `count` values at `p`.
///
/// # Safety
/// `count` ≤ LANES values are writable at `p`; S's features are on.
#[inline(always)]
#[allow(unsafe_code)]
pub(crate) unsafe fn put<S: Simd>(p: *mut S::T, v: S::V, count: usize) {
    // SAFETY: the caller's promise.
    unsafe { if count == S::LANES { S::store(p, v) } else { S::store_partial(p, v, count) } }
}

/// Asks for the cache lines of `count` values from `p` on, which need not be readable.
///
/// # Safety
/// S's features are on.
#[inline(always)]
#[allow(unsafe_code)]
pub(crate) unsafe fn fetch<S: Simd>(p: *const S::T, count: usize) {
    let mut at = 0;
    while at < count {
        // SAFETY: the caller's promise.
        unsafe { S::prefetch(p.wrapping_add(at)) };
        at += CACHE_LINE / size_of::<S::T>();
    }
}

/// The largest of a list of offsets; 0 where there is none.
pub(crate) fn largest(list: &[u32]) -> usize {
    list.iter().fold(0, |most, offset| most.max(*offset)) as usize
}
