//! A run with its data: its folder, its model, and the images or rows that go through it.

pub mod one_image;
mod reconstruction;
mod request;
use std::path::Path;

use data::{
    Channels, Columns, DataError, DataSpec, Dataset, ImageShape, InputSpec, InputTransform, Noise,
    PictureOptions, Size, Splits, Values, load_pictures,
};
use run::{Manifest, RunDir, Slot, Status};
use train::{DataChange, TrainedModel, count_trained, is_data_of, open_run, training_splits};

use crate::error::Error;
use crate::inventory;
use crate::lab::Lab;
use crate::likeness;
use crate::numbers::grouped;
use crate::pictures::sides;
use crate::split::Split;

pub use reconstruction::Reconstruction;
pub use request::{ImageRequest, ImageSelection, ReadingOptions, SplitRequest};

/// A run's folder and its model.
pub struct Run {
    /// The folder.
    pub dir: RunDir,
    /// Recipe and model.
    pub trained: TrainedModel,
}

impl Run {
    /// Opens the run in `folder` with the weights of `slot`, else the best ones; damaged checkpoints that were passed over
    /// are warned of.
    ///
    /// ```no_run
    /// let lab = lab::Lab::default();
    /// let mut run = lab::Run::open("runs/mnist-mlp-vae-1", None, &lab)?;
    /// let images = run.trained.model.generate(16, 7)?; // [16, 28, 28, 1], from seed 7
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If there is no run, or none of its checkpoints can be read.
    pub fn open(folder: impl AsRef<Path>, slot: Option<Slot>, lab: &Lab) -> Result<Self, Error> {
        let dir = RunDir::open(folder.as_ref())?;
        let compute = lab.compute()?;
        let trained = open_run(&dir, slot, compute)?;
        let status = dir.read::<Manifest>()?.status;
        if matches!(status, Status::Running | Status::Failed) {
            let run = dir.path().display();
            lab.warn(format_args!("{run}: its training is {status}; using what it saved so far"));
        }
        for warning in &trained.warnings {
            lab.warn(warning);
        }
        lab.detail(format_args!(
            "opened {}: {} checkpoint, after epoch {}; {} threads with {} kernels",
            dir.path().display(),
            trained.slot.name(),
            trained.epoch,
            compute.threads,
            compute.isa,
        ));
        Ok(Self { dir, trained })
    }

    /// A name for the arithmetic that the model runs on: where it is the same, so are all bits.
    pub(crate) fn kernels(&mut self) -> String {
        self.trained.model.device().describe().kernels
    }

