//! [`TsneSettings`]: what a map depends on besides its table.

/// Whose defaults and update rule to follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preset {
    /// scikit-learn ≥ 1.2: a factor 4 in the gradient, momentum 0.5, then 0.8, 250 + 750 iterations,
    /// learning rate max(n/exaggeration/4, 50).
    Sklearn,
    /// openTSNE 1.0: no factor, momentum 0.8, steps of at most 5, 250 + 500 iterations, learning rate
    /// n/exaggeration in each phase.
    OpenTsne,
}

impl Preset {
    /// Every preset.
    pub const ALL: [Self; 2] = [Self::Sklearn, Self::OpenTsne];

    /// `sklearn` or `opentsne`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sklearn => "sklearn",
            Self::OpenTsne => "opentsne",
        }
    }

    /// The preset of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|preset| preset.name() == name)
    }
}

/// Where points start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// At their principal components, scaled to a standard deviation of 1e-4 along the first. Columns that are
    /// missing or constant are filled with random numbers.
    Pca,
    /// At random, with a standard deviation of 1e-4.
    Random,
}

/// How points push each other away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repulsion {
    /// [`Exact`](Self::Exact) for maps in three dimensions or of few points, [`Grid`](Self::Grid) otherwise.
    Auto,
    /// Every pair: n² work.
    Exact,
    /// The potential on a grid, by Fourier transforms: forces to about one part in a thousand, nearly linear
    /// work. Two dimensions only.
    Grid,
}

/// Settings of [`tsne`](crate::tsne); start from [`TsneSettings::new`] and change what differs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TsneSettings {
    /// Whose update rule; sets the defaults of the rest.
    pub preset: Preset,
    /// Columns of the map: 2 or 3.
    pub dimensions: usize,
    /// Effective number of neighbours; at least 1 and below rows − 1.
    pub perplexity: f64,
    /// Where points start.
    pub start: Start,
    /// Factor on attraction in the first phase; at least 1.
    pub exaggeration: f64,
    /// Iterations of the first phase.
    pub exaggerated_iterations: usize,
    /// Iterations after it.
    pub iterations: usize,
    /// Step size; `None`: as the preset says.
    pub learning_rate: Option<f64>,
    /// How repulsion is computed.
    pub repulsion: Repulsion,
    /// Seed of everything random.
    pub seed: u64,
}

/// Why there is no map.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum TsneError {
    /// A perplexity that the rows cannot have.
    #[error(
        "perplexity {perplexity} does not fit {rows} rows: it must be at least 1 and below {}", rows.saturating_sub(1)
    )]
    Perplexity {
        /// Perplexity asked for.
        perplexity: f64,
        /// Rows of the table.
        rows: usize,
    },

    /// Dimensions that are neither 2 nor 3.
    #[error("a map of {dimensions} dimensions: 2 and 3 are possible")]
    Dimensions {
        /// Dimensions asked for.
        dimensions: usize,
    },

    /// The grid for a map that is not flat.
    #[error("repulsion on a grid needs a map of 2 dimensions, not {dimensions}")]
    Grid {
        /// Dimensions asked for.
        dimensions: usize,
    },

    /// A number out of range.
    #[error("{field} = {value}: must be {allowed}")]
    Value {
        /// Field of the settings.
        field: &'static str,
        /// What it held.
        value: f64,
        /// What is allowed.
        allowed: &'static str,
    },

    /// New points of another width than the table of the map.
    #[error("rows of {new} columns cannot be placed on a map of rows with {table} columns")]
    Columns {
        /// Columns of the new rows.
        new: usize,
        /// Columns of the table.
        table: usize,
    },

    /// A map of another length than its table.
    #[error("a map of {map} rows does not belong to a table of {table} rows")]
    Rows {
        /// Rows of the map.
        map: usize,
        /// Rows of the table.
        table: usize,
    },
}

impl TsneSettings {
    /// The defaults of `preset`: two dimensions, perplexity 30, exaggeration 12, a start at the principal
    /// components, seed 0.
    pub fn new(preset: Preset) -> Self {
        let iterations = match preset {
            Preset::Sklearn => 750,
            Preset::OpenTsne => 500,
        };
        Self {
            preset,
            dimensions: 2,
            perplexity: 30.0,
            start: Start::Pca,
            exaggeration: 12.0,
            exaggerated_iterations: 250,
            iterations,
            learning_rate: None,
            repulsion: Repulsion::Auto,
            seed: 0,
        }
    }

    pub(super) fn check(&self, rows: usize) -> Result<(), TsneError> {
        let Self { dimensions, perplexity, exaggeration, learning_rate, repulsion, .. } = *self;
        if dimensions != 2 && dimensions != 3 {
            return Err(TsneError::Dimensions { dimensions });
        }
        if repulsion == Repulsion::Grid && dimensions != 2 {
            return Err(TsneError::Grid { dimensions });
        }
        if !(perplexity >= 1.0 && perplexity < rows as f64 - 1.0) {
            return Err(TsneError::Perplexity { perplexity, rows });
        }
        if !(exaggeration >= 1.0 && exaggeration.is_finite()) {
            let allowed = "a finite number of at least 1";
            return Err(TsneError::Value { field: "exaggeration", value: exaggeration, allowed });
        }
        match learning_rate {
            Some(value) if !(value > 0.0 && value.is_finite()) => {
                Err(TsneError::Value { field: "learning_rate", value, allowed: "a finite number above 0" })
            }
            _ => Ok(()),
        }
    }

    /// Neighbours that have a probability.
    pub(super) fn neighbours(&self, rows: usize) -> usize {
        let wanted = match self.preset {
            Preset::Sklearn => (3.0 * self.perplexity + 1.0) as usize,
            Preset::OpenTsne => (3.0 * self.perplexity) as usize,
        };
        wanted.min(rows - 1)
    }
}
