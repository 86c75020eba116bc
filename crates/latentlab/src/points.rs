//! Points that are mapped or judged: the codes of a run's images, or anyone's table.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use latentlab::analysis::{Labelled, Table, TableError};
use latentlab::data::{Dataset, LabelSource, Labels, TableOptions, load_points};
use latentlab::model::Embedding;
use latentlab::random::Stream;
use latentlab::run::RunDir;

use crate::data_source::Split;
use crate::failure::Failure;
use crate::opened::{Checkpoint, ImageArguments, RunArguments};
use crate::row_names::RowNames;
use crate::settings::Settings;

/// Values in a table of training codes that classifiers and clusters are fitted on. A run of 10 dimensions keeps all
/// of its 60,000 images; one of 1,568 dimensions would take many minutes for the same figures to two digits.
const FITTED_VALUES: usize = 5_000_000;
/// Rows that are kept in any case.
const LEAST_FITTED: usize = 1_000;

/// RUN or TABLE, and which images of a run.
#[derive(Debug, clap::Args)]
pub struct PointArguments {
    /// Folder of a run, or a table: .csv, .tsv, .npy, .npz or .parquet
    #[arg(value_name = "RUN|TABLE")]
    pub source: PathBuf,

    /// Weights to use, of a run [default: best]
    #[arg(long, value_name = "WHICH")]
    pub checkpoint: Option<Checkpoint>,

    /// Which images, of a run.
    #[command(flatten)]
    pub images: ImageArguments,

    /// How a table is read.
    #[command(flatten)]
    pub table: TableArguments,
}

/// Where help lists how a table is read.
const TABLE_OPTIONS: &str = "Table options";

/// How a table is read.
#[derive(Debug, Default, clap::Args)]
pub struct TableArguments {
    /// Column (by name, or by number from 1) or array of a table that holds the classes; `none` for no classes
    /// [default: label, target, y, class, species, …, where there is one]
    #[arg(long, value_name = "COLUMN|ARRAY", help_heading = TABLE_OPTIONS)]
    pub label: Option<String>,

    /// Array of an .npz table that holds the points [default: x, mean, map, embeddings, features, …]
    #[arg(long, value_name = "NAME", help_heading = TABLE_OPTIONS)]
    pub array: Option<String>,
}

impl TableArguments {
    /// As the reader takes them.
    pub fn options(&self) -> TableOptions {
        let label = match self.label.as_deref() {
            None => LabelSource::Usual,
            Some("none") => LabelSource::Nothing,
            Some(name) => LabelSource::Named(name.to_owned()),
        };
        TableOptions { label, array: self.array.clone() }
    }

    /// Refuses options of a table where there is a run.
    fn check_unused(&self, run: &Path) -> Result<(), Failure> {
        for (option, given) in [("--label", &self.label), ("--array", &self.array)] {
            if given.is_some() {
                let run = run.display();
                return Err(Failure::mistake(format!("{option}: goes with a table, and {run} is a folder")));
            }
        }
        Ok(())
    }
}

/// Points and what is known about them.
#[derive(Clone)]
pub struct PointSet {
    /// Row after row.
    pub values: Vec<f32>,
    /// Values per row.
    pub columns: usize,
    /// What tells the rows apart.
    pub names: RowNames,
}

