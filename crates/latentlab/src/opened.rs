//! A run that a verb uses, and the images that go through it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use latentlab::data::{
    Channels, Columns, DataError, DataSpec, Dataset, ImageShape, InputSpec, InputTransform, Limits,
    PictureOptions, Size, Splits, Values, load_pictures,
};
use latentlab::engine::Source;
use latentlab::run::{Manifest, RunDir, Slot, Status};
use latentlab::train::{Seen, Trained, as_trained, is_data_of, open_run, trained_on};

use crate::data_source::{DATA_ELSEWHERE, DATA_OPTIONS, DataPlace, DirArguments, Split};
use crate::failure::Failure;
use crate::file_names;
use crate::inventory;
use crate::likeness;
use crate::numbers::grouped;
use crate::pictures::{Pictures, sides};
use crate::settings::Settings;

/// Which weights of a run.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Checkpoint {
    /// Those with the lowest validation total
    Best,
    /// Those after the last epoch
    Last,
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

/// A run's folder and its model.
pub struct Opened {
    /// The folder.
    pub dir: RunDir,
    /// Recipe and model.
    pub trained: Trained,
}

impl RunArguments {
    /// Opens the run; damaged checkpoints that were passed over are warned of.
    pub fn open(&self, settings: &Settings) -> Result<Opened, Failure> {
        let dir = RunDir::open(&self.run)?;
        let slot = self.checkpoint.map(|checkpoint| match checkpoint {
            Checkpoint::Best => Slot::Best,
            Checkpoint::Last => Slot::Last,
        });
        let compute = settings.compute()?;
        let trained = open_run(&dir, slot, compute)?;
        let status = dir.read::<Manifest>()?.status;
        if matches!(status, Status::Running | Status::Failed) {
            let run = dir.path().display();
            settings
                .console
                .warn(format_args!("{run}: its training is {status}; using what it saved so far"));
        }
        for warning in &trained.warnings {
            settings.console.warn(warning);
        }
        settings.console.detail(format_args!(
            "opened {}: {} checkpoint, after epoch {}; {} threads with {} kernels",
            dir.path().display(),
            trained.slot.name(),
            trained.epoch,
            compute.threads,
            compute.isa,
        ));
        Ok(Opened { dir, trained })
    }
}

/// How images that are not the run's own are read.
#[derive(Clone, Copy, Debug, Default, clap::Args)]
pub struct ReadingOthers {
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
    pub reading: ReadingOthers,

    /// Where data sets are.
    #[command(flatten)]
    pub dirs: DirArguments,
}

impl SplitArguments {
    /// The part `split` of the run's own data set, or of another.
    pub fn new(split: Split, data: Option<String>, dirs: DirArguments) -> Self {
        Self { split: Some(split), data, reading: ReadingOthers::default(), dirs }
    }

    /// The part that is asked for, or else the usual one.
    pub fn part(&self, opened: &Opened) -> Split {
        self.split.unwrap_or(if self.is_own(opened) { Split::Test } else { Split::All })
    }

    /// Whether the images are of the set that the run was trained on.
    pub fn is_own(&self, opened: &Opened) -> bool {
        let Some(data) = &self.data else { return true };
        let DataSpec { name, path, .. } = &opened.trained.recipe.data;
        let whole = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
        let is_path = || path.as_ref().is_some_and(|path| whole(path) == whole(Path::new(data)));
        name.as_ref() == Some(data) || is_path()
    }

    /// Has images of a path read in the size and colours of the network, for those that came since may have others, and
    /// broken files left out where that is asked for.
    fn fit(&self, spec: &mut DataSpec, opened: &Opened) {
        if spec.path.is_some() && spec.columns.is_none() {
            opened.fit_to_net(spec);
            spec.skip_broken |= self.reading.skip_broken;
        }
    }

