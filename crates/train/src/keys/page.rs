//! The registry as a page of documentation.

use network::Fallback;

use super::registry::KEYS;
use super::section::Section;

/// `docs/recipe.md`.
pub fn markdown() -> String {
    let mut page = INTRODUCTION.to_owned();
    for (title, sections) in ["Recipe", "Study"].into_iter().zip(KEYS.iter()) {
        page.push_str(&format!("\n## {title}\n"));
        sections.iter().for_each(|section| push(&mut page, section));
    }
    page
}

const INTRODUCTION: &str = "\
# Recipes and studies

A recipe is a TOML file that says everything about one training; a study trains several and compares them.
`latentlab recipes --show mnist-conv-vae` prints a whole one, `latentlab recipes --keys optimizer` what follows here of one
table, and `--set optimizer.learning_rate=3e-4` changes one value of any recipe. Unknown keys are refused.

This page comes from the registry `train::keys`, which is tested against the parser; to write it anew:
`UPDATE_DOCS=1 cargo test -p latentlab --test program page_of_keys`.
";

fn push(page: &mut String, section: &Section) {
    let Section { name, about, keys } = section;
    page.push_str(&format!("\n### `{name}`\n\n{about}\n\n"));
    page.push_str("| key | type | range | default | example | |\n|---|---|---|---|---|---|\n");
    for key in *keys {
        let kinds = if key.kinds.is_empty() { String::new() } else { format!(" ({})", key.kinds.join(", ")) };
        let default = match key.default {
            Fallback::Required => "required".to_owned(),
            Fallback::Value(value) => format!("`{value}`"),
            Fallback::Words(words) => words.to_owned(),
        };
        let (kind, range) = (key.values.kind(), key.values.range());
        let row = [
            format!("`{}`{kinds}", key.name),
            kind.to_owned(),
            range,
            default,
            format!("`{}`", key.example),
            key.about.to_owned(),
        ];
        let cells: Vec<String> = row.iter().map(|cell| cell.replace('|', "\\|")).collect();
        page.push_str(&format!("| {} |\n", cells.join(" | ")));
    }
}
