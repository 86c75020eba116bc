//! Models side by side: the same numbers of each on the same test images, the figures that compare them, a paragraph
//! of plain words, and one page with all of it. Studies and `compare` end here.

mod again;
mod figures;
mod member;
mod numbers;
mod page;
mod words;

use std::path::{Path, PathBuf};

use latentlab::data::Splits;
use latentlab::report::Figure;
use latentlab::run::atomic_write;
use latentlab::train::Show;
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::settings::Settings;

pub use again::Again;
pub use member::Member;

/// The numbers of a comparison, with the runs that they are of.
const RESULTS: &str = "results.json";

/// What is compared, and how it is called.
pub struct Subject {
    /// Title of the page.
    pub title: String,
    /// What the question is.
    pub description: String,
    /// What is shown beyond the rest.
    pub show: Show,
}

/// What a comparison left behind.
pub struct Compared {
    /// The page.
    pub report: PathBuf,
    /// Names of all figures.
    pub figures: Vec<String>,
    /// What the numbers say.
    pub words: String,
    /// Rows of the table of numbers, names first.
    pub table: Vec<Vec<String>>,
    /// The same for programs.
    pub json: Value,
}

/// A figure of a comparison.
pub struct Shown {
    /// Name of its files.
    pub name: String,
    /// The figure.
    pub figure: Figure,
    /// How to read it.
    pub caption: String,
    /// Heading of the part of the page that it stands in.
    pub part: &'static str,
    /// Whether its points have thumbnails.
    pub of_points: bool,
}

/// Draws, writes `figures/`, `results.json` and `report.html` into `folder`.
pub fn compare(
    subject: &Subject,
    members: &mut [Member],
    splits: &Splits,
    folder: &Path,
    settings: &Settings,
) -> Result<Compared, Failure> {
    let shown = figures::draw(subject, members, &splits.test, settings)?;
    let drawings = folder.join("figures");
    std::fs::create_dir_all(&drawings).map_err(|error| {
        Failure::fault(format!("{}: cannot create the folder: {error}", drawings.display()))
    })?;
    for Shown { name, figure, .. } in &shown {
        atomic_write(drawings.join(format!("{name}.svg")), figure.svg().as_bytes())?;
        // A very wide figure is drawn smaller: its pixels are for looking, the SVG for print.
        let scale = (8_000.0 / figure.width().max(figure.height())).min(2.0);
        atomic_write(drawings.join(format!("{name}.png")), &figure.png(scale)?)?;
    }
    let words = words::words(members);
    let json = results(subject, members, &words);
    let text = serde_json::to_string_pretty(&json).map_err(Failure::fault)? + "\n";
    atomic_write(folder.join(RESULTS), text.as_bytes())?;
    let figures = shown.iter().map(|shown| shown.name.clone()).collect();
    let table = numbers::table(members);
    let page = page::page(subject, members, &words, shown, splits, settings)?;
    let report = folder.join("report.html");
    atomic_write(&report, page.html()?.as_bytes())?;
    Ok(Compared { report, figures, words, table, json })
}

fn results(subject: &Subject, members: &[Member], words: &str) -> Value {
    let models: Vec<Value> = members
        .iter()
        .map(|member| {
            let runs: Vec<Value> = member
                .runs
                .iter()
                .map(|run| json!({ "run": run.folder, "seed": run.seed, "numbers": numbers::as_json(&run.numbers) }))
                .collect();
            let summaries: serde_json::Map<String, Value> = numbers::NUMBERS
                .iter()
                .filter_map(|number| {
                    let summary = member.summary(number.key)?;
                    Some((number.key.to_owned(), json!({ "mean": summary.mean, "sd": summary.sd })))
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
    json!({ "title": subject.title, "description": subject.description, "words": words, "models": models })
}
