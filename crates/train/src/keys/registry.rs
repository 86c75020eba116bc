//! All tables, as one slice for recipes and one for studies.

use super::key::Section;
use super::{recipe, study};

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
