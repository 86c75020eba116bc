//! The machine's limit, measured on the spot.

use std::time::{Duration, Instant};

use crate::kernels::peak::MultiplyAdds;
use crate::simd::{Isa, Scalar};
use crate::threads::Pool;

/// Measures the peak rate of `f32` multiply-adds, in GFLOP/s, on `threads` threads with `isa`: the best of
/// several runs on registers alone, in about `budget`.
///
/// # Errors
/// When threads cannot be started.
pub fn peak_gflops(isa: Isa, threads: usize, budget: Duration) -> std::io::Result<f64> {
    const ROUNDS: usize = 200_000;
    let mut pool = Pool::new(threads)?;
    let (begin, mut best) = (Instant::now(), 0.0f64);
    while best == 0.0 || begin.elapsed() < budget {
        let operations = std::sync::Mutex::new(0.0);
        let start = Instant::now();
        pool.run(threads, &|_, _| {
            let done = f32::dispatch(isa, MultiplyAdds { rounds: ROUNDS });
            if let Ok(mut sum) = operations.lock() {
                *sum += done;
            }
        });
        let operations = operations.into_inner().unwrap_or(0.0);
        best = best.max(operations / start.elapsed().as_secs_f64() / 1e9);
    }
    Ok(best)
}
