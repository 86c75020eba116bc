//! The studies that ship.

use crate::lab::numbers::table;
use crate::train::{STUDIES, Study};
use serde_json::json;

use crate::program::failure::Failure;
use crate::program::outcome::Outcome;

/// All of them, a line each.
pub fn list() -> Result<Outcome, Failure> {
    let mut rows = vec![["study", "models", "what it asks"].map(String::from).to_vec()];
    let mut entries = Vec::new();
    for built_in in STUDIES {
        let study = Study::open(built_in.name)?;
        let names: Vec<String> = study.models().into_iter().map(|model| model.name).collect();
        rows.push(vec![study.name.clone(), names.join(", "), study.description.clone()]);
        entries.push(json!({ "name": study.name, "models": names, "description": study.description, "toml": built_in.toml }));
    }
    let text = format!("{}\nlatentlab study NAME trains and compares\n", table(&rows));
    Ok(Outcome::answer(text, json!({ "studies": entries })))
}

/// The TOML of the study called `name`.
pub fn show(name: &str, study: &Study) -> Result<Outcome, Failure> {
    let toml = match STUDIES.iter().find(|built_in| built_in.name == name) {
        Some(built_in) => built_in.toml.to_owned(),
        None => study.to_toml()?,
    };
    Ok(Outcome::answer(toml.clone(), json!({ "name": study.name, "toml": toml })))
}
