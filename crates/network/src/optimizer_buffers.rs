//! What an optimizer keeps, read out of a device.

use crate::optimizer::Optimizer;

/// An update rule, how often it was applied, and its buffers.
#[derive(Clone, Debug, PartialEq)]
pub struct OptimizerBuffers<T = f32> {
    optimizer: Optimizer,
    steps: u64,
    slots: Vec<Vec<T>>,
}

impl<T> OptimizerBuffers<T> {
    /// Of `steps` updates; `slots` are the buffers in the order of [`Optimizer::slots`], each in the parameters' layout.
    /// `None` where they are more or fewer, or not of one length.
    pub fn new(optimizer: Optimizer, steps: u64, slots: Vec<Vec<T>>) -> Option<Self> {
        let fits = slots.len() == optimizer.slots().len()
            && slots.windows(2).all(|slots| slots[0].len() == slots[1].len());
        fits.then_some(Self { optimizer, steps, slots })
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
        self.optimizer.slots().iter().copied().zip(self.slots.iter().map(Vec::as_slice))
    }
}
