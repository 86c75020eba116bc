//! All tables, those of recipes and those of studies; the keys of layers come from the layers themselves.

use std::sync::LazyLock;

use network::{Fallback, Key, Layer, Values};

use super::section::Section;
use super::{recipe, study};

/// The tables of a recipe, then those of a study.
pub static KEYS: LazyLock<[Vec<Section>; 2]> = LazyLock::new(|| {
    let mut sections = recipe::SECTIONS.to_vec();
    for section in sections.iter_mut().filter(|section| section.name == "layer") {
        section.keys = layer_keys().leak();
    }
    [sections, study::SECTIONS.to_vec()]
});

/// The keys of all layers; what several layers say alike is said once.
fn layer_keys() -> Vec<Key> {
    let mut all: Vec<(Key, Vec<&'static str>)> = Vec::new();
    for (kind, keys) in Layer::KEYS {
        for key in *keys {
            match all.iter_mut().find(|(known, _)| known == key) {
                Some((_, kinds)) => kinds.push(kind),
                None => all.push((*key, vec![kind])),
            }
        }
    }
    let kinds = Values::Choice(Layer::KINDS);
    let tag = Key::new("layer", kinds, Fallback::Required, "\"flatten\"", "Which layer.");
    let of_kinds = all.into_iter().map(|(key, kinds)| Key { kinds: kinds.leak(), ..key });
    std::iter::once(tag).chain(of_kinds).collect()
}

/// The sections of this name and below it: `optimizer` gives `optimizer.schedule` too.
///
/// ```
/// let names: Vec<_> = train::keys::sections("optimizer").map(|section| section.name).collect();
/// assert_eq!(names, ["optimizer", "optimizer.schedule"]);
/// ```
pub fn sections(name: &str) -> impl Iterator<Item = &'static Section> {
    KEYS.iter().flatten().filter(move |section| {
        let rest = section.name.strip_prefix(name);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    })
}