    /// Opens the data set of `opened`'s recipe, or the one named instead, read as the run's own was. Where all images
    /// are asked for, they stand in the place of the test images.
    pub fn open(&self, opened: &Opened, settings: &Settings) -> Result<Splits, Failure> {
        let mut spec = opened.trained.recipe.data.clone();
        let is_own = self.is_own(opened);
        let mut splits = match &self.data {
            None => {
                let mut place = DataPlace::of_run(&opened.dir, &spec, &self.dirs);
                self.fit(&mut place.spec, opened);
                place.open(DATA_ELSEWHERE, settings)?
            }
            Some(name_or_path) => {
                let is_path = latentlab::data::find(name_or_path).is_none();
                if Path::new(name_or_path).is_dir() {
                    opened.refuse_images(name_or_path)?;
                }
                // Images that have moved, or are others, keep the options under which the run's own were read.
                if spec.path.is_some() && is_path {
                    spec.path = Some(name_or_path.into());
                    spec.is_foreign = !is_own;
                } else {
                    spec.set_source(name_or_path);
                }
                self.fit(&mut spec, opened);
                if !is_own && self.split.is_none() {
                    // What the recipe says of parts is about its own images.
                    (spec.valid, spec.test, spec.limit) = (None, None, Limits::default());
                    spec.exclude_classes.clear();
                }
                if !is_own && spec.path.is_some() {
                    spec.invert ^= self.reading.invert;
                }
                let splits = self.dirs.open(&spec, settings)?;
                if !is_own {
                    opened.warn_if_unlike(&splits.test, self.reading.invert, settings)?;
                    opened.warn_if_trained_on(&splits, self.part(opened), settings)?;
                }
                splits
            }
        };
        if is_own {
            splits = opened.as_trained(splits, settings)?;
        }
        let part = self.part(opened);
        if part == Split::All {
            let all = splits.all()?;
            let in_none = splits.images_read().saturating_sub(all.len());
            if in_none > 0 {
                settings.console.note(format_args!(
                    "{} of {}, which the recipe keeps out of every split (data.exclude_classes, data.limit), are not among all",
                    grouped(in_none),
                    all.name()
                ));
            }
            splits.test = all;
        }
        opened.check_shape(part.of(&splits))?;
        Ok(splits)
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

/// Images, and how the network sees them.
pub struct Chosen {
    /// The images.
    pub set: Dataset,
    /// The part of a data set that they are; `None` where they are files that were named.
    pub part: Option<Split>,
    /// Classes that training images have, of the run's own data.
    pub learned: BTreeSet<String>,
    transform: InputTransform,
}

impl ImageArguments {
    /// These images, or those that the run was trained on where none are named.
    pub fn of_training_images(mut self, opened: &Opened) -> Self {
        if self.are_own(opened) {
            self.set.split.get_or_insert(Split::Train);
        }
        self
    }

    /// Whether they are of the set that the run was trained on.
    pub fn are_own(&self, opened: &Opened) -> bool {
        self.files.is_none() && self.set.is_own(opened)
    }

    /// Opens the data set or the files.
    pub fn open(&self, opened: &Opened, settings: &Settings) -> Result<Chosen, Failure> {
        if let Some(path) = &self.files {
            let (set, _) = opened.load_images(path, self.set.reading, settings)?;
            return Ok(Chosen {
                set,
                part: None,
                learned: BTreeSet::new(),
                transform: opened.own_transform(None)?,
            });
        }
        let part = self.set.part(opened);
        let splits = self.set.open(opened, settings)?;
        let set = part.of(&splits).clone();
        let learned = if self.set.is_own(opened) { present_classes(&splits.train) } else { BTreeSet::new() };
        Ok(Chosen { set, part: Some(part), learned, transform: opened.trained.transform })
    }
}

/// Classes that some image has.
fn present_classes(set: &Dataset) -> BTreeSet<String> {
    let labels: BTreeSet<u32> = set.labels().unwrap_or_default().into_iter().collect();
    labels.into_iter().filter_map(|label| set.classes().get(label as usize).cloned()).collect()
}

impl Chosen {
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
    pub fn seen(&self) -> Seen<'_> {
        Seen::new(&self.set, self.transform)
    }
}

impl Opened {
    /// Shape of the images that the network takes.
    pub fn image_shape(&self) -> ImageShape {
        let [height, width, channels] = sides(self.trained.model.network().input);
        ImageShape { height, width, channels }
    }

    /// The columns of a run on a table; `None` of a run on images.
    pub fn columns(&self) -> Option<&Columns> {
        self.trained.recipe.data.columns.as_ref()
    }

    /// Refuses a run on a table for what only images can be.
    pub fn check_images(&self, verb: &str) -> Result<(), Failure> {
        if self.columns().is_none() {
            return Ok(());
        }
        let run = self.dir.path().display();
        let failure = Failure::mistake(format!("{verb}: draws images, and {run} is a run on a table"));
        Err(failure.hint("reconstruct, generate and decode write rows: --out rows.csv"))
    }

