//! Everything that can be measured about a run on a split: posterior, likelihood, classes, generated images,
//! disentanglement, anomalies; each where it applies.

use clap::ValueEnum;
use latentlab::analysis::{
    ACTIVE_UNIT_THRESHOLD, FactorKind, FactorVaeSettings, FeatureSpace, ForestSettings, KnownFactors,
    LogWeights, Pca, PixelDensity, PixelLoss, Posterior, Table, bits_per_dimension, dci, detection,
    factor_vae_score, first_grey, generation, importance_weighted, mutual_information_gap, pixel_density,
    separated_predictability,
};
use latentlab::data::{Dataset, Factors, Splits};
use latentlab::engine::{Loss, Source};
use latentlab::model::Embedding;
use latentlab::report::{ExplainedVariance, Figure, KlBars, PosteriorPanel, PosteriorPanels};
use latentlab::train::Seen;

use crate::anomaly_scores::{Scores, anomalous_labels};
use crate::class_measures::{self, ClassMeasures, Tables, silhouette_plot};
use crate::console::Console;
use crate::data_source::Split;
use crate::failure::Failure;
use crate::measures::Measure;
use crate::numbers::{count, grouped};
use crate::opened::Opened;
use crate::points::PointSet;
use crate::samplers::{self, Sampler};
use crate::stages::Stage;

/// Neighbours of the nearest-neighbour classifier.
const NEIGHBOURS: usize = 10;
/// Generated and real images that are compared: neighbourhoods take the square of it.
const COMPARED: usize = 5_000;
/// Bins of the posterior's histograms.
const BINS: usize = 60;
/// Dimensions in the posterior's figure, those with the largest KL.
const PANELS: usize = 30;
/// Principal components in their figure.
const COMPONENTS: usize = 50;
/// Draws of each posterior that the anomaly scores' ELBO is averaged over.
const SCORE_SAMPLES: u64 = 10;

/// Where generated and real images are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Features {
    /// The pixels themselves
    Pixels,
    /// The latent means that this run gives them; not comparable between runs
    Latent,
}

/// How much is done.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// Importance samples per image.
    pub samples: u64,
    /// Where generated images are compared with real ones.
    pub features: Features,
}

