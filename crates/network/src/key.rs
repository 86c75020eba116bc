//! What recipes say of a key: its name, what it takes, what holds without it. A layer lists those of its own.

use crate::values::Values;

/// One key.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Key {
    /// Its name in the table.
    pub name: &'static str,
    /// What it takes.
    pub values: Values,
    /// What holds where it is left out.
    pub default: Fallback,
    /// A value in TOML, other than the default.
    pub example: &'static str,
    /// What it does, one sentence.
    pub about: &'static str,
    /// The kinds of table that have it, where not all do.
    pub kinds: &'static [&'static str],
}

/// What holds where a key is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fallback {
    /// It must be given.
    Required,
    /// This value, in TOML.
    Value(&'static str),
    /// No value, but this, in words.
    Words(&'static str),
}

impl Key {
    /// A key that every kind of table has.
    pub const fn new(
        name: &'static str,
        values: Values,
        default: Fallback,
        example: &'static str,
        about: &'static str,
    ) -> Self {
        Self { name, values, default, example, about, kinds: &[] }
    }

    /// The same, of these kinds only.
    pub const fn of(self, kinds: &'static [&'static str]) -> Self {
        Self { kinds, ..self }
    }

    /// What holds where it is left out, for people.
    pub fn default_text(&self) -> String {
        match self.default {
            Fallback::Required => "required".to_owned(),
            Fallback::Value(value) => value.to_owned(),
            Fallback::Words(words) => words.to_owned(),
        }
    }
}
