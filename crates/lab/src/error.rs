//! Why something could not be done, and whose move it is.

use std::fmt::Display;

use analysis::{
    AnomalyError, ClusterError, DisentanglementError, GenerationError, LabelsError, LikelihoodError,
    NeighboursError, PcaError, PosteriorError, QualityError, SamplerError, TableError, TsneError,
};
use data::DataError;
use engine::IsaError;
use exchange::ExchangeError;
use explorer::ExplorerError;
use model::ModelError;
use network::NetworkError;
use report::FigureError;
use train::{RecipeError, StudyError, TrainError};

/// Why something could not be done.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// What was asked for cannot be done as it was asked.
    #[error("{message}")]
    Refused {
        /// What is wrong, and where.
        message: String,
        /// What to do about it.
        hint: Option<String>,
    },
    /// The machine or the disk did not do its part.
    #[error("{0}")]
    Fault(String),
    /// A measure refused data that do not suit it, such as too few points or a single class.
    #[error("{message}")]
    Unsuited {
        /// What the measure needs, and what it got.
        message: String,
        /// What to do about it.
        hint: Option<String>,
    },
    /// The instruction set that was asked for.
    #[error(transparent)]
    Isa(#[from] IsaError),
    /// The network.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// The data.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The run's folder.
    #[error(transparent)]
    Run(#[from] run::Error),
    /// The model.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The recipe, or its training.
    #[error(transparent)]
    Train(#[from] TrainError),
    /// The study.
    #[error(transparent)]
    Study(#[from] StudyError),
    /// A figure.
    #[error(transparent)]
    Figure(#[from] FigureError),
    /// The page of an explorer.
    #[error(transparent)]
    Explorer(#[from] ExplorerError),
    /// The model in another program's format.
    #[error(transparent)]
    Exchange(#[from] ExchangeError),
    /// The comparison of images.
    #[error(transparent)]
    Quality(#[from] QualityError),
}

impl Error {
    /// What was asked for cannot be done as it was asked.
    pub fn refused(message: impl Display) -> Self {
        Self::Refused { message: message.to_string(), hint: None }
    }

    /// The machine or the disk did not do its part.
    pub fn fault(message: impl Display) -> Self {
        Self::Fault(message.to_string())
    }

    /// The same with what to do about it, where that is not known from elsewhere.
    #[must_use]
    pub fn hint(mut self, what: impl Display) -> Self {
        if let Self::Refused { hint, .. } | Self::Unsuited { hint, .. } = &mut self {
            *hint = Some(what.to_string());
        }
        self
    }

    /// Whether all that failed is to keep a result in a run.
    pub fn is_unkept(&self) -> bool {
        matches!(self, Self::Run(run::Error::Io { action: "write" | "create the folder", .. }))
    }
}

impl From<RecipeError> for Error {
    fn from(error: RecipeError) -> Self {
        Self::Train(TrainError::Recipe(error))
    }
}

/// Measures refuse tables that do not suit them: what was asked for does not fit the data.
macro_rules! unsuited {
    ($($error:ty),*) => {$(
        impl From<$error> for Error {
            fn from(error: $error) -> Self {
                Self::Unsuited { message: error.to_string(), hint: None }
            }
        }
    )*};
}

unsuited!(
    AnomalyError,
    ClusterError,
    DisentanglementError,
    GenerationError,
    LabelsError,
    LikelihoodError,
    NeighboursError,
    PcaError,
    PosteriorError,
    SamplerError,
    TableError,
    TsneError
);

/// What was measured; a note in its place, where the data do not suit the measure: what else can be measured is an
/// answer all the same.
pub(crate) fn note_if_unsuited(
    measured: Result<(), Error>,
    what: &str,
    notes: &mut Vec<String>,
) -> Result<(), Error> {
    match measured {
        Err(Error::Unsuited { message, .. }) => {
            notes.push(format!("{what} left out: {message}"));
            Ok(())
        }
        measured => measured,
    }
}
