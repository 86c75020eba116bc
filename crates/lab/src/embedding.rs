//! The codes of many images, by several processes.

use std::path::PathBuf;

use model::Embedding;

use crate::error::Error;
use crate::lab::Lab;
use crate::runs::{ImageRequest, ImageSelection, Run};
use crate::shard::Shard;
use crate::shards::{JoinedParts, Part, PartIdentity};

/// What parts have of each code.
const MEAN: &str = "mean";
const LOG_VAR: &str = "log_var";

fn identity(run: &Run, request: &ImageRequest, images: &ImageSelection) -> PartIdentity {
    PartIdentity::new("embed", run, &images.set, &request.set, &[])
}

/// The codes of `shard` of `images`, which `request` names.
///
/// # Errors
/// If there are more shards than batches.
pub fn embed_shard(
    run: &mut Run,
    request: &ImageRequest,
    images: &ImageSelection,
    shard: Shard,
) -> Result<Part, Error> {
    let rows = shard.rows(images.set.len(), run.trained.batch())?;
    let seen = images.source().after(rows.start);
    let embedding = run.trained.model.encode_from(&seen, rows.len());
    let mut part = Part::new(identity(run, request, images), shard, rows, run.kernels());
    part.add_singles(MEAN, &embedding.mean);
    if let Some(log_var) = &embedding.log_var {
        part.add_singles(LOG_VAR, log_var);
    }
    Ok(part)
}

/// The codes of all of `images`, which `request` names, from the parts of all shards.
///
/// # Errors
/// If the parts are of something else, or not all there.
pub fn join_embedding(
    run: &Run,
    request: &ImageRequest,
    images: &ImageSelection,
    parts: &[PathBuf],
    lab: &Lab,
) -> Result<Embedding, Error> {
    let parts = JoinedParts::read(parts, &identity(run, request, images), lab)?;
    let code = run.trained.model.code_shape();
    let read = |name| parts.singles(name, |rows| rows * code.len());
    let log_var = parts.has(LOG_VAR).then(|| read(LOG_VAR)).transpose()?;
    Ok(Embedding { mean: read(MEAN)?, log_var, code })
}
