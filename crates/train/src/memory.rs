//! How much memory a training takes, known before it begins.

use engine::{Executor, ExecutorError, Options, parameter_views};

use crate::check::Plan;
use crate::error::TrainError;
use crate::trainer::Compute;

impl Plan {
    /// Bytes that a training with batches of `batch` images takes beside its data set: activations, weights,
    /// gradients, the optimizer's moments, and one copy of weights and moments while they are saved.
    ///
    /// # Errors
    /// If the engine cannot run the network with such batches.
    pub fn memory(&self, batch: usize, compute: Compute) -> Result<u64, TrainError> {
        let Compute { threads, isa } = compute;
        let options = Options { batch, threads, isa };
        let network = Executor::<f32>::memory(self.network(), options)?;
        let views = parameter_views(self.network()).map_err(|error| ExecutorError::Plan(error.into()))?;
        let parameters: usize = views.iter().map(|view| view.range.len()).sum();
        let moments = self.recipe().optimizer.rule.slots().len();
        Ok(network + ((moments + moments + 1) * parameters * size_of::<f32>()) as u64)
    }
}
