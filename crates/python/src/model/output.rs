//! What a model gives, in the units of the data.

use std::sync::atomic::{AtomicBool, Ordering};

use latentlab::Embedding;
use latentlab::lab;
use latentlab::lab::evaluation::samplers::{self, Sampler};
use latentlab::train::TrainedModel;
use pyo3::prelude::*;

use super::{Model, PIECE};
use crate::arrays::shaped;

/// Codes drawn from what is fitted to `codes`.
pub(super) fn drawn(
    codes: &Embedding,
    sampler: Sampler,
    components: Option<u16>,
    n: usize,
    seed: u64,
    seed_of_fit: u64,
) -> Result<Vec<f32>, lab::Error> {
    if sampler == Sampler::Gaussian && codes.len() < codes.dims() {
        return samplers::draw_from_few(codes, n, seed);
    }
    let mut count = 1;
    if sampler == Sampler::Gmm {
        samplers::check_mixture(codes)?;
        count = samplers::components(components, codes)?;
    }
    Ok(samplers::fit(sampler, codes, count, seed_of_fit)?.sample(n, seed))
}

impl Model {
    /// `codes` decoded, in the units of the data.
    pub(super) fn decoded(
        &self,
        trained: &mut TrainedModel,
        codes: &[f32],
        stop: &AtomicBool,
    ) -> Result<Vec<f32>, lab::Error> {
        let mut images = Vec::new();
        for piece in codes.chunks(PIECE * self.latent) {
            if stop.load(Ordering::Relaxed) {
                break;
            }
            images.extend(trained.model.decode(piece)?);
        }
        Ok(self.in_units(images))
    }

    /// What the network gives, in the units of the data: without the recipe's border, black and white as they were, rows
    /// as they were before they were standardised.
    pub(super) fn in_units(&self, mut values: Vec<f32>) -> Vec<f32> {
        let data = &self.recipe.data;
        if let Some(columns) = &data.columns {
            columns.in_units(&mut values);
            return values;
        }
        if data.invert {
            values.iter_mut().for_each(|value| *value = 1.0 - *value);
        }
        let ([height, width, channels], pad) = (self.image, data.pad);
        if pad == 0 {
            return values;
        }
        let (row, kept) = ((width + 2 * pad) * channels, width * channels);
        let images = values.chunks_exact((height + 2 * pad) * row);
        images
            .flat_map(|image| image.chunks_exact(row).skip(pad).take(height))
            .flat_map(|line| &line[pad * channels..][..kept])
            .copied()
            .collect()
    }

    /// Images [n, height, width, channels], or rows [n, columns].
    pub(super) fn output<'py>(&self, py: Python<'py>, values: Vec<f32>) -> PyResult<Bound<'py, PyAny>> {
        let each = self.rows.map_or_else(|| self.image.to_vec(), |columns| vec![columns]);
        let count = values.len() / each.iter().product::<usize>();
        shaped(py, values, &[vec![count], each].concat())
    }
}
