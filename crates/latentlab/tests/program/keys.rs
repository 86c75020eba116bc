//! The keys of recipes and studies, as the program and the documentation explain them.

use std::fs;
use std::path::Path;

use latentlab::train::keys;

use crate::harness::Place;

#[test]
fn the_page_of_keys_is_what_the_registry_says() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/recipe.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&page, keys::markdown()).unwrap();
    }
    let written = fs::read_to_string(&page).unwrap_or_default();
    assert!(
        written == keys::markdown(),
        "docs/recipe.md is not what the registry says; write it anew with \
         UPDATE_DOCS=1 cargo test -p latentlab --test program page_of_keys"
    );
}

#[test]
fn keys_are_explained_by_section() {
    let place = Place::new();
    let text = place.ok(&["recipes", "--keys", "optimizer"]).stdout;
    assert!(text.starts_with("optimizer: ") && text.contains("\noptimizer.schedule: "), "{text}");
    assert!(
        text.contains("\n  learning_rate = 3e-4\n") && text.contains("number: above 0; required"),
        "{text}"
    );
    assert!(text.contains("\n  weight_decay = 0.01  # adamw\n"), "{text}");
    let all = place.json(&["recipes", "--keys"]);
    let count: usize = keys::KEYS.iter().flatten().map(|section| section.keys.len()).sum();
    assert_eq!(all["keys"].as_array().unwrap().len(), count);
    let ran = place.run(&["recipes", "--keys", "optimiser"]);
    assert_eq!(ran.code, Some(2));
    assert!(
        ran.stderr.contains("--keys optimiser: must be one of recipe, data, data.limit"),
        "{}",
        ran.stderr
    );
}
