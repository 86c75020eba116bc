//! [`METRICS`]: every number that is reported under a name, and how to read it. (The terms of a loss say that themselves.)

use std::ops::RangeInclusive;

/// Which way a metric is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Higher is better.
    Higher,
    /// Lower is better.
    Lower,
    /// Neither: it describes.
    Neutral,
}

impl Direction {
    /// `higher`, `lower` or `neutral`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Higher => "higher",
            Self::Lower => "lower",
            Self::Neutral => "neutral",
        }
    }
}

/// How to read one metric. The name is its key in JSON.
#[derive(Clone, Debug, PartialEq)]
pub struct Metric {
    /// Its key.
    pub name: &'static str,
    /// What it measures, in one line.
    pub measures: &'static str,
    /// Its unit; empty for a plain ratio or share.
    pub unit: &'static str,
    /// Least and greatest possible value.
    pub range: RangeInclusive<f64>,
    /// Which way is better.
    pub direction: Direction,
    /// Paper or definition.
    pub source: &'static str,
}

/// The metric of that name.
///
/// ```
/// let auroc = analysis::metric("auroc").unwrap();
/// assert_eq!((auroc.range.clone(), auroc.direction.name()), (0.0..=1.0, "higher"));
/// assert!(analysis::metric("fid").is_none()); // no such thing here
/// ```
pub fn metric(name: &str) -> Option<&'static Metric> {
    METRICS.iter().find(|metric| metric.name == name)
}

const ANY: RangeInclusive<f64> = f64::NEG_INFINITY..=f64::INFINITY;
const POSITIVE: RangeInclusive<f64> = 0.0..=f64::INFINITY;
const SHARE: RangeInclusive<f64> = 0.0..=1.0;
const SIGNED: RangeInclusive<f64> = -1.0..=1.0;

