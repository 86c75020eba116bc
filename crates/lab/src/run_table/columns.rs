//! Which columns a table of runs has, and how its cells are written.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::json;

use super::RunTable;
use super::row::{RunRow, RunState};
use super::value::Value;
use crate::error::Error;
use crate::numbers::{duration, value};

/// Settings that are looked at first, in this order; others that differ follow, layers last.
const FIRST_SETTINGS: [&str; 6] = [
    "model.latent.size",
    "objective.kl.weight",
    "optimizer.learning_rate",
    "training.batch_size",
    "data.input.noise",
    "seed",
];
/// Settings that say what has a column of its own already, or nothing that a training depends on.
const NO_SETTINGS: [&str; 6] = ["schema", "name", "description", "training.epochs", "data.name", "data.path"];
/// More differing settings of layers are those of other networks.
const MOST_LAYER_SETTINGS: usize = 4;
/// Longer settings are no columns unless they are asked for.
const LONGEST_CELL: usize = 40;
/// Metrics that are shown where nothing is said.
const MOST_METRICS: usize = 4;
/// Metrics that are looked at first, in this order.
const FIRST_METRICS: [&str; 7] =
    ["psnr", "ssim", "silhouette", "frechet_distance", "nll", "active_units", "probe_accuracy"];

/// A column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// What is in it: a key of [`RUN_KEYS`](super::RUN_KEYS), a setting or a metric.
    pub key: String,
    /// What stands above it: the shortest ending of the key that no other key has.
    pub heading: String,
}

/// The columns of a table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Columns {
    /// From left to right.
    pub columns: Vec<Column>,
    /// Settings that differ between the runs and are in no column.
    pub left_out: Vec<String>,
}

impl Columns {
    /// Those that `keys` name.
    ///
    /// # Errors
    /// If no run has such a key.
    pub fn of(table: &RunTable, keys: &[String]) -> Result<Self, Error> {
        let keys: Vec<String> = keys.iter().map(|key| table.key(key)).collect::<Result<_, _>>()?;
        Ok(Self { columns: with_headings(table, keys), left_out: Vec::new() })
    }

    /// Run, recipe, data, at most `most` of the settings that differ, state, epochs, loss, `metrics` (without, those that
    /// most runs have), time.
    ///
    /// # Errors
    /// If no run has such a metric.
    pub fn usual(table: &RunTable, metrics: Option<&[String]>, most: usize) -> Result<Self, Error> {
        let mut settings = differing_settings(table);
        let left_out = settings.split_off(most.min(settings.len()));
        let metrics = match metrics {
            Some(names) => names.iter().map(|name| table.key(name)).collect::<Result<_, _>>()?,
            None => common_metrics(table),
        };
        let first = ["run", "recipe", "data"].map(String::from).into_iter();
        let middle = ["state", "epochs", "valid_total"].map(String::from);
        let last = ["seconds", "created"].map(String::from);
        let problem = table.rows.iter().any(|row| row.problem.is_some()).then(|| "problem".to_owned());
        let keys = first.chain(settings).chain(middle).chain(metrics).chain(last).chain(problem).collect();
        Ok(Self { columns: with_headings(table, keys), left_out })
    }

    /// Head and rows, as people read them.
    pub fn text(&self, table: &RunTable) -> Vec<Vec<String>> {
        let head = self.columns.iter().map(|column| column.heading.clone()).collect();
        let row = |row: &RunRow| self.columns.iter().map(|column| cell(row, &column.key)).collect();
        std::iter::once(head).chain(table.rows.iter().map(row)).collect()
    }

    /// Head and rows as CSV, in full.
    ///
    /// # Errors
    /// If the memory refuses.
    pub fn csv(&self, table: &RunTable) -> Result<Vec<u8>, Error> {
        let fault = |error: csv::Error| Error::fault(format!("the table cannot be written: {error}"));
        let mut file = csv::Writer::from_writer(Vec::new());
        file.write_record(self.columns.iter().map(|column| &column.key)).map_err(fault)?;
        for row in &table.rows {
            let cell = |column: &Column| row.get(&column.key).map_or_else(String::new, Value::to_string);
            file.write_record(self.columns.iter().map(cell)).map_err(fault)?;
        }
        file.into_inner().map_err(|error| Error::fault(format!("the table cannot be written: {error}")))
    }
}

impl RunRow {
    /// Everything that is known, for programs.
    pub fn json(&self) -> serde_json::Value {
        let map = |cells: &BTreeMap<String, Value>| -> serde_json::Map<String, serde_json::Value> {
            cells.iter().map(|(key, value)| (key.clone(), value.json())).collect()
        };
        let mut object: serde_json::Map<String, serde_json::Value> =
            super::RUN_KEYS.iter().map(|(key, _)| ((*key).to_owned(), serde_json::Value::Null)).collect();
        object.extend(self.facts.iter().map(|(key, value)| ((*key).to_owned(), value.json())));
        object.insert("settings".into(), json!(map(&self.settings)));
        object.insert("metrics".into(), json!(map(&self.metrics)));
        object.into()
    }
}

