//! An optimizer with its running means.

use std::ops::Range;

use crate::kernels::update::{MOST_SLOTS, Update};
use crate::shared::Shared;
use crate::simd::{Isa, Scalar};
use network::{Optimizer, StepRate};

/// An optimizer with its buffers: flat, in the parameters' layout.
pub struct OptimizerState<T: Scalar = f32> {
    optimizer: Optimizer,
    slots: Vec<Shared<T>>,
    steps: u64,
}

impl<T: Scalar> OptimizerState<T> {
    /// Fresh buffers for `parameters` parameters.
    pub fn new(optimizer: Optimizer, parameters: usize) -> Self {
        let slots = optimizer.slots().iter().map(|_| Shared::new(parameters)).collect();
        Self { optimizer, slots, steps: 0 }
    }

    /// The update rule.
    pub fn optimizer(&self) -> Optimizer {
        self.optimizer
    }

    /// Updates so far.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// The buffers by name.
    pub fn slots(&self) -> impl Iterator<Item = (&'static str, &[T])> {
        // SAFETY: only updates write the slots through `&self`, and whoever runs one promises that none is read then.
        #[allow(unsafe_code)]
        let values = |slot| unsafe { Shared::whole(slot) };
        self.optimizer.slots().iter().copied().zip(self.slots.iter().map(values))
    }

    /// Puts saved state back. Returns whether the buffers' names and lengths were those of this optimizer.
    #[must_use]
    pub fn restore(&mut self, steps: u64, saved: &[(&str, &[T])]) -> bool {
        let names = self.optimizer.slots();
        let fits = saved.len() == names.len()
            && std::iter::zip(saved, names).all(|((name, _), own)| name == own)
            && std::iter::zip(saved, &self.slots).all(|((_, values), slot)| values.len() == slot.len());
        if fits {
            self.steps = steps;
            for (slot, (_, values)) in std::iter::zip(&mut self.slots, saved) {
                slot.get_mut().copy_from_slice(values);
            }
        }
        fits
    }

    /// Counts one more step and gives what its updates share.
    pub(crate) fn next_step(&mut self, learning_rate: f64) -> StepRate {
        self.steps += 1;
        self.optimizer.rate(learning_rate, self.steps)
    }

    /// Addresses of a range of each slot, to be read soon.
    pub(crate) fn upcoming(&self, range: Range<usize>) -> impl Iterator<Item = *const T> {
        self.slots.iter().map(move |slot| slot.pointer(range.clone()).cast_const())
    }

    /// Updates the parameters of `range` from their gradient, which `scale` multiplies first.
    ///
    /// # Safety
    /// Until it returns, nothing else reads or writes `range` of the slots: no other update of an overlapping range, and
    /// none of the functions that give the slots out.
    #[allow(unsafe_code)]
    pub(crate) unsafe fn update(
        &self,
        isa: Isa,
        rate: StepRate,
        range: Range<usize>,
        scale: T,
        gradient: &[T],
        parameters: &mut [T],
    ) {
        let slots: [&mut [T]; MOST_SLOTS] = std::array::from_fn(|i| match self.slots.get(i) {
            // SAFETY: the caller's promise; each slot is taken once.
            Some(slot) => unsafe { slot.slice_mut(range.clone()) },
            None => &mut [],
        });
        T::dispatch(isa, Update { optimizer: self.optimizer, rate, scale, gradient, parameters, slots });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The means of what no longer learns become 0, not subnormal numbers; a NaN stays.
    #[test]
    fn running_means_end_at_zero() {
        const N: usize = 21;
        let optimizers = [
            Optimizer::default(),
            Optimizer::AdamW { beta_1: 0.9, beta_2: 0.999, epsilon: 1e-8, weight_decay: 0.004 },
            Optimizer::Sgd { momentum: 0.9, nesterov: true },
            Optimizer::RmsProp { rho: 0.9, momentum: 0.9, epsilon: 1e-7, centered: true },
            Optimizer::Adadelta { rho: 0.95, epsilon: 1e-7 },
        ];
        for (isa, optimizer) in Isa::available().into_iter().flat_map(|isa| optimizers.map(|o| (isa, o))) {
            let mut state = OptimizerState::<f32>::new(optimizer, N);
            let mut parameters = [1.0f32; N];
            for step in 0..100_000 {
                let mut gradient = [if step == 0 { 0.5 } else { 0.0 }; N];
                (gradient[0], gradient[N - 1]) = (f32::NAN, f32::NAN);
                let rate = state.next_step(1e-3);
                // SAFETY: nothing else has the state.
                #[allow(unsafe_code)]
                unsafe {
                    state.update(isa, rate, 0..N, 1.0, &gradient, &mut parameters);
                }
            }
            for (name, values) in state.slots() {
                assert!(
                    values[1..N - 1].iter().all(|v| *v == 0.0),
                    "{} {name} on {isa}: {values:?}",
                    optimizer.name()
                );
                assert!(values[0].is_nan() && values[N - 1].is_nan(), "{} {name} on {isa}", optimizer.name());
            }
        }
    }
}
