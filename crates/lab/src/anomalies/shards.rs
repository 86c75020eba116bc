//! Scores by several processes.

use std::ops::Range;
use std::path::PathBuf;

use super::heat_maps::Heat;
use super::scores::{Score, Scores};
use super::{Anomalies, AnomalyOptions, Subject, check_score, conclude, draw};
use crate::error::Error;
use crate::lab::Lab;
use crate::runs::{ImageRequest, ImageSelection, Run};
use crate::shard::Shard;
use crate::shards::{JoinedParts, Part, PartIdentity};

/// What a process finds of its shard of some images.
pub struct ShardScores {
    /// All of the images.
    pub images: ImageSelection,
    /// Which of them it took.
    pub rows: Range<usize>,
    /// For [`join_scores`].
    pub part: Part,
    /// Where its images are strange; `None` as of [`Anomalies`].
    pub heat: Option<Heat>,
}

/// Options that scores depend on; those that only judge them are given when parts are joined.
fn identity(run: &Run, request: &ImageRequest, images: &ImageSelection, samples: u64) -> PartIdentity {
    let options = [("--samples", samples.to_string())];
    PartIdentity::new("anomalies", run, &images.set, &request.set, &options)
}

/// Scores `shard` of the images that `request` names as [`score`](super::score) scores all.
///
/// # Errors
/// If the images cannot be opened, or there are more shards than batches.
pub fn score_shard(
    run: &mut Run,
    request: &ImageRequest,
    options: &AnomalyOptions,
    shard: Shard,
    lab: &Lab,
) -> Result<ShardScores, Error> {
    check_score(run, options)?;
    let images = request.open(run, lab)?;
    let subject = Subject::of(run, request, images, options, lab)?;
    let rows = shard.rows(subject.images.set.len(), run.trained.batch())?;
    let (scores, heat) = subject.score(run, rows.clone(), options, lab)?;
    let images = subject.images;
    let identity = identity(run, request, &images, options.samples);
    let mut part = Part::new(identity, shard, rows.clone(), run.kernels());
    for (score, values) in scores.all() {
        part.add_doubles(score.key(), values);
    }
    Ok(ShardScores { images, rows, part, heat })
}

/// What [`score`](super::score) finds, from the parts of all shards of the images that `request` names. Heat maps are not
/// among it, nor what takes those of all images.
///
/// # Errors
/// If the parts are of something else, or not all there; as [`score`](super::score).
pub fn join_scores(
    run: &mut Run,
    request: &ImageRequest,
    options: &AnomalyOptions,
    parts: &[PathBuf],
    lab: &Lab,
) -> Result<(Anomalies, Vec<PathBuf>), Error> {
    check_score(run, options)?;
    let images = request.open(run, lab)?;
    let subject = Subject::of(run, request, images, options, lab)?;
    let parts = JoinedParts::read(parts, &identity(run, request, &subject.images, options.samples), lab)?;
    let mut scores = Scores::default();
    for score in Score::ALL.into_iter().filter(|score| parts.has(score.key())) {
        scores.add(score, parts.doubles(score.key(), |rows| rows)?);
    }
    let found = conclude(run, request, options, subject, scores, None, lab)?;
    let files = draw(run, request, &found, lab)?;
    Ok((found, files))
}
