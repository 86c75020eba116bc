//! A table of a recipe or a study, with its keys.

use std::fmt;

use network::{Fallback, Key};

/// The keys of one table.
#[derive(Clone, Copy, Debug)]
pub struct Section {
    /// Where the table stands: `data.limit`; of a study with `study.` before it. `recipe`, `study` and `layer` stand for
    /// the top of a recipe, the top of a study, and any item of `model.encoder` and `model.decoder`.
    pub name: &'static str,
    /// What the table is for, one sentence.
    pub about: &'static str,
    /// Its keys.
    pub keys: &'static [Key],
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
