//! What a report knows about a run, in numbers.

use std::time::Instant;

use analysis::{ImageQuality, Posterior, Silhouette, Table};
use data::{Dataset, Inventory, Splits};
use model::Embedding;
use network::{Term, Terms};
use random::Stream;
use report::Figure;
use run::{Epoch, Manifest, SplitMetrics};
use train::{Monitor, Training};

use crate::error::Error;
use crate::evaluation::baseline::{self, BaselineError};
use crate::evaluation::draws::{Draws, SamplerDraws};
use crate::evaluation::full::{self, Cost, Findings};
use crate::evaluation::metrics_file::{keep, stored};
use crate::evaluation::quality::ReconstructionQuality;
use crate::evaluation::row_error::RowError;
use crate::lab::Lab;
use crate::losses::{loss_unit, losses};
use crate::measures::Measure;
use crate::point_set::PointSet;
use crate::runs::Run;
use crate::sentences::tells_all_apart;

/// The numbers that the verdict rests on; what does not apply is absent.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Numbers {
    /// Test images.
    pub images: usize,
    /// How much better training images are reconstructed.
    pub gap: Option<Gap>,
    /// Share of the pixel variance around the mean training image that reconstructions keep.
    pub explained: Option<f64>,
    /// dB.
    pub psnr: Option<f64>,
    /// At most 1.
    pub ssim: Option<f64>,
    /// Mean squared error of the reconstructions and of a principal component analysis with as many numbers, where there
    /// is no PSNR.
    pub errors: Option<(f64, f64)>,
    /// PSNR in dB of a principal component analysis with as many numbers.
    pub pca_psnr: Option<f64>,
    /// As how many those are described.
    pub pca_numbers: String,
    /// PSNR in dB of a denoiser's inputs.
    pub noisy_psnr: Option<f64>,
    /// What no training on such data can mend.
    pub fault: Option<String>,
    /// Whether the data are the rows of a table.
    pub is_table: bool,
    /// Latent dimensions.
    pub dims: usize,
    /// Whether the model is a VAE.
    pub is_variational: bool,
    /// Of a VAE.
    pub posterior: Option<PosteriorNumbers>,
    /// How images decoded from drawn codes look.
    pub draws: DrawNumbers,
    /// Mean over the test images.
    pub silhouette: Option<f64>,
    /// Whether inputs were noisy.
    pub denoises: bool,
    /// The course of the training.
    pub course: Option<Course>,
}

/// Mean PSNR of training images less that of test images.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gap {
    /// dB; above 0 training images are reconstructed better.
    pub decibels: f64,
    /// Its standard error, by the spread over images.
    pub error: f64,
}

/// Numbers of a VAE's posterior.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PosteriorNumbers {
    /// Nats per image.
    pub kl: f64,
    /// Dimensions that tell images apart.
    pub used: usize,
    /// Dimensions that `active_units` counts.
    pub active: usize,
    /// Median over those of the posterior's standard deviation, where the prior's is 1.
    pub deviation: f64,
    /// What a code says about its image, nats.
    pub information: Option<f64>,
    /// The most that its estimate can be with so many images, nats.
    pub ceiling: f64,
    /// How far the codes of all images together lie from the prior, nats.
    pub from_prior: FromPrior,
}

/// How far draws mix with reconstructed test images, from 0 to 1; what was not judged is absent.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DrawNumbers {
    /// Of the prior.
    pub prior: Option<f64>,
    /// Of Gaussians fitted to the codes, and the options of `generate` that draw from it.
    pub fitted: Option<(f64, String)>,
    /// Whether the mixture's are clearly better, or there is no prior.
    pub is_fitted_better: bool,
}

/// How a training went, by its validation totals.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Course {
    /// Epoch with the lowest total.
    pub best: u64,
    /// Epochs trained.
    pub epochs: u64,
    /// Epochs that were asked for, where training stopped before because validation got no better.
    pub stopped_of: Option<u64>,
    /// By how much the total fell over the last tenth of the epochs, in its own unit.
    pub last_fall: f64,
    /// The same as a share of the fall over the second half; absent for fewer than ten epochs or no fall at all.
    pub still_falling: Option<f64>,
    /// Whether the learning rate after the best epoch was still a twentieth of its greatest or more.
    pub could_learn: bool,
    /// What totals are measured in.
    pub unit: &'static str,
}

