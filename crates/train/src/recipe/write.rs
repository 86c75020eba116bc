//! A recipe as TOML text, laid out as a person would: one line per setting, one line per layer.

use network::{Latent, Term};
use serde::Serialize;
use toml::de::DeValue;
use toml::ser::ValueSerializer;

use super::Recipe;
use crate::error::RecipeError;

impl Recipe {
    /// The recipe as a TOML file, every setting filled in; it reads back as the same recipe.
    ///
    /// # Errors
    /// If a value cannot be written in TOML, such as a seed above 2⁶³ − 1 (which no check lets pass).
    pub fn to_toml(&self) -> Result<String, RecipeError> {
        let whole = inline(self)?;
        let (mut head, mut tables) = (String::new(), String::new());
        for (name, value, text) in entries(&whole)? {
            match value {
                DeValue::Table(_) => {
                    tables.push_str(&format!("\n[{name}]\n"));
                    for (key, value, text) in entries(&text)? {
                        if name == "objective" && self.is_for_other_codes(&key) {
                            continue; // means nothing there
                        }
                        tables.push_str(&setting(&key, &value, &text)?);
                    }
                }
                value => head.push_str(&setting(&name, &value, &text)?),
            }
        }
        Ok(head + &tables)
    }

    fn is_for_other_codes(&self, term: &str) -> bool {
        let is_variational = matches!(self.model.latent, Latent::Gaussian(_));
        Term::named(term).is_some_and(|term| !term.description().codes.include(is_variational))
    }
}

/// `key = value`; a list of tables has a line for each.
fn setting(key: &str, value: &DeValue<'_>, text: &str) -> Result<String, RecipeError> {
    let items = match value {
        DeValue::Array(items) if items.iter().any(|item| item.get_ref().is_table()) => items,
        _ => return Ok(format!("{key} = {text}\n")),
    };
    let mut lines = format!("{key} = [\n");
    for item in items {
        lines.push_str(&format!("    {},\n", &text[item.span()]));
    }
    Ok(lines + "]\n")
}

/// Any value on one line.
fn inline(value: &impl Serialize) -> Result<String, RecipeError> {
    let mut text = String::new();
    value
        .serialize(ValueSerializer::new(&mut text))
        .map_err(|error| RecipeError::Write { reason: error.to_string() })?;
    Ok(text)
}

/// Keys, values and values' texts of an inline table, in the order of the text; spans in a value count from
/// the start of its text.
fn entries(text: &str) -> Result<Vec<(String, DeValue<'_>, String)>, RecipeError> {
    let broken = |error: toml::de::Error| RecipeError::Write { reason: error.to_string() };
    let mut found = Vec::new();
    if let DeValue::Table(table) = DeValue::parse(text).map_err(broken)?.into_inner() {
        for (key, value) in table {
            found.push((value.span(), key.into_inner().into_owned()));
        }
    }
    found.sort_by_key(|(span, _)| span.start);
    found
        .into_iter()
        .map(|(span, key)| {
            let text = &text[span];
            Ok((key, DeValue::parse(text).map_err(broken)?.into_inner(), text.to_owned()))
        })
        .collect()
}