const fn entry(
    name: &'static str,
    (unit, range, direction): (&'static str, RangeInclusive<f64>, Direction),
    measures: &'static str,
    source: &'static str,
) -> Metric {
    Metric { name, measures, unit, range, direction, source }
}

use Direction::{Higher, Lower, Neutral};

/// Every metric but the terms of a loss, grouped by what it is about. Help, documentation and `metrics.json` are made from it.
pub const METRICS: &[Metric] = &[
    // Reconstructions beside their originals.
    entry(
        "mse",
        ("", POSITIVE, Lower),
        "mean squared error of the reconstructions, per pixel in [0, 1]",
        "definition",
    ),
    entry(
        "psnr",
        ("dB", ANY, Higher),
        "peak signal-to-noise ratio, mean over images that differ; above 60 dB an image counts as 60",
        "definition",
    ),
    entry("ssim", ("", SIGNED, Higher), "structural similarity of the reconstructions", "Wang et al. 2004"),
    entry(
        "pca_mse",
        ("", POSITIVE, Lower),
        "mean squared error of a principal component analysis with as many numbers per image, fitted on train",
        "Pearson 1901",
    ),
    entry(
        "pca_psnr",
        ("dB", ANY, Higher),
        "PSNR of that analysis, mean over images that differ, as of the reconstructions",
        "Pearson 1901",
    ),
    entry(
        "noisy_mse",
        ("", POSITIVE, Neutral),
        "mean squared error of a denoiser's noisy inputs",
        "definition",
    ),
    entry(
        "noisy_psnr",
        ("dB", ANY, Neutral),
        "PSNR of a denoiser's noisy inputs, which its outputs must exceed",
        "definition",
    ),
    entry(
        "noisy_ssim",
        ("", SIGNED, Neutral),
        "structural similarity of a denoiser's noisy inputs",
        "Wang et al. 2004",
    ),
    // Likelihood.
    entry("elbo", ("nats", ANY, Higher), "evidence lower bound, per image", "Kingma & Welling 2014"),
    entry(
        "nll",
        ("nats", ANY, Lower),
        "importance-weighted negative log-likelihood, per image",
        "Burda et al. 2016",
    ),
    entry(
        "bits_per_dimension",
        ("bits", ANY, Lower),
        "negative log-likelihood per pixel value, as a density on [0, 1]",
        "nll / (dimensions · ln 2)",
    ),
    entry(
        "effective_samples",
        ("samples", 1.0..=f64::INFINITY, Higher),
        "effective number of importance samples, mean over images",
        "Kish 1965",
    ),
    // Posterior.
    entry(
        "active_units",
        ("dimensions", POSITIVE, Neutral),
        "dimensions whose posterior means vary by more than 0.01 over images",
        "Burda et al. 2016",
    ),
    entry(
        "mutual_information",
        ("nats", POSITIVE, Neutral),
        "I(x; z), what a code says about its image; at most the log of the number of images",
        "Hoffman & Johnson 2016",
    ),
    entry(
        "marginal_kl",
        ("nats", ANY, Lower),
        "KL divergence of the aggregated posterior from the prior; an estimate, below 0 only by its error",
        "Hoffman & Johnson 2016",
    ),
    // Clusters and classes of the codes.
    entry(
        "silhouette",
        ("", SIGNED, Higher),
        "how much nearer codes are to their class than to the next",
        "Rousseeuw 1987",
    ),
    entry(
        "nearest_centroid_accuracy",
        ("", SHARE, Higher),
        "share of codes nearest to the mean code of their class, fitted on train",
        "Tibshirani et al. 2002, without shrinkage",
    ),
    entry(
        "knn_accuracy",
        ("", SHARE, Higher),
        "share of codes classified rightly by their nearest neighbours in train",
        "Cover & Hart 1967",
    ),
    entry(
        "probe_accuracy",
        ("", SHARE, Higher),
        "accuracy of a linear classifier of the codes, fitted on train",
        "Alain & Bengio 2016",
    ),
    entry(
        "probe_log_loss",
        ("nats", POSITIVE, Lower),
        "log loss of the linear classifier, at most 36.04 for an image (as scikit-learn clips it)",
        "Alain & Bengio 2016",
    ),
    entry(
        "inertia",
        ("squared distance", POSITIVE, Lower),
        "summed squared distance of codes to their k-means centre",
        "Lloyd 1982",
    ),
    entry(
        "cluster_accuracy",
        ("", SHARE, Higher),
        "accuracy of k-means clusters under the best one-to-one naming by classes",
        "Kuhn 1955",
    ),
    entry(
        "nmi",
        ("", SHARE, Higher),
        "normalised mutual information of clusters and classes (arithmetic mean)",
        "Vinh et al. 2010",
    ),
    entry(
        "ari",
        ("", -0.5..=1.0, Higher),
        "adjusted Rand index of clusters and classes",
        "Hubert & Arabie 1985",
    ),
    entry(
        "davies_bouldin",
        ("", POSITIVE, Lower),
        "spread of classes over the distance of their centres, worst pairs",
        "Davies & Bouldin 1979",
    ),
    entry(
        "calinski_harabasz",
        ("", POSITIVE, Higher),
        "variance between classes over variance within",
        "Caliński & Harabasz 1974",
    ),
    // Maps.
    entry(
        "explained_variance",
        ("", SHARE, Higher),
        "share of the variance that the map's components hold",
        "Pearson 1901",
    ),
    entry(
        "tsne_kl",
        ("nats", POSITIVE, Lower),
        "exact t-SNE objective, without exaggeration",
        "van der Maaten & Hinton 2008",
    ),
    entry(
        "trustworthiness",
        ("", SHARE, Higher),
        "whether neighbours in the map are neighbours in the data",
        "Venna & Kaski 2001",
    ),
    entry(
        "continuity",
        ("", SHARE, Higher),
        "whether neighbours in the data are neighbours in the map",
        "Venna & Kaski 2001",
    ),
    entry(
        "knn_preservation",
        ("", SHARE, Higher),
        "share of nearest neighbours in the data kept in the map",
        "Lee & Verleysen 2009",
    ),
    // Generated images beside real ones, in a feature space that the report names.
    entry(
        "frechet_distance",
        ("squared distance", POSITIVE, Lower),
        "distance of Gaussians fitted to real and generated features",
        "Dowson & Landau 1982",
    ),
    entry(
        "precision",
        ("", SHARE, Higher),
        "share of generated features among the real ones",
        "Kynkäänniemi et al. 2019",
    ),
    entry(
        "recall",
        ("", SHARE, Higher),
        "share of real features among the generated ones",
        "Kynkäänniemi et al. 2019",
    ),
    entry(
        "density",
        ("", POSITIVE, Higher),
        "how many real neighbourhoods hold a generated feature, over k",
        "Naeem et al. 2020",
    ),
    entry(
        "coverage",
        ("", SHARE, Higher),
        "share of real neighbourhoods that hold a generated feature",
        "Naeem et al. 2020",
    ),
    entry(
        "draw_mixing",
        ("", SHARE, Higher),
        "how draws mix with reconstructed held-out images: neighbours of the other kind over as many as of one \
         distribution, of the kind that has fewer",
        "Schilling 1986",
    ),
    entry(
        "log_likelihood",
        ("nats", ANY, Higher),
        "log density of held-out codes under the fitted sampler, per code",
        "definition",
    ),
    // Anomalies.
    entry(
        "auroc",
        ("", SHARE, Higher),
        "probability that an anomaly scores above a normal image, ties ½",
        "Hanley & McNeil 1982",
    ),
    entry(
        "average_precision",
        ("", SHARE, Higher),
        "precision averaged over the recalls at which anomalies are found",
        "Davis & Goadrich 2006",
    ),
    // Known factors.
    entry(
        "mig",
        ("", SHARE, Higher),
        "mutual information gap between the two dimensions that know a factor best",
        "Chen et al. 2018",
    ),
    entry(
        "dci_disentanglement",
        ("", SHARE, Higher),
        "whether a dimension serves one factor",
        "Eastwood & Williams 2018",
    ),
    entry(
        "dci_completeness",
        ("", SHARE, Higher),
        "whether a factor is served by one dimension",
        "Eastwood & Williams 2018",
    ),
    entry(
        "dci_informativeness",
        ("", ANY, Higher),
        "how well all dimensions predict the factors: R² and accuracy on test, mean",
        "Eastwood & Williams 2018",
    ),
    entry(
        "sap",
        ("", SHARE, Higher),
        "gap between the two dimensions that predict a factor best",
        "Kumar et al. 2018",
    ),
    entry(
        "factor_vae_score",
        ("", SHARE, Higher),
        "accuracy of telling a fixed factor by the dimension that varies least",
        "Kim & Mnih 2018",
    ),
    // What runs are compared by, besides.
    entry(
        "valid_total",
        ("", ANY, Lower),
        "validation loss of the best epoch, as the recipe reduces it",
        "the run's objective",
    ),
    entry(
        "valid_reconstruction",
        ("", ANY, Lower),
        "reconstruction term of that loss",
        "the run's objective",
    ),
    entry("valid_kl", ("", POSITIVE, Neutral), "KL term of that loss, weighted", "the run's objective"),
    entry("train_total", ("", ANY, Lower), "training loss of the same epoch", "the run's objective"),
    entry(
        "train_reconstruction",
        ("", ANY, Lower),
        "reconstruction term of that loss",
        "the run's objective",
    ),
    entry("train_kl", ("", POSITIVE, Neutral), "KL term of that loss, weighted", "the run's objective"),
    entry(
        "distortion",
        ("nats", ANY, Lower),
        "reconstruction loss per image, unweighted and summed over pixels",
        "Alemi et al. 2018",
    ),
    entry(
        "rate",
        ("nats", POSITIVE, Neutral),
        "KL divergence from the prior per image, unweighted",
        "Alemi et al. 2018",
    ),
    entry(
        "explained",
        ("%", f64::NEG_INFINITY..=100.0, Higher),
        "share of the variance around the mean training image that reconstructions keep",
        "definition",
    ),
    entry(
        "sharpness",
        ("", POSITIVE, Neutral),
        "total variation of reconstructions over that of their originals: 1 is as sharp, above is noise",
        "Rudin et al. 1992",
    ),
    entry(
        "from_prior",
        ("nats", POSITIVE, Lower),
        "distance of all codes together from the prior: the marginal KL, or that of the moments",
        "Hoffman & Johnson 2016",
    ),
    entry("code_low", ("", ANY, Neutral), "smallest coordinate of a code", "definition"),
    entry("code_high", ("", ANY, Neutral), "largest coordinate of a code", "definition"),
    entry(
        "code_centre",
        ("", POSITIVE, Neutral),
        "distance of the codes' mean from the origin",
        "definition",
    ),
    entry(
        "code_spread",
        ("", POSITIVE, Neutral),
        "standard deviation of the codes, averaged over dimensions",
        "definition",
    ),
    entry("training_seconds", ("s", POSITIVE, Lower), "time that the training took", "definition"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_metric_can_be_read() {
        for (index, metric) in METRICS.iter().enumerate() {
            let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
            assert!(!metric.name.is_empty() && metric.name.chars().all(plain), "{metric:?}");
            assert!(METRICS[..index].iter().all(|other| other.name != metric.name), "{metric:?} twice");
            assert!(metric.range.start() < metric.range.end(), "{metric:?}");
            assert!(metric.measures.len() > 10 && !metric.measures.ends_with('.'), "{metric:?}");
            assert!(!metric.source.is_empty(), "{metric:?}");
            assert_eq!(super::metric(metric.name), Some(metric));
        }
    }
}
