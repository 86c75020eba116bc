//! Images of the user's own, brought to what a network takes.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;

use super::listing::{list, name_of};
use super::options::FolderOptions;
use super::reader::{open, skipped};
use crate::appearance::{Background, Channels, Fit};
use crate::array::ArrayNames;
use crate::dataset::Dataset;
use crate::dirs::DataDirs;
use crate::error::DataError;
use crate::error::broken_file::BrokenFile;
use crate::picture::decoding::decode;
use crate::picture::page::{Header, Page, headers};
use crate::picture::source::Picture;
use crate::pixels::MemoryBudget;
use crate::pool::PoolFacts;
use crate::shape::ImageShape;

/// How files of the user's own are brought to what a network takes.
#[derive(Clone, Copy, Debug)]
pub struct PictureOptions {
    /// Shape of the images, of 1 or 3 channels.
    pub shape: ImageShape,
    /// How they come to its sides.
    pub fit: Fit,
    /// The values that are black and white; of each file's own type, if absent.
    pub range: Option<[f64; 2]>,
    /// What lies behind transparent pixels.
    pub background: Option<Background>,
    /// Whether files that are broken are left out.
    pub skip_broken: bool,
}

impl PictureOptions {
    /// Files as they are, resized to `shape` over black.
    pub fn new(shape: ImageShape) -> Self {
        Self { shape, fit: Fit::default(), range: None, background: None, skip_broken: false }
    }
}

/// Reads one image file, or all of a folder and of the folders in it, brought to one shape. The set tells each image's
/// file and, of a folder with sub-folders, its class. `dirs` says how much of it is held in memory.
///
/// # Errors
/// If there are none, one is broken, or the shape has other than 1 or 3 channels.
pub fn load_pictures(path: &Path, options: &PictureOptions, dirs: &DataDirs) -> Result<Dataset, DataError> {
    let PictureOptions { shape, fit, range, background, skip_broken } = *options;
    let channels = match shape.channels {
        1 => Channels::Grey,
        3 => Channels::Rgb,
        _ => Channels::Auto,
    };
    if channels == Channels::Auto || shape.values() == 0 {
        let reason = format!("images cannot be brought to a shape of {shape}");
        return Err(DataError::Picture { file: path.to_path_buf(), reason });
    }
    let size = Some([shape.height, shape.width]);
    // Each file stays one image: the middle of it.
    let fit = if fit == Fit::Tiles { Fit::Crop } else { fit };
    let options =
        FolderOptions { size, fit, channels, range, background, skip_broken, arrays: ArrayNames::default() };
    let mut pool = open(path, options, &dirs.memory_budget())?;
    // A folder of splits is here a folder of images.
    let set = pool.set.whole();
    let inventory = PoolFacts::take(&mut pool).inventory(Vec::new(), &[&set]);
    Ok(set.with_inventory(Arc::new(inventory)))
}

/// An image among those that [`load_pictures`] reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PictureEntry {
    /// Its file.
    pub file: PathBuf,
    /// Which image of the file it is, counted from 0.
    pub page: usize,
    /// As [`Dataset::file_name`] tells it.
    pub name: String,
    /// Height and width held upright; 1 channel where it has no colours, else 3.
    pub shape: ImageShape,
}

/// The images that [`load_pictures`] reads, in its order. No pixels are read.
///
/// # Errors
/// If there are none, or the header of one is broken.
pub fn list_pictures(path: &Path) -> Result<Vec<PictureEntry>, DataError> {
    let mut entries = Entries::default();
    for picture in list(path, ArrayNames::default(), &MemoryBudget::unlimited())?.pictures {
        for (page, header) in headers(&picture)? {
            entries.add(path, &page, header);
        }
    }
    Ok(entries.pictures)
}

/// The same without the files that are broken, and a line that names those; all are decoded to find them.
///
/// # Errors
/// If there are none, or all are broken.
pub fn list_whole_pictures(path: &Path) -> Result<(Vec<PictureEntry>, Option<String>), DataError> {
    let pictures = list(path, ArrayNames::default(), &MemoryBudget::unlimited())?.pictures;
    let whole = |picture: &Picture| {
        let pages = headers(picture)?;
        pages.iter().try_for_each(|(page, _)| decode(page).map(drop))?;
        Ok(pages)
    };
    let (mut entries, mut broken) = (Entries::default(), Vec::new());
    let looked_at: Vec<Result<_, DataError>> = pictures.par_iter().map(whole).collect();
    for pages in looked_at {
        match pages {
            Ok(pages) => pages.into_iter().for_each(|(page, header)| entries.add(path, &page, header)),
            Err(DataError::Picture { file, reason }) => broken.push(BrokenFile { file, reason }),
            Err(other) => return Err(other),
        }
    }
    match broken.first() {
        Some(BrokenFile { file, reason }) if entries.pictures.is_empty() => {
            Err(DataError::Picture { file: file.clone(), reason: reason.clone() })
        }
        _ => Ok((entries.pictures, skipped(path, &broken))),
    }
}

#[derive(Default)]
struct Entries {
    pictures: Vec<PictureEntry>,
    images: HashMap<PathBuf, usize>,
}

impl Entries {
    fn add(&mut self, path: &Path, page: &Page, Header { sides: [height, width], grey }: Header) {
        let file = &page.picture.file;
        let shape = ImageShape::new(height, width, if grey { 1 } else { 3 });
        let name = name_of(path, page).unwrap_or_else(|| format!("image-{:05}", self.pictures.len()));
        let of_file = self.images.entry(file.clone()).or_default();
        self.pictures.push(PictureEntry { file: file.clone(), page: *of_file, name, shape });
        *of_file += 1;
    }
}
