//! How good a run is on a whole split: losses, quality of reconstructions, and everything else that applies.

pub mod baseline;
pub mod class_measures;
pub mod draws;
pub mod full;
pub mod metrics_file;
pub mod quality;
pub mod row_error;
pub mod samplers;
mod split_numbers;

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

use data::Splits;

use crate::error::Error;
use crate::evaluation::full::{Features, Findings};
use crate::evaluation::split_numbers::SplitNumbers;
use crate::figure_files::write_in_run;
use crate::lab::Lab;
use crate::losses::bits_per_dimension_note;
use crate::measures::Measure;
use crate::runs::{Run, SplitRequest};
use crate::sentences;
use crate::shard::Shard;
use crate::shards::{JoinedParts, Part, PartIdentity};
use crate::split::Split;

/// What [`evaluate`] measures beyond losses and reconstructions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FullOptions {
    /// Importance samples per image, of the likelihood.
    pub samples: u32,
    /// Where generated and real images are compared.
    pub features: Features,
}

impl Default for FullOptions {
    /// 64 samples, pixels.
    fn default() -> Self {
        Self { samples: 64, features: Features::Pixels }
    }
}

/// What was measured of a run on a split.
pub struct Evaluation {
    /// Name of the data set.
    pub data: String,
    /// The part of it.
    pub split: Split,
    /// Images, or rows, that were measured.
    pub images: usize,
    /// Whether they are the rows of a table.
    pub are_rows: bool,
    /// Every number.
    pub measures: Vec<Measure>,
    /// What the numbers mean, what does not apply and why.
    pub notes: Vec<String>,
    /// Figures that were drawn into the run.
    pub figures: Vec<PathBuf>,
    /// Images that the network took each second.
    pub images_per_second: f64,
    /// Whether it was stopped before it was whole.
    pub interrupted: bool,
}

impl Evaluation {
    /// The value of that name.
    pub fn value(&self, name: &str) -> Option<f64> {
        self.measures.iter().find(|measure| measure.name == name).map(|measure| measure.value)
    }
}

/// Measures a run on the images that `request` names: loss terms (averages over all images, which add up to the total; a
/// VAE decodes one sample of each posterior, as in training), MSE, PSNR (dB) and SSIM of the reconstructions from the mean,
/// the same of a principal component analysis; with `full` everything else that applies.
///
/// The numbers are kept in the run's `metrics.json`, and figures in its folder, unless the images are of another data set
/// than its own; a run that cannot be written gives its numbers all the same. After `stop` the part at work is finished and
/// no other begun.
///
/// ```no_run
/// use lab::evaluation::{FullOptions, evaluate};
/// use lab::runs::SplitRequest;
///
/// let lab = lab::Lab::default();
/// let mut run = lab::Run::open("runs/mnist-mlp-vae-1", None, &lab)?;
/// let full = Some(FullOptions::default());
/// let evaluation = evaluate(&mut run, &SplitRequest::default(), full, &false.into(), &lab)?;
/// println!("PSNR {:?} dB on {} images", evaluation.value("psnr"), evaluation.images);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// If the images cannot be opened, or are not of the run's kind.
pub fn evaluate(
    run: &mut Run,
    request: &SplitRequest,
    full: Option<FullOptions>,
    stop: &AtomicBool,
    lab: &Lab,
) -> Result<Evaluation, Error> {
    if let Some(noise) = request.noise {
        run.put_noise(noise)?;
    }
    let splits = request.open(run, lab)?;
    let part = request.part(run);
    let set = part.of(&splits);
    let numbers = SplitNumbers::of(run, &splits, set, 0..set.len(), stop, lab)?;
    conclude(run, request, &splits, &numbers, full, stop, lab)
}

