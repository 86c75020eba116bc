//! How a study is run, and which of its members.

use std::path::PathBuf;

use train::Override;

use crate::data_place::DataFolders;
use crate::error::Error;
use crate::mlflow::Server;
use crate::shard::Shard;

/// How a study is run.
#[derive(Clone, Debug, Default)]
pub struct StudyOptions {
    /// Values of the study's sweep, as `--set` takes them; its own where nothing is said.
    pub values: Option<Vec<String>>,
    /// Settings of every recipe.
    pub overrides: Vec<Override>,
    /// Seeds that every model is trained with, at least one: the recipe's own, and those after it; as many as the study
    /// says where nothing is said.
    pub seeds: Option<u16>,
    /// Folder of the study; studies/NAME where nothing is said.
    pub folder: Option<PathBuf>,
    /// Which members are trained.
    pub selection: Selection,
    /// The server that is told of the trainings.
    pub mlflow: Option<Server>,
    /// Where data sets are.
    pub dirs: DataFolders,
}

/// Which members a call trains.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Those of one part, by their position; all, if absent.
    pub shard: Option<Shard>,
    /// Those of these names; all, if empty.
    pub only: Vec<String>,
}

impl Selection {
    /// Whether it is all members.
    pub fn is_all(&self) -> bool {
        self.shard.is_none() && self.only.is_empty()
    }

    /// Whether each of the members of these names is one of it.
    ///
    /// # Errors
    /// For a name that no member has.
    pub fn of(&self, names: &[&str]) -> Result<Vec<bool>, Error> {
        if let Some(unknown) = self.only.iter().find(|name| !names.contains(&name.as_str())) {
            let refusal = Error::refused(format!("--only {unknown}: the study has no member of this name"));
            return Err(refusal.hint("--list shows all members with their names"));
        }
        let is_in = |(position, name): (usize, &&str)| {
            self.shard.is_none_or(|shard| shard.holds(position))
                && (self.only.is_empty() || self.only.iter().any(|only| only == name))
        };
        Ok(names.iter().enumerate().map(is_in).collect())
    }
}
