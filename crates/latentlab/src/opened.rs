//! A run that a verb uses, and the images that go through it.

use std::path::{Path, PathBuf};

use clap::ValueEnum;
use latentlab::data::{DataError, Dataset, ImageShape, InputSpec, InputTransform, Splits, load_pictures};
use latentlab::engine::Source;
use latentlab::run::{Manifest, RunDir, Slot, Status};
use latentlab::train::{Seen, Trained, open_run};

use crate::data_source::{DirArguments, Split};
use crate::failure::Failure;
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

/// Which images go through a run: those of its own data set or of another one.
#[derive(Debug, clap::Args)]
pub struct SplitArguments {
    /// Part of the data set
    #[arg(long, value_enum, default_value = "test")]
    pub split: Split,

    /// Another data set than the run's own: a name, or a path of the same kind as the run was trained on
    #[arg(long, value_name = "NAME|PATH")]
    pub data: Option<String>,

    /// Where data sets are.
    #[command(flatten)]
    pub dirs: DirArguments,
}

impl SplitArguments {
    /// Opens the data set of `opened`'s recipe, or the one named instead.
    pub fn open(&self, opened: &Opened, settings: &Settings) -> Result<Splits, Failure> {
        let mut spec = opened.trained.recipe.data.clone();
        match &self.data {
            // A folder that has moved keeps the options under which its images were read.
            Some(path) if spec.path.is_some() && latentlab::data::find(path).is_none() => {
                spec.path = Some(path.into());
            }
            Some(name_or_path) => spec.set_source(name_or_path),
            None => {}
        }
        let splits = self.dirs.open(&spec, settings)?;
        opened.check_shape(self.split.of(&splits))?;
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
    /// Names of the files, where they are files.
    pub files: Option<Vec<String>>,
    transform: InputTransform,
}

impl ImageArguments {
    /// Opens the data set or the files.
    pub fn open(&self, opened: &Opened, settings: &Settings) -> Result<Chosen, Failure> {
        if let Some(path) = &self.files {
            let (set, files) = opened.load_images(path, settings)?;
            return Ok(Chosen { set, files: Some(files), transform: opened.own_transform(None)? });
        }
        let set = self.set.split.of(&self.set.open(opened, settings)?).clone();
        Ok(Chosen { set, files: None, transform: opened.trained.transform })
    }
}

impl Chosen {
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

    /// Refuses a data set whose images the network does not take.
    pub fn check_shape(&self, set: &Dataset) -> Result<(), Failure> {
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

    /// One image file, or all of a folder, as the network takes them; and their names.
    pub fn load_images(&self, path: &Path, settings: &Settings) -> Result<(Dataset, Vec<String>), Failure> {
        let (data, padded) = (&self.trained.recipe.data, self.image_shape());
        let shape =
            ImageShape { height: padded.height - 2 * data.pad, width: padded.width - 2 * data.pad, ..padded };
        let fit = data.fit.unwrap_or_default();
        let (set, names) = load_pictures(path, shape, fit, &settings.dirs(None))?;
        settings.watch(&set);
        Ok((set.padded(data.pad), names))
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
