//! The numbers that passes are compiled for, here and once.
//!
//! A generic function is compiled in the crate that says for which type. Were [`Runtime::work`] called as such, every crate
//! with an executor would compile all kernels again. Each number has a function of its own instead.

use super::phase::Phase;
use super::{Runtime, Worker};
use crate::profile::Clock;
use crate::simd::Scalar;
use crate::threads::Pool;

/// A floating-point number that an executor computes in: `f32` for work, `f64` as the reference.
pub trait Real: Scalar {
    /// [`Runtime::work`], compiled for this number.
    ///
    /// # Safety
    /// As there.
    #[doc(hidden)]
    #[allow(unsafe_code, private_interfaces)]
    unsafe fn work(runtime: &Runtime<Self>, phase: &Phase<'_, Self>, item: usize, worker: Worker<'_>);
}

impl Real for f32 {
    #[allow(unsafe_code, private_interfaces)]
    unsafe fn work(runtime: &Runtime<Self>, phase: &Phase<'_, Self>, item: usize, worker: Worker<'_>) {
        // SAFETY: the caller's promise.
        unsafe { runtime.work(phase, item, worker) };
    }
}

impl Real for f64 {
    #[allow(unsafe_code, private_interfaces)]
    unsafe fn work(runtime: &Runtime<Self>, phase: &Phase<'_, Self>, item: usize, worker: Worker<'_>) {
        // SAFETY: the caller's promise.
        unsafe { runtime.work(phase, item, worker) };
    }
}

impl<T: Real> Runtime<T> {
    /// Runs all items of a phase on the pool's threads.
    ///
    /// # Panics
    /// If it has more images than were planned for, or trains on none.
    pub fn run(&mut self, pool: &mut Pool, phase: Phase<'_, T>) {
        let (runtime, items) = (&*self, self.items(&phase));
        pool.run(items, &|thread, item| {
            // SAFETY: the pool does each item once, on a thread of its own, and returns when all are done. Runtime and
            // phase are ours alone.
            #[allow(unsafe_code)]
            unsafe {
                T::work(runtime, &phase, item, Worker { thread, clock: None });
            }
        });
    }

    /// Runs all items of a phase on the calling thread, with a clock.
    ///
    /// # Panics
    /// As [`Runtime::run`].
    pub fn profile(&mut self, phase: Phase<'_, T>, clock: &Clock) {
        for item in 0..self.items(&phase) {
            // SAFETY: each item is done once, on one thread. Runtime and phase are ours alone.
            #[allow(unsafe_code)]
            unsafe {
                T::work(self, &phase, item, Worker { thread: 0, clock: Some(clock) });
            }
        }
    }
}
