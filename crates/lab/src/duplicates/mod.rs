//! Pictures that are nearly the same: groups of them in a set, and those of a test split that are in training too.

mod between_splits;
mod groups;
mod threshold;

use std::path::PathBuf;

use data::{Dataset, Thumbnails};
use run::RunDir;
use train::{Override, data_spec};

use crate::arrays::{RowTable, Values};
use crate::data_place::DataFolders;
use crate::error::Error;
use crate::figure_files::write_figure;
use crate::figures::rows::{self, UnevenRow};
use crate::lab::Lab;
use crate::numbers::count;
use crate::row_names::{RowNames, ending, name_of};
use crate::runs::{Run, SplitRequest};
use crate::split::Split;

pub use between_splits::{NearDuplicates, between_splits, in_words, tell};
pub use groups::{DuplicateGroup, Member};
pub use threshold::Threshold;

/// Groups that are drawn, and images of each.
const DRAWN: (usize, usize) = (20, 8);

/// Where pictures are looked for that are nearly the same.
#[derive(Clone, Debug, Default)]
pub struct DuplicateRequest {
    /// Folder of a run, whose data are looked at, or any data set: a name or a path.
    pub source: PathBuf,
    /// Part of a run's data; all where nothing is said.
    pub split: Option<Split>,
    /// How a path is read, where it is no run: settings of a recipe's `data`.
    pub reading: Vec<Override>,
    /// Differences of thumbnails up to which pictures count as the same; found from copies where nothing is said.
    pub threshold: Option<f64>,
    /// File for a figure of the largest groups.
    pub figure: Option<PathBuf>,
    /// Where data sets are.
    pub dirs: DataFolders,
}

/// Pictures that are nearly the same.
pub struct Duplicates {
    /// All pictures that were looked at.
    pub set: Dataset,
    /// Groups of at least two, the largest first.
    pub groups: Vec<DuplicateGroup>,
    /// What counts as nearly the same.
    pub threshold: Threshold,
    /// The figure, where one was asked for and there are groups.
    pub figure: Option<PathBuf>,
}

impl Duplicates {
    /// How many pictures could go: all but the first of each group.
    pub fn surplus(&self) -> usize {
        self.groups.iter().map(|group| group.members.len() - 1).sum()
    }

    /// A row for each picture of a group: the group's number from 1, and its difference from the nearest other one.
    pub fn table(&self) -> RowTable {
        let numbered = || {
            (1i64..)
                .zip(&self.groups)
                .flat_map(|(number, group)| group.members.iter().map(move |m| (number, m)))
        };
        let rows: Vec<u32> = numbered().map(|(_, member)| member.image as u32).collect();
        let names = RowNames::of(&self.set).subset(&rows);
        let mut table = RowTable::new(rows.len());
        table.add("group", Values::Whole(numbered().map(|(number, _)| number).collect()));
        names.add_places(&mut table);
        table.add("difference", Values::Doubles(numbered().map(|(_, member)| member.difference).collect()));
        names.add_classes(&mut table);
        table
    }
}

/// Finds groups of pictures that are nearly the same: thumbnails of 16 × 16 cells that differ by no more than a
/// [`Threshold`], each picture with at least one other of its group.
///
/// ```no_run
/// use lab::duplicates::{DuplicateRequest, find};
///
/// let request = DuplicateRequest { source: "photos/".into(), ..DuplicateRequest::default() };
/// let found = find(&request, &lab::Lab::default())?;
/// println!("{} pictures could go", found.surplus());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// If the data cannot be opened, are rows of a table, or the figure cannot be written.
pub fn find(request: &DuplicateRequest, lab: &Lab) -> Result<Duplicates, Error> {
    let set = open(request, lab)?;
    if set.columns().is_some() {
        return Err(Error::refused(format!(
            "{}: is a table; duplicates are looked for among images",
            set.name()
        )));
    }
    let stage = lab.stage("making thumbnails", 1);
    let thumbnails = Thumbnails::of(&set);
    let threshold = Threshold::of(&set, &thumbnails, request.threshold);
    stage.step();
    drop(stage);
    let stage = lab.stage("comparing", 1);
    let groups = groups::of(&thumbnails, set.len(), threshold.difference)?;
    stage.step();
    let figure = match &request.figure {
        Some(file) if !groups.is_empty() => {
            draw(&set, &groups, file)?;
            Some(file.clone())
        }
        _ => None,
    };
    Ok(Duplicates { set, groups, threshold, figure })
}

fn open(request: &DuplicateRequest, lab: &Lab) -> Result<Dataset, Error> {
    let DuplicateRequest { source, split, reading, dirs, .. } = request;
    if RunDir::open(source).is_ok() {
        let run = Run::open(source, None, lab)?;
        let part = split.unwrap_or(Split::All);
        let splits = SplitRequest::new(part, None, dirs.clone()).open(&run, lab)?;
        return Ok(part.of(&splits).clone());
    }
    if split.is_some() {
        let message = format!("--split: goes with a run, and {} is none", source.display());
        return Err(Error::refused(message));
    }
    let spec = data_spec(&source.to_string_lossy(), reading)?;
    Ok(dirs.open(&spec, lab)?.all()?)
}

fn draw(set: &Dataset, groups: &[DuplicateGroup], file: &std::path::Path) -> Result<(), Error> {
    let (most, widest) = DRAWN;
    let rows: Vec<UnevenRow> = (1..)
        .zip(groups)
        .take(most)
        .map(|(number, group)| {
            let shown: Vec<usize> = group.members.iter().take(widest).map(|member| member.image).collect();
            let more = group.members.len() - shown.len();
            let label = if more == 0 {
                format!("group {number}")
            } else {
                format!("group {number}, and {more} more")
            };
            UnevenRow::of(set, &shown, label, shown.iter().map(|i| ending(&name_of(set, *i))).collect())
        })
        .collect();
    let title = format!("Pictures that are nearly the same: {}", count(groups.len(), "group"));
    write_figure(file, &rows::uneven(&rows, &[], Some(&title))?)
}