/// What was found.
#[derive(Default)]
pub struct Found {
    /// Every number.
    pub measures: Vec<Measure>,
    /// What does not apply and why, verdicts, what to try.
    pub notes: Vec<String>,
    /// Figures by the name of their files.
    pub figures: Vec<(&'static str, Figure)>,
}

/// Measures everything on `split`.
pub fn evaluate(
    opened: &mut Opened,
    splits: &Splits,
    split: Split,
    effort: Effort,
    console: &Console,
) -> Result<Found, Failure> {
    let set = split.of(splits);
    let seed = opened.trained.recipe.seed;
    let stage = Stage::new(console, "encoding", 0);
    let codes = encode(opened, set);
    let train_codes = encode(opened, &splits.train);
    drop(stage);
    let (train, test) = (PointSet::of(&train_codes, &splits.train), PointSet::of(&codes, set));
    let fitted = train.clone().thinned(seed);
    let mut found = Found::default();
    posterior(&mut found, &codes, seed, console)?;
    likelihood(&mut found, opened, set, &codes, effort.samples, console)?;
    classes(&mut found, &fitted, &test, seed, console)?;
    components(&mut found, &test)?;
    generated(&mut found, opened, set, &train_codes, &codes, effort.features, console)?;
    factors(&mut found, &splits.train, &train, set, &test, seed, console)?;
    anomalies(&mut found, opened, set, console)?;
    Ok(found)
}

fn encode(opened: &mut Opened, set: &Dataset) -> Embedding {
    let seen = opened.trained.seen(set);
    opened.trained.model.encode_from(&seen, set.len())
}

/// KL by dimension, its split, active units, collapse; of a VAE.
pub fn posterior(found: &mut Found, codes: &Embedding, seed: u64, console: &Console) -> Result<(), Failure> {
    let Some(log_var) = &codes.log_var else {
        found.notes.push("a plain autoencoder has no posterior: no KL, active units or likelihood".into());
        return Ok(());
    };
    let _stage = Stage::new(console, "posterior", 0);
    let (dims, images) = (codes.dims(), codes.len());
    let posterior = Posterior::new(Table::new(&codes.mean, dims)?, Table::new(log_var, dims)?)?;
    let dimensions = posterior.dimensions();
    let active = dimensions.iter().filter(|dimension| dimension.active).count();
    found.measures.push(Measure::new("active_units", active as f64, images).of(format!("{dims} dimensions")));
    let split = posterior.kl_split(images, seed)?;
    let estimate = |name, value| Measure::new(name, value, images).give_or_take(split.standard_error);
    found.measures.push(
        estimate("mutual_information", split.mutual_information)
            .of(format!("at most {:.2} nats with so many images", split.ceiling)),
    );
    found.measures.push(estimate("marginal_kl", split.marginal_kl));
    found.notes.push(posterior.collapse().to_string());

    let kl: Vec<f64> = dimensions.iter().map(|dimension| dimension.kl).collect();
    let marks: Vec<bool> = dimensions.iter().map(|dimension| dimension.active).collect();
    let criterion = format!("Var(μ) > {ACTIVE_UNIT_THRESHOLD}");
    let bars = KlBars { kl: &kl, active: &marks, criterion: &criterion, title: None };
    found.figures.push(("kl", bars.draw()?));

    let (aggregated, histograms) = (posterior.aggregated(), posterior.histograms(BINS)?);
    let mut order: Vec<usize> = (0..dims).collect();
    order.sort_by(|a, b| kl[*b].total_cmp(&kl[*a]));
    order.truncate(PANELS);
    order.sort_unstable();
    let densities: Vec<Vec<f64>> = order
        .iter()
        .map(|dim| {
            let histogram = &histograms[*dim];
            let width = histogram.edges[1] - histogram.edges[0];
            histogram.aggregated.iter().map(|share| share / width).collect()
        })
        .collect();
    let panels: Vec<PosteriorPanel> = order
        .iter()
        .zip(&densities)
        .map(|(dim, density)| PosteriorPanel {
            dim: *dim,
            range: (histograms[*dim].edges[0], histograms[*dim].edges[BINS]),
            density,
            mean: aggregated.mean[*dim],
            std: aggregated.covariance[dim * dims + dim].sqrt(),
        })
        .collect();
    found.figures.push(("posterior", PosteriorPanels::new(&panels).draw()?));
    Ok(())
}

/// ELBO and importance-weighted likelihood, where the loss is one.
fn likelihood(
    found: &mut Found,
    opened: &mut Opened,
    set: &Dataset,
    codes: &Embedding,
    samples: u64,
    console: &Console,
) -> Result<(), Failure> {
    if codes.log_var.is_none() {
        return Ok(());
    }
    let loss = match opened.trained.model.network().objective.reconstruction.loss {
        Loss::Bce => PixelLoss::Bce,
        Loss::SquaredError => PixelLoss::SquaredError,
        Loss::Gaussian => PixelLoss::Gaussian,
    };
    let seen = opened.trained.seen(set);
    let pixels = opened.trained.model.network().input.len();
    let density = match pixel_density(loss, grey_target(&seen, set.len(), pixels)) {
        Ok(density) => density,
        Err(none) => {
            found.notes.push(format!("no likelihood: {none}"));
            return Ok(());
        }
    };
    let stage = Stage::new(console, "likelihood", samples);
    let seed = opened.trained.recipe.seed;
    let mut weights = vec![LogWeights::default(); set.len()];
    for sample in 0..samples {
        let drawn = opened.trained.model.log_weights(&seen, codes, seed, sample)?;
        weights.iter_mut().zip(drawn).try_for_each(|(weights, weight)| weights.push(weight))?;
        stage.step();
    }
    let summary = importance_weighted(&weights)?;
    let of = format!("{density}, {samples} importance samples");
    let images = summary.images;
    found.measures.extend([
        Measure::new("elbo", summary.elbo, images).give_or_take(summary.elbo_standard_error).of(&of),
        Measure::new("nll", summary.nll, images).give_or_take(summary.nll_standard_error).of(&of),
        Measure::new("effective_samples", summary.effective_samples, images).of(&of),
    ]);
    if density == PixelDensity::Gaussian {
        let bits = bits_per_dimension(summary.nll, pixels);
        found.measures.push(Measure::new("bits_per_dimension", bits, images).of(&of));
    }
    if summary.least_effective_samples < 2.0 {
        found.notes.push(format!(
            "the likelihood of at least one image rests on a single importance sample (effective sample size {:.1} of \
             {samples}): more --samples tighten it",
            summary.least_effective_samples
        ));
    }
    Ok(())
}

/// The first target value that is neither 0 nor 1: its position among all values, and the value.
fn grey_target(seen: &Seen<'_>, images: usize, pixels: usize) -> Option<(usize, f32)> {
    let (mut input, mut target) = (vec![0.0; pixels], vec![0.0; pixels]);
    (0..images).find_map(|image| {
        seen.fill(image, &mut input, &mut target);
        first_grey(&target).map(|(at, value)| (image * pixels + at, value))
    })
}

fn classes(
    found: &mut Found,
    train: &PointSet,
    test: &PointSet,
    seed: u64,
    console: &Console,
) -> Result<(), Failure> {
    let (Some(fitted), Some(judged)) = (train.labelled()?, test.labelled()?) else {
        found.notes.push("the classes of the images are not known: no silhouette, no classifiers".into());
        return Ok(());
    };
    if judged.classes().len() < 2 || fitted.classes().len() < 2 {
        found.notes.push("there is one class only: no silhouette, no classifiers".into());
        return Ok(());
    }
    let stage = Stage::new(console, "classes", class_measures::STEPS);
    let tables = Tables { train: fitted, test: judged, clustered: fitted, whole: judged };
    let ClassMeasures { values, silhouette } = ClassMeasures::of(tables, NEIGHBOURS, seed, &stage)?;
    let fitted_on = format!("fitted on {}", count(train.rows(), "training image"));
    for (name, value) in values {
        let measure = Measure::new(name, value, test.rows());
        found.measures.push(match name {
            "silhouette" | "davies_bouldin" | "calinski_harabasz" => measure,
            "knn_accuracy" => measure.of(format!("{NEIGHBOURS} neighbours, {fitted_on}")),
            _ => measure.of(&fitted_on),
        });
    }
    let plot = silhouette_plot(&silhouette, judged.labels(), &test.classes, None)?;
    found.figures.push(("silhouettes", plot));
    Ok(())
}

/// How much of the codes' variance their principal components explain.
pub fn components(found: &mut Found, test: &PointSet) -> Result<(), Failure> {
    let table = test.table()?;
    let count = table.columns().min(table.rows()).min(COMPONENTS);
    if table.rows() < 2 {
        return Ok(());
    }
    let explained = Pca::fit(table, count)?.explained();
    let title = Some("Principal components of the codes");
    let figure = ExplainedVariance { title, ..ExplainedVariance::new(&explained) }.draw()?;
    found.figures.push(("explained-variance", figure));
    Ok(())
}

/// Generated images beside real ones: of a VAE from the prior, else from a Gaussian fitted to the training codes.
fn generated(
    found: &mut Found,
    opened: &mut Opened,
    set: &Dataset,
    train_codes: &Embedding,
    codes: &Embedding,
    features: Features,
    console: &Console,
) -> Result<(), Failure> {
    const LEAST: usize = 100;
    let compared = set.len().min(COMPARED);
    if compared < LEAST {
        found
            .notes
            .push(format!("{compared} images are too few to compare generated ones with: {LEAST} at least"));
        return Ok(());
    }
    let _stage = Stage::new(console, "generated images", 0);
    let seed = opened.trained.recipe.seed;
    let sampler = if codes.log_var.is_some() { Sampler::Prior } else { Sampler::Gaussian };
    let drawn = match sampler {
        Sampler::Prior => opened.trained.model.random_codes(compared, seed),
        _ => samplers::fit(sampler, train_codes, 1, seed)?.sample(compared, seed),
    };
    let made = opened.trained.model.decode(&drawn)?;
    let (space, real, generated, columns) = match features {
        Features::Pixels => {
            let real = opened.targets(set, compared);
            let pixels = real.len() / compared;
            (FeatureSpace { name: "pixels".into(), sha256: None }, real, made, pixels)
        }
        Features::Latent => {
            let again = opened.trained.model.encode(&made)?;
            let sha256 = Some(opened.trained.weights_sha256.clone());
            let name = "latent means of this run".to_owned();
            let real = codes.mean[..compared * codes.dims()].to_vec();
            (FeatureSpace { name, sha256 }, real, again.mean, codes.dims())
        }
    };
    let found_in = generation(space, Table::new(&real, columns)?, Table::new(&generated, columns)?)?;
    let hash = found_in.space.sha256.map_or_else(String::new, |hash| format!(" (weights {})", &hash[..12]));
    let (name, all) = (found_in.space.name, grouped(compared));
    let of = format!("{name}{hash}; {all} images from the sampler {} beside {all} real ones", sampler.name());
    let manifolds = found_in.manifolds;
    found.measures.extend(
        [
            ("frechet_distance", found_in.frechet_distance),
            ("precision", manifolds.precision),
            ("recall", manifolds.recall),
            ("density", manifolds.density),
            ("coverage", manifolds.coverage),
        ]
        .map(|(name, value)| Measure::new(name, value, compared).of(&of)),
    );
    Ok(())
}

/// Disentanglement, where the factors of the images are known.
fn factors(
    found: &mut Found,
    train_set: &Dataset,
    train: &PointSet,
    set: &Dataset,
    test: &PointSet,
    seed: u64,
    console: &Console,
) -> Result<(), Failure> {
    let (Some(train_factors), Some(test_factors)) = (train_set.factors(), set.factors()) else {
        return Ok(());
    };
    if test.columns < 2 {
        found.notes.push("a single latent dimension cannot be disentangled".into());
        return Ok(());
    }
    let _stage = Stage::new(console, "disentanglement", 0);
    let kind = |name: &String| if name == "class" { FactorKind::Class } else { FactorKind::Quantity };
    let kinds: Vec<FactorKind> = test_factors.names.iter().map(kind).collect();
    let names = test_factors.names.join(", ");
    let table = |factors: &Factors| -> Vec<f32> { factors.values.clone() };
    let (train_values, test_values) = (table(&train_factors), table(&test_factors));
    let fitted = KnownFactors::new(train.table()?, Table::new(&train_values, kinds.len())?, &kinds)?;
    let judged = KnownFactors::new(test.table()?, Table::new(&test_values, kinds.len())?, &kinds)?;
    let dci = dci(fitted, judged, ForestSettings::new(seed))?;
    let values = [
        ("mig", mutual_information_gap(judged)?.score),
        ("sap", separated_predictability(fitted, judged)?.score),
        ("factor_vae_score", factor_vae_score(judged, FactorVaeSettings::new(seed))?.score),
        ("dci_disentanglement", dci.disentanglement),
        ("dci_completeness", dci.completeness),
        ("dci_informativeness", dci.informativeness),
    ];
    let rows = test.rows();
    found.measures.extend(values.map(|(name, value)| Measure::new(name, value, rows).of(&names)));
    Ok(())
}

/// How well −ELBO (of a plain autoencoder the reconstruction error) finds the classes that training left out.
fn anomalies(
    found: &mut Found,
    opened: &mut Opened,
    set: &Dataset,
    console: &Console,
) -> Result<(), Failure> {
    let names = opened.trained.recipe.data.exclude_classes.clone();
    let Some(labels) = set.labels().filter(|_| !names.is_empty()) else { return Ok(()) };
    let numbers = anomalous_labels(set, &names, "data.exclude_classes")?;
    let marks: Vec<bool> = labels.iter().map(|label| numbers.contains(label)).collect();
    if marks.iter().all(|mark| !mark) || marks.iter().all(|mark| *mark) {
        found
            .notes
            .push("the split has no images both of the classes left out and of others: no AUROC".into());
        return Ok(());
    }
    let seen = opened.trained.seen(set);
    let scores = Scores::of(opened, &seen, set.len(), SCORE_SAMPLES, console)?;
    let Some((score, values)) = scores.all().last() else { return Ok(()) };
    let detection = detection(values, &marks)?;
    let of = format!("{} finding class {}", score.name(), names.join(", "));
    found.measures.extend(
        [("auroc", detection.auroc), ("average_precision", detection.average_precision)]
            .map(|(name, value)| Measure::new(name, value, set.len()).of(&of)),
    );
    Ok(())
}