/// What a process finds of `shard` of the images that `request` names, for [`join_evaluation`]; nothing where it was asked to
/// stop before that was whole.
///
/// # Errors
/// As [`evaluate`]; if there are more shards than batches.
pub fn evaluate_shard(
    run: &mut Run,
    request: &SplitRequest,
    shard: Shard,
    stop: &AtomicBool,
    lab: &Lab,
) -> Result<Option<Part>, Error> {
    if let Some(noise) = request.noise {
        run.put_noise(noise)?;
    }
    let splits = request.open(run, lab)?;
    let set = request.part(run).of(&splits);
    let rows = shard.rows(set.len(), run.trained.batch())?;
    let identity = PartIdentity::new("evaluate", run, set, request, &[]);
    let mut part = Part::new(identity, shard, rows.clone(), run.kernels());
    let numbers = SplitNumbers::of(run, &splits, set, rows, stop, lab)?;
    let is_whole = !stop.load(Ordering::SeqCst);
    numbers.add_to(&mut part);
    Ok(is_whole.then_some(part))
}

/// What [`evaluate`] finds without `full`, from the parts of all shards of the images that `request` names: the same numbers,
/// kept in the run as it keeps them.
///
/// # Errors
/// As [`evaluate`]; if the parts are of something else, or not all there.
pub fn join_evaluation(
    run: &mut Run,
    request: &SplitRequest,
    parts: &[PathBuf],
    lab: &Lab,
) -> Result<Evaluation, Error> {
    if let Some(noise) = request.noise {
        run.put_noise(noise)?;
    }
    let splits = request.open(run, lab)?;
    let set = request.part(run).of(&splits);
    let parts = JoinedParts::read(parts, &PartIdentity::new("evaluate", run, set, request, &[]), lab)?;
    let numbers = SplitNumbers::joined(run, set, &parts)?;
    conclude(run, request, &splits, &numbers, None, &AtomicBool::new(false), lab)
}

/// Keeps what was found of the images that `request` names, measures the rest, and says what it means.
fn conclude(
    run: &mut Run,
    request: &SplitRequest,
    splits: &Splits,
    numbers: &SplitNumbers,
    full: Option<FullOptions>,
    stop: &AtomicBool,
    lab: &Lab,
) -> Result<Evaluation, Error> {
    let part = request.part(run);
    let (split, set) = (part.name(), part.of(splits));
    // Metrics and figures of another data set, and of other noise, are none of the run's own.
    let own_data = request.data.is_none() && request.noise.is_none();
    let keep_if_own = |run: &Run, measures: &[Measure], notes: &[String]| match own_data {
        true => lab.keep_or_warn(metrics_file::keep(run, split, set.len(), measures, notes)),
        false => Ok(()),
    };
    let is_asked_to_stop = || stop.load(Ordering::SeqCst);
    let (mut notes, mut files) = (Vec::new(), Vec::new());
    let images_per_second = set.len() as f64 / numbers.seconds;
    let mut measures = numbers.measures(run);
    keep_if_own(run, &measures, &notes)?;
    if let Some(FullOptions { samples, features }) = full.filter(|_| !is_asked_to_stop()) {
        let effort = full::Effort { samples: samples.into(), features, images_per_second };
        let mut after_each =
            |run: &Run, findings: &Findings| keep_if_own(run, &findings.measures, &findings.notes);
        let findings = full::evaluate(run, splits, part, effort, lab, stop, &mut after_each)?;
        measures.extend(findings.measures);
        notes = findings.notes;
        for (name, figure) in findings.figures.iter().filter(|_| own_data) {
            files.extend(lab.keep_or_warn(write_in_run(&run.dir, name, figure))?);
        }
    }
    if full.is_some() {
        keep_if_own(run, &[], &notes)?;
    }
    // What follows from the numbers is said, but not kept beside them.
    if let (Some(columns), Some(error)) = (run.columns(), &numbers.row_error) {
        notes.insert(0, error.note(&columns.names));
    }
    notes.extend(bits_per_dimension_note(run, &numbers.terms()));
    notes.splice(0..0, sentences::notes(&measures, &baseline::numbers(run, splits, lab)));
    Ok(Evaluation {
        data: set.name().to_owned(),
        split: part,
        images: set.len(),
        are_rows: set.columns().is_some(),
        measures,
        notes,
        figures: files,
        images_per_second,
        interrupted: is_asked_to_stop(),
    })
}
