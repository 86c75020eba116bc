//! Which models are explored, and on which images.

use std::path::Path;

use data::{Dataset, InputTransform};
use run::Slot;
use train::ImageSource;

use super::page_parts::PageParts;
use crate::comparison;
use crate::error::Error;
use crate::lab::Lab;
use crate::numbers::grouped;
use crate::runs::{ImageRequest, Run, SplitRequest};
use crate::split::Split;

/// The models that are explored, and the images that all of them see.
pub struct ExplorerSubject {
    pub(super) title: String,
    /// With their names.
    pub(super) models: Vec<(String, Run)>,
    pub(super) images: SubjectImages,
}

/// Images, and what is known of them.
pub(super) struct SubjectImages {
    /// All that were asked for.
    set: Dataset,
    /// "test images of mnist".
    pub what: String,
    /// The training images; of other images than the run's own, those of the run's own set if that is on this machine.
    pub train: Option<Dataset>,
    /// Whether the images are of the set that the run was trained on.
    pub are_own: bool,
    /// Whether they are files that were named.
    are_files: bool,
}

impl ExplorerSubject {
    /// Opens the run in `folder`, or the first run of each model of the study or comparison there, with the weights of `slot`,
    /// and the images that `request` names.
    ///
    /// # Errors
    /// If there is neither, or the images cannot be opened or have another shape than a model takes.
    pub fn open(
        folder: impl AsRef<Path>,
        slot: Option<Slot>,
        request: &ImageRequest,
        lab: &Lab,
    ) -> Result<Self, Error> {
        let folder = folder.as_ref();
        let name = folder.canonicalize().unwrap_or_else(|_| folder.to_path_buf());
        let name = name.file_name().unwrap_or(folder.as_os_str()).to_string_lossy().into_owned();
        let (title, models) = match comparison::is_in(folder) {
            true => {
                let (title, firsts) = comparison::first_runs(folder)?;
                let open = |(name, run): (String, _)| Ok((name, Run::open(run, slot, lab)?));
                (title, firsts.into_iter().map(open).collect::<Result<Vec<_>, Error>>()?)
            }
            false => (name.clone(), vec![(name, Run::open(folder, slot, lab)?)]),
        };
        let Some((_, first)) = models.first() else {
            return Err(Error::refused(format!("{}: its results name no runs", folder.display())));
        };
        let images = SubjectImages::open(first, request, lab)?;
        models.iter().try_for_each(|(_, run)| run.check_shape(&images.set))?;
        Ok(Self { title, models, images })
    }
}

impl SubjectImages {
    fn open(run: &Run, request: &ImageRequest, lab: &Lab) -> Result<Self, Error> {
        let are_own = request.are_own(run);
        if let Some(path) = &request.files {
            let set = request.open(run, lab)?.set;
            let what = format!("{} of {}", kind(&set), path.display());
            let train = own_training_images(run, request, lab);
            return Ok(Self { set, what, train, are_own, are_files: true });
        }
        let part = request.set.part(run);
        let splits = request.set.open(run, lab)?;
        let set = part.of(&splits).clone();
        let what = match part {
            Split::All => format!("{} of {}", kind(&set), set.name()),
            _ => format!("{} {} of {}", part_name(part), kind(&set), set.name()),
        };
        let train = match are_own {
            true => Some(splits.train),
            false => own_training_images(run, request, lab),
        };
        Ok(Self { set, what, train, are_own, are_files: false })
    }

    /// At most `most` of the images, at even distances.
    pub fn shown(&self, most: usize, page: &mut PageParts) -> Result<Dataset, Error> {
        let all = self.set.len();
        if all <= most {
            return Ok(self.set.clone());
        }
        page.leave_out(format!(
            "{} of {} {} are on the map, taken at even distances; --points takes more.",
            grouped(most),
            grouped(all),
            self.what
        ));
        evenly(&self.set, most)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.set.len()
    }

    /// What `run` sees of `set`.
    pub fn source<'a>(&self, run: &Run, set: &'a Dataset) -> Result<ImageSource<'a>, Error> {
        Ok(ImageSource::new(set, self.transform(run)?))
    }

    /// Whether `run` sees the images as they are, without noise and not made binary.
    pub fn are_seen_as_they_are(&self, run: &Run) -> Result<bool, Error> {
        Ok(self.transform(run)?.is_identity())
    }

    fn transform(&self, run: &Run) -> Result<InputTransform, Error> {
        if self.are_files { Ok(run.own_transform(None)?) } else { Ok(run.trained.transform) }
    }

    /// "10,000 test images of mnist".
    pub fn counted(&self, shown: &Dataset) -> String {
        match shown.len() {
            1 => format!("1 of the {}", self.what),
            n => format!("{} {}", grouped(n), self.what),
        }
    }
}

/// At most `most` images of `set`, at even distances.
pub(super) fn evenly(set: &Dataset, most: usize) -> Result<Dataset, Error> {
    let all = set.len();
    let indices: Vec<usize> = (0..most).map(|i| i * all / most).collect();
    if most < all { Ok(set.subset(&indices)?) } else { Ok(set.clone()) }
}

/// The images that `run` was trained on, where they are on this machine: none are fetched for what can be left out.
fn own_training_images(run: &Run, request: &ImageRequest, lab: &Lab) -> Option<Dataset> {
    let mut own = SplitRequest::new(Split::Train, None, request.set.dirs.clone());
    own.dirs.offline = true;
    let opened = own.open(run, lab);
    if let Err(error) = &opened {
        lab.detail(format_args!("without the training images: {error}"));
    }
    opened.ok().map(|splits| splits.train)
}

fn kind(set: &Dataset) -> &'static str {
    if set.columns().is_some() { "rows" } else { "images" }
}

fn part_name(part: Split) -> &'static str {
    match part {
        Split::Train => "training",
        Split::Valid => "validation",
        Split::Test => "test",
        Split::All => "all",
    }
}
