//! What was measured of a run before, in its `metrics.json`.

use network::Term;
use run::{Metrics, RunDir, SplitMetrics};

use crate::error::Error;
use crate::losses::loss_unit;
use crate::measures::Measure;
use crate::runs::Run;

/// Adds what was measured to the run's metrics. What an earlier evaluation of the same weights and images found
/// besides stays.
///
/// # Errors
/// If the run's metrics cannot be read or written.
pub fn keep(
    run: &Run,
    split: &str,
    images: usize,
    measures: &[Measure],
    notes: &[String],
) -> Result<(), Error> {
    let mut metrics = stored(&run.dir)?;
    let weights_sha256 = run.trained.weights_sha256.clone();
    let kept = metrics.splits.entry(split.to_owned()).or_default();
    if kept.weights_sha256 != weights_sha256 || kept.images != images as u64 {
        *kept = SplitMetrics { images: images as u64, weights_sha256, ..SplitMetrics::default() };
    }
    let loss = loss_unit(&run.trained.recipe.objective);
    for measure in measures {
        let unit = Term::named(measure.name).map(|_| loss);
        kept.metrics.insert(measure.name.to_owned(), measure.kept(split, unit));
    }
    if !notes.is_empty() {
        kept.notes = notes.to_vec();
    }
    Ok(run.dir.write(&metrics)?)
}

/// The run's metrics; none yet if it was never evaluated.
///
/// # Errors
/// If there are some that cannot be read.
pub fn stored(run: &RunDir) -> Result<Metrics, Error> {
    match run.read::<Metrics>() {
        Err(error) if error.is_not_found() => Ok(Metrics::default()),
        found => Ok(found?),
    }
}
