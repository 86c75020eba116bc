//! What each error says.

use testing::every_kind;

use crate::*;

#[test]
fn tables_and_labels() {
    use TableError::{Empty, NotFinite, Ragged};
    every_kind!(
        [Empty { .. }, Ragged { .. }, NotFinite { .. }],
        [
            (
                Empty { columns: 0, values: 4 },
                "a table of 0 columns and 4 values is empty: both must be at least 1"
            ),
            (Ragged { columns: 3, values: 4 }, "4 values are not rows of 3 columns"),
            (
                NotFinite { row: 1, column: 2, value: f32::INFINITY },
                "row 1, column 2 (counted from 0) is inf: every value must be a finite number",
            ),
        ]
    );
    let error = LabelsError { labels: 3, rows: 4 };
    assert_eq!(error.to_string(), "3 labels for 4 rows: there must be one per row");
}

#[test]
fn maps_and_neighbours() {
    every_kind!(
        [
            TsneError::Perplexity { .. },
            TsneError::Dimensions { .. },
            TsneError::Grid { .. },
            TsneError::Value { .. },
            TsneError::Columns { .. },
            TsneError::Rows { .. },
        ],
        [
            (
                TsneError::Perplexity { perplexity: 30.0, rows: 20 },
                "perplexity 30 does not fit 20 rows: it must be at least 1 and below 19",
            ),
            (TsneError::Dimensions { dimensions: 4 }, "a map of 4 dimensions: 2 and 3 are possible"),
            (TsneError::Grid { dimensions: 3 }, "repulsion on a grid needs a map of 2 dimensions, not 3"),
            (
                TsneError::Value { field: "angle", value: 2.0, allowed: "between 0 and 1" },
                "angle = 2: must be between 0 and 1",
            ),
            (
                TsneError::Columns { new: 3, table: 2 },
                "rows of 3 columns cannot be placed on a map of rows with 2 columns",
            ),
            (TsneError::Rows { map: 3, table: 4 }, "a map of 3 rows does not belong to a table of 4 rows"),
        ]
    );
    every_kind!(
        [
            PcaError::Rows { .. },
            PcaError::Components { .. },
            PcaError::Columns { .. },
            PcaError::Eigenvalues { .. },
        ],
        [
            (PcaError::Rows { rows: 1 }, "principal components need at least 2 rows, not 1"),
            (
                PcaError::Components { components: 9, rows: 5, columns: 4 },
                "9 components of a table with 5 rows and 4 columns: between 1 and 4 can be had",
            ),
            (
                PcaError::Columns { columns: 3, expected: 4 },
                "a table of 3 columns does not fit: 4 are expected"
            ),
            (
                PcaError::Eigenvalues { columns: 3 },
                "the eigenvalues of the covariance of 3 columns did not converge",
            ),
        ]
    );
    every_kind!(
        [MapQualityError::Rows { .. }, MapQualityError::Neighbours { .. }],
        [
            (
                MapQualityError::Rows { map: 3, table: 4 },
                "a map of 3 rows does not belong to a table of 4 rows"
            ),
            (
                MapQualityError::Neighbours { k: 9, rows: 12 },
                "9 neighbours among 12 rows: must be at least 1 and fewer than half of the rows",
            ),
        ]
    );
    every_kind!(
        [NeighboursError::Count { .. }, NeighboursError::Columns { .. }],
        [
            (
                NeighboursError::Count { k: 9, points: 4 },
                "9 neighbours among 4 points: between 1 and 4 can be found"
            ),
            (
                NeighboursError::Columns { queries: 3, points: 4 },
                "queries of 3 columns cannot be compared with points of 4 columns",
            ),
        ]
    );
}

