//! A study or comparison that was made before: which runs it is of.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use run::atomic_write;
use serde_json::{Value, json};
use train::{LatentViews, Study};

use crate::comparison::member::Member;
use crate::comparison::model_numbers;
use crate::comparison::topic::Topic;
use crate::error::Error;

/// The numbers of a comparison, with the runs that they are of.
const RESULTS: &str = "results.json";

/// What is compared, and the runs of each model.
pub struct StoredComparison {
    /// Title, question, and what is shown.
    pub topic: Topic,
    /// In the order of the tables.
    pub models: Vec<Model>,
}

/// A model of `results.json`.
pub struct Model {
    /// As figures and tables call it.
    pub name: String,
    /// Folders of its runs.
    pub runs: Vec<PathBuf>,
    /// What a publication reports, by key.
    pub published: BTreeMap<String, f64>,
}

/// Whether `folder` holds a study or a comparison.
pub fn is_in(folder: &Path) -> bool {
    folder.join(RESULTS).is_file()
}

/// The one in `folder`.
pub fn open(folder: &Path) -> Result<StoredComparison, Error> {
    let file = folder.join(RESULTS);
    let bytes = std::fs::read(&file)
        .map_err(|error| Error::fault(format!("{}: cannot read: {error}", file.display())))?;
    let refuse = |what: &str| {
        let file = file.display();
        Error::refused(format!("{file}: {what}: not the results of a study or comparison"))
    };
    let results: Value = serde_json::from_slice(&bytes).map_err(|error| refuse(&error.to_string()))?;
    let text = |value: &Value, key: &str| -> Result<String, Error> {
        value[key].as_str().map(str::to_owned).ok_or_else(|| refuse(&format!("no text {key:?}")))
    };
    let list = |value: &Value, key: &str| -> Result<Vec<Value>, Error> {
        value[key].as_array().cloned().ok_or_else(|| refuse(&format!("no list {key:?}")))
    };
    let mut models = Vec::new();
    for model in list(&results, "models")? {
        let mut runs = Vec::new();
        for run in list(&model, "runs")? {
            runs.push(moved(folder, text(&run, "run")?.into()));
        }
        let published = model["published"].as_object().into_iter().flatten();
        let published = published.filter_map(|(key, value)| Some((key.clone(), value.as_f64()?)));
        models.push(Model { name: text(&model, "name")?, runs, published: published.collect() });
    }
    let study = folder.join("study.toml");
    let show = match study.is_file() {
        true => Study::open(&study.to_string_lossy())?.show,
        false => LatentViews::default(),
    };
    let (title, description) = (text(&results, "title")?, text(&results, "description")?);
    Ok(StoredComparison { topic: Topic { title, description, show }, models })
}

/// Writes the numbers into `folder`.
pub fn write(folder: &Path, results: &Value) -> Result<(), Error> {
    let text = serde_json::to_string_pretty(results).map_err(Error::fault)? + "\n";
    Ok(atomic_write(folder.join(RESULTS), text.as_bytes())?)
}

/// The numbers of every model, its runs', and what they say, for programs.
pub fn results(topic: &Topic, members: &[Member], words: &str) -> Value {
    let models: Vec<Value> = members
        .iter()
        .map(|member| {
            let runs: Vec<Value> = member
                .runs
                .iter()
                .map(|run| json!({ "run": run.folder, "seed": run.seed, "numbers": model_numbers::as_json(&run.numbers) }))
                .collect();
            let summaries: serde_json::Map<String, Value> = model_numbers::NUMBERS
                .iter()
                .filter_map(|(name, _)| {
                    let summary = member.summary(name)?;
                    Some(((*name).to_owned(), json!({ "mean": summary.mean, "sd": summary.sd })))
                })
                .collect();
            json!({
                "name": member.name,
                "recipe": member.recipe_name(),
                "runs": runs,
                "numbers": summaries,
                "silhouette_by_class": member.class_silhouettes(),
                "published": member.published,
            })
        })
        .collect();
    json!({ "title": topic.title, "description": topic.description, "words": words, "models": models })
}

/// A study's own runs move with its folder.
fn moved(folder: &Path, run: PathBuf) -> PathBuf {
    let inside = folder.join("runs").join(run.file_name().unwrap_or_default());
    if inside.is_dir() { inside } else { run }
}
