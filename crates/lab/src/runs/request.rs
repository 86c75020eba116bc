//! Which images go through a run: those of its own data set or of another one, or files.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use data::{DataSpec, Dataset, InputTransform, Limits, Noise, Splits};
use train::ImageSource;

use crate::data_place::{DATA_ELSEWHERE, DataFolders, DataPlace};
use crate::error::Error;
use crate::file_names;
use crate::lab::Lab;
use crate::numbers::grouped;
use crate::runs::Run;
use crate::split::Split;

/// How images that are not the run's own are read.
#[derive(Clone, Copy, Debug, Default)]
pub struct ReadingOptions {
    /// Swap black and white of images that are not the run's own: dark ink on light paper for a net that has seen light
    /// strokes on black.
    pub invert: bool,
    /// Leave out image files that are broken, instead of refusing all.
    pub skip_broken: bool,
}

/// Which images go through a run: those of its own data set or of another one.
#[derive(Clone, Debug, Default)]
pub struct SplitRequest {
    /// Part of the data set; where nothing is said the test images, and all of another data set than the run's own.
    pub split: Option<Split>,
    /// Another data set than the run's own: a name, or a path of the same kind as the run was trained on.
    pub data: Option<String>,
    /// How images of another data set are read.
    pub reading: ReadingOptions,
    /// Noise that the network sees on its input in place of what the recipe puts there, where an evaluation asks.
    pub noise: Option<Noise>,
    /// Where data sets are.
    pub dirs: DataFolders,
}

impl SplitRequest {
    /// The part `split` of the run's own data set, or of another.
    pub fn new(split: Split, data: Option<String>, dirs: DataFolders) -> Self {
        Self { split: Some(split), data, reading: ReadingOptions::default(), noise: None, dirs }
    }

    /// The part that is asked for, or else the usual one.
    pub fn part(&self, run: &Run) -> Split {
        self.split.unwrap_or(if self.is_own(run) { Split::Test } else { Split::All })
    }

    /// Whether the images are of the set that the run was trained on.
    pub fn is_own(&self, run: &Run) -> bool {
        let Some(data) = &self.data else { return true };
        let DataSpec { name, path, .. } = &run.trained.recipe.data;
        let whole = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
        let is_path = || path.as_ref().is_some_and(|path| whole(path) == whole(Path::new(data)));
        name.as_ref() == Some(data) || is_path()
    }

    /// Has images of a path read in the size and colours of the network, for those that came since may have others, and
    /// broken files left out where that is asked for.
    fn fit(&self, spec: &mut DataSpec, run: &Run) {
        if spec.path.is_some() && spec.columns.is_none() {
            run.fit_to_net(spec);
            spec.skip_broken |= self.reading.skip_broken;
        }
    }

    /// Opens the data set of `run`'s recipe, or the one named instead, read as the run's own was. Where all images
    /// are asked for, they stand in the place of the test images.
    pub fn open(&self, run: &Run, lab: &Lab) -> Result<Splits, Error> {
        let mut spec = run.trained.recipe.data.clone();
        let is_own = self.is_own(run);
        let mut splits = match &self.data {
            None => {
                let mut place = DataPlace::of_run(&run.dir, &spec, &self.dirs);
                self.fit(&mut place.spec, run);
                place.open(DATA_ELSEWHERE, lab)?
            }
            Some(name_or_path) => {
                let is_path = data::find(name_or_path).is_none();
                if Path::new(name_or_path).is_dir() {
                    run.refuse_images(name_or_path)?;
                }
                // Images that have moved, or are others, keep the options under which the run's own were read.
                if spec.path.is_some() && is_path {
                    spec.path = Some(name_or_path.into());
                    spec.is_foreign = !is_own;
                } else {
                    spec.set_source(name_or_path);
                }
                self.fit(&mut spec, run);
                if !is_own && self.split.is_none() {
                    // What the recipe says of parts is about its own images.
                    (spec.valid, spec.test, spec.limit) = (None, None, Limits::default());
                    spec.exclude_classes.clear();
                }
                if !is_own && spec.path.is_some() {
                    spec.invert ^= self.reading.invert;
                }
                let splits = self.dirs.open(&spec, lab)?;
                if !is_own {
                    run.warn_if_unlike(&splits.test, self.reading.invert, lab)?;
                    run.warn_if_trained_on(&splits, self.part(run), lab)?;
                }
                splits
            }
        };
        if is_own {
            splits = run.splits_of_training(splits, lab)?;
        }
        let part = self.part(run);
        if part == Split::All {
            let all = splits.all()?;
            let in_none = splits.images_read().saturating_sub(all.len());
            if in_none > 0 {
                lab.note(format_args!(
                    "{} of {}, which the recipe keeps out of every split (data.exclude_classes, data.limit), are not among all",
                    grouped(in_none),
                    all.name()
                ));
            }
            splits.test = all;
        }
        run.check_shape(part.of(&splits))?;
        Ok(splits)
    }
}