    /// Has images read in the size and colours that the network takes.
    fn fit_to_net(&self, spec: &mut DataSpec) {
        let ImageShape { height, width, channels } = self.image_shape();
        spec.size = Some(Size::Sides([height - 2 * spec.pad, width - 2 * spec.pad]));
        spec.channels = Some(if channels == 1 { Channels::Grey } else { Channels::Rgb });
    }

    /// The splits of the run's own data as they were in training, with a warning where the data have changed since.
    ///
    /// # Errors
    /// If nothing is left of a split.
    fn as_trained(&self, splits: Splits, settings: &Settings) -> Result<Splits, Failure> {
        let manifest = self.dir.read::<Manifest>()?;
        if splits.train.inventory().is_none() || is_data_of(&manifest.data, &splits) {
            return Ok(splits);
        }
        let (run, data) = (self.dir.path().display(), splits.train.name());
        let Some(table) = self.dir.read_images()? else {
            settings.console.warn(format_args!(
                "{data} is no longer what {run} was trained on, and the run has no list of its images: splits are made anew, \
                 so that training images may be among the test images"
            ));
            return Ok(splits);
        };
        match as_trained(&splits, &table) {
            Ok((trained, change)) => {
                settings.console.warn(format_args!(
                    "{data} has changed since {run} was trained: {change}; each image stays in the split that it was \
                     trained in, and new ones are in none (--data {data} --split all takes all)"
                ));
                Ok(trained)
            }
            Err(why) => Err(Failure::mistake(format!("{data} is not what {run} was trained on: {why}"))
                .hint("--data PATH --split all takes other images")),
        }
    }

    /// Warns of other data than the run's own that hold images which it was trained on: it has seen them.
    fn warn_if_trained_on(&self, splits: &Splits, part: Split, settings: &Settings) -> Result<(), Failure> {
        let Some(table) = self.dir.read_images()? else { return Ok(()) };
        let set = if part == Split::All { splits.all()? } else { part.of(splits).clone() };
        let (seen, run) = (trained_on(&set, &table), self.dir.path().display());
        if seen > 0 && part != Split::Train {
            settings.console.warn(format_args!(
                "{}: {run} was trained on {} of its {}; what it does to those says nothing about new ones{}",
                set.name(),
                grouped(seen),
                grouped(set.len()),
                match is_data_of(&self.dir.read::<Manifest>()?.data, splits) {
                    true => ": --split test takes those that it has not seen",
                    false => "",
                }
            ));
        }
        Ok(())
    }

    /// Refuses images for a run on a table.
    fn check_kind(&self, set: &Dataset) -> Result<(), Failure> {
        if set.columns().is_some() { Ok(()) } else { self.refuse_images(set.name()) }
    }

    /// Refuses `name`, which holds images, where the run is one on a table.
    fn refuse_images(&self, name: &str) -> Result<(), Failure> {
        let Some(columns) = self.columns() else { return Ok(()) };
        let failure = Failure::mistake(format!(
            "{name}: holds images, but {} was trained on a table of {} columns",
            self.dir.path().display(),
            columns.names.len()
        ));
        Err(failure.hint("give it a table of the same columns: --data TABLE"))
    }

    /// Refuses a data set whose images the network does not take.
    pub fn check_shape(&self, set: &Dataset) -> Result<(), Failure> {
        self.check_kind(set)?;
        let (found, expected) = (set.shape(), self.image_shape());
        if found == expected {
            return Ok(());
        }
        Err(Failure::mistake(format!(
            "{}: its images are {found}, but {} was trained on {expected}",
            set.name(),
            self.dir.path().display()
        )))
    }

    /// Shape of what the network takes without the border that the recipe puts around images.
    pub fn unpadded_shape(&self) -> ImageShape {
        let (padded, pad) = (self.image_shape(), self.trained.recipe.data.pad);
        ImageShape { height: padded.height - 2 * pad, width: padded.width - 2 * pad, ..padded }
    }

