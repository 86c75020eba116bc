//! Folders of image files: flat, or one sub-folder per class.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use crate::error::reserve;
use crate::picture::{self, Header};
use crate::{Channels, DataError, Dataset, FileRecord, Fit, ImageShape, Verification, checksum};

/// Image files in the order in which they are read, with their classes.
struct Listing {
    files: Vec<PathBuf>,
    classes: Option<(Vec<u32>, Vec<String>)>,
}

/// The images of a folder as a set: of their own size, which must then be one size, or of `size`.
pub(crate) fn open(
    path: &Path,
    size: Option<[usize; 2]>,
    fit: Fit,
    channels: Channels,
) -> Result<Dataset, DataError> {
    let Listing { files, classes } = list(path)?;
    let shape = shape(&files, size, channels)?;
    let pixels = read_all(path, &files, shape, fit)?;
    let record = FileRecord {
        path: path.to_path_buf(),
        bytes: pixels.len() as u64,
        sha256: checksum::sha256(&[&pixels]),
        verification: Verification::Unknown,
    };
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
    let set = Dataset::from_bytes(name, shape, pixels)?;
    match classes {
        Some((labels, names)) => Ok(set.with_labels(labels, names)?.with_files(vec![record])),
        None => Ok(set.with_files(vec![record])),
    }
}

/// What a folder of images holds, by the headers of its files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Survey {
    /// How many images.
    pub images: usize,
    /// Height and width of the image in the middle, by its smaller side.
    pub median: [usize; 2],
    /// Whether all images have these sides.
    pub uniform: bool,
    /// Whether none has colours.
    pub grey: bool,
}

/// Looks at a folder of images without reading their pixels.
///
/// # Errors
/// If it is none, or a file in it is no image.
pub fn survey(path: &Path) -> Result<Survey, DataError> {
    let Listing { files, .. } = list(path)?;
    let headers: Vec<Result<Header, DataError>> =
        files.par_iter().map(|file| picture::header(file)).collect();
    let headers: Vec<Header> = headers.into_iter().collect::<Result<_, _>>()?;
    let mut sides: Vec<[usize; 2]> = headers.iter().map(|header| header.sides).collect();
    sides.sort_unstable_by_key(|[height, width]| (*height.min(width), *height, *width));
    let uniform = sides.first() == sides.last();
    let grey = headers.iter().all(|header| header.grey);
    Ok(Survey { images: files.len(), median: sides[sides.len() / 2], uniform, grey })
}

/// Images for one pass through a trained network.
#[derive(Clone, Debug, PartialEq)]
pub struct Pictures {
    /// File names, relative to the folder that was asked for.
    pub names: Vec<String>,
    /// Shape of each image.
    pub shape: ImageShape,
    /// Pixels in [0, 1], [images, height, width, channels].
    pub pixels: Vec<f32>,
}

/// Reads one image file, or all of a folder, brought to `shape`.
///
/// # Errors
/// If there are none, one is broken, or `shape` has other than 1 or 3 channels.
pub fn load_pictures(path: &Path, shape: ImageShape, fit: Fit) -> Result<Pictures, DataError> {
    let refuse = |reason| DataError::Picture { file: path.to_path_buf(), reason };
    if !matches!(shape.channels, 1 | 3) || shape.values() == 0 {
        return Err(refuse(format!("images cannot be brought to a shape of {shape}")));
    }
    let files = match path.is_dir() {
        true => list(path)?.files,
        false => vec![path.to_path_buf()],
    };
    let name = |file: &PathBuf| {
        let relative = file.strip_prefix(path).ok().filter(|relative| !relative.as_os_str().is_empty());
        relative.or(file.file_name().map(Path::new)).unwrap_or(file).to_string_lossy().into_owned()
    };
    let names = files.iter().map(name).collect();
    let bytes = read_all(path, &files, shape, fit)?;
    let mut pixels = reserve(bytes.len(), path.display().to_string())?;
    pixels.extend(bytes.iter().map(|byte| f32::from(*byte) / 255.0));
    Ok(Pictures { names, shape, pixels })
}