/// Which images go through a run: those of a data set, or files.
#[derive(Clone, Debug, Default)]
pub struct ImageRequest {
    /// Those of a data set.
    pub set: SplitRequest,

    /// An image file or a folder of images, all of them, instead of a split
    pub files: Option<PathBuf>,
}

/// Images, and how the network sees them.
pub struct ImageSelection {
    /// The images.
    pub set: Dataset,
    /// The part of a data set that they are; `None` where they are files that were named.
    pub part: Option<Split>,
    /// Classes that training images have, of the run's own data.
    pub learned: BTreeSet<String>,
    /// All of the run's own data, where the images are of them.
    pub own: Option<Splits>,
    transform: InputTransform,
}

impl ImageRequest {
    /// These images, or those that the run was trained on where none are named.
    pub fn of_training_images(mut self, run: &Run) -> Self {
        if self.are_own(run) {
            self.set.split.get_or_insert(Split::Train);
        }
        self
    }

    /// Whether they are of the set that the run was trained on.
    pub fn are_own(&self, run: &Run) -> bool {
        self.files.is_none() && self.set.is_own(run)
    }

    /// Opens the data set or the files.
    pub fn open(&self, run: &Run, lab: &Lab) -> Result<ImageSelection, Error> {
        if let Some(path) = &self.files {
            let (set, _) = run.load_images(path, self.set.reading, lab)?;
            return Ok(ImageSelection {
                set,
                part: None,
                learned: BTreeSet::new(),
                own: None,
                transform: run.own_transform(None)?,
            });
        }
        let part = self.set.part(run);
        let splits = self.set.open(run, lab)?;
        let set = part.of(&splits).clone();
        let learned = if self.set.is_own(run) { present_classes(&splits.train) } else { BTreeSet::new() };
        let own = self.set.is_own(run).then_some(splits);
        Ok(ImageSelection { set, part: Some(part), learned, own, transform: run.trained.transform })
    }
}

/// Classes that some image has.
fn present_classes(set: &Dataset) -> BTreeSet<String> {
    let labels: BTreeSet<u32> = set.labels().unwrap_or_default().into_iter().collect();
    labels.into_iter().filter_map(|label| set.classes().get(label as usize).cloned()).collect()
}

impl ImageSelection {
    /// The first `most` test images of `splits`, the run's own.
    pub(crate) fn of_test(run: &Run, splits: &Splits, most: usize) -> Self {
        Self {
            set: splits.test.first(most),
            part: Some(Split::Test),
            learned: present_classes(&splits.train),
            own: Some(splits.clone()),
            transform: run.trained.transform,
        }
    }

    /// Distinct names for files that are made of the images: from the names of their files, or else from the part and
    /// their positions in the whole set.
    pub fn stems(&self) -> Vec<String> {
        let part = self.part.map_or("image", Split::name);
        let name = |i: usize| match self.set.file_name(i) {
            Some(name) => name.to_owned(),
            None => format!("{part}-{:05}", self.set.position(i)),
        };
        file_names::stems(&(0..self.set.len()).map(name).collect::<Vec<_>>())
    }

    /// Classes that images have and no training image, where all training images are of one class.
    pub fn strangers(&self) -> Vec<String> {
        match self.learned.len() {
            1 => present_classes(&self.set).difference(&self.learned).cloned().collect(),
            _ => Vec::new(),
        }
    }

    /// The images as the network sees them.
    pub fn source(&self) -> ImageSource<'_> {
        ImageSource::new(&self.set, self.transform)
    }
}
