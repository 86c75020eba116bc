//! The decoder's last bias, made to give the mean of the training images before anything is learned.

use std::ops::Range;

use data::Dataset;
use engine::ExecutorError;
use network::parameter_views;

use crate::error::TrainError;
use crate::recipe::OutputBias;
use crate::recipe::output_layer::output_layer;
use crate::recipe::plan::Plan;

/// Means are kept this far from 0 and 1 before their logit is taken, as in the code of Burda et al. 2016 (IWAE).
const LEAST: f64 = 1e-3;

/// First values of a bias.
#[derive(Clone)]
pub(crate) struct FirstBias {
    /// Its place among the parameters.
    range: Range<usize>,
    values: Vec<f32>,
}

impl FirstBias {
    /// That of the plan's decoder where the recipe asks for it: the mean of each output value over `train`, or of each
    /// channel where the last layer is a convolution; its logit where the output goes through a sigmoid.
    ///
    /// # Errors
    /// [`TrainError::Data`] if images on disk can no longer be read.
    pub fn of(plan: &Plan, train: &Dataset) -> Result<Option<Self>, TrainError> {
        let network = plan.network();
        let last = match (plan.recipe().model.output_bias, output_layer(network)) {
            (OutputBias::DataMean, Some(last)) => last,
            _ => return Ok(None),
        };
        let views = parameter_views(network).map_err(|error| ExecutorError::Plan(error.into()))?;
        let name = format!("decoder.{}.bias", last.index);
        let Some(view) = views.into_iter().find(|view| view.name == name) else { return Ok(None) };
        let n = view.range.len();
        let mut sums = vec![0.0; n];
        let mut image = vec![0.0; network.input.len()];
        for index in 0..train.len() {
            plan.transform().mean_target(train, index, &mut image);
            // Channels lie side by side, so that a convolution's come round every n values.
            for values in image.chunks(n) {
                sums.iter_mut().zip(values).for_each(|(sum, value)| *sum += f64::from(*value));
            }
        }
        train.check()?;
        let count = (train.len() * image.len() / n) as f64;
        let first = |sum: f64| {
            let mean = sum / count;
            let part = mean.clamp(LEAST, 1.0 - LEAST);
            if last.is_squashed { (part / (1.0 - part)).ln() as f32 } else { mean as f32 }
        };
        Ok(Some(Self { range: view.range, values: sums.into_iter().map(first).collect() }))
    }

    /// Takes its place among `parameters`.
    pub fn put_into(&self, parameters: &mut [f32]) {
        parameters[self.range.clone()].copy_from_slice(&self.values);
    }
}