/// The cell of `key` as people read it.
pub(super) fn cell(row: &RunRow, key: &str) -> String {
    let Some(found) = row.get(key) else { return String::new() };
    match (key, found) {
        ("epochs", done) => match row.facts.get("epochs_asked") {
            Some(asked) if asked != done || row.state == RunState::Running => format!("{done}/{asked}"),
            _ => done.to_string(),
        },
        ("seconds", Value::Number(seconds)) => {
            Duration::try_from_secs_f64(*seconds).map_or_else(|_| String::new(), duration)
        }
        ("created", created) => created.to_string().chars().take(16).collect::<String>().replace('T', " "),
        (key, Value::Number(number)) if !row.settings.contains_key(key) => value(*number),
        ("data", Value::Text(path)) if path.chars().count() > LONGEST_CELL => {
            let end: Vec<char> = path.chars().rev().take(LONGEST_CELL - 1).collect();
            format!("…{}", end.into_iter().rev().collect::<String>())
        }
        _ => found.to_string(),
    }
}

fn with_headings(table: &RunTable, keys: Vec<String>) -> Vec<Column> {
    let known: BTreeSet<&str> = table.rows.iter().flat_map(RunRow::keys).collect();
    let heading = |key: &str| {
        let starts = key.match_indices('.').map(|(at, _)| at + 1).collect::<Vec<_>>();
        let endings = starts.iter().rev().map(|at| &key[*at..]);
        let is_alone = |ending: &&str| {
            let longer = format!(".{ending}");
            !known.contains(ending) && known.iter().filter(|other| other.ends_with(&longer)).count() == 1
        };
        endings.into_iter().find(is_alone).unwrap_or(key).to_owned()
    };
    keys.into_iter().map(|key| Column { heading: heading(&key), key }).collect()
}

/// Settings that are not the same in all runs of one recipe; and of the first ones those that differ between recipes.
fn differing_settings(table: &RunTable) -> Vec<String> {
    let mut by_recipe: BTreeMap<String, Vec<&RunRow>> = BTreeMap::new();
    for row in table.rows.iter().filter(|row| !row.settings.is_empty()) {
        let recipe = row.facts.get("recipe").map_or_else(String::new, Value::to_string);
        by_recipe.entry(recipe).or_default().push(row);
    }
    let all: Vec<&RunRow> = by_recipe.values().flatten().copied().collect();
    let known: BTreeSet<&String> = all.iter().flat_map(|row| row.settings.keys()).collect();
    let differs = |rows: &[&RunRow], key: &str| {
        rows.windows(2).any(|pair| pair[0].settings.get(key) != pair[1].settings.get(key))
    };
    let is_short = |key: &str| {
        let length = |value: &Value| value.to_string().chars().count();
        all.iter().all(|row| row.settings.get(key).is_none_or(|value| length(value) <= LONGEST_CELL))
    };
    let is_layer = |key: &String| key.starts_with("model.encoder") || key.starts_with("model.decoder");
    let place = |key: &String| {
        (FIRST_SETTINGS.iter().position(|first| first == key).unwrap_or(usize::MAX), is_layer(key))
    };
    let mut keys: Vec<String> = known
        .into_iter()
        .filter(|key| !NO_SETTINGS.contains(&key.as_str()) && is_short(key))
        .filter(|key| {
            let is_first = FIRST_SETTINGS.contains(&key.as_str());
            by_recipe.values().any(|rows| differs(rows, key)) || (is_first && differs(&all, key))
        })
        .cloned()
        .collect();
    // Networks of other layers differ in every place; who varies a layer varies a few of its settings.
    if keys.iter().filter(|key| is_layer(key)).count() > MOST_LAYER_SETTINGS {
        keys.retain(|key| !is_layer(key));
    }
    keys.sort_by_key(place);
    keys
}

/// Metrics that at least half of the runs have that were evaluated at all.
fn common_metrics(table: &RunTable) -> Vec<String> {
    let mut counts: BTreeMap<&String, usize> = BTreeMap::new();
    let evaluated = table.rows.iter().filter(|row| !row.metrics.is_empty());
    evaluated
        .clone()
        .flat_map(|row| row.metrics.keys())
        .for_each(|name| *counts.entry(name).or_default() += 1);
    let half = evaluated.count().div_ceil(2);
    let first = FIRST_METRICS.iter().map(|name| (*name).to_owned());
    first.filter(|name| counts.get(name).is_some_and(|count| *count >= half)).take(MOST_METRICS).collect()
}
