//! Every key of a recipe and of a study: one registry that `latentlab recipes --keys`, `docs/recipe.md` and the tests go
//! through. The tests beside it hold each line to what the parser takes.

mod page;
#[rustfmt::skip] // a line for each key
mod recipe;
#[rustfmt::skip]
mod study;
#[cfg(test)]
mod tests;
mod values;

pub use page::markdown;
pub use values::{Bound, Values};

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
    const fn new(
        name: &'static str,
        values: Values,
        default: Fallback,
        example: &'static str,
        about: &'static str,
    ) -> Self {
        Self { name, values, default, example, about, kinds: &[] }
    }

    /// The same, of these kinds only.
    const fn of(self, kinds: &'static [&'static str]) -> Self {
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

impl Section {
    /// The key whose value says which kind of table it is, and the kinds.
    pub fn kinds(&self) -> Option<(&'static str, &'static [&'static str])> {
        self.keys.iter().find_map(|key| match (key.name, &key.values) {
            (name @ ("kind" | "layer"), Values::Choice(kinds)) if self.name != "data" => Some((name, *kinds)),
            _ => None,
        })
    }
}

/// The tables of a recipe, then those of a study.
pub static KEYS: [&[Section]; 2] = [recipe::SECTIONS, study::SECTIONS];

/// The sections of this name and below it: `optimizer` gives `optimizer.schedule` too.
///
/// ```
/// let names: Vec<_> = train::keys::sections("optimizer").map(|section| section.name).collect();
/// assert_eq!(names, ["optimizer", "optimizer.schedule"]);
/// ```
pub fn sections(name: &str) -> impl Iterator<Item = &'static Section> {
    KEYS.into_iter().flatten().filter(move |section| {
        let rest = section.name.strip_prefix(name);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    })
}
