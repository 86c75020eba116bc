//! Settings from the command line that go over those of the recipe's file.

use std::str::FromStr;

use toml::{Table, Value};

use super::field_path::{FieldPath, Segment};
use super::kind_change::KindChange;
use super::purpose::{Purpose, resize_code};
use super::text::{shortened, too_deep};
use crate::error::RecipeError;

/// One setting that goes over the recipe's own, before anything is checked: so it is checked like the file.
#[derive(Clone, Debug, PartialEq)]
pub struct Override(Change);

#[derive(Clone, Debug, PartialEq)]
enum Change {
    Set(FieldPath, Value),
    Data(String),
    Purpose(Purpose),
    Latent(u32),
}

impl FromStr for Override {
    type Err = RecipeError;

    /// Reads `key=value`: a dotted path as in `training.epochs=3` or `model.encoder[1].units=512`, and a TOML
    /// value; what is no TOML value is a string, so `data.name=mnist` needs no quotes.
    fn from_str(text: &str) -> Result<Self, RecipeError> {
        let refuse =
            |reason: &str| RecipeError::Override { text: shortened(text), reason: reason.to_owned() };
        let (key, value) =
            text.split_once('=').ok_or_else(|| refuse("must be key=value, as in training.epochs=3"))?;
        let path = FieldPath::parse(key.trim())
            .ok_or_else(|| refuse("the key must be a dotted path such as training.epochs"))?;
        let value = value_of(value).map_err(|reason| refuse(&reason))?;
        Ok(Self(Change::Set(path, value)))
    }
}

/// A TOML value as a person types it; what is none is a string.
///
/// # Errors
/// Why it cannot be read: it is nested too deeply.
pub(crate) fn value_of(text: &str) -> Result<Value, String> {
    let toml = format!("value = {text}");
    if let Some((_, reason)) = too_deep(&toml) {
        return Err(reason);
    }
    let mut parsed: Table = toml::from_str(&toml).unwrap_or_default();
    Ok(match parsed.remove("value") {
        Some(value) if parsed.is_empty() => value,
        _ => Value::String(text.trim().to_owned()),
    })
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

    /// Replaces the recipe's data set by what a person typed: a name of the catalogue, else a path. What belonged to
    /// the former set goes: options that only it had, counts of images held out (parts stay), classes left out.
    pub fn data(name_or_path: &str) -> Self {
        Self(Change::Data(name_or_path.to_owned()))
    }

    /// Makes the recipe one for `purpose`. A code keeps its size; other settings stay as they are.
    pub fn purpose(purpose: Purpose) -> Self {
        Self(Change::Purpose(purpose))
    }

    /// Gives the code `size` numbers: dimensions of a Gaussian code, units of the dense layer that ends the encoder
    /// of an autoencoder (one is added where there is none).
    pub fn latent(size: u32) -> Self {
        Self(Change::Latent(size))
    }

    /// Whether the value at `path` (or one above or below it) comes from this override.
    pub(crate) fn concerns(&self, path: &FieldPath) -> bool {
        let is_below = |keys: &[&str]| {
            keys.iter().any(|key| FieldPath::parse(key).is_some_and(|key| path.starts_with(&key)))
        };
        match &self.0 {
            Change::Set(set, _) => path.starts_with(set) || set.starts_with(path),
            Change::Data(_) => is_below(&["data.name", "data.path"]),
            Change::Purpose(_) | Change::Latent(_) => is_below(&["model.latent"]),
        }
    }

    /// Whether this sets a value below `data`.
    pub(crate) fn is_of_data(&self) -> bool {
        matches!(&self.0, Change::Set(path, _) if path.segments().first() == Some(&Segment::Key("data".into())))
    }

    /// Makes the change in `table`; `all` are the overrides of which this is one. Returns what else changed, in words.
    pub(crate) fn apply(&self, table: &mut Table, all: &[Self]) -> Result<Vec<String>, RecipeError> {
        let is_given = |path: &str| {
            let at = FieldPath::parse(path);
            all.iter().any(|other| matches!(&other.0, Change::Set(path, _) if Some(path) == at.as_ref()))
        };
        let refuse = |text: String| move |reason| RecipeError::Override { text, reason };
        match &self.0 {
            Change::Set(path, value) => {
                let text = shortened(&format!("{path}={value}"));
                let change = KindChange::of(path, value, table);
                let notes = match change {
                    Some(change) => change.drop_former(table, &is_given).map_err(refuse(text))?,
                    None => Vec::new(),
                };
                set(table, path, value.clone())?;
                Ok(notes)
            }
            Change::Data(name_or_path) => Ok(set_data(table, name_or_path, &is_given)),
            Change::Purpose(purpose) => {
                purpose.apply(table, &is_given).map_err(refuse(format!("--as {}", purpose.name())))
            }
            Change::Latent(size) => {
                resize_code(table, i64::from(*size)).map_err(refuse(format!("--latent {size}")))?;
                Ok(Vec::new())
            }
        }
    }
}

/// Puts another data set into the recipe, and drops what belonged to its own.
fn set_data(table: &mut Table, name_or_path: &str, is_given: &dyn Fn(&str) -> bool) -> Vec<String> {
    let data = table.entry("data").or_insert_with(|| Value::Table(Table::new()));
    let Some(data) = data.as_table_mut() else { return Vec::new() };
    let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
    let was_path = data.contains_key("path");
    let former = text(data.get("name")).or_else(|| text(data.get("path")));
    if former.as_deref() == Some(name_or_path) {
        return Vec::new();
    }
    for key in ["name", "path", "clean", "count", "range", "background", "columns"] {
        if key == "clean" && is_given("data.clean") {
            continue;
        }
        data.remove(key);
    }
    let key = if data::find(name_or_path).is_some() { "name" } else { "path" };
    data.insert(key.to_owned(), Value::String(name_or_path.to_owned()));
    let former = former.unwrap_or_else(|| "its own data".to_owned());
    // Published sets are of one size.
    let is_published = |name: &str| data::find(name).is_some_and(|set| set.origin != data::Origin::Drawn);
    let keeps_counts = is_published(&former) && is_published(name_or_path);
    let is_part = |rule: &Value| rule.as_str() == Some("test") || rule.get("fraction").is_some();
    let mut notes = Vec::new();
    // How images from a path are read is what the net takes, not what one of the paths has.
    let read: &[&str] = if was_path && key == "path" { &[] } else { &["size", "fit", "channels"] };
    for key in read.iter().chain(&["test", "valid", "exclude_classes"]).copied() {
        let is_split = ["test", "valid"].contains(&key);
        if data.get(key).is_none_or(|rule| is_split && (keeps_counts || is_part(rule))) {
            continue;
        }
        let Some(value) = data.remove(key) else { continue };
        if !is_given(&format!("data.{key}")) {
            notes.push(format!(
                "data.{key} = {} is dropped: it belonged to {former} (--set data.{key}=… sets another)",
                shortened(&value.to_string())
            ));
        }
    }
    notes
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
