//! [`DataSpec`], the `[data]` table of a recipe, and the one function that checks it.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::appearance::{Background, Channels, Fit};
use crate::augmentation::AugmentSpec;
use crate::catalogue::{self, NamedSet, Origin};
use crate::columns::{Columns, Impute};
use crate::dataset::inventory::Inventory;
use crate::error::DataError;
use crate::hold_out::{TestImages, Validation, check_hold_out};
use crate::input::InputSpec;
use crate::scale::check_range;

/// The `[data]` table of a recipe: which images, how they are split, what is done to them.
///
/// ```
/// let spec: data::DataSpec = toml::from_str(r#"
///     name = "mnist"
///     pad = 2
///     valid = "test"            # or { last = 10_000 }, { first = … }, { count = … }, { fraction = 0.3 }
///     limit = { train = 1_000 }
///     input = { noise = 0.5 }
/// "#)?;
/// spec.check()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DataSpec {
    /// A set of the [`CATALOGUE`](crate::CATALOGUE). Exactly one of `name` and `path` is given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// A folder of images, a folder of IDX files, a file of arrays, or a table; see [`open`](crate::open()).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<PathBuf>,
    /// What the images at `path` should become: a folder (or file) of the same images without what is wrong with theirs,
    /// under the same names, of the same sizes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clean: Option<PathBuf>,
    /// Number of synthetic images, test images included. 12,000 if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<usize>,
    /// Size of synthetic images (28 if absent) or of those from a path (their own, if absent).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<Size>,
    /// How images from a path come to `size`. [`Fit::Resize`] if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fit: Option<Fit>,
    /// What is kept of the colours of images from a path. [`Channels::Auto`] if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channels: Option<Channels>,
    /// Whether the path holds images or a table. If absent: a table if it is one of text or Parquet, or has rows of
    /// numbers that are no square images.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<Kind>,
    /// The values that are black and white, `[low, high]`. If absent: found from the values, and said where they are
    /// not the usual ones. A run keeps what was found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub range: Option<[f64; 2]>,
    /// What lies behind transparent pixels. If absent: black, unless more images would vanish on it than on white.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub background: Option<Background>,
    /// Whether black and white change places.
    #[serde(skip_serializing_if = "is_default")]
    pub invert: bool,
    /// The array of a file that holds images (or rows), where it has none of the usual names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub array: Option<String>,
    /// The array or column that holds labels, where it has none of the usual names; `none` for no labels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// What missing values of a table become; they are an error, if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub impute: Option<Impute>,
    /// Whether image files that are broken are left out; they are an error otherwise.
    #[serde(skip_serializing_if = "is_default")]
    pub skip_broken: bool,
    /// Rows and columns of zeros added on each side.
    #[serde(skip_serializing_if = "is_default")]
    pub pad: usize,
    /// Which of the training images test instead of the set's own test images. If absent: those, or a random
    /// tenth where the set has none. Or a folder (or file) of test images of their own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub test: Option<TestImages>,
    /// Which of the remaining images validate. If absent: the set's own validation images, the last 10,000 of a
    /// published set, else a random tenth.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub valid: Option<Validation>,
    /// Classes by name that are left out of the training and the validation images and stay among the test
    /// images: what a model that has never seen them makes of them is the test of anomaly detection.
    #[serde(skip_serializing_if = "is_default")]
    pub exclude_classes: Vec<String>,
    /// Whether a random choice of images takes the same part of every class. Trainings on images from a path say so,
    /// if nothing is said; absent, the choice looks at no classes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stratify: Option<bool>,
    /// Seed of synthetic images and of random splits. Apart from the training's seed, so that runs with
    /// different training seeds see the same data.
    #[serde(skip_serializing_if = "is_default")]
    pub seed: u64,
    /// Most images of each split, for quick runs.
    #[serde(skip_serializing_if = "is_default")]
    pub limit: Limits,
    /// How the training images differ from epoch to epoch; those that validate or test never do.
    #[serde(skip_serializing_if = "is_default")]
    pub augment: AugmentSpec,
    /// What the network sees instead of the clean image.
    #[serde(skip_serializing_if = "is_default")]
    pub input: InputSpec,
    /// The columns of a table and how they are standardised. If absent: all that are coordinates, by the training
    /// rows. A run keeps what was found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub columns: Option<Columns>,
    /// Whether the path holds other data than those that this was written for: where the `array` or the `label` is not
    /// there, the usual names apply. No part of a recipe.
    #[serde(skip)]
    pub is_foreign: bool,
}

/// What a path holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Images.
    Images,
    /// Rows of numbers.
    Table,
}

/// The most images that each split keeps: its first ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Of the training images.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub train: Option<usize>,
    /// Of the validation images.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub valid: Option<usize>,
    /// Of the test images.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub test: Option<usize>,
}

/// Height and width in pixels: one number for a square, or `[height, width]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, expecting = "a number of pixels, or [height, width]")]
pub enum Size {
    /// Height = width.
    Square(usize),
    /// Height and width.
    Sides([usize; 2]),
}

