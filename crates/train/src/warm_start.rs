//! Beginning with the weights of another run instead of drawn ones.

use engine::{ParameterView, parameter_views};
use run::{Digest, RunDir, Slot, WarmStart};

use crate::error::TrainError;
use crate::trainer::Trainer;

/// Weights of a run to begin another with.
#[derive(Clone, Debug)]
pub struct FirstWeights {
    record: WarmStart,
    views: Vec<ParameterView>,
    parameters: Vec<f32>,
}

impl FirstWeights {
    /// The best weights of `run`, or the last if no epoch came to its end.
    ///
    /// # Errors
    /// If there are none that can be read.
    pub fn of(run: &RunDir) -> Result<Self, TrainError> {
        let loaded = match run.load_checkpoint(Slot::Best) {
            Err(run::Error::NoCheckpoint { tried, .. }) if tried.is_empty() => {
                run.load_checkpoint(Slot::Last)?
            }
            loaded => loaded?,
        };
        let fail = |error| TrainError::Checkpoint { path: run.path().to_owned(), error: Box::new(error) };
        let weights = model::weights::from_bytes(&loaded.checkpoint.weights).map_err(fail)?;
        let views = parameter_views(&weights.network).map_err(|error| fail(error.into()))?;
        let record = WarmStart {
            run: run.path().display().to_string(),
            epoch: loaded.checkpoint.epoch,
            weights_sha256: Digest::of(&loaded.checkpoint.weights).sha256,
        };
        Ok(Self { record, views, parameters: weights.parameters })
    }

    /// What the manifest of a run that begins with them says.
    pub fn record(&self) -> &WarmStart {
        &self.record
    }
}

impl Trainer {
    /// Takes the place of the drawn weights, in a training that has not begun. The two networks must have the same
    /// tensors by name and shape; activations and losses may differ, and a learned width of the loss begins as its
    /// recipe says where the other has none. Moments and counters begin anew.
    ///
    /// # Errors
    /// [`TrainError::OtherShapes`], with the first tensor that does not fit.
    pub fn begin_with(&mut self, first: FirstWeights) -> Result<(), TrainError> {
        let is_of_network = |view: &&ParameterView| !view.name.starts_with("objective.");
        let (own, theirs) = (self.executor.views(), &first.views);
        let shape = |view: Option<&ParameterView>| match view {
            Some(view) => view.shape.iter().map(ToString::to_string).collect::<Vec<_>>().join(" × "),
            None => "absent".to_owned(),
        };
        let names = own.iter().chain(theirs).filter(is_of_network).map(|view| &view.name);
        for name in names {
            let [there, here] =
                [theirs.as_slice(), own].map(|views| shape(views.iter().find(|v| v.name == *name)));
            if there != here {
                let path = first.record.run.as_str().into();
                return Err(TrainError::OtherShapes { path, tensor: name.clone(), there, here });
            }
        }
        let mut parameters = self.executor.parameters().to_vec();
        for view in own {
            if let Some(from) =
                theirs.iter().find(|other| other.name == view.name && other.shape == view.shape)
            {
                parameters[view.range.clone()].copy_from_slice(&first.parameters[from.range.clone()]);
            }
        }
        let fits = self.executor.set_parameters(&parameters);
        debug_assert!(fits, "as many as before");
        self.first_weights = Some(first);
        Ok(())
    }
}
