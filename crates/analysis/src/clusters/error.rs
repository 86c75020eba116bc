//! Why points could not be classified, clustered or compared.

use crate::labelled_points::LabelsError;
use crate::neighbours::nearest_points::NeighboursError;

/// Why points could not be classified, clustered or compared.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ClusterError {
    /// Labels that are not one per row.
    #[error(transparent)]
    Labels(#[from] LabelsError),

    /// Two labellings of different lengths.
    #[error("{clusters} clusters' labels beside {classes} classes' labels: both must be of the same points")]
    Lengths {
        /// Length of the first labelling.
        clusters: usize,
        /// Length of the second.
        classes: usize,
    },

    /// A measure of separation without two classes, or with every point a class of its own.
    #[error(
        "{classes} class{} among {rows} point{}: at least 2 classes are needed, and more points than classes",
        if *classes == 1 { "" } else { "es" },
        if *rows == 1 { "" } else { "s" }
    )]
    Classes {
        /// Different labels.
        classes: usize,
        /// Points.
        rows: usize,
    },

    /// More classes than can be matched one to one.
    #[error("{found} different labels: at most {most} can be matched")]
    TooMany {
        /// Different labels.
        found: usize,
        /// The limit.
        most: usize,
    },

    /// A table with other columns than the one that was fitted.
    #[error("a table of {found} columns, where {fitted} columns were fitted")]
    Columns {
        /// Columns of this table.
        found: usize,
        /// Columns of the fitted table.
        fitted: usize,
    },

    /// A number of neighbours that the fitted points do not allow.
    #[error(transparent)]
    Neighbours(#[from] NeighboursError),

    /// A number of clusters that the points do not allow.
    #[error("{clusters} clusters of {rows} points: must be at least 1 and at most the number of points")]
    Clusters {
        /// Clusters asked for.
        clusters: usize,
        /// Points.
        rows: usize,
    },

    /// A setting outside its range.
    #[error("{name} is {value}: must be {allowed}")]
    Setting {
        /// Which setting.
        name: &'static str,
        /// Its value.
        value: f64,
        /// What it may be.
        allowed: &'static str,
    },
}

/// Refuses a table of other columns than those that were fitted.
pub(super) fn same_columns(found: usize, fitted: usize) -> Result<(), ClusterError> {
    if found == fitted { Ok(()) } else { Err(ClusterError::Columns { found, fitted }) }
}
