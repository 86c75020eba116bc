//! What normal images score and look like, kept in the run: with it, images are judged where the data are not.

use std::collections::HashMap;

use analysis::{Alignment, NormalPixels};
use safetensors::SafeTensors;
use serde_json::{Value, json};

use super::heat_maps::in_batches;
use super::normal;
use super::scores::{Score, Scores};
use crate::error::Error;
use crate::lab::Lab;
use crate::runs::{ImageRequest, ImageSelection, Run};
use crate::tensors::Tensor;

/// The one key of the file's metadata; several would be written in random order.
const KEY: &str = "latentlab";
const SCHEMA: u64 = 1;

/// What the normal images of a run, which it was not trained on, score and look like.
#[derive(Clone, Debug, PartialEq)]
pub struct NormalStatistics {
    /// Scores of each of them; the heat map's as if the statistics did not hold that image.
    pub scores: Scores,
    /// What their pixels are like; `None` of tables, and of a single image.
    pub pixels: Option<NormalPixels>,
    /// The same where nothing is at a place of its own, as in tiles of larger pictures.
    pub tiles: Option<TileStatistics>,
}

/// What pixels of normal images are like, wherever they are.
#[derive(Clone, Debug, PartialEq)]
pub struct TileStatistics {
    /// The statistics.
    pub pixels: NormalPixels,
    /// The hottest pixel of each normal image beside them, as if they did not hold it.
    pub peaks: Vec<f64>,
}

impl NormalStatistics {
    /// Those that the run holds for its weights, or else those of its validation images, which are then kept in it;
    /// `None`, and a note, where the images are not to be had or there are none.
    pub(super) fn of(
        run: &mut Run,
        request: &ImageRequest,
        images: Option<&ImageSelection>,
        samples: u64,
        lab: &Lab,
    ) -> Result<Option<Self>, Error> {
        if let Some(images) = images {
            normal::tell_if_judged_by_themselves(images, lab)?;
        }
        if let Some(kept) = Self::kept(run, samples, lab)? {
            return Ok(Some(kept));
        }
        let Some(normal) = normal::images(run, request, images, lab)? else { return Ok(None) };
        let (seen, count) = (run.trained.source(&normal), normal.len());
        let mut scores = Scores::of(&mut run.trained, &seen, 0..count, samples, lab)?;
        let (mut pixels, mut tiles) = (None, None);
        if run.columns().is_none() && count > 1 {
            let shape = run.image_shape();
            let shape = [shape.height, shape.width, shape.channels];
            let mut maps = |alignment| {
                NormalPixels::of(shape, alignment, count, |see| in_batches(run, &seen, count, see))
            };
            let (aligned, anywhere) = (maps(Alignment::Aligned)?, maps(Alignment::Anywhere)?);
            scores.add(Score::HeatMap, aligned.peaks);
            pixels = Some(aligned.pixels);
            tiles = Some(TileStatistics { pixels: anywhere.pixels, peaks: anywhere.peaks });
        }
        let found = Self { scores, pixels, tiles };
        lab.keep_or_warn(found.keep(run, samples))?;
        Ok(Some(found))
    }

    /// Keeps them in the run, with the weights that they are of.
    fn keep(&self, run: &Run, samples: u64) -> Result<(), Error> {
        let mut tensors = Vec::new();
        for (score, values) in self.scores.all() {
            tensors.push((format!("scores.{}", score.key()), Tensor::doubles(values)));
        }
        if let Some(pixels) = &self.pixels {
            for (name, values) in pixels.parts() {
                tensors.push((format!("pixels.{name}"), Tensor::singles(values)));
            }
        }
        if let Some(TileStatistics { pixels, peaks }) = &self.tiles {
            tensors.push(("tiles.peaks".to_owned(), Tensor::doubles(peaks)));
            for (name, values) in pixels.parts() {
                tensors.push((format!("tiles.{name}"), Tensor::singles(values)));
            }
        }
        let header = json!({
            "schema": SCHEMA, "weights_sha256": run.trained.weights_sha256, "samples": samples,
            "shape": self.pixels.as_ref().map(|pixels| pixels.shape),
        });
        let metadata = HashMap::from([(KEY.to_owned(), header.to_string())]);
        // Names and lengths are ours: the format has nothing to refuse.
        let Ok(bytes) =
            safetensors::serialize(tensors.iter().map(|(name, tensor)| (name, tensor)), Some(metadata))
        else {
            return Ok(());
        };
        Ok(run.dir.write_normal(&bytes)?)
    }

    /// Those that the run holds, if they are of its weights and of as many draws.
    fn kept(run: &Run, samples: u64, lab: &Lab) -> Result<Option<Self>, Error> {
        let Some(bytes) = run.dir.read_normal()? else { return Ok(None) };
        let found = read(&bytes, &run.trained.weights_sha256, samples);
        if found.is_none() {
            lab.detail("what normal images score was kept for other weights or options: found anew");
        }
        let is_of_run = |statistics: &Self| match &statistics.pixels {
            Some(pixels) => {
                let shape = run.image_shape();
                pixels.shape == [shape.height, shape.width, shape.channels]
            }
            None => true,
        };
        Ok(found.filter(is_of_run))
    }
}

/// What [`NormalStatistics::keep`] wrote, if it is whole, of this program's version, these weights and as many draws.
fn read(bytes: &[u8], weights_sha256: &str, samples: u64) -> Option<NormalStatistics> {
    let (_, metadata) = SafeTensors::read_metadata(bytes).ok()?;
    let header: Value = serde_json::from_str(metadata.metadata().as_ref()?.get(KEY)?).ok()?;
    let is_valid = header["schema"] == SCHEMA
        && header["weights_sha256"] == weights_sha256
        && header["samples"] == samples;
    if !is_valid {
        return None;
    }
    let tensors = SafeTensors::deserialize(bytes).ok()?;
    let tensor = |name: String| Tensor::of(&tensors.tensor(&name).ok()?);
    let doubles = |name: String| -> Option<Vec<f64>> {
        let doubles = tensor(name)?.as_doubles()?;
        doubles.iter().all(|value| value.is_finite()).then_some(doubles)
    };
    let singles = |name: String| tensor(name)?.as_singles();
    let mut scores = Scores::default();
    for score in Score::ALL {
        if let Some(values) = doubles(format!("scores.{}", score.key())) {
            scores.add(score, values);
        }
    }
    scores.by(Score::Reconstruction)?;
    let Some(shape) = header["shape"].as_array() else {
        return Some(NormalStatistics { scores, pixels: None, tiles: None });
    };
    let shape: Vec<usize> =
        shape.iter().map(|side| side.as_u64().map(|side| side as usize)).collect::<Option<_>>()?;
    let shape: [usize; 3] = shape.try_into().ok()?;
    let pixels = |of: &str| NormalPixels::from_parts(shape, |name| singles(format!("{of}.{name}")));
    let tiles = TileStatistics { pixels: pixels("tiles")?, peaks: doubles("tiles.peaks".to_owned())? };
    Some(NormalStatistics { scores, pixels: Some(pixels("pixels")?), tiles: Some(tiles) })
}