    /// One image file, or all of a folder, as the network takes them, and their names.
    pub fn load_images(
        &self,
        path: &Path,
        reading: ReadingOthers,
        settings: &Settings,
    ) -> Result<(Dataset, Vec<String>), Failure> {
        if path.is_dir() {
            self.refuse_images(&path.display().to_string())?;
        }
        let set = self.load_images_of(path, self.unpadded_shape(), reading, settings)?;
        self.check_kind(&set)?;
        self.warn_if_unlike(&set, reading.invert, settings)?;
        inventory::tell(&set, set.len(), &settings.console);
        let names = (0..set.len()).filter_map(|i| set.file_name(i).map(str::to_owned)).collect();
        Ok((set.padded(self.trained.recipe.data.pad), names))
    }

    /// One image file, or all of a folder, read as the recipe says, brought to `shape`.
    pub fn load_images_of(
        &self,
        path: &Path,
        shape: ImageShape,
        reading: ReadingOthers,
        settings: &Settings,
    ) -> Result<Dataset, Failure> {
        let data = &self.trained.recipe.data;
        let options = PictureOptions {
            fit: data.fit.unwrap_or_default(),
            range: data.range,
            background: data.background,
            skip_broken: data.skip_broken || reading.skip_broken,
            ..PictureOptions::new(shape)
        };
        let mut set = load_pictures(path, &options, &settings.dirs(None))?;
        if data.invert != reading.invert {
            set = set.inverted();
        }
        settings.watch(&set);
        Ok(set)
    }

    /// Warns of images whose brightness or contrast is far from what the run was trained on.
    pub fn warn_if_unlike(&self, set: &Dataset, invert: bool, settings: &Settings) -> Result<(), Failure> {
        if set.columns().is_some() {
            return Ok(()); // rows have no brightness
        }
        let trained = self.dir.read::<Manifest>()?.values;
        if let Some(warning) = likeness::warning(&trained, &Values::of(&[set], likeness::LOOKED_AT), invert) {
            settings.console.warn(format_args!("{}: {warning}", set.name()));
        }
        Ok(())
    }

    /// What the network sees of files of the user's own: binary where the recipe says so, with `noise` only if
    /// it is asked for.
    pub fn own_transform(&self, noise: Option<f32>) -> Result<InputTransform, DataError> {
        let spec = InputSpec { noise, ..self.trained.recipe.data.input };
        InputTransform::new(&spec, self.trained.recipe.seed)
    }

    /// The first `count` images of `set` as reconstructions are compared with them.
    pub fn targets(&self, set: &Dataset, count: usize) -> Vec<f32> {
        let (seen, pixels) = (self.trained.seen(set), self.trained.model.network().input.len());
        let (mut input, mut targets) = (vec![0.0; pixels], vec![0.0; count * pixels]);
        for (index, target) in targets.chunks_exact_mut(pixels).enumerate() {
            seen.fill(index, &mut input, target);
        }
        targets
    }

    /// What becomes of the first `count` images of `seen`.
    pub fn reconstruct(&mut self, seen: &Seen<'_>, count: usize) -> Reconstruction {
        let first: Vec<usize> = (0..count).collect();
        self.reconstruct_at(seen, &first)
    }

    /// What becomes of the images of `seen` at `indices`.
    pub fn reconstruct_at(&mut self, seen: &Seen<'_>, indices: &[usize]) -> Reconstruction {
        let input = self.trained.model.network().input;
        let mut inputs = vec![0.0; indices.len() * input.len()];
        let mut targets = inputs.clone();
        let images = inputs.chunks_exact_mut(input.len()).zip(targets.chunks_exact_mut(input.len()));
        for (index, (image, target)) in indices.iter().zip(images) {
            seen.fill(*index, image, target);
        }
        let picked = Picked { seen, indices };
        let outputs = self.trained.model.reconstruct_from(&picked, indices.len());
        Reconstruction {
            targets: Pictures::new(targets, input),
            inputs: Pictures::new(inputs, input),
            outputs: Pictures::new(outputs, input),
        }
    }
}

/// Some images of a set.
struct Picked<'a> {
    seen: &'a Seen<'a>,
    indices: &'a [usize],
}

impl Source<f32> for Picked<'_> {
    fn fill(&self, index: usize, input: &mut [f32], target: &mut [f32]) {
        self.seen.fill(self.indices[index], input, target);
    }
}

/// Images on their way through a network.
pub struct Reconstruction {
    /// What the network should give.
    pub targets: Pictures,
    /// What it was given.
    pub inputs: Pictures,
    /// What it gave.
    pub outputs: Pictures,
}
