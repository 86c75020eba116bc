//! [`DataSpec`], the `[data]` table of a recipe, and the one function that checks it.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::catalogue::{self, NamedSet, Origin};
use crate::{Channels, DataError, Fit, InputSpec};

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
    /// A folder of images, a folder of IDX files, a `.npy` or an `.npz` file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<PathBuf>,
    /// Number of synthetic images, test images included. 12,000 if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<usize>,
    /// Size of synthetic images (28 if absent) or of those from a folder (their own, if absent).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<Size>,
    /// How images of a folder come to `size`. [`Fit::Resize`] if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fit: Option<Fit>,
    /// What is kept of the colours of images of a folder. [`Channels::Auto`] if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channels: Option<Channels>,
    /// Rows and columns of zeros added on each side.
    #[serde(skip_serializing_if = "is_default")]
    pub pad: usize,
    /// Which of the training images test instead of the set's own test images. If absent: those, or a random
    /// tenth where the set has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub test: Option<HoldOut>,
    /// Which of the remaining images validate. If absent: the last 10,000 of a published set, else a random
    /// tenth.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub valid: Option<Validation>,
    /// Classes by name that are left out of the training and the validation images and stay among the test
    /// images: what a model that has never seen them makes of them is the test of anomaly detection.
    #[serde(skip_serializing_if = "is_default")]
    pub exclude_classes: Vec<String>,
    /// Seed of synthetic images and of random splits. Apart from the training's seed, so that runs with
    /// different training seeds see the same data.
    #[serde(skip_serializing_if = "is_default")]
    pub seed: u64,
    /// Most images of each split, for quick runs.
    #[serde(skip_serializing_if = "is_default")]
    pub limit: Limits,
    /// What the network sees instead of the clean image.
    #[serde(skip_serializing_if = "is_default")]
    pub input: InputSpec,
}

/// Which of n images, in the order of the set, are held out.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HoldOut {
    /// The first so many.
    First(usize),
    /// The last so many; the others are the "first n".
    Last(usize),
    /// So many at random.
    Count(usize),
    /// This part at random, strictly between 0 and 1, rounded to whole images.
    Fraction(f64),
}

/// Which images validate.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Validation {
    /// The test images; none of the training images are held out.
    Test,
    /// See [`HoldOut::First`].
    First(usize),
    /// See [`HoldOut::Last`].
    Last(usize),
    /// See [`HoldOut::Count`].
    Count(usize),
    /// See [`HoldOut::Fraction`].
    Fraction(f64),
}

impl Validation {
    /// What is held out of the training images; `None` where the test images validate.
    pub fn hold_out(self) -> Option<HoldOut> {
        match self {
            Self::Test => None,
            Self::First(n) => Some(HoldOut::First(n)),
            Self::Last(n) => Some(HoldOut::Last(n)),
            Self::Count(n) => Some(HoldOut::Count(n)),
            Self::Fraction(part) => Some(HoldOut::Fraction(part)),
        }
    }
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
    pub(crate) test: Option<HoldOut>,
    pub(crate) valid: Validation,
    pub(crate) exclude_classes: Vec<String>,
    pub(crate) seed: u64,
    pub(crate) limit: Limits,
}

/// Where a plan's images come from.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Source {
    Published(&'static NamedSet),
    Synthetic { count: usize, size: usize },
    Path { path: PathBuf, size: Option<[usize; 2]>, fit: Option<Fit>, channels: Option<Channels> },
}

const LARGEST_SIDE: usize = 4096;
const LARGEST_PAD: usize = 1024;
const MOST_SYNTHETIC: usize = 10_000_000;
const DEFAULT_SYNTHETIC: usize = 12_000;
const DEFAULT_HOLD_OUT: f64 = 0.1;

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
        (self.count, self.size, self.fit, self.channels) = (None, None, None, None);
        self.exclude_classes.clear();
    }

    /// Checks every value.
    ///
    /// # Errors
    /// [`DataError::Field`] for the first value that cannot be used, saying what could.
    pub fn check(&self) -> Result<DataPlan, DataError> {
        let source = self.source()?;
        at_most("pad", self.pad, LARGEST_PAD)?;
        if let Some(rule) = self.test {
            check_hold_out("test", rule)?;
        }
        let published = matches!(source, Source::Published(_));
        let valid = self.valid.unwrap_or(match published {
            true => Validation::Last(10_000),
            false => Validation::Fraction(DEFAULT_HOLD_OUT),
        });
        if let Some(rule) = valid.hold_out() {
            check_hold_out("valid", rule)?;
        }
        let limits = [("train", self.limit.train), ("valid", self.limit.valid), ("test", self.limit.test)];
        for (split, limit) in limits {
            if limit == Some(0) {
                return Err(DataError::field(&format!("limit.{split}"), 0, "must be at least 1"));
            }
        }
        self.input.check()?;
        let (pad, test, seed, limit) = (self.pad, self.test, self.seed, self.limit);
        let exclude_classes = self.exclude_classes.clone();
        Ok(DataPlan { source, pad, test, valid, exclude_classes, seed, limit })
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
                let (fit, channels) = (self.fit, self.channels);
                Ok(Source::Path { path: path.clone(), size: sides, fit, channels })
            }
            (Some(name), None) => {
                let set = catalogue::find(name).ok_or_else(|| {
                    let allowed = format!("must be one of {} (or use data.path)", catalogue::names());
                    DataError::field("name", quoted(Path::new(name)), allowed)
                })?;
                self.refuse_options(
                    "of a folder of images",
                    &[
                        ("fit", self.fit.map(|fit| fit.name().into())),
                        ("channels", self.channels.map(|channels| channels.name().into())),
                    ],
                )?;
                match set.origin {
                    Origin::Published { .. } => {
                        let size = sides.map(|[height, width]| format!("[{height}, {width}]"));
                        let count = self.count.map(|n| n.to_string());
                        self.refuse_options(
                            "of synthetic images and folders",
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

fn check_hold_out(field: &str, rule: HoldOut) -> Result<(), DataError> {
    match rule {
        HoldOut::First(0) => Err(DataError::field(&format!("{field}.first"), 0, "must be at least 1")),
        HoldOut::Last(0) => Err(DataError::field(&format!("{field}.last"), 0, "must be at least 1")),
        HoldOut::Count(0) => Err(DataError::field(&format!("{field}.count"), 0, "must be at least 1")),
        HoldOut::Fraction(part) if !(part > 0.0 && part < 1.0) => {
            Err(DataError::field(&format!("{field}.fraction"), part, "must lie strictly between 0 and 1"))
        }
        _ => Ok(()),
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
