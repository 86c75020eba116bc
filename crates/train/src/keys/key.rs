//! What the registry says of a key, and of the table that it stands in.

use std::fmt;

use super::values::Values;

/// The keys of one table.
#[derive(Debug)]
pub struct Section {
    /// Where the table stands: `data.limit`; of a study with `study.` before it. `recipe`, `study` and `layer` stand for
    /// the top of a recipe, the top of a study, and any item of `model.encoder` and `model.decoder`.
    pub name: &'static str,
    /// What the table is for, one sentence.
    pub about: &'static str,
    /// Its keys.
    pub keys: &'static [Key],
}

/// One key.
#[derive(Debug)]
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
    pub(super) const fn new(
        name: &'static str,
        values: Values,
        default: Fallback,
        example: &'static str,
        about: &'static str,
    ) -> Self {
        Self { name, values, default, example, about, kinds: &[] }
    }

    /// The same, of these kinds only.
    pub(super) const fn of(self, kinds: &'static [&'static str]) -> Self {
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

impl fmt::Display for Section {
    /// As a terminal shows it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}: {}", self.name, self.about)?;
        for key in self.keys {
            let kinds =
                if key.kinds.is_empty() { String::new() } else { format!("  # {}", key.kinds.join(", ")) };
            writeln!(f, "\n  {} = {}{kinds}", key.name, key.example)?;
            writeln!(f, "      {}", key.about)?;
            let (kind, range) = (key.values.kind(), key.values.range());
            let range = if range.is_empty() { range } else { format!(": {range}") };
            let default = match key.default {
                Fallback::Required => "required".to_owned(),
                Fallback::Value(text) | Fallback::Words(text) => format!("default {text}"),
            };
            writeln!(f, "      {kind}{range}; {default}")?;
        }
        Ok(())
    }
}
