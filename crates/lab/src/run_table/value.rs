//! One cell of the table of runs.

use std::cmp::Ordering;
use std::fmt;

use serde_json::json;

/// One cell of the table of runs.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A whole number: a seed, a size.
    Whole(i64),
    /// A number: a loss, a rate.
    Number(f64),
    /// Anything else: a name, a time, a list as TOML.
    Text(String),
}

impl Value {
    /// As a number; `None` of a text.
    pub fn number(&self) -> Option<f64> {
        match self {
            Self::Whole(whole) => Some(*whole as f64),
            Self::Number(number) => Some(*number),
            Self::Text(_) => None,
        }
    }

    /// Numbers by size, before texts by their letters; what is no number (NaN) last of the numbers.
    pub fn order(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Whole(a), Self::Whole(b)) => a.cmp(b),
            (Self::Text(a), Self::Text(b)) => a.cmp(b),
            _ => match (self.number(), other.number()) {
                (Some(a), Some(b)) => a.partial_cmp(&b).unwrap_or_else(|| a.is_nan().cmp(&b.is_nan())),
                (a, b) => a.is_none().cmp(&b.is_none()),
            },
        }
    }

    /// For programs; what is no number is null.
    pub fn json(&self) -> serde_json::Value {
        match self {
            Self::Whole(whole) => json!(whole),
            Self::Number(number) => json!(number),
            Self::Text(text) => json!(text),
        }
    }
}

impl fmt::Display for Value {
    /// In full, as a recipe has it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole(whole) => whole.fmt(f),
            Self::Number(number) => number.fmt(f),
            Self::Text(text) => text.fmt(f),
        }
    }
}

impl From<&str> for Value {
    /// A number where the text is one.
    fn from(text: &str) -> Self {
        if let Ok(whole) = text.parse() {
            return Self::Whole(whole);
        }
        text.parse().map_or_else(|_| Self::Text(text.to_owned()), Self::Number)
    }
}