#[test]
fn classes_anomalies_and_factors() {
    every_kind!(
        [
            ClusterError::Labels(_),
            ClusterError::Lengths { .. },
            ClusterError::Classes { .. },
            ClusterError::TooMany { .. },
            ClusterError::Columns { .. },
            ClusterError::Neighbours(_),
            ClusterError::Clusters { .. },
            ClusterError::Setting { .. },
        ],
        [
            (LabelsError { labels: 3, rows: 4 }.into(), "3 labels for 4 rows: there must be one per row"),
            (
                ClusterError::Lengths { clusters: 3, classes: 4 },
                "3 clusters' labels beside 4 classes' labels: both must be of the same points",
            ),
            (
                ClusterError::Classes { classes: 1, rows: 9 },
                "1 class among 9 points: at least 2 classes are needed, and more points than classes",
            ),
            (
                ClusterError::TooMany { found: 900, most: 512 },
                "900 different labels: at most 512 can be matched"
            ),
            (
                ClusterError::Columns { found: 3, fitted: 4 },
                "a table of 3 columns, where 4 columns were fitted"
            ),
            (
                NeighboursError::Count { k: 9, points: 4 }.into(),
                "9 neighbours among 4 points: between 1 and 4 can be found"
            ),
            (
                ClusterError::Clusters { clusters: 9, rows: 4 },
                "9 clusters of 4 points: must be at least 1 and at most the number of points",
            ),
            (
                ClusterError::Setting { name: "k", value: 0.0, allowed: "at least 1" },
                "k is 0: must be at least 1"
            ),
        ]
    );
    every_kind!(
        [
            AnomalyError::Length { .. },
            AnomalyError::OneKind { .. },
            AnomalyError::NotFinite { .. },
            AnomalyError::FewNormal { .. },
            AnomalyError::Share { .. },
        ],
        [
            (AnomalyError::Length { scores: 3, marks: 4 }, "3 scores, but 4 marks of what is anomalous"),
            (
                AnomalyError::FewNormal { samples: 3, least: 10 },
                "3 normal samples: a threshold needs at least 10",
            ),
            (
                AnomalyError::Share { share: 1.5 },
                "a share of false positives of 1.5: must lie strictly between 0 and 1",
            ),
            (
                AnomalyError::OneKind { anomalous: 0, samples: 4 },
                "0 of 4 samples are anomalous: detection needs at least one of each kind",
            ),
            (
                AnomalyError::NotFinite { index: 2, value: f64::NAN },
                "score 2 (counted from 0) is NaN: every score must be a finite number",
            ),
        ]
    );
    every_kind!(
        [
            DisentanglementError::Rows { .. },
            DisentanglementError::Kinds { .. },
            DisentanglementError::Class { .. },
            DisentanglementError::Constant { .. },
            DisentanglementError::Columns { .. },
            DisentanglementError::OneDimension,
            DisentanglementError::Zero { .. },
            DisentanglementError::Clusters(_),
        ],
        [
            (
                DisentanglementError::Rows { codes: 3, factors: 4 },
                "codes of 3 images beside factors of 4 images"
            ),
            (
                DisentanglementError::Kinds { kinds: 3, factors: 4 },
                "3 kinds for 4 factors: there must be one each"
            ),
            (
                DisentanglementError::Class { row: 1, factor: 2, value: 0.5 },
                "image 1, factor 2 (counted from 0) is 0.5: a class is a whole number from 0 to 65535",
            ),
            (
                DisentanglementError::Constant { factor: 2 },
                "factor 2 (counted from 0) is the same for all images: nothing can be learned about it",
            ),
            (
                DisentanglementError::Columns { test: [2, 3], train: [2, 4] },
                "test has [2, 3] code dimensions and factors, train [2, 4]",
            ),
            (
                DisentanglementError::OneDimension,
                "the codes have a single dimension: a gap between two is not defined",
            ),
            (DisentanglementError::Zero { name: "votes" }, "votes is 0: must be at least 1"),
            (
                ClusterError::Columns { found: 3, fitted: 4 }.into(),
                "a table of 3 columns, where 4 columns were fitted"
            ),
        ]
    );
}

