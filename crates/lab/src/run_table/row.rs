//! One run as a row of the table: what its small files say.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use run::{Manifest, RunDir, RunLock, Status};
use train::SavedProgress;

use super::value::Value;
use crate::error::Error;
use crate::evaluation::metrics_file;

/// How a run stands, as seen from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "clap", derive(clap::ValueEnum))]
pub enum RunState {
    /// A process works on it.
    Running,
    /// Training did all that was asked.
    Completed,
    /// Training was stopped or killed, and can go on.
    Interrupted,
    /// An error ended it.
    Failed,
    /// It cannot be read.
    Unreadable,
}

impl fmt::Display for RunState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Running => "running",
            Self::Completed => "completed",
            Self::Interrupted => "interrupted",
            Self::Failed => "failed",
            Self::Unreadable => "unreadable",
        })
    }
}

/// Keys that every run has besides the settings of its recipe and its metrics, and what they are.
pub const RUN_KEYS: &[(&str, &str)] = &[
    ("run", "its folder"),
    ("recipe", "name of its recipe"),
    ("data", "what it was trained on"),
    ("state", "running, completed, interrupted, failed or unreadable"),
    ("epochs", "epochs done"),
    ("epochs_asked", "epochs asked for"),
    ("valid_total", "validation loss of its best epoch"),
    ("best_epoch", "the epoch of that loss"),
    ("seconds", "time that it took"),
    ("created", "when it was begun (UTC)"),
    ("program", "program and version that trained it"),
    ("problem", "what is wrong with it, or ended it early"),
];

/// One run as a row of the table.
#[derive(Clone, Debug, PartialEq)]
pub struct RunRow {
    /// Its folder.
    pub folder: PathBuf,
    /// How it stands.
    pub state: RunState,
    /// What is wrong, of a run that cannot be read or of a part of it.
    pub problem: Option<String>,
    /// Everything that is known by key: [`RUN_KEYS`].
    pub facts: BTreeMap<&'static str, Value>,
    /// Settings by their keys in the recipe: `model.latent.size`.
    pub settings: BTreeMap<String, Value>,
    /// Metrics by name, of the test images where they were measured on those; of others as `valid.psnr`.
    pub metrics: BTreeMap<String, Value>,
}

impl RunRow {
    /// Of the run in `folder`. What cannot be read is said in the row.
    pub(super) fn of(folder: &Path) -> Self {
        let mut row = Self {
            folder: folder.to_path_buf(),
            state: RunState::Unreadable,
            problem: None,
            facts: BTreeMap::new(),
            settings: BTreeMap::new(),
            metrics: BTreeMap::new(),
        };
        if let Err(error) = row.read() {
            let text = error.to_string();
            // The folder stands in the row already.
            let own = format!("{}: ", folder.display());
            row.problem = Some(text.strip_prefix(&own).unwrap_or(&text).to_owned());
        }
        row.state = match row.state {
            RunState::Unreadable => RunState::Unreadable,
            _ if RunLock::holder(folder).is_some() => RunState::Running,
            state => state,
        };
        row.facts.insert("run", Value::Text(folder.display().to_string()));
        row.facts.insert("state", Value::Text(row.state.to_string()));
        if let Some(problem) = &row.problem {
            row.facts.insert("problem", Value::Text(problem.clone()));
        }
        row
    }

    fn read(&mut self) -> Result<(), Error> {
        let run = RunDir::open(&self.folder)?;
        let manifest: Manifest = run.read()?;
        self.state = match manifest.status {
            // Nobody holds it, or else the lock says so: it was killed.
            Status::Running | Status::Interrupted => RunState::Interrupted,
            Status::Completed => RunState::Completed,
            Status::Failed => RunState::Failed,
        };
        let Manifest { recipe, data, epochs, created, program, seconds, early_end, .. } = manifest;
        self.problem = early_end.map(|end| end.reason);
        let whole = |number: u64| Value::Whole(i64::try_from(number).unwrap_or(i64::MAX));
        self.facts.extend([
            ("recipe", Value::Text(recipe)),
            ("data", Value::Text(data.name)),
            ("epochs", whole(epochs.done)),
            ("epochs_asked", whole(epochs.asked)),
            ("created", Value::Text(created.to_string())),
            ("program", Value::Text(program)),
        ]);
        if let Some(seconds) = seconds.get("total").or(seconds.get("training")) {
            self.facts.insert("seconds", Value::Number(*seconds));
        }
        self.settings = settings(&run.read_recipe()?, &self.folder)?;
        if let Some(path) = self.settings.get("data.path") {
            self.facts.insert("data", path.clone());
        }
        let progress = SavedProgress::of(&run)?;
        self.facts.insert("epochs", whole(progress.epochs.max(epochs.done)));
        if let Some(best) = progress.best {
            self.facts.insert("valid_total", Value::Number(best.total));
            self.facts.insert("best_epoch", whole(best.epoch));
        }
        for (split, measured) in metrics_file::stored(&run)?.splits {
            for (name, measurement) in measured.metrics {
                let name = if split == "test" { name } else { format!("{split}.{name}") };
                self.metrics.insert(name, Value::Number(measurement.value));
            }
        }
        Ok(())
    }

    /// The cell of `key`; `None` where the run has none.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.facts.get(key).or_else(|| self.settings.get(key)).or_else(|| self.metrics.get(key))
    }

    /// All that is known, and what is not.
    pub(super) fn keys(&self) -> impl Iterator<Item = &str> {
        let facts = self.facts.keys().copied();
        facts.chain(self.settings.keys().map(String::as_str)).chain(self.metrics.keys().map(String::as_str))
    }
}

/// The settings of a recipe by their keys.
pub(crate) fn settings(toml: &str, folder: &Path) -> Result<BTreeMap<String, Value>, Error> {
    let table: toml::Table = toml.parse().map_err(|error: toml::de::Error| {
        Error::fault(format!("{}: recipe.toml: {}", folder.display(), error.message()))
    })?;
    let mut settings = BTreeMap::new();
    table.into_iter().for_each(|(key, value)| flatten(key, value, &mut settings));
    Ok(settings)
}

fn flatten(key: String, value: toml::Value, into: &mut BTreeMap<String, Value>) {
    let value = match value {
        toml::Value::Table(table) => {
            return table.into_iter().for_each(|(name, value)| flatten(format!("{key}.{name}"), value, into));
        }
        toml::Value::Array(items) if items.iter().any(toml::Value::is_table) => {
            let items = items.into_iter().enumerate();
            return items.for_each(|(at, value)| flatten(format!("{key}[{at}]"), value, into));
        }
        toml::Value::Integer(whole) => Value::Whole(whole),
        toml::Value::Float(number) => Value::Number(number),
        toml::Value::String(text) => Value::Text(text),
        other => Value::Text(other.to_string()),
    };
    into.insert(key, value);
}
