//! A pool whose threads share out the numbered work items of one phase after another.
//!
//! Each thread begins with a range of the items that is the same in every such phase. What it wrote the last time, such as
//! the optimizer's state of its parameters, is still in its cache. Threads seldom write neighbouring cache lines.
//!
//! Who finishes early helps the others. Results do not depend on who does what: items are cut without regard to the
//! threads (see [`cut`](crate::cut)), and each writes what is its own.
#![allow(unsafe_code)]

use std::any::Any;
use std::cell::UnsafeCell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::JoinHandle;

/// Work on one item: (thread, item).
type Job<'a> = dyn Fn(usize, usize) + Sync + 'a;

/// Worker threads that sleep between phases. The caller is thread 0.
pub(crate) struct Pool {
    state: Arc<State>,
    workers: Vec<JoinHandle<()>>,
}

struct State {
    /// The job of the current phase; written by `run` before `phase` moves on.
    job: UnsafeCell<Option<*const Job<'static>>>,
    phase: AtomicUsize,
    /// Of each thread's range, how many items have begun.
    next_items: Box<[AtomicUsize]>,
    items: AtomicUsize,
    busy: AtomicUsize,
    stop: AtomicBool,
    sleeping: Mutex<()>,
    wake: Condvar,
    panic: Mutex<Option<Box<dyn Any + Send>>>,
}

// SAFETY: `job` is written only while no worker is busy and read only after `phase` has moved on, with
// release and acquire ordering between the two; the job itself is Sync.
unsafe impl Send for State {}
// SAFETY: as above.
unsafe impl Sync for State {}

/// Looks at the phase this often before a worker goes to sleep: some tens of microseconds.
const SPINS: usize = 4_000;

impl Pool {
    /// A pool of `threads` threads in all, the caller included.
    pub fn new(threads: usize) -> std::io::Result<Self> {
        let state = Arc::new(State {
            job: UnsafeCell::new(None),
            phase: AtomicUsize::new(0),
            next_items: (0..threads.max(1)).map(|_| AtomicUsize::new(0)).collect(),
            items: AtomicUsize::new(0),
            busy: AtomicUsize::new(0),
            stop: AtomicBool::new(false),
            sleeping: Mutex::new(()),
            wake: Condvar::new(),
            panic: Mutex::new(None),
        });
        let mut pool = Self { state, workers: Vec::new() };
        for thread in 1..threads.max(1) {
            let state = Arc::clone(&pool.state);
            let worker = std::thread::Builder::new()
                .name(format!("engine-{thread}"))
                .spawn(move || state.work(thread))?;
            pool.workers.push(worker);
        }
        Ok(pool)
    }

    /// Threads, the caller included.
    pub fn threads(&self) -> usize {
        self.workers.len() + 1
    }

    /// Runs `job` once for every item in 0..items and returns when all are done. A panic in an item is
    /// raised again here.
    pub fn run(&mut self, items: usize, job: &Job<'_>) {
        if self.workers.is_empty() || items <= 1 {
            (0..items).for_each(|item| job(0, item));
            return;
        }
        let state = &*self.state;
        // SAFETY: only the lifetime changes. No worker is busy now, and none keeps the job once `busy` is
        // back at 0, which this function waits for before it returns.
        unsafe {
            *state.job.get() = Some(std::mem::transmute::<*const Job<'_>, *const Job<'static>>(job));
        }
        state.next_items.iter().for_each(|next| next.store(0, Ordering::Relaxed));
        state.items.store(items, Ordering::Relaxed);
        state.busy.store(self.workers.len(), Ordering::Relaxed);
        state.phase.fetch_add(1, Ordering::Release);
        drop(state.sleeping.lock());
        state.wake.notify_all();
        state.take_items(0, job);
        let mut spins = 0;
        while state.busy.load(Ordering::Acquire) > 0 {
            spins += 1;
            if spins < SPINS { std::hint::spin_loop() } else { std::thread::yield_now() }
        }
        let panic = state.panic.lock().ok().and_then(|mut panic| panic.take());
        if let Some(panic) = panic {
            resume_unwind(panic);
        }
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.state.stop.store(true, Ordering::Release);
        self.state.phase.fetch_add(1, Ordering::Release);
        drop(self.state.sleeping.lock());
        self.state.wake.notify_all();
        for worker in self.workers.drain(..) {
            let _ = worker.join();
        }
    }
}

