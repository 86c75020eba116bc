//! Points that are mapped or judged: the codes of a run's images, or anyone's table.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use analysis::{LabelledPoints, Table, TableError};
use data::{Dataset, LabelSource, Labels, TableOptions, load_points};
use model::Embedding;
use random::Stream;
use run::{RunDir, Slot};

use crate::error::Error;
use crate::lab::Lab;
use crate::row_names::RowNames;
use crate::runs::{ImageRequest, Run};
use crate::split::Split;

/// Values in a table of training codes that classifiers and clusters are fitted on. A run of 10 dimensions keeps all
/// of its 60,000 images; one of 1,568 dimensions would take many minutes for the same figures to two digits.
const FITTED_VALUES: usize = 5_000_000;
/// Rows that are kept in any case.
const LEAST_FITTED: usize = 1_000;

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
    pub fn labelled(&self) -> Result<Option<LabelledPoints<'_>>, Error> {
        match &self.names.labels {
            Some(labels) => Ok(Some(LabelledPoints::new(self.table()?, labels)?)),
            None => Ok(None),
        }
    }

    /// Four fifths of the points and one fifth, at random by `seed`.
    pub fn parted(&self, seed: u64) -> (Self, Self) {
        let order = Stream::new(seed, "held-out points").permutation(0, self.rows());
        let (held, rest) = order.split_at((self.rows() / 5).max(1));
        (self.subset(rest), self.subset(held))
    }

    /// The points, or so many of them at random by `seed` that they hold no more than five million numbers.
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
    pub fn load(path: &Path, table: &TableOptions, lab: &Lab) -> Result<Self, Error> {
        let points = load_points(path, table)?;
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
        for note in &points.notes {
            lab.note(format_args!("{name}: {note}"));
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

/// Points that are to be mapped or judged: the codes of a run's images, or anyone's table.
#[derive(Clone, Debug, Default)]
pub struct PointRequest {
    /// Folder of a run, or a table: .csv, .tsv, .npy, .npz or .parquet.
    pub source: PathBuf,
    /// Weights to use, of a run; the best where nothing is said.
    pub slot: Option<Slot>,
    /// Which images, of a run.
    pub images: ImageRequest,
    /// How a table is read.
    pub table: TableOptions,
}

/// Where points came from, and the points.
pub struct PointSource {
    /// The points of the images, or of the table.
    pub points: PointSet,
    /// The run that they are codes of.
    pub run: Option<RunDir>,
    /// Whether they are of the run's own data set.
    pub are_own: bool,
    /// The codes of the run's training images, where they were asked for and none of them is among the points.
    pub train: Option<PointSet>,
}

impl PointRequest {
    /// Embeds a run's images, those of the training split too where `with_train` asks for it, or reads a table.
    ///
    /// # Errors
    /// If there is neither, or what is asked for does not go with it.
    pub fn find(&self, with_train: bool, lab: &Lab) -> Result<PointSource, Error> {
        if !self.source.is_dir() {
            if !self.source.exists() {
                let source = self.source.display();
                let refusal =
                    Error::refused(format!("{source}: there is neither a run nor a table of this name"));
                return Err(refusal.hint(
                    "a run is a folder that `latentlab train` made, a table a .csv, .tsv, .npy, .npz or .parquet file",
                ));
            }
            let ImageRequest { files, set } = &self.images;
            if files.is_some() || set.split.is_some() || set.data.is_some() {
                let source = self.source.display();
                let message = format!("{source}: is a table, and --images, --split and --data go with a run");
                return Err(Error::refused(message));
            }
            let points = PointSet::load(&self.source, &self.table, lab)?;
            return Ok(PointSource { points, run: None, are_own: false, train: None });
        }
        self.check_table_unused()?;
        let mut run = Run::open(&self.source, self.slot, lab)?;
        if self.images.files.is_some() {
            let images = self.images.open(&run, lab)?;
            let codes = run.trained.model.encode_from(&images.source(), images.set.len());
            let points = PointSet::of(&codes, &images.set);
            return Ok(PointSource { points, run: Some(run.dir), are_own: false, train: None });
        }
        let part = self.images.set.part(&run);
        let splits = self.images.set.open(&run, lab)?;
        let mut embedded = |set: &Dataset| {
            let seen = run.trained.source(set);
            PointSet::of(&run.trained.model.encode_from(&seen, set.len()), set)
        };
        let points = embedded(part.of(&splits));
        let train = (with_train && part != Split::All).then(|| embedded(&splits.train));
        let train = train.map(|train| train.thinned(run.trained.recipe.seed));
        let are_own = self.images.are_own(&run);
        Ok(PointSource { points, run: Some(run.dir), are_own, train })
    }

    /// Refuses options of a table where there is a run.
    fn check_table_unused(&self) -> Result<(), Error> {
        let label = self.table.label != LabelSource::Usual;
        for (option, is_given) in [("--label", label), ("--array", self.table.array.is_some())] {
            if is_given {
                let run = self.source.display();
                return Err(Error::refused(format!("{option}: goes with a table, and {run} is a folder")));
            }
        }
        Ok(())
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
