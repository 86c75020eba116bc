//! Studies: several recipes and what is shown to compare them.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::built_in::STUDIES;
use crate::error::{RecipeError, StudyError};
use crate::recipe::overrides::Override;
use crate::recipe::{Plane, Recipe, SCHEMA, text};

/// Several recipes that are trained alike and compared on the same test images. Comes from a TOML file.
///
/// ```
/// let study = train::Study::open("kl-weight")?;
/// let names: Vec<String> = study.models(None)?.into_iter().map(|model| model.name).collect();
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
    /// More models: one recipe, one setting, several values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sweep: Option<Sweep>,
    /// What is shown beyond what every comparison shows.
    #[serde(default)]
    pub show: LatentViews,
}

fn schema() -> u64 {
    SCHEMA
}

/// One model of a study.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StudyModel {
    /// As figures and tables call it.
    pub name: String,
    /// Built-in recipe or TOML file.
    pub recipe: String,
    /// Settings that go over the recipe's, as `--set` takes them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub set: Vec<String>,
    /// What a publication reports for it, by name of the number.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub published: BTreeMap<String, f64>,
}

/// One recipe with several values of one setting.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sweep {
    /// Models are called this and the value: `KL weight 0.1`.
    pub name: String,
    /// Built-in recipe or TOML file.
    pub recipe: String,
    /// The setting.
    pub key: String,
    /// Its values.
    pub values: Vec<f64>,
    /// What a publication reports, by value and name of the number.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub published: BTreeMap<String, BTreeMap<String, f64>>,
}

/// What is shown beyond what every comparison shows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LatentViews {
    /// Whether latent planes of VAEs show a draw of each posterior instead of its mean.
    #[serde(default)]
    pub sampled: bool,
    /// Points of the latent space to decode with every model.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub points: Vec<Vec<f32>>,
    /// The plane that is decoded where codes have two dimensions; where the codes lie, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manifold: Option<Plane>,
    /// Strips of decoded images: 11 values of z₁, each with 11 values of z₂.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub strips: Vec<LatentStrips>,
}

/// One set of strips.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LatentStrips {
    /// Name of the model.
    pub model: String,
    /// First and last z₁, from strip to strip.
    pub z1: (f32, f32),
    /// First and last z₂, along a strip.
    pub z2: (f32, f32),
}

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
        let models = self.models(None)?;
        if models.is_empty() {
            return refuse("model", "none".into(), "must list at least one model, or a sweep must");
        }
        for (index, model) in models.iter().enumerate() {
            if model.name.trim().is_empty() || models[..index].iter().any(|other| other.name == model.name) {
                return refuse(
                    "model.name",
                    format!("{:?}", model.name),
                    "must be given, and be different for each",
                );
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

    /// The models: those listed, then those of the sweep, with `values` instead of its own where given.
    ///
    /// # Errors
    /// [`StudyError::NoSweep`] for values without a sweep.
    pub fn models(&self, values: Option<&[f64]>) -> Result<Vec<StudyModel>, StudyError> {
        let mut models = self.listed.clone();
        let Some(sweep) = &self.sweep else {
            return if values.is_some() {
                Err(StudyError::NoSweep { name: self.name.clone() })
            } else {
                Ok(models)
            };
        };
        models.extend(values.unwrap_or(&sweep.values).iter().map(|value| StudyModel {
            name: format!("{} {value}", sweep.name),
            recipe: sweep.recipe.clone(),
            set: vec![format!("{}={value}", sweep.key)],
            published: sweep.published.get(&value.to_string()).cloned().unwrap_or_default(),
        }));
        Ok(models)
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

impl StudyModel {
    /// Its recipe, with `more` over its own settings.
    ///
    /// # Errors
    /// As [`Recipe::open`].
    pub fn recipe(&self, more: &[Override]) -> Result<Recipe, RecipeError> {
        let own: Vec<Override> = self.set.iter().map(|text| text.parse()).collect::<Result<_, _>>()?;
        Recipe::open(&self.recipe, &[&own, more].concat())
    }
}
