//! From TOML text to a [`Recipe`]: keys and types. Serde's messages become ours here: file, line, the full
//! path of the field, the value received, what is allowed.

use std::path::Path;

use toml::{Table, Value};

use crate::built_in::BUILT_IN;
use crate::error::RecipeError;
use crate::field_path::FieldPath;
use crate::origin::Origin;
use crate::overrides::Override;
use crate::recipe::{Recipe, SCHEMA};
use crate::text;

/// Keys that say which kind of thing a table is.
const TAGS: [&str; 2] = ["layer", "kind"];

impl Recipe {
    /// The recipe of this name among [`BUILT_IN`], or in this file, with `overrides` over it.
    ///
    /// # Errors
    /// If there is neither, the file cannot be read, or anything in it (or in the overrides) cannot be used.
    pub fn open(name_or_path: &str, overrides: &[Override]) -> Result<Self, RecipeError> {
        if let Some(built_in) = BUILT_IN.iter().find(|built_in| built_in.name == name_or_path) {
            return Self::parse(built_in.toml, &format!("{name_or_path}.toml"), overrides);
        }
        let path = Path::new(name_or_path);
        if !path.is_file() && path.extension().is_none_or(|extension| extension != "toml") {
            return Err(RecipeError::Unknown { name: name_or_path.to_owned() });
        }
        Self::parse(&text::read(path)?, name_or_path, overrides)
    }

    /// Reads a recipe; `name` stands for the text in messages.
    ///
    /// Checks keys, types and every value that can be checked before the images are there; their shape is
    /// known beforehand for a data set of the catalogue, else [`Recipe::check`] looks at the rest.
    ///
    /// # Errors
    /// The first thing that cannot be used, with file, line, field, value and what is allowed.
    pub fn parse(toml: &str, name: &str, overrides: &[Override]) -> Result<Self, RecipeError> {
        let origin = Origin::new(name, toml, overrides);
        let table = origin.table()?;
        check_schema(&table, &origin)?;
        let mut recipe: Recipe = deserialize(&table).map_err(|fault| fault.explain(&table, &origin))?;
        recipe.origin = origin;
        recipe.check_before_images()?;
        Ok(recipe)
    }
}

/// The version comes first: of another one nothing else is known.
fn check_schema(table: &Table, origin: &Origin) -> Result<(), RecipeError> {
    match table.get("schema") {
        Some(Value::Integer(found)) if *found != SCHEMA as i64 => {
            let path = FieldPath::default().join("schema");
            let allowed = format!("this program reads schema {SCHEMA}; a newer latentlab wrote it");
            Err(origin.refuse(&path, Some(found.to_string()), allowed))
        }
        _ => Ok(()),
    }
}

/// What serde found wrong.
#[derive(PartialEq)]
struct Fault {
    path: FieldPath,
    message: String,
}

fn deserialize(table: &Table) -> Result<Recipe, Fault> {
    serde_path_to_error::deserialize(Value::Table(table.clone())).map_err(|error| {
        let path = FieldPath::from(error.path());
        Fault { path, message: error.into_inner().message().to_owned() }
    })
}

impl Fault {
    fn explain(self, table: &Table, origin: &Origin) -> RecipeError {
        let quoted = |message: &str| message.split('`').nth(1).map(str::to_owned);
        if self.message.starts_with("missing field ") {
            let field = self.path.join(&quoted(&self.message).unwrap_or_default());
            return origin.refuse(&field, None, "is missing and must be given");
        }
        if self.message.starts_with("unknown field ") {
            let field = match quoted(&self.message) {
                Some(key) if self.path.last_key() != Some(&key) => self.path.join(&key),
                _ => self.path.clone(),
            };
            let known = self.message.split_once(", expected ").map_or("", |(_, known)| known);
            let known = known.trim_start_matches("one of ").replace('`', "");
            let allowed = match known.as_str() {
                "" => "unknown field; none is allowed here".to_owned(),
                known if field.parent().to_string() == "optimizer" => {
                    format!("unknown field; allowed: {known}, learning_rate, schedule, clip_norm")
                }
                known => format!("unknown field; allowed: {known}"),
            };
            return origin.refuse(&field, show(&field, table), allowed);
        }
        let field = self.culprit(table).unwrap_or(self.path);
        origin.refuse(&field, show(&field, table), allowed(&self.message))
    }

    /// Serde reads a table of several kinds (a layer, an optimizer) as a whole and forgets which of its fields
    /// was wrong: it is the one without which the fault is another one.
    fn culprit(&self, table: &Table) -> Option<FieldPath> {
        let mut without = table.clone();
        let fields = self.path.table_mut(&mut without)?.clone();
        if let Some(variant) = self.message.strip_prefix("unknown variant `") {
            let variant = variant.split('`').next();
            let key = fields.iter().find(|(_, value)| value.as_str() == variant)?.0;
            return Some(self.path.join(key));
        }
        // A field whose removal is a fault of its own may only have hidden this one: the others come first.
        let mut hiding = None;
        for key in fields.keys().filter(|key| !TAGS.contains(&key.as_str())) {
            let mut without = table.clone();
            self.path.table_mut(&mut without)?.remove(key);
            match deserialize(&without) {
                Err(fault) if fault == *self => {}
                Err(fault) if fault.message.starts_with("missing field ") => {
                    hiding.get_or_insert_with(|| self.path.join(key));
                }
                _ => return Some(self.path.join(key)),
            }
        }
        hiding
    }
}

/// The value of `field` on one line, not longer than a line.
fn show(field: &FieldPath, table: &Table) -> Option<String> {
    Some(text::shortened(&field.value(table)?.to_string()))
}

/// What is allowed, from serde's message.
fn allowed(message: &str) -> String {
    if let Some((found, expected)) = message.split_once(", expected ") {
        let expected = expected.replace('`', "\"");
        if found.starts_with("unknown variant") {
            return format!("must be {expected}");
        }
        return format!("must be {}", plainly(&expected));
    }
    match message.strip_prefix("expected ") {
        Some(expected) => format!("must be {expected}"),
        // `activation "x": unknown; …`: the field says the first part already.
        None if message.starts_with("activation ") => {
            message.split_once(": ").map_or(message, |(_, reason)| reason).to_owned()
        }
        None => message.to_owned(),
    }
}

/// Rust's names for types in words.
fn plainly(expected: &str) -> &str {
    match expected {
        "usize" | "u64" | "u32" => "a whole number of at least 0",
        "f32" | "f64" => "a number",
        "a boolean" => "true or false",
        "a sequence" => "a list",
        _ if expected.starts_with("struct ") || expected.contains("tagged enum") => "a table",
        other => other,
    }
}