impl State {
    fn work(&self, thread: usize) {
        let mut seen = 0;
        loop {
            self.wait_for_phase_after(seen);
            seen += 1;
            if self.stop.load(Ordering::Acquire) {
                return;
            }
            // SAFETY: `run` wrote the job before it moved the phase on, and keeps it alive until `busy` is 0.
            if let Some(job) = unsafe { *self.job.get() } {
                // SAFETY: as above.
                self.take_items(thread, unsafe { &*job });
            }
            self.busy.fetch_sub(1, Ordering::Release);
        }
    }

    fn wait_for_phase_after(&self, seen: usize) {
        for _ in 0..SPINS {
            if self.phase.load(Ordering::Acquire) != seen {
                return;
            }
            std::hint::spin_loop();
        }
        let Ok(mut guard) = self.sleeping.lock() else { return };
        while self.phase.load(Ordering::Acquire) == seen {
            match self.wake.wait(guard) {
                Ok(woken) => guard = woken,
                Err(_) => return,
            }
        }
    }

    fn take_items(&self, thread: usize, job: &Job<'_>) {
        let items = self.items.load(Ordering::Relaxed);
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            let threads = self.next_items.len();
            for owner in (thread..threads).chain(0..thread) {
                let (first, end) = (owner * items / threads, (owner + 1) * items / threads);
                loop {
                    let item = first + self.next_items[owner].fetch_add(1, Ordering::Relaxed);
                    if item >= end {
                        break;
                    }
                    job(thread, item);
                }
            }
        }));
        if let Err(panic) = outcome {
            self.next_items.iter().for_each(|next| next.store(items, Ordering::Relaxed));
            if let Ok(mut first) = self.panic.lock() {
                first.get_or_insert(panic);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_item_runs_once_in_every_phase() {
        for threads in [1, 2, 3, 8] {
            let mut pool = Pool::new(threads).unwrap();
            for items in [0, 1, 2, 7, 100] {
                let counts: Vec<AtomicUsize> = (0..items).map(|_| AtomicUsize::new(0)).collect();
                for _ in 0..50 {
                    pool.run(items, &|thread, item| {
                        assert!(thread < threads);
                        counts[item].fetch_add(1, Ordering::Relaxed);
                    });
                }
                assert!(counts.iter().all(|count| count.load(Ordering::Relaxed) == 50));
            }
        }
    }

    #[test]
    fn who_finishes_early_helps_with_what_others_have_not_begun() {
        let mut pool = Pool::new(2).unwrap();
        let (waiting, by_caller) = (AtomicBool::new(true), AtomicUsize::new(0));
        pool.run(10, &|thread, item| {
            if item >= 5 && thread == 1 {
                // The worker stays with the first of its range until the caller is through with all others.
                while waiting.load(Ordering::Acquire) {
                    std::hint::spin_loop();
                }
            } else if thread == 0 && by_caller.fetch_add(1, Ordering::Relaxed) + 1 >= 9 {
                waiting.store(false, Ordering::Release);
            }
        });
        assert!(by_caller.load(Ordering::Relaxed) >= 9);
    }

    #[test]
    fn a_panic_in_an_item_reaches_the_caller_and_the_pool_survives() {
        let mut pool = Pool::new(3).unwrap();
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            pool.run(20, &|_, item| assert!(item != 13, "item 13"));
        }));
        assert!(outcome.is_err());
        let done = AtomicUsize::new(0);
        pool.run(20, &|_, _| {
            done.fetch_add(1, Ordering::Relaxed);
        });
        assert_eq!(done.load(Ordering::Relaxed), 20);
    }
}
