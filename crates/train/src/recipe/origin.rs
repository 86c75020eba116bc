//! Where a recipe came from, so that a message can point to the line at fault.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use data::DataError;
use toml::de::{DeTable, DeValue};
use toml::{Spanned, Table};

use super::field_path::{FieldPath, Segment};
use super::overrides::Override;
use super::text::{position, too_deep};
use crate::error::{FieldError, RecipeError};

/// The file that a recipe was read from, or the data that it was chosen for; nothing for one made in Rust.
///
/// Two recipes that say the same are equal wherever they came from.
#[derive(Clone, Default)]
pub struct Origin(Option<Arc<RecipeText>>);

struct RecipeText {
    name: String,
    toml: String,
    /// Whether a user can look at the text under this name.
    is_file: bool,
    overrides: Vec<Override>,
}

/// What a recipe's text says with the overrides in it.
pub(crate) struct AmendedTable {
    pub table: Table,
    /// What the overrides changed besides, in words.
    pub notes: Vec<String>,
}

impl Origin {
    pub(crate) fn new(name: &str, toml: &str, overrides: &[Override]) -> Self {
        Self::of(name.to_owned(), toml, true, overrides)
    }

    /// Of a recipe that this program chose for `data`, which nobody has in a file.
    pub(crate) fn chosen(data: &str, toml: &str, overrides: &[Override]) -> Self {
        Self::of(format!("the recipe chosen for {data}"), toml, false, overrides)
    }

    fn of(name: String, toml: &str, is_file: bool, overrides: &[Override]) -> Self {
        let (toml, overrides) = (toml.to_owned(), overrides.to_vec());
        Self(Some(Arc::new(RecipeText { name, toml, is_file, overrides })))
    }

    /// What the text says with the overrides in it; an empty table where there is none.
    pub(crate) fn amended(&self) -> Result<AmendedTable, RecipeError> {
        let Some(text) = &self.0 else { return Ok(AmendedTable { table: Table::new(), notes: Vec::new() }) };
        if let Some((start, message)) = too_deep(&text.toml) {
            let (line, column) = position(&text.toml, start);
            return Err(RecipeError::Syntax { file: text.name.clone(), line, column, message });
        }
        let mut table: Table = toml::from_str(&text.toml).map_err(|error| text.explain(&error))?;
        let mut notes = Vec::new();
        for change in &text.overrides {
            notes.extend(change.apply(&mut table, &text.overrides)?);
        }
        Ok(AmendedTable { table, notes })
    }

    /// The error that `field` holds `value` and not what is `allowed`, with its place.
    pub(crate) fn refuse(
        &self,
        field: &FieldPath,
        value: Option<String>,
        allowed: impl Into<String>,
    ) -> RecipeError {
        let error =
            FieldError { place: self.place(field), field: field.to_string(), value, allowed: allowed.into() };
        RecipeError::Field(Box::new(error))
    }

    /// The same of what the data's own check refuses.
    pub(crate) fn refuse_data(&self, error: DataError) -> RecipeError {
        let (field, value, allowed) = match error {
            DataError::Field { field, value, allowed } => (field, value, allowed),
            other => ("data".to_owned(), "unusable".to_owned(), other.to_string()),
        };
        self.refuse(&FieldPath::parse(&field).unwrap_or_default(), Some(value), allowed)
    }

    /// `recipe.toml:12:5: ` or `command line: `.
    fn place(&self, field: &FieldPath) -> String {
        let Some(text) = &self.0 else { return String::new() };
        if text.overrides.iter().any(|change| change.concerns(field)) {
            return "command line: ".to_owned();
        }
        match offset(&text.toml, field).filter(|_| text.is_file) {
            Some(offset) => {
                let (line, column) = position(&text.toml, offset);
                format!("{}:{line}:{column}: ", text.name)
            }
            None => format!("{}: ", text.name),
        }
    }
}

impl RecipeText {
    fn explain(&self, error: &toml::de::Error) -> RecipeError {
        let span = error.span().unwrap_or_default();
        let (line, column) = position(&self.toml, span.start);
        let (place, file) = (format!("{}:{line}:{column}: ", self.name), self.name.clone());
        // What is TOML, but does not fit into its values, is a number with too many digits.
        let number = DeTable::parse(&self.toml)
            .ok()
            .and_then(|root| path_at(&DeValue::Table(root.into_inner()), &span, FieldPath::default()));
        match number {
            Some(field) => {
                let value = self.toml.get(span).map(str::to_owned);
                let allowed = format!("a whole number must be at most {}", i64::MAX);
                RecipeError::Field(Box::new(FieldError { place, field: field.to_string(), value, allowed }))
            }
            None => RecipeError::Syntax { file, line, column, message: error.message().to_owned() },
        }
    }
}

/// The path of the value that stands at `span` of the text.
fn path_at(value: &DeValue<'_>, span: &Range<usize>, path: FieldPath) -> Option<FieldPath> {
    let look = |value: &Spanned<DeValue<'_>>, path: FieldPath| {
        if value.span() == *span { Some(path) } else { path_at(value.get_ref(), span, path) }
    };
    match value {
        DeValue::Table(table) => table.iter().find_map(|(key, value)| look(value, path.join(key.get_ref()))),
        DeValue::Array(list) => list.iter().enumerate().find_map(|(i, value)| look(value, path.item(i))),
        _ => None,
    }
}

/// Where the value of `field`, or the innermost table around it, begins in the text.
fn offset(toml: &str, field: &FieldPath) -> Option<usize> {
    let root = DeTable::parse(toml).ok()?;
    let (first, rest) = field.segments().split_first()?;
    let Segment::Key(first) = first else { return None };
    let mut here = root.get_ref().get(first.as_str())?;
    for segment in rest {
        let next = match (segment, here.get_ref()) {
            (Segment::Key(key), DeValue::Table(table)) => table.get(key.as_str()),
            (Segment::Index(index), DeValue::Array(list)) => list.get(*index),
            _ => None,
        };
        match next {
            Some(next) => here = next,
            None => break,
        }
    }
    Some(here.span().start)
}

impl PartialEq for Origin {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl fmt::Debug for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_ref().map_or("made in Rust", |text| &text.name))
    }
}