/// The distance of the aggregated posterior from the prior, in nats.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum FromPrior {
    /// KL(q(z) ‖ p(z)), estimated from the images.
    Estimated(f64),
    /// The sum over dimensions of KL(N(m, s²) ‖ N(0, 1)) with each dimension's mean and variance: what is left
    /// where the codes tell so many images apart that the estimate above cannot be trusted.
    OfMoments(f64),
}

impl FromPrior {
    /// Nats.
    pub fn nats(self) -> f64 {
        match self {
            Self::Estimated(nats) | Self::OfMoments(nats) => nats,
        }
    }
}

/// Numbers, the codes of the test images, and figures that came along.
pub struct Facts {
    /// What the verdict rests on.
    pub numbers: Numbers,
    /// What the run says of itself.
    pub manifest: Manifest,
    /// Loss terms of the best epoch.
    pub best: Option<Epoch>,
    /// Everything measured on the test split, now or before with the same weights.
    pub metrics: SplitMetrics,
    /// The loss on the test split.
    pub terms: Terms,
    /// Codes of all test images.
    pub codes: Embedding,
    /// By the names of their files.
    pub figures: Vec<(&'static str, Figure)>,
}

impl Facts {
    /// Measures the run on its test images; keeps the numbers in the run's metrics.
    pub fn measure(run: &mut Run, splits: &Splits, lab: &Lab) -> Result<Self, Error> {
        let test = &splits.test;
        let begun = Instant::now();
        let stage = lab.stage("loss", 0);
        let (terms, mut measures) = losses(run, test)?;
        drop(stage);
        let speed = test.len() as f64 / begun.elapsed().as_secs_f64();
        Cost::of_report(run, splits, speed, lab).announce("measuring and drawing", lab);
        let all: Vec<usize> = (0..test.len()).collect();
        let on_test = ReconstructionQuality::of(run, test, &all, lab)?;
        measures.extend(on_test.measures());
        if on_test.outputs.is_empty() {
            measures.push(RowError::of(run, test, 0..test.len()).measure()); // of a table, and of images too small for SSIM
        }
        if let Some(error) = BaselineError::of(run, splits, test, 0..test.len(), lab)? {
            measures.extend(error.measures(run.trained.model.network().input.len()));
        }
        let seen = run.trained.source(test);
        let codes = run.trained.model.encode_from(&seen, test.len());
        let mut findings = Findings::default();
        if test.len() > 1 {
            full::posterior(&mut findings, &codes, run.trained.recipe.seed, lab)?;
            full::components(&mut findings, &PointSet::of(&codes, test))?;
        }
        measures.extend(findings.measures);
        let manifest = run.dir.read::<Manifest>()?;
        let of_run = (manifest.data.name.as_str(), manifest.data.images.get("test").copied());
        // Another data set's numbers are none of the run's own.
        let is_own = of_run == (splits.train.name(), Some(test.len() as u64));
        if is_own {
            keep(run, "test", test.len(), &measures, &[])?;
        }

        let events = run.dir.events()?;
        let epochs: Vec<Epoch> = events.epochs().into_iter().cloned().collect();
        let best = epochs.iter().find(|epoch| epoch.epoch == run.trained.epoch).cloned();
        let value =
            |name: &str| measures.iter().find(|measure| measure.name == name).map(|found| found.value);
        let posterior = posterior_of(&codes)?.filter(|_| test.len() > 1);
        let unit = loss_unit(&run.trained.recipe.objective);
        let numbers = Numbers {
            images: test.len(),
            gap: match manifest.import.is_some() {
                true => None, // nobody knows which images it was trained on
                false => gap(run, splits, &on_test.outputs, lab)?,
            },
            explained: value("mse").and_then(|mse| explained(mse, splits)),
            psnr: value("psnr"),
            ssim: value("ssim"),
            errors: value("mse").zip(value("pca_mse")).filter(|_| value("psnr").is_none()),
            pca_psnr: value("pca_psnr"),
            pca_numbers: baseline::numbers(run, splits, lab),
            noisy_psnr: value("noisy_psnr"),
            fault: splits.train.inventory().and_then(Inventory::fault),
            is_table: run.columns().is_some(),
            dims: codes.dims(),
            is_variational: run.trained.model.network().is_variational(),
            posterior: posterior.map(|posterior| {
                posterior_numbers(&posterior, value("mutual_information"), value("marginal_kl"))
            }),
            draws: DrawNumbers::default(),
            silhouette: None,
            denoises: run.trained.recipe.data.is_denoising(),
            course: course(&epochs, run.trained.epoch, unit, &run.trained.recipe.training),
        };
        let mut metrics = SplitMetrics::default();
        if is_own {
            metrics = stored(&run.dir)?.splits.remove("test").unwrap_or_default();
        }
        for measure in &measures {
            let unit = Term::named(measure.name).map(|_| loss_unit(&run.trained.recipe.objective));
            metrics.metrics.insert(measure.name.to_owned(), measure.kept("test", unit));
        }
        Ok(Self { numbers, manifest, best, metrics, terms, codes, figures: findings.figures })
    }