    /// "A variational autoencoder", "A denoising autoencoder", …
    pub fn kind(&self) -> &'static str {
        let is_variational = self.trained.model.network().is_variational();
        match (is_variational, self.trained.recipe.data.is_denoising()) {
            (true, false) => "A variational autoencoder",
            (true, true) => "A denoising variational autoencoder",
            (false, false) => "An autoencoder",
            (false, true) => "A denoising autoencoder",
        }
    }

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
    pub fn check_images(&self, verb: &str) -> Result<(), Error> {
        if self.columns().is_none() {
            return Ok(());
        }
        let run = self.dir.path().display();
        let refusal = Error::refused(format!("{verb}: draws images, and {run} is a run on a table"));
        Err(refusal.hint("reconstruct, generate and decode write rows: --out rows.csv"))
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
    fn splits_of_training(&self, splits: Splits, lab: &Lab) -> Result<Splits, Error> {
        let manifest = self.dir.read::<Manifest>()?;
        if splits.train.inventory().is_none() || is_data_of(&manifest.data, &splits) {
            return Ok(splits);
        }
        let (run, data) = (self.dir.path().display(), splits.train.name());
        let Some(table) = self.dir.read_images()? else {
            lab.warn(format_args!(
                "{data} is no longer what {run} was trained on, and the run has no list of its images: splits are made anew, \
                 so that training images may be among the test images"
            ));
            return Ok(splits);
        };
        match training_splits(&splits, &table) {
            Ok((trained, DataChange { gone: 0, new: 0 })) if splits.train.has_clean() => {
                lab.warn(format_args!(
                    "the images are those that {run} was trained on, but they or their clean ones lie in another order, or \
                     some of these are others now"
                ));
                Ok(trained)
            }
            Ok((trained, change)) => {
                lab.warn(format_args!(
                    "{data} has changed since {run} was trained: {change}; each image stays in the split that it was \
                     trained in, and new ones are in none (--data {data} --split all takes all)"
                ));
                Ok(trained)
            }
            Err(why) => Err(Error::refused(format!("{data} is not what {run} was trained on: {why}"))
                .hint("--data PATH --split all takes other images")),
        }
    }

    /// Warns of other data than the run's own that hold images which it was trained on: it has seen them.
    fn warn_if_trained_on(&self, splits: &Splits, part: Split, lab: &Lab) -> Result<(), Error> {
        let Some(table) = self.dir.read_images()? else { return Ok(()) };
        let set = if part == Split::All { splits.all()? } else { part.of(splits).clone() };
        let (seen, run) = (count_trained(&set, &table), self.dir.path().display());
        if seen > 0 && part != Split::Train {
            lab.warn(format_args!(
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
    fn check_kind(&self, set: &Dataset) -> Result<(), Error> {
        if set.columns().is_some() { Ok(()) } else { self.refuse_images(set.name()) }
    }

    /// Refuses `name`, which holds images, where the run is one on a table.
    fn refuse_images(&self, name: &str) -> Result<(), Error> {
        let Some(columns) = self.columns() else { return Ok(()) };
        let refusal = Error::refused(format!(
            "{name}: holds images, but {} was trained on a table of {} columns",
            self.dir.path().display(),
            columns.names.len()
        ));
        Err(refusal.hint("give it a table of the same columns: --data TABLE"))
    }

    /// Refuses a data set whose images the network does not take.
    pub fn check_shape(&self, set: &Dataset) -> Result<(), Error> {
        self.check_kind(set)?;
        let (found, expected) = (set.shape(), self.image_shape());
        if found == expected {
            return Ok(());
        }
        Err(Error::refused(format!(
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
        reading: ReadingOptions,
        lab: &Lab,
    ) -> Result<(Dataset, Vec<String>), Error> {
        if path.is_dir() {
            self.refuse_images(&path.display().to_string())?;
        }
        let set = self.load_images_of(path, self.unpadded_shape(), reading, lab)?;
        self.check_kind(&set)?;
        self.warn_if_unlike(&set, reading.invert, lab)?;
        inventory::tell(&set, set.len(), lab);
        let names = (0..set.len()).filter_map(|i| set.file_name(i).map(str::to_owned)).collect();
        Ok((set.padded(self.trained.recipe.data.pad), names))
    }

    /// One image file, or all of a folder, read as the recipe says, brought to `shape`.
    pub fn load_images_of(
        &self,
        path: &Path,
        shape: ImageShape,
        reading: ReadingOptions,
        lab: &Lab,
    ) -> Result<Dataset, Error> {
        let data = &self.trained.recipe.data;
        let options = PictureOptions {
            fit: data.fit.unwrap_or_default(),
            range: data.range,
            background: data.background,
            skip_broken: data.skip_broken || reading.skip_broken,
            ..PictureOptions::new(shape)
        };
        let mut set = load_pictures(path, &options, &lab.dirs(None))?;
        if data.invert != reading.invert {
            set = set.inverted();
        }
        lab.watch(&set);
        Ok(set)
    }

    /// Warns of images whose brightness or contrast is far from what the run was trained on.
    pub fn warn_if_unlike(&self, set: &Dataset, invert: bool, lab: &Lab) -> Result<(), Error> {
        if set.columns().is_some() {
            return Ok(()); // rows have no brightness
        }
        let trained = self.dir.read::<Manifest>()?.values;
        if let Some(warning) = likeness::warning(&trained, &Values::of(&[set], likeness::LOOKED_AT), invert) {
            lab.warn(format_args!("{}: {warning}", set.name()));
        }
        Ok(())
    }

    /// Puts `noise` on what the network sees of data sets, in place of what its recipe has.
    pub(crate) fn put_noise(&mut self, noise: Noise) -> Result<(), DataError> {
        self.trained.transform = self.own_transform(Some(noise))?;
        self.trained.recipe.data.input.noise = Some(noise);
        Ok(())
    }

    /// What the network sees of files of the user's own: binary where the recipe says so, with `noise` only if
    /// it is asked for.
    pub fn own_transform(&self, noise: Option<Noise>) -> Result<InputTransform, DataError> {
        let spec = InputSpec { noise, ..self.trained.recipe.data.input };
        InputTransform::new(&spec, self.trained.recipe.seed)
    }
}
