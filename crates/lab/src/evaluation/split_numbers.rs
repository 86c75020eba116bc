//! What is measured of each image of a split, or of each batch of them: what averages are made of.

use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use analysis::ImageQuality;
use data::{Dataset, Splits};
use network::{Term, Terms};

use crate::error::Error;
use crate::evaluation::baseline::BaselineError;
use crate::evaluation::quality::ReconstructionQuality;
use crate::evaluation::row_error::RowError;
use crate::lab::Lab;
use crate::losses::loss_measures;
use crate::measures::Measure;
use crate::runs::Run;
use crate::shards::{JoinedParts, Part};

/// Losses and reconstructions of the images of a split.
pub struct SplitNumbers {
    /// The terms of the loss of each batch.
    batches: Vec<Terms>,
    /// Of images that are large enough for it; else empty.
    quality: ReconstructionQuality,
    /// Of all others, and of rows of tables.
    pub row_error: Option<RowError>,
    baseline: Option<BaselineError>,
    /// How long the losses took, over all processes.
    pub seconds: f64,
}

impl SplitNumbers {
    /// Those of the images of `set` at `rows`; after `stop` the losses alone.
    ///
    /// # Errors
    /// If the images have another shape than the network takes.
    pub fn of(
        run: &mut Run,
        splits: &Splits,
        set: &Dataset,
        rows: Range<usize>,
        stop: &AtomicBool,
        lab: &Lab,
    ) -> Result<Self, Error> {
        let started = Instant::now();
        let stage = lab.stage("loss", 0);
        let batches = run.trained.batch_terms(set, rows.clone())?;
        drop(stage);
        let seconds = started.elapsed().as_secs_f64();
        let quality = ReconstructionQuality { outputs: Vec::new(), inputs: Vec::new() };
        let mut numbers = Self { batches, quality, row_error: None, baseline: None, seconds };
        if !stop.load(Ordering::SeqCst) {
            let all: Vec<usize> = rows.clone().collect();
            numbers.quality = ReconstructionQuality::of(run, set, &all, lab)?;
            if numbers.quality.outputs.is_empty() {
                numbers.row_error = Some(RowError::of(run, set, rows.clone()));
            }
            numbers.baseline = BaselineError::of(run, splits, set, rows, lab)?;
        }
        Ok(numbers)
    }

    /// The terms of the loss, averaged over the images.
    pub fn terms(&self) -> Terms {
        self.batches.iter().copied().fold(Terms::default(), Terms::merge)
    }

    /// The averages.
    pub fn measures(&self, run: &Run) -> Vec<Measure> {
        let mut measures = loss_measures(run, &self.terms());
        measures.extend(self.quality.measures());
        measures.extend(self.row_error.as_ref().map(RowError::measure));
        let pixels = run.trained.model.network().input.len();
        measures.extend(self.baseline.iter().flat_map(|error| error.measures(pixels)));
        measures
    }

    /// Adds them to a part of the whole.
    pub fn add_to(&self, part: &mut Part) {
        for term in Term::ALL {
            let values: Vec<f64> = self.batches.iter().map(|batch| batch[*term]).collect();
            part.add_doubles(&term_name(*term), &values);
        }
        part.add_doubles(SECONDS, &[self.seconds]);
        let ReconstructionQuality { outputs, inputs } = &self.quality;
        let baseline = self.baseline.as_ref();
        let qualities =
            [(OUTPUTS, Some(outputs)), (INPUTS, Some(inputs)), (PCA, baseline.map(|error| &error.quality))];
        for (name, quality) in qualities {
            if let Some(quality) = quality.filter(|quality| !quality.is_empty()) {
                let values: Vec<f64> = quality.iter().flat_map(|one| [one.mse, one.psnr, one.ssim]).collect();
                part.add_doubles(name, &values);
            }
        }
        if let Some(error) = &self.row_error {
            part.add_doubles(ROW_ERRORS, error.sums());
        }
        if let Some(error) = baseline {
            part.add_doubles(PCA_SQUARES, &error.squares);
            part.add_fact(PCA_OF, error.of.clone());
        }
    }

    /// Those of all images of `set`, from the parts of its shards.
    ///
    /// # Errors
    /// If a part has not as many numbers as it should.
    pub fn joined(run: &mut Run, set: &Dataset, parts: &JoinedParts) -> Result<Self, Error> {
        let (batch, columns) = (run.trained.batch(), run.trained.model.network().input.len());
        let first_of_batches = (0..set.len()).step_by(batch);
        let mut batches: Vec<Terms> = first_of_batches
            .map(|first| Terms { images: batch.min(set.len() - first), ..Terms::default() })
            .collect();
        for term in Term::ALL {
            let values = parts.doubles(&term_name(*term), |rows| rows.div_ceil(batch))?;
            batches.iter_mut().zip(values).for_each(|(terms, value)| terms.values[*term] = value);
        }
        let quality = |name: &str| {
            if !parts.has(name) {
                return Ok(Vec::new());
            }
            let values = parts.doubles(name, |rows| 3 * rows)?;
            let one = |three: &[f64; 3]| ImageQuality { mse: three[0], psnr: three[1], ssim: three[2] };
            Ok::<_, Error>(values.as_chunks().0.iter().map(one).collect())
        };
        let row_error = match parts.has(ROW_ERRORS) {
            true => {
                let sums = parts.doubles(ROW_ERRORS, |rows| rows.div_ceil(batch) * columns * 2)?;
                Some(RowError::of_sums(sums, columns, set.len()))
            }
            false => None,
        };
        let baseline = match parts.fact(PCA_OF) {
            Some(of) => Some(BaselineError {
                squares: parts.doubles(PCA_SQUARES, |rows| rows)?,
                quality: quality(PCA)?,
                of: of.to_owned(),
            }),
            None => None,
        };
        let quality = ReconstructionQuality { outputs: quality(OUTPUTS)?, inputs: quality(INPUTS)? };
        let seconds = parts.doubles(SECONDS, |_| 1)?.iter().sum();
        Ok(Self { batches, quality, row_error, baseline, seconds })
    }
}

fn term_name(term: Term) -> String {
    format!("terms.{}", term.name())
}

const SECONDS: &str = "seconds";
const OUTPUTS: &str = "quality";
const INPUTS: &str = "quality of the noisy inputs";
const ROW_ERRORS: &str = "row_errors";
const PCA: &str = "quality of the principal components";
const PCA_SQUARES: &str = "squared errors of the principal components";
const PCA_OF: &str = "the principal components";
