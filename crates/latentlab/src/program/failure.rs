//! What ends a command without success: one message, perhaps a hint, and whose move it is.

use std::fmt;
use std::io::ErrorKind;

use crate::analysis::TableError;
use crate::data::{CATALOGUE, DataError};
use crate::engine::IsaError;
use crate::lab;
use crate::model::ModelError;
use crate::network::NetworkError;
use crate::report::FigureError;
use crate::run;
use crate::train::{RECIPES, RecipeError, STUDIES, StudyError, TrainError};

/// Exit code of a failure of the machine, the disk or the network.
pub const FAILURE: u8 = 1;
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

    fn maybe_hint(self, hint: Option<impl fmt::Display>) -> Self {
        match hint {
            Some(hint) => self.hint(hint),
            None => self,
        }
    }

    /// Arguments that clap refuses, without what it says of how the program is used in a terminal.
    pub(super) fn refusal(refusal: &clap::Error) -> Self {
        let text = refusal.to_string();
        let text = text.strip_prefix("error: ").unwrap_or(&text);
        let text = text.split("\n\nUsage:").next().unwrap_or_default();
        let text = text.split("\n\nFor more information").next().unwrap_or_default().trim_end();
        match text.split_once("\n\n  tip: ") {
            Some((message, tips)) => Self::mistake(message).hint(tips.replace("\n  tip: ", "; ")),
            None => Self::mistake(text),
        }
    }

    /// What is wrong, in one sentence.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// What to do about it, where that is known.
    pub fn advice(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// Whether what was asked for cannot be; else the machine, the disk or the network failed.
    pub fn is_mistake(&self) -> bool {
        self.code == MISTAKE
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

impl std::error::Error for Failure {}

impl From<IsaError> for Failure {
    fn from(error: IsaError) -> Self {
        Self::mistake(error)
    }
}

impl From<DataError> for Failure {
    fn from(error: DataError) -> Self {
        let (is_fault, hint) = match &error {
            DataError::Io { path, source, .. } if source.kind() == ErrorKind::NotFound => {
                let set = path.to_str().and_then(|name| near(name, CATALOGUE.iter().map(|set| set.name)));
                let hint = match set {
                    Some(set) => {
                        format!("did you mean {set}? `latentlab data` lists all sets that have a name")
                    }
                    None => {
                        "a path is looked for where the command runs; `latentlab data` lists the sets that \
                             have a name"
                            .to_owned()
                    }
                };
                (false, Some(hint))
            }
            DataError::Broken { .. } | DataError::Picture { .. } => {
                return Self::mistake(error).hint("--skip-broken leaves such files out");
            }
            DataError::Io { .. } | DataError::Absent(_) | DataError::Memory { .. } => (true, None),
            _ => (false, None),
        };
        Self::of(error, !is_fault).maybe_hint(hint)
    }
}

impl From<run::Error> for Failure {
    fn from(error: run::Error) -> Self {
        use run::Error::{Claimed, HoldsOther, HoldsRun, Locked, Name, NoCheckpoint, NotARun};
        let (is_mistake, hint) = match &error {
            HoldsRun { .. } => {
                (true, Some("without --out a new folder is found, with --force the run is overwritten"))
            }
            NotARun { .. } => (true, Some("`latentlab train` makes a run and says where it is")),
            NoCheckpoint { path, .. } if path.ends_with("best") => {
                (false, Some("--checkpoint last uses the other checkpoint"))
            }
            Locked { .. } => (true, Some("wait for it to end, or stop it; a new run needs another folder")),
            Claimed { .. } | HoldsOther { .. } | Name { .. } => (true, None),
            _ => (error.is_not_found(), None),
        };
        Self::of(error, is_mistake).maybe_hint(hint)
    }
}

impl From<RecipeError> for Failure {
    fn from(error: RecipeError) -> Self {
        let hint = match &error {
            RecipeError::Unknown { name } => match near(name, RECIPES.iter().map(|recipe| recipe.name)) {
                Some(near) => Some(format!("did you mean {near}? `latentlab recipes` lists all")),
                None => {
                    Some("`latentlab recipes` says what each trains; a file of your own ends in .toml".into())
                }
            },
            RecipeError::Field(field) if field.place.starts_with("the recipe chosen for") => Some(
                "as it was chosen it fits; --dry-run without your settings prints it, to change as a file"
                    .into(),
            ),
            RecipeError::Field(field) if field.place.starts_with("recipe ") => {
                let name = field.place["recipe ".len()..].split(':').next().unwrap_or_default();
                Some(format!(
                    "`latentlab recipes --show {name}` prints it; without a recipe's name, a net is chosen that fits the data"
                ))
            }
            RecipeError::Field(field) if field.value.is_none() => {
                Some("`latentlab recipes --show NAME` prints a recipe to start from".into())
            }
            _ => None,
        };
        Self::mistake(error).maybe_hint(hint)
    }
}

impl From<StudyError> for Failure {
    fn from(error: StudyError) -> Self {
        let hint = match error {
            StudyError::Recipe(error) => return error.into(),
            StudyError::Unknown { ref name } => match near(name, STUDIES.iter().map(|study| study.name)) {
                Some(near) => Some(format!("did you mean {near}? `latentlab study` lists all")),
                None => Some("`latentlab study` lists what ships; a file of your own ends in .toml".into()),
            },
            _ => None,
        };
        Self::mistake(error).maybe_hint(hint)
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
            TrainError::Images { .. } | TrainError::OtherShapes { .. } => Self::mistake(error),
            TrainError::Changed { .. } => {
                Self::mistake(error).hint("`latentlab train RECIPE` begins a new run with what there is now")
            }
            _ => Self::fault(error),
        }
    }
}

impl From<FigureError> for Failure {
    fn from(error: FigureError) -> Self {
        let hint = matches!(error, FigureError::Size { .. }).then_some(
            "one picture cannot take so many; --out with a folder or an .npz file takes any number",
        );
        Self::of(error, hint.is_some()).maybe_hint(hint)
    }
}

impl From<TableError> for Failure {
    fn from(error: TableError) -> Self {
        Self::mistake(error)
    }
}

impl From<lab::Error> for Failure {
    fn from(error: lab::Error) -> Self {
        use lab::Error;
        match error {
            Error::Refused { message, hint } | Error::Unsuited { message, hint } => {
                Self::mistake(message).maybe_hint(hint)
            }
            Error::Isa(error) => error.into(),
            Error::Network(error) => error.into(),
            Error::Data(error) => error.into(),
            Error::Run(error) => error.into(),
            Error::Model(error) => error.into(),
            Error::Train(error) => error.into(),
            Error::Study(error) => error.into(),
            Error::Figure(error) => error.into(),
            fault => Self::fault(fault),
        }
    }
}

/// The one of `names` that is most like `name`, if one is.
fn near(name: &str, names: impl Iterator<Item = &'static str>) -> Option<&'static str> {
    let scored = names.map(|near| (strsim::jaro_winkler(name, near), near));
    let (score, near) = scored.max_by(|(a, _), (b, _)| a.total_cmp(b))?;
    (score > 0.85).then_some(near)
}
