//! The numbers that passes are compiled for, here and once.
//!
//! A generic function is compiled in the crate that says for which type. Were [`Runtime::work`] called as such, every crate
//! with an executor would compile all kernels again. Each number has a function of its own instead.

use network::Network;

use super::phase::Phase;
use super::training::Pass;
use super::{Runtime, Worker};
use crate::plan::{Plan, PlanError};
use crate::profile::Clock;
use crate::simd::{Isa, Scalar};
use crate::threads::Pool;

/// A floating-point number that an executor computes in: `f32` for work, `f64` as the reference.
pub trait Real: Scalar {
    /// A plan, whose operations are compiled for this number.
    #[doc(hidden)]
    #[allow(private_interfaces)]
    fn plan(network: &Network, batch: usize, threads: usize, isa: Isa) -> Result<Plan<Self>, PlanError>;

    /// [`Runtime::work`], compiled for this number.
    ///
    /// # Safety
    /// As there.
    #[doc(hidden)]
    #[allow(unsafe_code, private_interfaces)]
    unsafe fn work(runtime: &Runtime<Self>, phase: &Phase<'_, Self>, item: usize, worker: Worker<'_>);
}

impl Real for f32 {
    #[allow(private_interfaces)]
    fn plan(network: &Network, batch: usize, threads: usize, isa: Isa) -> Result<Plan<f32>, PlanError> {
        Plan::new(network, batch, threads, isa)
    }

    #[allow(unsafe_code, private_interfaces)]
    unsafe fn work(runtime: &Runtime<Self>, phase: &Phase<'_, Self>, item: usize, worker: Worker<'_>) {
        // SAFETY: the caller's promise.
        unsafe { runtime.work(phase, item, worker) };
    }
}

impl Real for f64 {
    #[allow(private_interfaces)]
    fn plan(network: &Network, batch: usize, threads: usize, isa: Isa) -> Result<Plan<f64>, PlanError> {
        Plan::new(network, batch, threads, isa)
    }

    #[allow(unsafe_code, private_interfaces)]
    unsafe fn work(runtime: &Runtime<Self>, phase: &Phase<'_, Self>, item: usize, worker: Worker<'_>) {
        // SAFETY: the caller's promise.
        unsafe { runtime.work(phase, item, worker) };
    }
}

impl<T: Real> Runtime<T> {
    /// Runs a pass with gradients, segment by segment; `is_step` where layers may change their state.
    pub fn run_pass(&mut self, pool: &mut Pool, pass: Pass<'_, T>, is_step: bool) {
        for i in 0..self.plan.segments.len() {
            let segment = self.plan.segments[i].clone();
            self.run(pool, Phase::Train(pass, &segment));
            self.join(&segment, pass.images, is_step);
        }
    }

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