    /// Notes the silhouettes of the classes, and of what they are if not of whole codes.
    pub fn silhouette(&mut self, found: &Silhouette, of: Option<String>) {
        self.numbers.silhouette = Some(found.mean);
        let measure = Measure { of, ..Measure::new("silhouette", found.mean, self.numbers.images) };
        self.metrics.metrics.entry("silhouette".into()).or_insert_with(|| measure.kept("test", None));
    }

    /// Notes how draws look.
    pub fn draws(&mut self, draws: &Draws) {
        self.numbers.draws = DrawNumbers {
            prior: draws.prior.as_ref().map(|drawn| drawn.found.least()),
            fitted: draws.fitted.as_ref().map(|drawn| (drawn.found.least(), drawn.options())),
            is_fitted_better: draws.better().is_some(),
        };
        if let Some(measure) = draws.own().map(SamplerDraws::measure) {
            self.metrics.metrics.insert(measure.name.into(), measure.kept("test", None));
        }
    }
}

/// What analysis knows of the posteriors; `None` of a plain autoencoder.
fn posterior_of(codes: &Embedding) -> Result<Option<Posterior<'_>>, Error> {
    let Some(log_var) = &codes.log_var else { return Ok(None) };
    let dims = codes.dims();
    Ok(Some(Posterior::new(Table::new(&codes.mean, dims)?, Table::new(log_var, dims)?)?))
}

/// The mutual information of code and image is at most ln(images) in its estimate; where it comes near
/// that, it is too small, and the rest of the KL too large.
fn from_prior(posterior: &Posterior<'_>, information: Option<f64>, marginal_kl: Option<f64>) -> FromPrior {
    let ceiling = (posterior.images() as f64).ln();
    match (information, marginal_kl) {
        (Some(information), Some(kl)) if !tells_all_apart(information, ceiling) => FromPrior::Estimated(kl),
        _ => FromPrior::OfMoments(posterior.moments_kl()),
    }
}

/// Dimensions in use, how wide the posterior is in them, and what the estimates are worth.
fn posterior_numbers(
    posterior: &Posterior<'_>,
    information: Option<f64>,
    marginal_kl: Option<f64>,
) -> PosteriorNumbers {
    let dimensions = posterior.dimensions();
    let mut deviations: Vec<f64> = dimensions
        .iter()
        .filter(|dimension| dimension.tells_apart())
        .map(|dimension| dimension.mean_variance.sqrt())
        .collect();
    deviations.sort_by(f64::total_cmp);
    PosteriorNumbers {
        kl: dimensions.iter().map(|dimension| dimension.kl).sum(),
        used: deviations.len(),
        active: dimensions.iter().filter(|dimension| dimension.active).count(),
        deviation: deviations.get(deviations.len() / 2).copied().unwrap_or(1.0),
        information,
        ceiling: (posterior.images() as f64).ln(),
        from_prior: from_prior(posterior, information, marginal_kl),
    }
}

/// Training images that are compared with the test images.
const COMPARED: usize = 500;