impl Size {
    /// `[height, width]`.
    pub fn sides(self) -> [usize; 2] {
        match self {
            Self::Square(side) => [side, side],
            Self::Sides(sides) => sides,
        }
    }
}

/// A [`DataSpec`] whose every value has been checked; made by [`DataSpec::check`] only.
#[derive(Clone, Debug, PartialEq)]
pub struct DataPlan {
    pub(crate) source: Source,
    pub(crate) pad: usize,
    pub(crate) test: Option<TestImages>,
    /// `None` where nothing is said.
    pub(crate) valid: Option<Validation>,
    pub(crate) exclude_classes: Vec<String>,
    pub(crate) stratify: bool,
    pub(crate) seed: u64,
    pub(crate) limit: Limits,
}

/// Where a plan's images come from.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Source {
    Published(&'static NamedSet),
    Synthetic { count: usize, size: usize },
    Path(Box<PathSource>),
}

/// Images from a path, and how they are read.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct PathSource {
    pub(crate) path: PathBuf,
    pub(crate) clean: Option<PathBuf>,
    pub(crate) size: Option<[usize; 2]>,
    pub(crate) fit: Fit,
    pub(crate) channels: Channels,
    pub(crate) range: Option<[f64; 2]>,
    pub(crate) background: Option<Background>,
    pub(crate) invert: bool,
    pub(crate) array: Option<String>,
    pub(crate) label: Option<String>,
    pub(crate) skip_broken: bool,
    pub(crate) kind: Option<Kind>,
    pub(crate) impute: Option<Impute>,
    pub(crate) columns: Option<Columns>,
    pub(crate) is_foreign: bool,
}

const LARGEST_SIDE: usize = 4096;
const LARGEST_PAD: usize = 1024;
const MOST_SYNTHETIC: usize = 10_000_000;
const DEFAULT_SYNTHETIC: usize = 12_000;

impl DataSpec {
    /// The named set, with defaults for everything else.
    pub fn named(name: &str) -> Self {
        Self { name: Some(name.into()), ..Self::default() }
    }

    /// Replaces the source by what a person typed: a name of the catalogue, else a path. Options that only
    /// the former source had are dropped.
    pub fn set_source(&mut self, name_or_path: &str) {
        let named = catalogue::find(name_or_path).is_some();
        self.name = named.then(|| name_or_path.into());
        self.path = (!named).then(|| name_or_path.into());
        self.clean = None;
        (self.count, self.size, self.fit, self.channels) = (None, None, None, None);
        (self.range, self.background, self.invert) = (None, None, false);
        (self.array, self.label, self.skip_broken, self.stratify) = (None, None, false, None);
        (self.kind, self.impute, self.columns) = (None, None, None);
        self.exclude_classes.clear();
        self.begin();
    }

    /// Whether a network sees something else than what it should say: noise is put on, or the images have clean ones.
    pub fn is_denoising(&self) -> bool {
        self.input.noise.is_some() || self.clean.is_some()
    }

    /// Settles what a new training on images from a path begins with, where nothing is said: splits at random take
    /// the same part of every class. A recipe that says nothing keeps the splits that it had.
    pub fn begin(&mut self) {
        if self.path.is_some() {
            self.stratify.get_or_insert(true);
        }
    }

    /// Takes over what was found when the images were opened, so that a run reads all others as it read these.
    pub fn settle(&mut self, inventory: &Inventory) {
        if self.path.is_some() {
            self.range = self.range.or(inventory.range);
            self.background = self.background.or(inventory.background);
            if self.columns.is_none() {
                self.columns.clone_from(&inventory.columns);
            }
        }
    }

    /// Checks every value.
    ///
    /// # Errors
    /// [`DataError::Field`] for the first value that cannot be used, saying what could.
    pub fn check(&self) -> Result<DataPlan, DataError> {
        let source = self.source()?;
        at_most("pad", self.pad, LARGEST_PAD)?;
        if let Some(TestImages::HoldOut(rule)) = self.test {
            check_hold_out("test", rule)?;
        }
        let valid = match (self.valid, &source) {
            (None, Source::Published(_)) => Some(Validation::Last(10_000)),
            (valid, _) => valid,
        };
        if let Some(rule) = valid.and_then(Validation::hold_out) {
            check_hold_out("valid", rule)?;
        }
        let limits = [("train", self.limit.train), ("valid", self.limit.valid), ("test", self.limit.test)];
        for (split, limit) in limits {
            if limit == Some(0) {
                return Err(DataError::field(&format!("limit.{split}"), 0, "must be at least 1"));
            }
        }
        self.augment.check()?;
        self.input.check()?;
        if let (Some(clean), Some(_)) = (&self.clean, self.input.binarise) {
            let allowed = "does not go with data.input.binarise: remove one of the two";
            return Err(DataError::field("clean", quoted(clean), allowed));
        }
        if let (Some(clean), Some(TestImages::Path(_))) = (&self.clean, &self.test) {
            let allowed =
                "does not go with a folder of test images (data.test): give those a part of the pairs";
            return Err(DataError::field("clean", quoted(clean), allowed));
        }
        let (pad, test, seed, limit) = (self.pad, self.test.clone(), self.seed, self.limit);
        let (exclude_classes, stratify) = (self.exclude_classes.clone(), self.stratify.unwrap_or(false));
        Ok(DataPlan { source, pad, test, valid, exclude_classes, stratify, seed, limit })
    }

