//! Every way in which a recipe can be wrong, with the whole message that it gets: see `rejections.txt`.

use train::{Override, Recipe, RecipeError};

/// A recipe in which everything is right; each case replaces one line of it.
const GOOD: &str = r#"schema = 1
name = "small"
description = ""
seed = 3

[data]
name = "synthetic-digits"
count = 100

[model]
encoder = [
    { layer = "conv2d", filters = 4, kernel = 3, stride = 2, padding = "same", activation = "relu" },
    { layer = "flatten" },
    { layer = "dense", units = 8, activation = { name = "leaky_relu", slope = 0.3 } },
]
latent = { kind = "gaussian", size = 2 }
decoder = [
    { layer = "dense", units = 784 },
    { layer = "reshape", shape = [28, 28, 1] },
]

[objective]
reconstruction = { loss = "bce", reduction = "sum", weight = 1.0 }
kl = { reduction = "sum", weight = 1.0 }

[optimizer]
kind = "adam"
learning_rate = 1e-3
schedule = { kind = "cosine", warmup_epochs = 1 }
clip_norm = 1.0

[training]
epochs = 3
batch_size = 20
early_stopping = { patience = 2 }
"#;

fn parse(text: &str, overrides: &[&str]) -> Result<Recipe, RecipeError> {
    let overrides: Result<Vec<Override>, _> = overrides.iter().map(|text| text.parse()).collect();
    overrides.and_then(|overrides| Recipe::parse(text, "r.toml", &overrides))
}

/// One block of `rejections.txt`.
#[derive(Default)]
struct Case {
    removed: String,
    inserted: Vec<&'static str>,
    overrides: Vec<&'static str>,
    message: &'static str,
}

fn cases() -> Vec<Case> {
    let blocks = include_str!("rejections.txt").split("\n\n").skip(2); // behind the explanation
    let case = |block: &'static str| {
        let mut case = Case::default();
        for line in block.lines() {
            match line.split_at(line.len().min(2)) {
                ("- ", text) => case.removed = text.to_owned(),
                ("+" | "+ ", text) => case.inserted.push(text),
                ("$ ", text) => case.overrides.push(text),
                ("= ", text) => case.message = text,
                _ => panic!("no line of a case: {line}"),
            }
        }
        case
    };
    blocks.map(case).collect()
}

#[test]
fn the_recipe_without_a_fault_is_accepted() {
    parse(GOOD, &[]).unwrap();
}

#[test]
fn each_fault_gets_one_message_with_its_place_value_and_remedy() {
    let cases = cases();
    assert!(cases.len() > 100);
    for Case { removed, inserted, overrides, message } in cases {
        assert!(GOOD.contains(&removed), "{removed}");
        let inserted = inserted.join("\n");
        match parse(&GOOD.replacen(&removed, &inserted, 1), &overrides) {
            Err(error) => assert_eq!(error.to_string(), message, "{inserted} {overrides:?}"),
            Ok(_) => panic!("accepted: {inserted} {overrides:?}"),
        }
    }
}

#[test]
fn no_text_makes_it_panic() {
    for cut in 0..GOOD.len() {
        let _ = parse(&GOOD[..cut], &[]);
        let _ = parse(&GOOD[cut..], &[]);
        for junk in ["\0", "[", "]", "{", "\"", "=", ".", "-", "9", "\n"] {
            let _ = parse(&format!("{}{junk}{}", &GOOD[..cut], &GOOD[cut + 1..]), &[]);
        }
    }
}