/// How much better training images are reconstructed than test images.
fn gap(run: &mut Run, splits: &Splits, test: &[ImageQuality], lab: &Lab) -> Result<Option<Gap>, Error> {
    if test.len() < 2 || splits.train.len() < 2 {
        return Ok(None);
    }
    let order = Stream::new(run.trained.recipe.seed, "compared training images");
    let order = order.permutation(0, splits.train.len());
    let chosen: Vec<usize> = order.iter().take(COMPARED).map(|index| *index as usize).collect();
    let train = ReconstructionQuality::of(run, &splits.train, &chosen, lab)?.outputs;
    let (Some(train), Some(test)) = (mean_and_error(&train), mean_and_error(test)) else { return Ok(None) };
    Ok(Some(Gap { decibels: train.0 - test.0, error: train.1.hypot(test.1) }))
}

/// Mean PSNR of the images that differ, and its standard error.
fn mean_and_error(quality: &[ImageQuality]) -> Option<(f64, f64)> {
    let differing = quality.iter().filter(|quality| quality.psnr.is_finite());
    let psnr: Vec<f64> = differing.map(ImageQuality::counted_psnr).collect();
    let n = psnr.len() as f64;
    let mean = psnr.iter().sum::<f64>() / n;
    let variance = psnr.iter().map(|psnr| (psnr - mean).powi(2)).sum::<f64>() / (n - 1.0);
    (psnr.len() > 1).then(|| (mean, (variance / n).sqrt()))
}

/// How the validation totals went; `None` where the best epoch is not on record.
fn course(epochs: &[Epoch], best: u64, unit: &'static str, training: &Training) -> Option<Course> {
    let at = epochs.iter().position(|epoch| epoch.epoch == best)?;
    let totals: Vec<f64> = epochs.iter().filter_map(|epoch| epoch.valid.get("total").copied()).collect();
    let last = *totals.last()?;
    let before = |share: usize| totals[totals.len() - 1 - totals.len() / share];
    let (last_fall, half_fall) = (before(10) - last, before(2) - last);
    // Against the fall over half the training, not against the total, which may be negative or near 0.
    let share = last_fall / half_fall;
    let is_sound = totals.len() >= 10 && totals.len() == epochs.len() && half_fall > 0.0 && share.is_finite();
    let greatest = epochs.iter().map(|epoch| epoch.learning_rate).fold(0.0, f64::max);
    let after = &epochs[at + 1..];
    let still = |epoch: &Epoch| epoch.learning_rate >= greatest / 20.0;
    Some(Course {
        best,
        epochs: epochs.last()?.epoch,
        stopped_of: training
            .early_stopping
            .filter(|rule| rule.monitor == Monitor::ValidTotal)
            .filter(|rule| best + rule.patience <= epochs.last().map_or(0, |epoch| epoch.epoch))
            .map(|_| training.epochs)
            .filter(|asked| epochs.last().is_some_and(|epoch| epoch.epoch < *asked)),
        last_fall,
        still_falling: is_sound.then_some(share),
        could_learn: !after.is_empty()
            && after.iter().filter(|epoch| still(epoch)).count() * 2 >= after.len(),
        unit,
    })
}

/// 1 − MSE / MSE of the mean training image, on the test images.
fn explained(mse: f64, splits: &Splits) -> Option<f64> {
    let mean = mean_image(&splits.train)?;
    let test = &splits.test;
    let mut image = vec![0.0; mean.len()];
    let mut sum = 0.0;
    for index in 0..test.len() {
        test.image(index, &mut image);
        sum += image.iter().zip(&mean).map(|(x, mean)| (f64::from(*x) - mean).powi(2)).sum::<f64>();
    }
    let baseline = sum / (test.len() * mean.len()) as f64;
    (baseline > 0.0).then(|| 1.0 - mse / baseline)
}

fn mean_image(set: &Dataset) -> Option<Vec<f64>> {
    /// So many images make a mean.
    const ENOUGH: usize = 20_000;
    let count = set.len().min(ENOUGH);
    let mut image = vec![0.0; set.shape().values()];
    let mut sum = vec![0.0_f64; image.len()];
    for index in 0..count {
        set.image(index, &mut image);
        sum.iter_mut().zip(&image).for_each(|(sum, x)| *sum += f64::from(*x));
    }
    (count > 0).then(|| sum.iter().map(|sum| sum / count as f64).collect())
}
