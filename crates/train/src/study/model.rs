//! One model of a study.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::error::RecipeError;
use crate::recipe::Recipe;
use crate::recipe::overrides::Override;

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
