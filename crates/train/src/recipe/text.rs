//! Texts of recipes and studies: read from a file that is one and not endless, parsed to no more than some depth.

use std::io::Read;
use std::path::Path;

use toml::de::{DeTable, DeValue};

use crate::error::RecipeError;

/// Far longer than anybody's recipe, in bytes.
const LONGEST: u64 = 1 << 20;
/// Tables and lists in one another. A recipe has five.
const DEEPEST: usize = 32;

/// The text of the file `path`.
///
/// # Errors
/// [`RecipeError::Read`], also for what is no file or too long; [`RecipeError::Syntax`] for bytes that are no text.
pub(crate) fn read(path: &Path) -> Result<String, RecipeError> {
    let fail = |error| RecipeError::Read { path: path.to_owned(), error };
    let file = run::open_regular(path).map_err(fail)?;
    let mut bytes = Vec::new();
    file.take(LONGEST + 1).read_to_end(&mut bytes).map_err(fail)?;
    if bytes.len() as u64 > LONGEST {
        let reason = format!("it has more than the {LONGEST} bytes allowed");
        return Err(fail(std::io::Error::new(std::io::ErrorKind::FileTooLarge, reason)));
    }
    String::from_utf8(bytes).map_err(|error| {
        let (bytes, end) = (error.as_bytes(), error.utf8_error().valid_up_to());
        let (line, column) = position(&String::from_utf8_lossy(&bytes[..end]), end);
        let file = path.display().to_string();
        RecipeError::Syntax { file, line, column, message: "the text is not UTF-8".into() }
    })
}

/// The text on one line, not longer than a line.
pub(crate) fn shortened(text: &str) -> String {
    let text = text.replace('\n', " ");
    let mut short: String = text.chars().take(60).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

/// Line and column, from 1, of a byte offset.
pub(crate) fn position(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    (line, column)
}

/// Where and why `toml` is nested more deeply than what reads it can follow. TOML's parser counts brackets and the
/// parts of a key on their own, which together go thousands deep.
pub(crate) fn too_deep(toml: &str) -> Option<(usize, String)> {
    let root = DeTable::parse(toml).ok()?; // what is no TOML is said by others
    let mut level = vec![DeValue::Table(root.into_inner())];
    let mut start = 0;
    for _ in 0..DEEPEST {
        let mut next = Vec::new();
        for value in level {
            match value {
                DeValue::Table(table) => next.extend(table.into_iter().map(|(_, value)| value)),
                DeValue::Array(list) => next.extend(list),
                _ => {}
            }
        }
        start = next.first().map_or(start, |value| value.span().start);
        level = next.into_iter().map(toml::Spanned::into_inner).collect();
        if level.is_empty() {
            return None;
        }
    }
    Some((start, format!("tables and lists lie more than {DEEPEST} deep in one another")))
}
