//! Arguments that say which run, which images and which points, as the library takes them.

use std::path::PathBuf;

use crate::data::{LabelSource, Noise, TableOptions};
use crate::lab::data_place::DataFolders;
use crate::lab::point_set::PointRequest;
use crate::lab::runs::{ImageRequest, ReadingOptions, SplitRequest};
use crate::lab::{Run, Split};
use crate::run::Slot;
use crate::train::Override;
use clap::ValueEnum;

use crate::program::failure::Failure;
use crate::program::settings::Settings;

/// Where help lists these: an option at a time, so that what follows them in a verb is not listed there, too.
pub const DATA_OPTIONS: &str = "Data options";

/// `--data-dir` and `--offline`.
#[derive(Clone, Debug, clap::Args)]
pub struct DirArguments {
    /// Folder with data sets, looked in first; downloads go there [default: $LATENTLAB_DATA, then the
    /// platform's cache folder]
    #[arg(long, value_name = "FOLDER", help_heading = DATA_OPTIONS)]
    pub data_dir: Option<PathBuf>,

    /// Never download: fail if the data set is not on this machine
    #[arg(long, help_heading = DATA_OPTIONS)]
    pub offline: bool,
}

impl DirArguments {
    /// As the library takes them.
    pub fn folders(&self) -> DataFolders {
        DataFolders { data_dir: self.data_dir.clone(), offline: self.offline }
    }
}

/// How the data of a training are read.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct ReadingArguments {
    /// Array of an .npz file that holds the images or rows [default: the one with a usual name] (data.array)
    #[arg(long, value_name = "NAME", help_heading = DATA_OPTIONS)]
    pub array: Option<String>,

    /// Array or column that holds the classes, none for no classes [default: the one with a usual name] (data.label)
    #[arg(long, value_name = "NAME", help_heading = DATA_OPTIONS)]
    pub label: Option<String>,

    /// Leave out image files that are broken, instead of refusing the set (data.skip_broken)
    #[arg(long, help_heading = DATA_OPTIONS)]
    pub skip_broken: bool,

    /// What missing values of a table become, instead of refusing it (data.impute)
    #[arg(long, value_name = "HOW", value_parser = ["mean"], help_heading = DATA_OPTIONS)]
    pub impute: Option<String>,
}

impl ReadingArguments {
    /// The same as settings of a recipe.
    pub fn overrides(&self) -> Result<Vec<Override>, Failure> {
        let mut overrides = Vec::new();
        for (key, value) in
            [("data.array", &self.array), ("data.label", &self.label), ("data.impute", &self.impute)]
        {
            if let Some(value) = value {
                overrides.push(Override::set(key, value.clone())?);
            }
        }
        if self.skip_broken {
            overrides.push(Override::set("data.skip_broken", true)?);
        }
        Ok(overrides)
    }
}

/// Which weights of a run.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Checkpoint {
    /// Those with the lowest validation total
    Best,
    /// Those after the last epoch
    Last,
}

/// The noise that all of several `--noise` ask for.
pub fn joined_noise(given: &[Noise]) -> Result<Option<Noise>, Failure> {
    if given.is_empty() {
        return Ok(None);
    }
    let all: Vec<String> = given.iter().map(Noise::to_string).collect();
    all.join(",").parse().map(Some).map_err(|fault| Failure::mistake(format!("--noise {fault}")))
}

/// RUN and `--checkpoint`.
#[derive(Debug, clap::Args)]
pub struct RunArguments {
    /// Folder of a run, as `latentlab train` makes it
    pub run: PathBuf,

    /// Weights to use [default: best]
    #[arg(long, value_name = "WHICH")]
    pub checkpoint: Option<Checkpoint>,
}

impl Checkpoint {
    /// As a run calls it.
    pub fn slot(self) -> Slot {
        match self {
            Self::Best => Slot::Best,
            Self::Last => Slot::Last,
        }
    }
}

impl RunArguments {
    /// Opens the run.
    pub fn open(&self, settings: &Settings) -> Result<Run, Failure> {
        Ok(Run::open(&self.run, self.checkpoint.map(Checkpoint::slot), &settings.lab)?)
    }
}

/// How images that are not the run's own are read.
#[derive(Clone, Copy, Debug, Default, clap::Args)]
pub struct OthersArguments {
    /// Swap black and white of images that are not the run's own: dark ink on light paper for a net that has seen light
    /// strokes on black
    #[arg(long)]
    pub invert: bool,

    /// Leave out image files that are broken, instead of refusing all
    #[arg(long, help_heading = DATA_OPTIONS)]
    pub skip_broken: bool,
}

/// Which images go through a run: those of its own data set or of another one.
#[derive(Debug, clap::Args)]
pub struct SplitArguments {
    /// Part of the data set [default: test; all, of another data set than the run's own]
    #[arg(long, value_enum)]
    pub split: Option<Split>,

    /// Another data set than the run's own: a name, or a path of the same kind as the run was trained on
    #[arg(long, value_name = "NAME|PATH")]
    pub data: Option<String>,

    /// How images of another data set are read.
    #[command(flatten)]
    pub reading: OthersArguments,

    /// Where data sets are.
    #[command(flatten)]
    pub dirs: DirArguments,
}

impl SplitArguments {
    /// As the library takes them.
    pub fn request(&self) -> SplitRequest {
        let OthersArguments { invert, skip_broken } = self.reading;
        SplitRequest {
            noise: None,
            split: self.split,
            data: self.data.clone(),
            reading: ReadingOptions { invert, skip_broken },
            dirs: self.dirs.folders(),
        }
    }
}

/// Which images go through a run: those of a data set, or files.
#[derive(Debug, clap::Args)]
pub struct ImageArguments {
    /// Those of a data set.
    #[command(flatten)]
    pub set: SplitArguments,

    /// An image file or a folder of images, all of them, instead of a split
    #[arg(long = "images", value_name = "PATH", conflicts_with_all = ["split", "data"])]
    pub files: Option<PathBuf>,
}

impl ImageArguments {
    /// As the library takes them.
    pub fn request(&self) -> ImageRequest {
        ImageRequest { set: self.set.request(), files: self.files.clone() }
    }
}

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
    /// As the library takes them.
    pub fn options(&self) -> TableOptions {
        let label = match self.label.as_deref() {
            None => LabelSource::Usual,
            Some("none") => LabelSource::Nothing,
            Some(name) => LabelSource::Named(name.to_owned()),
        };
        TableOptions { label, array: self.array.clone() }
    }
}

impl PointArguments {
    /// As the library takes them.
    pub fn request(&self) -> PointRequest {
        PointRequest {
            source: self.source.clone(),
            slot: self.checkpoint.map(Checkpoint::slot),
            images: self.images.request(),
            table: self.table.options(),
        }
    }
}
