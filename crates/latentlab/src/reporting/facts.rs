//! What a report knows about a run, in numbers.

use latentlab::analysis::{Posterior, Silhouette, Table};
use latentlab::data::{Dataset, Splits};
use latentlab::engine::Terms;
use latentlab::model::Embedding;
use latentlab::report::Figure;
use latentlab::run::{Epoch, Manifest, SplitMetrics};

use crate::commands::evaluate;
use crate::failure::Failure;
use crate::figures;
use crate::full_evaluation::{self, Found};
use crate::measures::Measure;
use crate::opened::Opened;
use crate::points::PointSet;
use crate::settings::Settings;
use crate::stages::Stage;

/// The numbers that the verdict rests on; what does not apply is absent.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Numbers {
    /// Test images.
    pub images: usize,
    /// Validation total of the best epoch over its training total, less 1.
    pub gap: Option<f64>,
    /// Share of the pixel variance around the mean training image that reconstructions keep.
    pub explained: Option<f64>,
    /// dB.
    pub psnr: Option<f64>,
    /// At most 1.
    pub ssim: Option<f64>,
    /// Latent dimensions.
    pub dims: usize,
    /// Of a VAE.
    pub posterior: Option<PosteriorNumbers>,
    /// Mean over the test images.
    pub silhouette: Option<f64>,
    /// Whether inputs were noisy.
    pub denoises: bool,
    /// The best epoch and all epochs.
    pub epochs: Option<(u64, u64)>,
    /// By how much the validation total fell over the last tenth of the epochs, relatively.
    pub still_falling: Option<f64>,
}

/// Numbers of a VAE's posterior.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PosteriorNumbers {
    /// Nats per image.
    pub kl: f64,
    /// Dimensions that carry something.
    pub active: usize,
    /// How far the codes of all images together lie from the prior, nats.
    pub from_prior: FromPrior,
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
    pub numbers: Numbers,
    pub manifest: Manifest,
    /// Loss terms of the best epoch.
    pub best: Option<Epoch>,
    /// Everything measured on the test split, now or before with the same weights.
    pub metrics: SplitMetrics,
    /// The loss on the test split.
    pub terms: Terms,
    /// Codes of all test images.
    pub codes: Embedding,
    pub figures: Vec<(&'static str, Figure)>,
}

impl Facts {
    /// Measures the run on its test images; keeps the numbers in the run's metrics.
    pub fn measure(opened: &mut Opened, splits: &Splits, settings: &Settings) -> Result<Self, Failure> {
        let stage = Stage::new(&settings.console, "measuring", 0);
        let test = &splits.test;
        let (terms, mut measures) = evaluate::losses(opened, test)?;
        measures.extend(evaluate::quality(opened, test)?);
        let seen = opened.trained.seen(test);
        let codes = opened.trained.model.encode_from(&seen, test.len());
        let mut found = Found::default();
        if test.len() > 1 {
            full_evaluation::posterior(&mut found, &codes, opened.trained.recipe.seed, &settings.console)?;
            full_evaluation::components(&mut found, &PointSet::of(&codes, test))?;
        }
        measures.extend(found.measures);
        let manifest = opened.dir.read::<Manifest>()?;
        let of_run = (manifest.data.name.as_str(), manifest.data.images.get("test").copied());
        // Another data set's numbers are none of the run's own.
        let is_own = of_run == (splits.train.name(), Some(test.len() as u64));
        if is_own {
            evaluate::keep(opened, "test", test.len(), &measures, &[])?;
        }
        drop(stage);

        let events = opened.dir.events()?;
        let epochs: Vec<Epoch> = events.epochs().into_iter().cloned().collect();
        let best = epochs.iter().find(|epoch| epoch.epoch == opened.trained.epoch).cloned();
        let value =
            |name: &str| measures.iter().find(|measure| measure.name == name).map(|found| found.value);
        let posterior = match (value("active_units"), posterior_of(&codes)?) {
            (Some(active), Some(posterior)) => Some(PosteriorNumbers {
                kl: posterior.dimensions().iter().map(|dimension| dimension.kl).sum(),
                active: active as usize,
                from_prior: from_prior(&posterior, value("mutual_information"), value("marginal_kl")),
            }),
            _ => None,
        };
        let numbers = Numbers {
            images: test.len(),
            gap: best.as_ref().and_then(gap),
            explained: value("mse").and_then(|mse| explained(mse, splits)),
            psnr: value("psnr"),
            ssim: value("ssim"),
            dims: codes.dims(),
            posterior,
            silhouette: None,
            denoises: opened.trained.recipe.data.input.noise.is_some(),
            epochs: best.as_ref().map(|best| (best.epoch, epochs.last().map_or(0, |last| last.epoch))),
            still_falling: falling(&epochs),
        };
        let mut metrics = SplitMetrics::default();
        if is_own {
            metrics = evaluate::stored(&opened.dir)?.splits.remove("test").unwrap_or_default();
        }
        for measure in &measures {
            let unit = evaluate::TERMS.contains(&measure.name);
            let unit = unit.then(|| figures::loss_unit(&opened.trained.recipe.objective));
            metrics.metrics.insert(measure.name.to_owned(), measure.kept("test", unit));
        }
        Ok(Self { numbers, manifest, best, metrics, terms, codes, figures: found.figures })
    }