    fn source(&self) -> Result<Source, DataError> {
        let sides = self.size.map(Size::sides);
        match (&self.name, &self.path) {
            (Some(name), Some(path)) => Err(DataError::field(
                "path",
                quoted(path),
                format!("must not be given beside data.name = \"{name}\": choose one of the two"),
            )),
            (None, None) => Err(DataError::field(
                "name",
                "nothing",
                format!("must be one of {}, or data.path must be given", catalogue::names()),
            )),
            (None, Some(path)) => {
                self.refuse_options("of synthetic images", &[("count", self.count.map(|n| n.to_string()))])?;
                for side in sides.into_iter().flatten() {
                    between("size", side, 1, LARGEST_SIDE)?;
                }
                self.range.map_or(Ok(()), check_range)?;
                self.columns.as_ref().map_or(Ok(()), Columns::check)?;
                Ok(Source::Path(Box::new(PathSource {
                    path: path.clone(),
                    clean: self.clean.clone(),
                    size: sides,
                    fit: self.fit.unwrap_or_default(),
                    channels: self.channels.unwrap_or_default(),
                    range: self.range,
                    background: self.background,
                    invert: self.invert,
                    array: self.array.clone(),
                    label: self.label.clone(),
                    skip_broken: self.skip_broken,
                    kind: self.kind,
                    impute: self.impute,
                    columns: self.columns.clone(),
                    is_foreign: self.is_foreign,
                })))
            }
            (Some(name), None) => {
                let set = catalogue::find(name).ok_or_else(|| {
                    let allowed = format!("must be one of {} (or use data.path)", catalogue::names());
                    DataError::field("name", quoted(Path::new(name)), allowed)
                })?;
                self.refuse_options(
                    "of images from a path",
                    &[
                        ("clean", self.clean.as_deref().map(quoted)),
                        ("fit", self.fit.map(|fit| fit.name().into())),
                        ("channels", self.channels.map(|channels| channels.name().into())),
                        ("range", self.range.map(|[low, high]| format!("[{low}, {high}]"))),
                        (
                            "background",
                            self.background.map(|background| format!("\"{}\"", background.name())),
                        ),
                        ("invert", self.invert.then(|| "true".into())),
                        ("array", self.array.as_ref().map(|name| format!("\"{name}\""))),
                        ("label", self.label.as_ref().map(|name| format!("\"{name}\""))),
                        ("skip_broken", self.skip_broken.then(|| "true".into())),
                        ("kind", self.kind.map(|kind| format!("{kind:?}").to_lowercase())),
                        ("impute", self.impute.map(|_| "\"mean\"".into())),
                        (
                            "columns",
                            self.columns.as_ref().map(|columns| format!("{} names", columns.names.len())),
                        ),
                    ],
                )?;
                match set.origin {
                    Origin::Published { .. } => {
                        let size = sides.map(|[height, width]| format!("[{height}, {width}]"));
                        let count = self.count.map(|n| n.to_string());
                        self.refuse_options(
                            "of synthetic images and of images from a path",
                            &[("size", size), ("count", count)],
                        )?;
                        Ok(Source::Published(set))
                    }
                    Origin::Drawn => {
                        let count =
                            between("count", self.count.unwrap_or(DEFAULT_SYNTHETIC), 10, MOST_SYNTHETIC)?;
                        let [size, width] = sides.unwrap_or([28, 28]);
                        if size != width {
                            let value = format!("[{size}, {width}]");
                            return Err(DataError::field("size", value, "synthetic images are square"));
                        }
                        Ok(Source::Synthetic { count, size: between("size", size, 16, 512)? })
                    }
                }
            }
        }
    }

    fn refuse_options(&self, belongs_to: &str, options: &[(&str, Option<String>)]) -> Result<(), DataError> {
        for (field, value) in options {
            if let Some(value) = value {
                let source = match (&self.name, &self.path) {
                    (Some(name), _) => format!("\"{name}\""),
                    (None, path) => path.as_deref().map(quoted).unwrap_or_default(),
                };
                let allowed =
                    format!("is an option {belongs_to}, and has no meaning for {source}: remove it");
                return Err(DataError::field(field, value, allowed));
            }
        }
        Ok(())
    }
}

fn between(field: &str, value: usize, low: usize, high: usize) -> Result<usize, DataError> {
    if (low..=high).contains(&value) {
        return Ok(value);
    }
    Err(DataError::field(field, value, format!("must lie between {low} and {high}")))
}

fn at_most(field: &str, value: usize, high: usize) -> Result<usize, DataError> {
    if value <= high {
        return Ok(value);
    }
    Err(DataError::field(field, value, format!("must be at most {high}")))
}

fn quoted(path: &Path) -> String {
    format!("\"{}\"", path.display())
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
