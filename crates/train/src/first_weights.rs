//! Weights of another run, or of another program's files, to begin with instead of drawn ones.

use network::{Network, ParameterView, parameter_views};
use run::{Digest, Import, Manifest, RunDir, Slot, WarmStart};

use crate::error::TrainError;

/// Weights to begin a run with.
#[derive(Clone, Debug)]
pub struct FirstWeights {
    source: Source,
    views: Vec<ParameterView>,
    parameters: Vec<f32>,
}

/// Where weights are from.
#[derive(Clone, Debug)]
enum Source {
    Run(WarmStart),
    Files(Import),
}

impl FirstWeights {
    /// Those that were read from another program's files, of `network`.
    ///
    /// # Errors
    /// If the network does not fit together.
    pub fn imported(import: Import, network: &Network, parameters: Vec<f32>) -> Result<Self, TrainError> {
        let views = parameter_views(network).map_err(model::ModelError::from)?;
        Ok(Self { source: Source::Files(import), views, parameters })
    }

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
        Ok(Self { source: Source::Run(record), views, parameters: weights.parameters })
    }

    /// Whether they are those that another run began with.
    pub fn are_of(&self, record: &WarmStart) -> bool {
        matches!(&self.source, Source::Run(own) if own.weights_sha256 == record.weights_sha256)
    }

    /// Has the manifest of a run that begins with them say so.
    pub fn note_in(&self, manifest: &mut Manifest) {
        match &self.source {
            Source::Run(record) => manifest.warm_start = Some(record.clone()),
            Source::Files(import) => manifest.import = Some(import.clone()),
        }
    }

    /// What messages call them.
    fn name(&self) -> String {
        match &self.source {
            Source::Run(record) => record.run.clone(),
            Source::Files(import) => import.files.keys().cloned().collect::<Vec<_>>().join(", "),
        }
    }

    /// Takes the places of `parameters`, of which `views` are the tensors: those of the same name and shape. Those of
    /// the objective may be on one side only.
    ///
    /// # Errors
    /// [`TrainError::OtherShapes`], with the first tensor that does not fit.
    pub(crate) fn put_into(&self, parameters: &mut [f32], views: &[ParameterView]) -> Result<(), TrainError> {
        let is_of_network = |view: &&ParameterView| !view.name.starts_with("objective.");
        let (own, theirs) = (views, self.views.as_slice());
        let shape = |view: Option<&ParameterView>| match view {
            Some(view) => view.shape.iter().map(ToString::to_string).collect::<Vec<_>>().join(" × "),
            None => "absent".to_owned(),
        };
        let names = own.iter().chain(theirs).filter(is_of_network).map(|view| &view.name);
        for name in names {
            let [there, here] = [theirs, own].map(|views| shape(views.iter().find(|v| v.name == *name)));
            if there != here {
                let path = self.name().into();
                return Err(TrainError::OtherShapes { path, tensor: name.clone(), there, here });
            }
        }
        for view in own {
            let from = theirs.iter().find(|other| other.name == view.name && other.shape == view.shape);
            if let Some(from) = from {
                parameters[view.range.clone()].copy_from_slice(&self.parameters[from.range.clone()]);
            }
        }
        Ok(())
    }
}
