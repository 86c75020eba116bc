//! An optimizer with its running means.

use std::ops::Range;

use crate::kernels::update::{MOST_SLOTS, Update};
use crate::shared::Shared;
use crate::simd::{Isa, Scalar};
use network::{Optimizer, OptimizerBuffers, StepRate};

/// An optimizer with its buffers: flat, in the parameters' layout.
pub(crate) struct OptimizerState<T: Scalar> {
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

    /// Takes the place of one for `parameters` parameters; `None` where the buffers are not of as many.
    pub fn of(buffers: &OptimizerBuffers<T>, parameters: usize) -> Option<Self> {
        let mut state = Self::new(buffers.optimizer(), parameters);
        state.steps = buffers.steps();
        for (slot, (_, values)) in std::iter::zip(&mut state.slots, buffers.slots()) {
            if values.len() != parameters {
                return None;
            }
            slot.get_mut().copy_from_slice(values);
        }
        Some(state)
    }

    /// A copy of everything.
    pub fn buffers(&self) -> OptimizerBuffers<T> {
        // SAFETY: only updates write the slots through `&self`, and whoever runs one promises that none is read then.
        #[allow(unsafe_code)]
        let values = |slot| unsafe { Shared::whole(slot) }.to_vec();
        let slots = self.slots.iter().map(values).collect();
        OptimizerBuffers::new(self.optimizer, self.steps, slots).expect("as many slots as its rule has")
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
    use network::{Adamax, Lion};

    use super::*;

    fn step<T: Scalar>(state: &mut OptimizerState<T>, isa: Isa, gradient: &[T], parameters: &mut [T]) {
        let rate = state.next_step(1e-3);
        // SAFETY: nothing else has the state.
        #[allow(unsafe_code)]
        unsafe {
            state.update(isa, rate, 0..parameters.len(), T::ONE, gradient, parameters);
        }
    }

    /// The means of what no longer learns become 0, not subnormal numbers; a NaN stays.
    #[test]
    fn running_means_end_at_zero() {
        const N: usize = 21;
        let pairs = Isa::available()
            .into_iter()
            .flat_map(|isa| Optimizer::examples().into_iter().map(move |optimizer| (isa, optimizer)));
        for (isa, optimizer) in pairs {
            let mut state = OptimizerState::<f32>::new(optimizer, N);
            let mut parameters = [1.0f32; N];
            for at in 0..100_000 {
                let mut gradient = [if at == 0 { 0.5 } else { 0.0 }; N];
                (gradient[0], gradient[N - 1]) = (f32::NAN, f32::NAN);
                step(&mut state, isa, &gradient, &mut parameters);
            }
            for (name, values) in state.buffers().slots() {
                assert!(
                    values[1..N - 1].iter().all(|v| *v == 0.0),
                    "{} {name} on {isa}: {values:?}",
                    optimizer.name()
                );
                assert!(values[0].is_nan() && values[N - 1].is_nan(), "{} {name} on {isa}", optimizer.name());
            }
            assert!(parameters[0].is_nan() && parameters[N - 1].is_nan(), "{} on {isa}", optimizer.name());
        }
    }

    /// The parameter after an update, of its running means, itself, its gradient, and the number of the step.
    type Formula<'a> = dyn Fn(&mut [f64; 2], f64, f64, i32) -> f64 + 'a;

    /// Parameters after steps along gradients of many sizes, and of 0, as the papers' formulas give them in f64.
    fn check<T: Scalar>(optimizer: Optimizer, isa: Isa, tolerance: f64, rule: &Formula<'_>) {
        const N: usize = 19;
        let stream = random::Stream::new(5, "gradients");
        let mut state = OptimizerState::<T>::new(optimizer, N);
        let mut start = [0.0f32; N];
        stream.normals(0, 0, &mut start);
        let mut parameters = start.map(|p| T::from_f64(f64::from(p)));
        let mut expected = start.map(f64::from);
        let mut means = [[0.0; 2]; N];
        for t in 1..=40 {
            let mut draws = [0.0f32; N];
            stream.normals(t as u64, 0, &mut draws);
            for (i, draw) in draws.iter_mut().enumerate() {
                *draw *= if i == 0 { 0.0 } else { 10f32.powi(i as i32 % 7 - 5) };
            }
            step(&mut state, isa, &draws.map(|g| T::from_f64(f64::from(g))), &mut parameters);
            for ((p, means), g) in expected.iter_mut().zip(&mut means).zip(draws) {
                *p = rule(means, *p, f64::from(g), t);
            }
            for (p, expected) in parameters.iter().zip(expected) {
                let difference = (p.to_f64() - expected).abs();
                assert!(difference <= tolerance, "{} on {isa}, step {t}: {difference}", optimizer.name());
            }
        }
    }

    fn check_on_every_path(optimizer: Optimizer, rule: &Formula<'_>) {
        check::<f64>(optimizer, Isa::Plain, 1e-13, rule);
        // A step of 1e-3 moves parameters around 1 by 40 roundings of at most 2^-24 (or 2^-23 between 2 and 4) each.
        Isa::available()
            .into_iter()
            .for_each(|isa| check::<f32>(optimizer, isa, 40.0 * 2f64.powi(-23), rule));
    }

    #[test]
    fn adamax_is_that_of_kingma_and_ba() {
        // The formulas of their algorithm 2, with Keras' ε.
        let (beta_1, beta_2, epsilon) = (0.9f32, 0.999f32, 1e-7f32);
        let rule = |[m, u]: &mut [f64; 2], p: f64, g: f64, t: i32| {
            let (beta_1, beta_2) = (f64::from(beta_1), f64::from(beta_2));
            *m = beta_1 * *m + (1.0 - beta_1) * g;
            *u = (beta_2 * *u).max(g.abs());
            p - 1e-3 / (1.0 - beta_1.powi(t)) * *m / (*u + f64::from(epsilon))
        };
        check_on_every_path(Adamax { beta_1, beta_2, epsilon }.into(), &rule);
    }

    #[test]
    fn lion_is_that_of_chen_and_others() {
        for weight_decay in [0.0f32, 0.5] {
            let (beta_1, beta_2) = (0.9f32, 0.99f32);
            let rule = |[m, _]: &mut [f64; 2], p: f64, g: f64, _: i32| {
                let (beta_1, beta_2) = (f64::from(beta_1), f64::from(beta_2));
                let c = beta_1 * *m + (1.0 - beta_1) * g;
                *m = beta_2 * *m + (1.0 - beta_2) * g;
                let sign = if c == 0.0 { 0.0 } else { c.signum() };
                p - 1e-3 * (sign + f64::from(weight_decay) * p)
            };
            check_on_every_path(Lion { beta_1, beta_2, weight_decay }.into(), &rule);
        }
    }
}
