//! Settings from the command line that go over those of the recipe's file.

use std::str::FromStr;

use toml::{Table, Value};

use crate::error::RecipeError;
use crate::field_path::{FieldPath, Segment};
use crate::text::{shortened, too_deep};

/// One setting that goes over the recipe's own, before anything is checked: so it is checked like the file.
#[derive(Clone, Debug, PartialEq)]
pub struct Override(Change);

#[derive(Clone, Debug, PartialEq)]
enum Change {
    Set(FieldPath, Value),
    Data(String),
}

impl FromStr for Override {
    type Err = RecipeError;

    /// Reads `key=value`: a dotted path as in `training.epochs=3` or `model.encoder[1].units=512`, and a TOML
    /// value; what is no TOML value is a string, so `data.name=mnist` needs no quotes.
    fn from_str(text: &str) -> Result<Self, RecipeError> {
        let refuse =
            |reason: &str| RecipeError::Override { text: shortened(text), reason: reason.to_owned() };
        let (key, value) = text.split_once('=').ok_or_else(|| refuse("must be key=value"))?;
        let path = FieldPath::parse(key.trim())
            .ok_or_else(|| refuse("the key must be a dotted path such as training.epochs"))?;
        if let Some((_, reason)) = too_deep(&format!("value = {value}")) {
            return Err(refuse(&reason));
        }
        let mut parsed: Table = toml::from_str(&format!("value = {value}")).unwrap_or_default();
        let value = match parsed.remove("value") {
            Some(value) if parsed.is_empty() => value,
            _ => Value::String(value.trim().to_owned()),
        };
        Ok(Self(Change::Set(path, value)))
    }
}

impl Override {
    /// Sets `key`, a dotted path, to `value`.
    ///
    /// # Errors
    /// If `key` is no dotted path.
    pub fn set(key: &str, value: impl Into<Value>) -> Result<Self, RecipeError> {
        let path = FieldPath::parse(key).ok_or_else(|| RecipeError::Override {
            text: shortened(key),
            reason: "the key must be a dotted path such as training.epochs".to_owned(),
        })?;
        Ok(Self(Change::Set(path, value.into())))
    }

    /// Replaces the recipe's data set by what a person typed: a name of the catalogue, else a path. Options
    /// that only the former set had are dropped.
    pub fn data(name_or_path: &str) -> Self {
        Self(Change::Data(name_or_path.to_owned()))
    }

    /// Whether the value at `path` (or one above or below it) comes from this override.
    pub(crate) fn concerns(&self, path: &FieldPath) -> bool {
        match &self.0 {
            Change::Set(set, _) => path.starts_with(set) || set.starts_with(path),
            Change::Data(_) => ["data.name", "data.path"]
                .iter()
                .any(|key| FieldPath::parse(key).is_some_and(|key| path.starts_with(&key))),
        }
    }

    pub(crate) fn apply(&self, table: &mut Table) -> Result<(), RecipeError> {
        match &self.0 {
            Change::Set(path, value) => set(table, path, value.clone()),
            Change::Data(name_or_path) => {
                let data = table.entry("data").or_insert_with(|| Value::Table(Table::new()));
                let Some(data) = data.as_table_mut() else { return Ok(()) };
                for key in ["name", "path", "count", "size", "fit", "channels"] {
                    data.remove(key);
                }
                let key = if data::find(name_or_path).is_some() { "name" } else { "path" };
                data.insert(key.to_owned(), Value::String(name_or_path.clone()));
                Ok(())
            }
        }
    }
}

/// Puts `value` at `path`; tables on the way are made where they are missing.
fn set(table: &mut Table, path: &FieldPath, value: Value) -> Result<(), RecipeError> {
    let refuse =
        |reason: String| RecipeError::Override { text: shortened(&format!("{path}={value}")), reason };
    let mut place: Option<&mut Value> = None;
    for segment in path.segments() {
        let next = match (segment, place) {
            (Segment::Key(key), None) => table.entry(key).or_insert_with(|| Value::Table(Table::new())),
            (Segment::Key(key), Some(Value::Table(table))) => {
                table.entry(key).or_insert_with(|| Value::Table(Table::new()))
            }
            (Segment::Index(index), Some(Value::Array(list))) => {
                let length = list.len();
                list.get_mut(*index)
                    .ok_or_else(|| refuse(format!("the list has {length} items, counted from 0")))?
            }
            (Segment::Key(key), Some(Value::Array(list))) => {
                let length = list.len();
                return Err(refuse(format!(
                    "{key} belongs to one of the {length} items of a list: name it, as in [0].{key}"
                )));
            }
            (Segment::Key(key), Some(other)) => {
                return Err(refuse(format!(
                    "{} is no table that could hold {key}",
                    shortened(&other.to_string())
                )));
            }
            (Segment::Index(_), _) => return Err(refuse("there is no list to count in".to_owned())),
        };
        place = Some(next);
    }
    if let Some(place) = place {
        *place = value;
    }
    Ok(())
}
