//! Settings over a recipe, one per line, as `--set` gives them.
#![no_main]

use libfuzzer_sys::fuzz_target;
use train::{Override, Recipe};

fuzz_target!(|text: &str| {
    let settings: Vec<Override> = text.lines().filter_map(|line| line.parse().ok()).collect();
    if let Ok(recipe) = Recipe::parse(hostile::RECIPE, "r.toml", &settings) {
        let _ = recipe.check(data::ImageShape::new(28, 28, 1));
    }
});