    /// Notes the silhouettes of the classes.
    pub fn silhouette(&mut self, found: &Silhouette) {
        self.numbers.silhouette = Some(found.mean);
        let measure = Measure::new("silhouette", found.mean, self.numbers.images);
        self.metrics.metrics.entry("silhouette".into()).or_insert_with(|| measure.kept("test", None));
    }
}

/// What analysis knows of the posteriors; `None` of a plain autoencoder.
fn posterior_of(codes: &Embedding) -> Result<Option<Posterior<'_>>, Failure> {
    let Some(log_var) = &codes.log_var else { return Ok(None) };
    let dims = codes.dims();
    Ok(Some(Posterior::new(Table::new(&codes.mean, dims)?, Table::new(log_var, dims)?)?))
}

/// The mutual information of code and image is at most ln(images) in its estimate; where it comes within a nat of
/// that, it is too small, and the rest of the KL too large.
fn from_prior(posterior: &Posterior<'_>, information: Option<f64>, marginal_kl: Option<f64>) -> FromPrior {
    let ceiling = (posterior.images() as f64).ln();
    match (information, marginal_kl) {
        (Some(information), Some(kl)) if information < ceiling - 1.0 => FromPrior::Estimated(kl),
        _ => FromPrior::OfMoments(moments_kl(posterior)),
    }
}

/// Each dimension of the aggregated posterior as a Gaussian: its KL from N(0, 1), summed.
fn moments_kl(posterior: &Posterior<'_>) -> f64 {
    let (aggregated, dims) = (posterior.aggregated(), posterior.dims());
    let variances = aggregated.covariance.iter().step_by(dims + 1);
    let each = |(mean, variance): (&f64, &f64)| 0.5 * (variance + mean * mean - 1.0 - variance.ln());
    aggregated.mean.iter().zip(variances).map(each).sum()
}

/// By how much validation is worse than training, relatively.
fn gap(epoch: &Epoch) -> Option<f64> {
    let (train, valid) = (*epoch.train.get("total")?, *epoch.valid.get("total")?);
    let gap = (valid - train) / train.abs();
    gap.is_finite().then_some(gap)
}

/// Relative fall of the validation total over the last tenth of at least ten epochs.
fn falling(epochs: &[Epoch]) -> Option<f64> {
    let totals: Vec<f64> = epochs.iter().filter_map(|epoch| epoch.valid.get("total").copied()).collect();
    if totals.len() < 10 {
        return None;
    }
    let (before, last) = (totals[totals.len() - 1 - totals.len() / 10], *totals.last()?);
    let fall = (before - last) / before.abs();
    fall.is_finite().then_some(fall)
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
