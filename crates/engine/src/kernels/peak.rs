//! Multiply-adds on registers alone: what a core can do at most.
#![allow(unsafe_code)]

use crate::simd::{Kernel, Scalar, Simd};

/// Runs `rounds` rounds of independent multiply-adds; returns how many floating-point operations that were.
pub(crate) struct MultiplyAdds {
    pub rounds: usize,
}

impl<T: Scalar> Kernel<T> for MultiplyAdds {
    type Output = f64;

    #[inline(always)]
    unsafe fn run<S: Simd<T = T>>(self) -> f64 {
        // Enough chains to cover the latency of two units, few enough to stay in registers.
        const CHAINS: usize = 12;
        // SAFETY: no memory is touched; `dispatch` enters with S's features.
        unsafe {
            let (factor, term) = (S::splat(T::from_f64(0.999)), S::splat(T::from_f64(0.001)));
            let mut chains = [term; CHAINS];
            for _ in 0..self.rounds {
                let mut i = 0;
                while i < CHAINS {
                    chains[i] = S::fma(chains[i], factor, term);
                    i += 1;
                }
            }
            let mut sum = chains[0];
            for chain in &chains[1..] {
                sum = S::add(sum, *chain);
            }
            std::hint::black_box(S::sum(sum));
        }
        (2 * CHAINS * S::LANES * self.rounds) as f64
    }
}
