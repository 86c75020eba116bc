//! What ends a command without success: one message, perhaps a hint, and whose move it is.

use std::fmt;
use std::io::ErrorKind;

use latentlab::analysis::QualityError;
use latentlab::data::DataError;
use latentlab::engine::{IsaError, NetworkError};
use latentlab::model::ModelError;
use latentlab::report::FigureError;
use latentlab::run;
use latentlab::train::{BUILT_IN, RecipeError, TrainError};

/// Exit code of a failure of the machine, the disk or the network.
const FAILURE: u8 = 1;
/// Exit code of something that was asked for and cannot be (as clap's own for wrong arguments).
const MISTAKE: u8 = 2;

/// Why a command failed.
#[derive(Debug)]
pub struct Failure {
    message: String,
    hint: Option<String>,
    code: u8,
}

impl Failure {
    /// What was asked for cannot be done as it was asked: arguments, recipe, or the user's own files.
    pub fn mistake(message: impl fmt::Display) -> Self {
        Self { message: message.to_string(), hint: None, code: MISTAKE }
    }

    /// The machine, the disk or the network did not do its part.
    pub fn fault(message: impl fmt::Display) -> Self {
        Self { message: message.to_string(), hint: None, code: FAILURE }
    }

    /// The same with what to do about it.
    pub fn hint(mut self, hint: impl fmt::Display) -> Self {
        self.hint = Some(hint.to_string());
        self
    }

    /// The process's exit code.
    pub fn code(&self) -> u8 {
        self.code
    }

    fn of(error: impl fmt::Display, mistake: bool) -> Self {
        if mistake { Self::mistake(error) } else { Self::fault(error) }
    }
}

impl fmt::Display for Failure {
    /// `error: …`, and below it `hint: …`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error: {}", self.message)?;
        match &self.hint {
            Some(hint) => write!(f, "\nhint: {hint}"),
            None => Ok(()),
        }
    }
}

impl From<IsaError> for Failure {
    fn from(error: IsaError) -> Self {
        Self::mistake(error)
    }
}

impl From<DataError> for Failure {
    fn from(error: DataError) -> Self {
        let ours = match &error {
            DataError::Io { source, .. } => source.kind() != ErrorKind::NotFound,
            DataError::Absent(_) | DataError::Memory { .. } => true,
            _ => false,
        };
        Self::of(error, !ours)
    }
}

impl From<run::Error> for Failure {
    fn from(error: run::Error) -> Self {
        use run::Error::{HoldsOther, HoldsRun, Name, NotARun};
        let (is_mistake, hint) = match &error {
            HoldsRun { .. } => (
                true,
                Some("leave --out out to have a new folder found, or add --force to overwrite the run"),
            ),
            NotARun { .. } => (true, Some("latentlab train makes a run and says where it is")),
            HoldsOther { .. } | Name { .. } => (true, None),
            _ => (error.is_not_found(), None),
        };
        let failure = Self::of(error, is_mistake);
        match hint {
            Some(hint) => failure.hint(hint),
            None => failure,
        }
    }
}

impl From<RecipeError> for Failure {
    fn from(error: RecipeError) -> Self {
        let hint = match &error {
            RecipeError::Unknown { name } => Some(match nearest(name) {
                Some(near) => format!("did you mean {near}? `latentlab recipes` lists all"),
                None => "`latentlab recipes` says what each trains; a file of your own ends in .toml".into(),
            }),
            RecipeError::Field(_) | RecipeError::Override { .. } => {
                Some("`latentlab recipes --show NAME` prints a recipe to start from".into())
            }
            _ => None,
        };
        let failure = Self::mistake(error);
        match hint {
            Some(hint) => failure.hint(hint),
            None => failure,
        }
    }
}

impl From<NetworkError> for Failure {
    fn from(error: NetworkError) -> Self {
        Self::mistake(error)
    }
}

impl From<ModelError> for Failure {
    fn from(error: ModelError) -> Self {
        let is_mistake = matches!(error, ModelError::Network(_) | ModelError::NoPrior);
        Self::of(error, is_mistake)
    }
}

impl From<TrainError> for Failure {
    fn from(error: TrainError) -> Self {
        match error {
            TrainError::Recipe(error) => error.into(),
            TrainError::Data(error) => error.into(),
            TrainError::Run(error) => error.into(),
            TrainError::Model(error) => error.into(),
            TrainError::Images { .. } => Self::mistake(error),
            _ => Self::fault(error),
        }
    }
}

impl From<FigureError> for Failure {
    fn from(error: FigureError) -> Self {
        Self::fault(format_args!("figure: {error}"))
    }
}

impl From<QualityError> for Failure {
    fn from(error: QualityError) -> Self {
        Self::fault(error)
    }
}

/// The built-in recipe whose name is most like `name`, if one is.
fn nearest(name: &str) -> Option<&'static str> {
    let scored = BUILT_IN.iter().map(|recipe| (strsim::jaro_winkler(name, recipe.name), recipe.name));
    let (score, near) = scored.max_by(|(a, _), (b, _)| a.total_cmp(b))?;
    (score > 0.8).then_some(near)
}