impl PointSet {
    /// The points as analysis takes them.
    pub fn table(&self) -> Result<Table<'_>, TableError> {
        Table::new(&self.values, self.columns)
    }

    /// The classes' names.
    pub fn classes(&self) -> &[String] {
        &self.names.classes
    }

    /// The points whose class is known, all of them borrowed; `None` where none is.
    pub fn of_known_class(&self) -> Option<Cow<'_, Self>> {
        let known = self.names.known()?;
        if known.iter().all(|known| *known) {
            return Some(Cow::Borrowed(self));
        }
        let rows: Vec<u32> = (0..).zip(&known).filter(|(_, known)| **known).map(|(row, _)| row).collect();
        (!rows.is_empty()).then(|| Cow::Owned(self.subset(&rows)))
    }

    /// The points with their classes; `None` where those are not known.
    pub fn labelled(&self) -> Result<Option<Labelled<'_>>, Failure> {
        match &self.names.labels {
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
        Self {
            values: rows.iter().flat_map(row).copied().collect(),
            columns: self.columns,
            names: self.names.subset(rows),
        }
    }

    /// A table of anyone's; what the reader took for what is said.
    pub fn load(path: &Path, table: &TableArguments, settings: &Settings) -> Result<Self, Failure> {
        let points = load_points(path, &table.options())?;
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
        for note in &points.notes {
            settings.console.note(format_args!("{name}: {note}"));
        }
        let index = points
            .index
            .unwrap_or_else(|| (0..points.values.len() / points.columns).map(|row| row as u64).collect());
        let (labels, classes, numbers) = match points.labels {
            Some(Labels { rows, classes, numbers }) => (Some(rows), classes, numbers),
            None => (None, Vec::new(), Vec::new()),
        };
        let names = RowNames { index, files: points.files, labels, classes, numbers };
        Ok(Self { values: points.values, columns: points.columns, names })
    }

    /// Number of points.
    pub fn rows(&self) -> usize {
        self.values.len() / self.columns
    }

    /// Codes of all of `set`.
    pub fn of(codes: &Embedding, set: &Dataset) -> Self {
        Self { columns: codes.dims(), values: codes.mean.clone(), names: RowNames::of(set) }
    }
}

/// Where points came from, and the points.
pub struct Found {
    /// The points of the images, or of the table.
    pub points: PointSet,
    /// The run that they are codes of.
    pub run: Option<RunDir>,
    /// Whether they are of the run's own data set.
    pub are_own: bool,
    /// The codes of the run's training images, where they were asked for and none of them is among the points.
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
                    "a run is a folder that `latentlab train` made, a table a .csv, .tsv, .npy, .npz or .parquet file",
                ));
            }
            if self.images.files.is_some()
                || self.images.set.split.is_some()
                || self.images.set.data.is_some()
            {
                let source = self.source.display();
                let message = format!("{source}: is a table, and --images, --split and --data go with a run");
                return Err(Failure::mistake(message));
            }
            let points = PointSet::load(&self.source, &self.table, settings)?;
            return Ok(Found { points, run: None, are_own: false, train: None });
        }
        self.table.check_unused(&self.source)?;
        let run = RunArguments { run: self.source.clone(), checkpoint: self.checkpoint };
        let mut opened = run.open(settings)?;
        if self.images.files.is_some() {
            let images = self.images.open(&opened, settings)?;
            let codes = opened.trained.model.encode_from(&images.seen(), images.set.len());
            return Ok(Found {
                points: PointSet::of(&codes, &images.set),
                run: Some(opened.dir),
                are_own: false,
                train: None,
            });
        }
        let part = self.images.set.part(&opened);
        let splits = self.images.set.open(&opened, settings)?;
        let mut embedded = |set: &Dataset| {
            let seen = opened.trained.seen(set);
            PointSet::of(&opened.trained.model.encode_from(&seen, set.len()), set)
        };
        let points = embedded(part.of(&splits));
        let train = (with_train && part != Split::All).then(|| embedded(&splits.train));
        let train = train.map(|train| train.thinned(opened.trained.recipe.seed));
        let are_own = self.images.are_own(&opened);
        Ok(Found { points, run: Some(opened.dir), are_own, train })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(rows: usize, columns: usize) -> PointSet {
        let values = (0..rows * columns).map(|i| (i / columns) as f32).collect();
        let index: Vec<u64> = (0..rows as u64).collect();
        let labels = Some((0..rows as u32).collect());
        PointSet { values, columns, names: RowNames { index, labels, ..RowNames::default() } }
    }

    #[test]
    fn wide_tables_are_thinned_out_before_anything_is_fitted() {
        let narrow = points(3_000, 2).thinned(0);
        assert_eq!(narrow.rows(), 3_000);
        let wide = points(3_000, 2_000).thinned(0);
        assert_eq!(wide.rows(), FITTED_VALUES / 2_000);
        let labels = wide.names.labels.unwrap();
        assert!(wide.values.chunks(2_000).zip(&labels).all(|(row, label)| row[7] == *label as f32));
        let mut different = labels.clone();
        different.sort_unstable();
        different.dedup();
        assert_eq!(different.len(), labels.len());
        assert_eq!(points(1_200, 50_000).thinned(3).rows(), LEAST_FITTED);
    }
}
