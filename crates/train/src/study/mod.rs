//! Studies: several recipes and what is shown to compare them.

mod model;
mod stop_rule;
mod sweep;
mod value;
mod variation;
mod views;

use std::collections::BTreeSet;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::built_in::STUDIES;
use crate::error::{RecipeError, StudyError};
use crate::recipe::overrides::value_of;
use crate::recipe::{SCHEMA, text};

pub use model::StudyModel;
pub use stop_rule::{StopRule, lowest as lowest_loss};
pub use sweep::{Draw, DrawMethod, Sweep};
pub use variation::{Scale, Space, Variation};
pub use views::{LatentStrips, LatentViews};

/// Several recipes that are trained alike and compared on the same test images. Comes from a TOML file.
///
/// ```
/// let study = train::Study::open("kl-weight")?;
/// let names: Vec<String> = study.models().into_iter().map(|model| model.name).collect();
/// assert_eq!(names, ["KL weight 0.1", "KL weight 1", "KL weight 5"]);
/// # Ok::<(), train::StudyError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Study {
    /// Version of the format, 1.
    #[serde(default = "schema")]
    pub schema: u64,
    /// Short name; its folder is named after it.
    pub name: String,
    /// One line for people.
    #[serde(default)]
    pub description: String,
    /// The models, one by one.
    #[serde(default, rename = "model", skip_serializing_if = "Vec::is_empty")]
    pub listed: Vec<StudyModel>,
    /// More models: one recipe, several values of one or more settings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sweep: Option<Sweep>,
    /// Seeds that every model is trained with, 1 to 1000: the recipe's own, and those after it.
    #[serde(default = "one")]
    pub seeds: u16,
    /// Which trainings end early; none if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stop: Option<StopRule>,
    /// What is shown beyond what every comparison shows.
    #[serde(default)]
    pub show: LatentViews,
}

fn schema() -> u64 {
    SCHEMA
}

fn one() -> u16 {
    1
}

/// Seeds of one model.
const MOST_SEEDS: u16 = 1000;

impl Study {
    /// The study of this name among [`STUDIES`], or in this file.
    ///
    /// # Errors
    /// [`StudyError`] if there is neither, or anything in it cannot be used.
    pub fn open(name_or_path: &str) -> Result<Self, StudyError> {
        if let Some(study) = STUDIES.iter().find(|study| study.name == name_or_path) {
            return Self::parse(study.toml, &format!("{name_or_path}.toml"));
        }
        let path = Path::new(name_or_path);
        if !path.is_file() && path.extension().is_none_or(|extension| extension != "toml") {
            return Err(StudyError::Unknown { name: name_or_path.to_owned() });
        }
        Self::parse(&text::read(path)?, name_or_path)
    }

    /// Reads a study; `name` stands for the text in messages.
    ///
    /// # Errors
    /// [`StudyError::Syntax`] with the line of what cannot be used, [`StudyError::Field`].
    pub fn parse(toml: &str, name: &str) -> Result<Self, StudyError> {
        if let Some((start, message)) = text::too_deep(toml) {
            let (line, _) = text::position(toml, start);
            return Err(StudyError::Syntax { file: name.to_owned(), line, message });
        }
        let study: Self = toml::from_str(toml).map_err(|error| {
            let before = error.span().map_or("", |span| &toml[..span.start.min(toml.len())]);
            let line = 1 + before.bytes().filter(|byte| *byte == b'\n').count();
            StudyError::Syntax { file: name.to_owned(), line, message: error.message().to_owned() }
        })?;
        study.check(name)?;
        Ok(study)
    }

    fn check(&self, file: &str) -> Result<(), StudyError> {
        let refuse = |field: &str, value: String, allowed: &str| {
            let (file, field, allowed) = (file.to_owned(), field.to_owned(), allowed.to_owned());
            Err(StudyError::Field { file, field, value, allowed })
        };
        if self.schema != SCHEMA {
            return refuse("schema", self.schema.to_string(), "this program reads schema 1");
        }
        if !(1..=MOST_SEEDS).contains(&self.seeds) {
            return refuse("seeds", self.seeds.to_string(), "must be 1 to 1000");
        }
        if let Some((field, value, allowed)) = self.stop.and_then(|rule| rule.refusal()) {
            return refuse(field, value.to_string(), allowed);
        }
        let models = self.models();
        if models.is_empty() {
            return refuse("model", "none".into(), "must list at least one model, or a sweep must");
        }
        let mut names = BTreeSet::new();
        for StudyModel { name, .. } in &models {
            if name.trim().is_empty() || !names.insert(name) {
                return refuse("model.name", format!("{name:?}"), "must be given, and be different for each");
            }
        }
        if let Some(plane) = self.show.manifold
            && let Some(allowed) = plane.refusal()
        {
            return refuse("show.manifold", plane.to_string(), allowed);
        }
        for strips in &self.show.strips {
            if !models.iter().any(|model| model.name == strips.model) {
                return refuse(
                    "show.strips.model",
                    format!("{:?}", strips.model),
                    "must be the name of a model",
                );
            }
        }
        Ok(())
    }

    /// The models: those listed, then those of the sweep.
    pub fn models(&self) -> Vec<StudyModel> {
        let swept = self.sweep.iter().flat_map(Sweep::models);
        self.listed.iter().cloned().chain(swept).collect()
    }

    /// The same with these values in the place of its sweep's own, written as `--set` takes them.
    ///
    /// # Errors
    /// [`StudyError::NoSweep`] unless there is a sweep of one key; [`StudyError::Field`] for values that are no list of
    /// different ones.
    pub fn with_values(mut self, values: &[String]) -> Result<Self, StudyError> {
        let (Some(sweep), name) = (&mut self.sweep, &self.name) else {
            return Err(StudyError::NoSweep { name: self.name });
        };
        let [variation] = sweep.vary.as_mut_slice() else {
            return Err(StudyError::NoSweep { name: name.clone() });
        };
        let list: Result<_, String> = values.iter().map(|text| value_of(text)).collect();
        let other = list.and_then(|list| Variation::list(variation.key.clone(), list));
        *variation = other.map_err(|allowed| StudyError::Field {
            file: name.clone(),
            field: "--values".into(),
            value: text::shortened(&values.join(",")),
            allowed,
        })?;
        sweep.draw = None;
        Ok(self)
    }

    /// The study as TOML.
    ///
    /// # Errors
    /// For a value that TOML has no form for.
    pub fn to_toml(&self) -> Result<String, StudyError> {
        toml::to_string(self)
            .map_err(|error| StudyError::Recipe(RecipeError::Write { reason: error.to_string() }))
    }
}
