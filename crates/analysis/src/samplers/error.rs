//! Why there is no density.

use crate::clusters::ClusterError;

/// Why there is no density.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SamplerError {
    /// Weights, means and covariances that do not fit together.
    #[error(
        "{weights} weights, {means} values of means and {covariances} values of covariances are no mixture in \
         {dims} dimensions"
    )]
    Shape {
        /// Number of weights.
        weights: usize,
        /// Values of the means.
        means: usize,
        /// Values of the covariances.
        covariances: usize,
        /// Dimensions.
        dims: usize,
    },

    /// Weights that are not a distribution.
    #[error("weight {component} is {value}: weights must be at least 0 and add up to 1")]
    Weight {
        /// Which component.
        component: usize,
        /// Its weight.
        value: f64,
    },

    /// A mean or covariance that is not finite, or a covariance that is not positive definite.
    #[error(
        "component {component} is no Gaussian: its covariance must be positive definite, its values finite"
    )]
    Component {
        /// Which component.
        component: usize,
    },

    /// Points of another width.
    #[error("points of {found} columns, where the density has {dims} dimensions")]
    Columns {
        /// Columns of the points.
        found: usize,
        /// Dimensions of the density.
        dims: usize,
    },

    /// Settings that k-means, which gives the first components, refuses.
    #[error(transparent)]
    Clusters(#[from] ClusterError),
}
