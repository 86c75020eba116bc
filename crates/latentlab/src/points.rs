//! Points that are mapped or judged: the codes of a run's images, or anyone's table.

use std::path::{Path, PathBuf};

use latentlab::analysis::{Labelled, Table, TableError};
use latentlab::data::{Dataset, Points, load_points};
use latentlab::model::Embedding;
use latentlab::random::Stream;
use latentlab::run::RunDir;

use crate::failure::Failure;
use crate::opened::{Checkpoint, Opened, RunArguments, SplitArguments};
use crate::settings::Settings;

/// Values in a table of training codes that classifiers and clusters are fitted on. A run of 10 dimensions keeps all
/// of its 60,000 images; one of 1,568 dimensions would take many minutes for the same figures to two digits.
const FITTED_VALUES: usize = 5_000_000;
/// Rows that are kept in any case.
const LEAST_FITTED: usize = 1_000;

/// RUN or TABLE, and which images of a run.
#[derive(Debug, clap::Args)]
pub struct PointArguments {
    /// Folder of a run, or a table: .npy, .npz (array x or mean, label where known) or .csv
    #[arg(value_name = "RUN|TABLE")]
    pub source: PathBuf,

    /// Weights to use, of a run [default: best]
    #[arg(long, value_name = "WHICH")]
    pub checkpoint: Option<Checkpoint>,

    /// Which images, of a run.
    #[command(flatten)]
    pub images: SplitArguments,
}

/// Points and what is known about them.
#[derive(Clone)]
pub struct PointSet {
    /// Row after row.
    pub values: Vec<f32>,
    /// Values per row.
    pub columns: usize,
    /// The class of each row.
    pub labels: Option<Vec<u32>>,
    /// The classes' names.
    pub classes: Vec<String>,
}

impl PointSet {
    /// The points as analysis takes them.
    pub fn table(&self) -> Result<Table<'_>, TableError> {
        Table::new(&self.values, self.columns)
    }

    /// The points with their classes; `None` where those are not known.
    pub fn labelled(&self) -> Result<Option<Labelled<'_>>, Failure> {
        match &self.labels {
            Some(labels) => Ok(Some(Labelled::new(self.table()?, labels)?)),
            None => Ok(None),
        }
    }

    /// Four fifths of the points and one fifth, at random by `seed`.
    pub fn parted(&self, seed: u64) -> (Self, Self) {
        let order = Stream::new(seed, "held-out points").permutation(0, self.rows());
        let (held, rest) = order.split_at((self.rows() / 5).max(1));
        (self.subset(rest), self.subset(held))
    }

    /// The points, or so many of them at random by `seed` that they hold no more than [`FITTED_VALUES`].
    pub fn thinned(self, seed: u64) -> Self {
        let most = (FITTED_VALUES / self.columns).max(LEAST_FITTED);
        if self.rows() <= most {
            return self;
        }
        let order = Stream::new(seed, "fitted points").permutation(0, self.rows());
        self.subset(&order[..most])
    }

    fn subset(&self, rows: &[u32]) -> Self {
        let row = |row: &u32| &self.values[*row as usize * self.columns..][..self.columns];
        let label = |labels: &Vec<u32>| rows.iter().map(|row| labels[*row as usize]).collect();
        Self {
            values: rows.iter().flat_map(row).copied().collect(),
            columns: self.columns,
            labels: self.labels.as_ref().map(label),
            classes: self.classes.clone(),
        }
    }

    /// A table of anyone's.
    pub fn load(path: &Path) -> Result<Self, Failure> {
        let Points { values, columns, labels, classes, .. } = load_points(path)?;
        Ok(Self { values, columns, labels, classes })
    }

    /// Number of points.
    pub fn rows(&self) -> usize {
        self.values.len() / self.columns
    }

    /// The posterior means of all of `set`.
    pub fn embedded(opened: &mut Opened, set: &Dataset) -> Self {
        let seen = opened.trained.seen(set);
        Self::of(&opened.trained.model.encode_from(&seen, set.len()), set)
    }

    /// Codes of all of `set`.
    pub fn of(codes: &Embedding, set: &Dataset) -> Self {
        Self {
            columns: codes.dims(),
            values: codes.mean.clone(),
            labels: set.labels(),
            classes: set.classes().to_vec(),
        }
    }
}

/// Where points came from, and the points.
pub struct Found {
    /// The points of the split, or of the table.
    pub points: PointSet,
    /// The run that they are codes of.
    pub run: Option<RunDir>,
    /// The codes of the run's training images, where they were asked for.
    pub train: Option<PointSet>,
}

impl PointArguments {
    /// Embeds a run's images, those of the training split too where `with_train` asks for it, or reads a table.
    pub fn find(&self, with_train: bool, settings: &Settings) -> Result<Found, Failure> {
        if !self.source.is_dir() {
            if !self.source.exists() {
                let source = self.source.display();
                let failure =
                    Failure::mistake(format!("{source}: there is neither a run nor a table of this name"));
                return Err(failure.hint(
                    "a run is a folder that `latentlab train` made, a table a .npy, .npz or .csv file",
                ));
            }
            let points = PointSet::load(&self.source)?;
            return Ok(Found { points, run: None, train: None });
        }
        let run = RunArguments { run: self.source.clone(), checkpoint: self.checkpoint };
        let mut opened = run.open(settings)?;
        let splits = self.images.open(&opened, settings)?;
        let split = self.images.split;
        let points = PointSet::embedded(&mut opened, split.of(&splits));
        let train = with_train
            .then(|| PointSet::embedded(&mut opened, &splits.train).thinned(opened.trained.recipe.seed));
        Ok(Found { points, run: Some(opened.dir), train })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(rows: usize, columns: usize) -> PointSet {
        let values = (0..rows * columns).map(|i| (i / columns) as f32).collect();
        PointSet { values, columns, labels: Some((0..rows as u32).collect()), classes: Vec::new() }
    }

    #[test]
    fn wide_tables_are_thinned_out_before_anything_is_fitted() {
        let narrow = points(3_000, 2).thinned(0);
        assert_eq!(narrow.rows(), 3_000);
        let wide = points(3_000, 2_000).thinned(0);
        assert_eq!(wide.rows(), FITTED_VALUES / 2_000);
        let labels = wide.labels.unwrap();
        assert!(wide.values.chunks(2_000).zip(&labels).all(|(row, label)| row[7] == *label as f32));
        let mut different = labels.clone();
        different.sort_unstable();
        different.dedup();
        assert_eq!(different.len(), labels.len());
        assert_eq!(points(1_200, 50_000).thinned(3).rows(), LEAST_FITTED);
    }
}
