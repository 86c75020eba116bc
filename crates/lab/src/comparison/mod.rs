//! Models side by side: the same numbers of each on the same test images, the figures that compare them, a paragraph
//! of plain words, and one page with all of it. Studies and `compare` end here.

mod conclusions;
mod member;
mod model_numbers;
mod page;
mod panels;
mod results_file;
mod table;
mod topic;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use data::Splits;
use panels::ComparisonFigure;
use run::{Slot, atomic_write, new_folder};
use serde_json::Value;
use train::LatentViews;

use crate::error::Error;
use crate::lab::Lab;
use crate::runs::{Run, SplitRequest};

pub use member::Member;
pub use results_file::is_in;
pub use topic::Topic;

/// Names of the pages in a comparison's folder.
pub(crate) const REPORT: &str = "report.html";
pub(crate) const EXPLORER: &str = "explorer.html";

/// What a comparison left behind.
pub struct ComparisonResult {
    /// The page.
    pub report: PathBuf,
    /// Names of all figures.
    pub figures: Vec<String>,
    /// What the numbers say.
    pub words: String,
    /// Rows of the table of numbers, names first; of many models the numbers that are read first.
    pub table: Vec<Vec<String>>,
    /// The same for programs.
    pub json: Value,
}

/// Compares the runs in `folders`, at least one, under `names` on the test images of the first one's data set, or those that
/// `images` names; writes into `out`, else into a new folder comparisons/comparison-N.
///
/// ```no_run
/// use lab::comparison::compare_runs;
/// use lab::runs::SplitRequest;
///
/// let (folders, names) = (["runs/a".into(), "runs/b".into()], ["small".into(), "large".into()]);
/// let images = SplitRequest::default();
/// let result = compare_runs(&folders, &names, &images, None, &lab::Lab::default())?;
/// println!("{}", result.words);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// If a run cannot be opened, or its images have another shape than the first one's.
pub fn compare_runs(
    folders: &[PathBuf],
    names: &[String],
    images: &SplitRequest,
    out: Option<PathBuf>,
    lab: &Lab,
) -> Result<ComparisonResult, Error> {
    let mut runs = Vec::new();
    for folder in folders {
        runs.push(Run::open(folder, None, lab)?);
    }
    let Some(first) = runs.first() else { return Err(Error::refused("there is no run to compare")) };
    let splits = images.open(first, lab)?;
    runs.iter().try_for_each(|run| run.check_shape(&splits.test))?;
    let mut members = Vec::new();
    for (name, run) in names.iter().zip(runs) {
        members.push(Member::new(name.clone(), vec![run], BTreeMap::new(), &splits, lab)?);
    }
    let out = match out {
        Some(out) => out,
        None => new_folder("comparisons", "comparison")?,
    };
    let topic = Topic { title: names.join(" · "), description: String::new(), show: LatentViews::default() };
    compare(&topic, &mut members, &splits, &out, lab)
}

/// The title of the study or comparison in `folder`, and of each of its models the name and the first run.
///
/// # Errors
/// If there is none.
pub fn first_runs(folder: &Path) -> Result<(String, Vec<(String, PathBuf)>), Error> {
    let results_file::StoredComparison { topic, models } = results_file::open(folder)?;
    let first = |model: results_file::Model| Some((model.name, model.runs.into_iter().next()?));
    Ok((topic.title, models.into_iter().filter_map(first).collect()))
}

/// The folders of all runs that the study or comparison in `folder` is of.
///
/// # Errors
/// If there is none.
pub(crate) fn compared_runs(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let results_file::StoredComparison { models, .. } = results_file::open(folder)?;
    Ok(models.into_iter().flat_map(|model| model.runs).collect())
}

/// Measures the runs of the study or comparison in `folder` once more, and writes its figures, numbers and page anew.
///
/// # Errors
/// If there is none, or one of its runs cannot be opened.
pub fn renew(
    folder: &Path,
    slot: Option<Slot>,
    images: &SplitRequest,
    lab: &Lab,
) -> Result<ComparisonResult, Error> {
    let results_file::StoredComparison { topic, models } = results_file::open(folder)?;
    let mut splits = None;
    let mut members = Vec::new();
    for model in models {
        let mut runs = Vec::new();
        for run in model.runs {
            let run = Run::open(&run, slot, lab)?;
            if splits.is_none() {
                splits = Some(images.open(&run, lab)?);
            }
            runs.push(run);
        }
        let Some(splits) = &splits else { continue };
        runs.iter().try_for_each(|run| run.check_shape(&splits.test))?;
        members.push(Member::new(model.name, runs, model.published, splits, lab)?);
    }
    let Some(splits) = splits else {
        return Err(Error::refused(format!("{}: its results name no runs", folder.display())));
    };
    compare(&topic, &mut members, &splits, folder, lab)
}

/// Draws, writes `figures/`, `results.json` and `report.html` into `folder`.
pub fn compare(
    topic: &Topic,
    members: &mut [Member],
    splits: &Splits,
    folder: &Path,
    lab: &Lab,
) -> Result<ComparisonResult, Error> {
    if members.len() > table::MANY {
        // Rows of a table have no PSNR.
        let quality =
            |member: &Member| member.mean("psnr").or(member.mean("explained")).unwrap_or(f64::NEG_INFINITY);
        members.sort_by(|a, b| quality(b).total_cmp(&quality(a)));
    }
    let drawn = members.len().min(panels::MOST);
    let shown = panels::draw(topic, &mut members[..drawn], &splits.test, lab)?;
    let drawings = folder.join("figures");
    std::fs::create_dir_all(&drawings).map_err(|error| {
        Error::fault(format!("{}: cannot create the folder: {error}", drawings.display()))
    })?;
    for ComparisonFigure { name, figure, .. } in &shown {
        atomic_write(drawings.join(format!("{name}.svg")), figure.svg().as_bytes())?;
        // A very wide figure is drawn smaller: its pixels are for looking, the SVG for print.
        let scale = (8_000.0 / figure.width().max(figure.height())).min(2.0);
        atomic_write(drawings.join(format!("{name}.png")), &figure.png(scale)?)?;
    }
    let words = conclusions::conclusions(members);
    let json = results_file::results(topic, members, &words);
    results_file::write(folder, &json)?;
    let figures = shown.iter().map(|shown| shown.name.clone()).collect();
    let table = table::shown(members);
    let page = page::page(topic, members, &words, shown, splits, folder, lab)?;
    let report = folder.join(REPORT);
    atomic_write(&report, page.html()?.as_bytes())?;
    Ok(ComparisonResult { report, figures, words, table, json })
}
