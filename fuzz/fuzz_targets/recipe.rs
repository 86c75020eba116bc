//! Recipes: what is read can be checked, and written and read again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use train::Recipe;

fuzz_target!(|text: &str| {
    let Ok(recipe) = Recipe::parse(text, "r.toml", &[]) else { return };
    let _ = recipe.check(data::ImageShape::new(28, 28, 1));
    let Ok(written) = recipe.to_toml() else { return };
    let again = Recipe::parse(&written, "w.toml", &[]).expect("what was written can be read");
    assert_eq!(again, recipe);
});