#[test]
fn posteriors_and_likelihoods() {
    every_kind!(
        [
            PosteriorError::Shape { .. },
            PosteriorError::LogVariance { .. },
            PosteriorError::NoSamples,
            PosteriorError::NoBins,
        ],
        [
            (
                PosteriorError::Shape { mean: [3, 2], log_var: [4, 2] },
                "means of shape [3, 2] and log variances of shape [4, 2] are not of the same images",
            ),
            (
                PosteriorError::LogVariance { row: 1, column: 2, value: 900.0 },
                "log variance of image 1, dimension 2 (counted from 0) is 900: must lie in -200 to 200",
            ),
            (PosteriorError::NoSamples, "0 samples: at least 1 is needed"),
            (PosteriorError::NoBins, "0 bins: at least 1 is needed"),
        ]
    );
    every_kind!(
        [LikelihoodError::NotFinite { .. }, LikelihoodError::NoImages, LikelihoodError::Samples { .. }],
        [
            (
                LikelihoodError::NotFinite { sample: 7, value: f64::NAN },
                "log weight 7 of this image is NaN: every log weight must be a finite number",
            ),
            (LikelihoodError::NoImages, "a likelihood is an average over images, and there are none"),
            (
                LikelihoodError::Samples { image: 2, samples: 9, expected: 10 },
                "image 2 has 9 log weights where 10 are needed (the same for all, at least 1)",
            ),
        ]
    );
    every_kind!(
        [NoLikelihood::GreyBce { .. }, NoLikelihood::SquaredError, NoLikelihood::Distance(_)],
        [
            (
                NoLikelihood::GreyBce { index: 3, value: 0.5 },
                "binary cross-entropy on grey images is a loss, not a likelihood (value 3 is 0.5, neither 0 nor 1; \
                 Loaiza-Ganem & Cunningham 2019): for a likelihood train on binarised images, and name the \
                 binarisation, or use the Gaussian loss",
            ),
            (
                NoLikelihood::SquaredError,
                "squared error is a loss, not a likelihood: it names no standard deviation (the Gaussian loss does)",
            ),
            (
                NoLikelihood::Distance("the absolute error"),
                "the absolute error is a loss, not a likelihood (the Gaussian loss is)",
            ),
        ]
    );
}

#[test]
fn generation_and_pictures() {
    every_kind!(
        [
            GenerationError::Columns { .. },
            GenerationError::TooFew { .. },
            GenerationError::Neighbours(_),
            GenerationError::Eigenvalues,
        ],
        [
            (
                GenerationError::Columns { real: 3, generated: 4 },
                "real features of 3 columns cannot be compared with generated ones of 4 columns",
            ),
            (
                GenerationError::TooFew { real: 1, generated: 4 },
                "1 real and 4 generated images: at least 2 of each are needed",
            ),
            (
                NeighboursError::Count { k: 9, points: 4 }.into(),
                "9 neighbours among 4 points: between 1 and 4 can be found"
            ),
            (GenerationError::Eigenvalues, "the covariances' eigenvalues could not be computed"),
        ]
    );
    every_kind!(
        [
            SamplerError::Shape { .. },
            SamplerError::Weight { .. },
            SamplerError::Component { .. },
            SamplerError::Columns { .. },
            SamplerError::Clusters(_),
        ],
        [
            (
                SamplerError::Shape { weights: 2, means: 3, covariances: 4, dims: 2 },
                "2 weights, 3 values of means and 4 values of covariances are no mixture in 2 dimensions",
            ),
            (
                SamplerError::Weight { component: 1, value: -0.5 },
                "weight 1 is -0.5: weights must be at least 0 and add up to 1",
            ),
            (
                SamplerError::Component { component: 1 },
                "component 1 is no Gaussian: its covariance must be positive definite, its values finite",
            ),
            (
                SamplerError::Columns { found: 3, dims: 2 },
                "points of 3 columns, where the density has 2 dimensions"
            ),
            (
                ClusterError::Columns { found: 3, fitted: 4 }.into(),
                "a table of 3 columns, where 4 columns were fitted"
            ),
        ]
    );
    every_kind!(
        [QualityError::Shape { .. }, QualityError::TooSmall { .. }, QualityError::NotFinite { .. }],
        [
            (
                QualityError::Shape { shape: [2, 3, 3, 1], values: 17 },
                "17 pixel values are not images of shape [2, 3, 3, 1] (count, height, width, channels)",
            ),
            (
                QualityError::TooSmall { height: 2, width: 9 },
                "images of 2 × 9 pixels are too small for SSIM: at least 3 × 3 are needed",
            ),
            (QualityError::NotFinite { image: 4 }, "image 4 holds a pixel that is not a finite number"),
        ]
    );
}
