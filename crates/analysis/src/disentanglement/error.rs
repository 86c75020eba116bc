//! Why disentanglement could not be measured.

use crate::clusters::ClusterError;

/// Why disentanglement could not be measured.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum DisentanglementError {
    /// Codes and factors of different images.
    #[error("codes of {codes} images beside factors of {factors} images")]
    Rows {
        /// Rows of the codes.
        codes: usize,
        /// Rows of the factors.
        factors: usize,
    },

    /// A kind per factor is needed.
    #[error("{kinds} kinds for {factors} factors: there must be one each")]
    Kinds {
        /// Number of kinds.
        kinds: usize,
        /// Columns of the factors.
        factors: usize,
    },

    /// A class that is not a whole number from 0 on.
    #[error(
        "image {row}, factor {factor} (counted from 0) is {value}: a class is a whole number from 0 to 65535"
    )]
    Class {
        /// Which image.
        row: usize,
        /// Which factor.
        factor: usize,
        /// Its value.
        value: f32,
    },

    /// A factor that never changes.
    #[error("factor {factor} (counted from 0) is the same for all images: nothing can be learned about it")]
    Constant {
        /// Which factor.
        factor: usize,
    },

    /// Train and test that do not belong together.
    #[error("test has {test:?} code dimensions and factors, train {train:?}")]
    Columns {
        /// Dimensions of the codes and factors of test.
        test: [usize; 2],
        /// Those of train.
        train: [usize; 2],
    },

    /// A gap between the best and the second needs two.
    #[error("the codes have a single dimension: a gap between two is not defined")]
    OneDimension,

    /// A setting outside its range.
    #[error("{name} is 0: must be at least 1")]
    Zero {
        /// Which setting.
        name: &'static str,
    },

    /// A linear classifier that could not be fitted.
    #[error(transparent)]
    Clusters(#[from] ClusterError),
}
