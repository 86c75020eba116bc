//! How close reconstructions are to what they should be.

use analysis::{ImageQuality, MeanQuality, image_quality};
use data::Dataset;

use crate::error::Error;
use crate::lab::Lab;
use crate::measures::Measure;
use crate::runs::Run;

/// Images that are compared with their reconstructions at a time; bounds memory.
const CHUNK: usize = 4096;

/// How close images are to what they should be.
pub struct ReconstructionQuality {
    /// What the network gives.
    pub outputs: Vec<ImageQuality>,
    /// What it is given, of a denoiser.
    pub inputs: Vec<ImageQuality>,
}

impl ReconstructionQuality {
    /// Compares the images of `set` at `indices` with what the network makes of them, in chunks; none where they are too
    /// small for SSIM.
    ///
    /// # Errors
    /// If images cannot be compared.
    pub fn of(run: &mut Run, set: &Dataset, indices: &[usize], lab: &Lab) -> Result<Self, Error> {
        let seen = run.trained.source(set);
        let is_denoiser = run.trained.recipe.data.is_denoising();
        let chunk = lab.memory().images_at_a_time(run.trained.model.network().input.len(), 4, CHUNK);
        let stage = lab.stage("reconstructions", indices.len().div_ceil(chunk) as u64);
        let mut quality = Self { outputs: Vec::with_capacity(indices.len()), inputs: Vec::new() };
        for chunk in indices.chunks(chunk) {
            let made = run.reconstruct_at(&seen, chunk);
            if !made.targets.are_comparable() {
                break;
            }
            let (targets, shape) = (&made.targets.pixels, made.targets.shape);
            quality.outputs.extend(image_quality(targets, &made.outputs.pixels, shape)?);
            if is_denoiser {
                quality.inputs.extend(image_quality(targets, &made.inputs.pixels, shape)?);
            }
            stage.step();
        }
        Ok(quality)
    }

    /// The averages.
    pub fn measures(&self) -> Vec<Measure> {
        let named = |names: [&'static str; 3], quality: &[ImageQuality]| -> Vec<Measure> {
            let Some(mean) = MeanQuality::of(quality) else { return Vec::new() };
            let values = names.into_iter().zip([mean.mse, mean.psnr, mean.ssim]);
            values.map(|(name, value)| Measure::new(name, value, quality.len())).collect()
        };
        let mut measures = named(["mse", "psnr", "ssim"], &self.outputs);
        measures.extend(named(["noisy_mse", "noisy_psnr", "noisy_ssim"], &self.inputs));
        measures
    }
}
