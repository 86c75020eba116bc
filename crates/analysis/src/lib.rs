//! Measures of images and latent spaces: plain tables of numbers in, numbers out.
//!
//! Nothing here knows networks, runs or files. Every measure says its range, its direction and its source,
//! and is checked against values that a reference implementation computed. Results do not depend on the
//! number of threads.

mod anomaly;
mod centred_table;
mod clusters;
mod code_spread;
mod disentanglement;
mod distance;
mod exponential;
mod generation;
mod image_quality;
mod labelled_points;
mod lbfgs;
mod likelihood;
#[cfg(test)]
mod messages;
mod metrics;
mod moments;
mod neighbours;
mod noise_level;
mod posterior;
mod projection;
mod samplers;
mod sharpness;
mod spectral;
mod structural_similarity;
mod table;

pub use anomaly::{
    Alignment, AnomalyError, Detection, Localisation, NormalMaps, NormalPixels, PicturePair, RocPoint,
    Threshold, ThresholdMethod, detection, localisation, most_anomalous, threshold,
};
pub use clusters::{
    Agreement, ClassSilhouette, ClusterError, KMeans, KMeansSettings, LinearProbe, NearestCentroid,
    ProbeScore, ProbeSettings, Silhouette, agreement, calinski_harabasz, davies_bouldin, knn_accuracy,
    knn_classes, silhouette,
};
pub use code_spread::CodeSpread;
pub use disentanglement::{
    Dci, DisentanglementError, FactorKind, FactorVaeScore, FactorVaeSettings, ForestSettings, Gaps,
    KnownFactors, dci, factor_vae_score, mutual_information_gap, separated_predictability,
};
pub use generation::{
    FeatureSpace, Generation, GenerationError, Manifolds, Mixing, frechet_distance, generation, manifolds,
    mixing,
};
pub use image_quality::{GREATEST_PSNR, ImageQuality, MeanQuality, QualityError, image_quality};
pub use labelled_points::{LabelledPoints, LabelsError};
pub use likelihood::{
    ImportanceWeighted, LikelihoodError, LogWeights, NoLikelihood, PixelDensity, PixelLoss,
    bits_per_dimension, first_grey, importance_weighted, pixel_density,
};
pub use metrics::{Direction, METRICS, Metric, metric};
pub use neighbours::{Neighbours, NeighboursError, nearest, neighbours};
pub use noise_level::noise_level;
pub use posterior::{
    ACTIVE_UNIT_THRESHOLD, AggregatedPosterior, Collapse, Dimension, Histogram, KlDecomposition, Posterior,
    PosteriorError,
};
pub use projection::{
    MapQuality, MapQualityError, Pca, PcaError, Placement, Preset, Progress, Repulsion, Start, TsneError,
    TsneMap, TsneSettings, map_quality, place, tsne,
};
pub use samplers::{GaussianOfPoints, Mixture, MixtureSettings, SamplerError};
pub use sharpness::sharpness;
pub use table::{Table, TableError};