fn list(path: &Path) -> Result<Listing, DataError> {
    let refuse = |problem: String| DataError::Folder { path: path.to_path_buf(), problem };
    let entries = sorted(path)?;
    let files: Vec<PathBuf> = entries.iter().filter(|entry| is_picture(entry)).cloned().collect();
    let mut classed: Vec<(String, Vec<PathBuf>)> = Vec::new();
    for folder in entries.iter().filter(|entry| entry.is_dir()) {
        let files: Vec<PathBuf> = sorted(folder)?.into_iter().filter(|entry| is_picture(entry)).collect();
        if !files.is_empty() {
            let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
            classed.push((name, files));
        }
    }
    match (files.is_empty(), classed.is_empty()) {
        (true, true) => Err(refuse("holds no PNG or JPEG images, nor sub-folders (classes) of them".into())),
        (false, true) => Ok(Listing { files, classes: None }),
        (true, false) => {
            let labels = classed
                .iter()
                .zip(0..)
                .flat_map(|((_, files), class)| files.iter().map(move |_| class))
                .collect();
            let (names, files): (Vec<_>, Vec<_>) = classed.into_iter().unzip();
            Ok(Listing { files: files.into_iter().flatten().collect(), classes: Some((labels, names)) })
        }
        (false, false) => Err(refuse(format!(
            "holds images ({}) beside sub-folders of images ({}): either all images lie in sub-folders, one \
             per class, or none does",
            files[0].file_name().unwrap_or_default().display(),
            classed[0].0
        ))),
    }
}

/// Entries of a folder by name, without hidden ones.
fn sorted(folder: &Path) -> Result<Vec<PathBuf>, DataError> {
    let mut names: Vec<OsString> = fs::read_dir(folder)
        .and_then(|entries| entries.map(|entry| entry.map(|entry| entry.file_name())).collect())
        .map_err(DataError::io(folder, "list"))?;
    names.retain(|name| !name.as_encoded_bytes().starts_with(b"."));
    names.sort_unstable();
    Ok(names.into_iter().map(|name| folder.join(name)).collect())
}

fn is_picture(path: &Path) -> bool {
    let known = |extension: &str| ["png", "jpg", "jpeg"].contains(&extension.to_ascii_lowercase().as_str());
    path.extension().and_then(|extension| extension.to_str()).is_some_and(known) && path.is_file()
}

/// The shape that all images get, found from their headers where it is not given.
fn shape(files: &[PathBuf], size: Option<[usize; 2]>, channels: Channels) -> Result<ImageShape, DataError> {
    if let (Some([height, width]), Channels::Grey | Channels::Rgb) = (size, channels) {
        return Ok(ImageShape::new(height, width, if channels == Channels::Grey { 1 } else { 3 }));
    }
    let headers: Vec<Result<Header, DataError>> =
        files.par_iter().map(|file| picture::header(file)).collect();
    let headers: Vec<Header> = headers.into_iter().collect::<Result<_, _>>()?;
    let grey = match channels {
        Channels::Grey => true,
        Channels::Rgb => false,
        Channels::Auto => headers.iter().all(|header| header.grey),
    };
    let first = headers[0].sides;
    let other = headers.iter().position(|header| header.sides != first);
    if let (None, Some(other)) = (size, other) {
        let [[height, width], [other_height, other_width]] = [first, headers[other].sides];
        let allowed = format!(
            "must be given, for the images are not all of one size: {} is {height}×{width}, {} is \
             {other_height}×{other_width}",
            files[0].display(),
            files[other].display()
        );
        return Err(DataError::field("size", "nothing", allowed));
    }
    let [height, width] = size.unwrap_or(first);
    Ok(ImageShape::new(height, width, if grey { 1 } else { 3 }))
}

fn read_all(path: &Path, files: &[PathBuf], shape: ImageShape, fit: Fit) -> Result<Vec<u8>, DataError> {
    let each = shape.values();
    let bytes = files.len().saturating_mul(each);
    let mut pixels = reserve(bytes, format!("{}: {} images of {shape}", path.display(), files.len()))?;
    pixels.resize(bytes, 0u8);
    let broken = pixels
        .par_chunks_exact_mut(each)
        .zip(files)
        .find_map_first(|(out, file)| picture::read(file, shape, fit, out).err());
    broken.map_or(Ok(pixels), Err)
}
