//! Folders of image files: flat, or one sub-folder per class.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use sha2::{Digest, Sha256};

use crate::error::reserve;
use crate::picture::{self, Header};
use crate::pixels::{Holding, Pixels, Stored, Width};
use crate::{Channels, DataDirs, DataError, Dataset, FileRecord, Fit, ImageShape, Verification, checksum};

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
    holding: &Holding,
) -> Result<Dataset, DataError> {
    let Listing { files, classes } = list(path)?;
    let shape = shape(&files, size, channels)?;
    let (pixels, sha256) = read_all(path, &files, shape, fit, holding)?;
    let record = FileRecord {
        path: path.to_path_buf(),
        bytes: pixels.len() as u64,
        sha256,
        verification: Verification::Unknown,
    };
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
    let set = Dataset::from_pixels(name.into_owned(), shape, pixels)?;
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

/// Reads one image file, or all of a folder, brought to `shape`; with the files' names, relative to the folder.
/// `dirs` says how much of it is held in memory.
///
/// # Errors
/// If there are none, one is broken, or `shape` has other than 1 or 3 channels.
pub fn load_pictures(
    path: &Path,
    shape: ImageShape,
    fit: Fit,
    dirs: &DataDirs,
) -> Result<(Dataset, Vec<String>), DataError> {
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
    let (pixels, _) = read_all(path, &files, shape, fit, &dirs.holding())?;
    Ok((Dataset::from_pixels(path.display().to_string(), shape, pixels)?, names))
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

/// Bytes of pixels that are decoded together.
const PIECE: usize = 1 << 25;

/// The pixels of all files and their SHA-256.
fn read_all(
    path: &Path,
    files: &[PathBuf],
    shape: ImageShape,
    fit: Fit,
    holding: &Holding,
) -> Result<(Pixels, String), DataError> {
    let each = shape.values();
    let bytes = files.len().saturating_mul(each);
    let what = || format!("{}: {} images of {shape}", path.display(), files.len());
    let mut kept = if holding.takes(bytes) {
        Kept::Memory(reserve(bytes, what())?)
    } else {
        Kept::File(holding.file()?)
    };
    let (mut hash, mut piece) = (Sha256::new(), Vec::new());
    for files in files.chunks((PIECE / each).max(1)) {
        piece.resize(files.len() * each, 0);
        let decoded = piece.par_chunks_exact_mut(each).zip(files);
        if let Some(broken) = decoded.find_map_first(|(out, file)| picture::read(file, shape, fit, out).err())
        {
            return Err(broken);
        }
        hash.update(&piece);
        match &mut kept {
            Kept::Memory(pixels) => pixels.extend_from_slice(&piece),
            Kept::File(file) => {
                file.write_all(&piece)
                    .map_err(DataError::io(&holding.folder, "write pixels to a file in"))?;
            }
        }
    }
    let pixels = match kept {
        Kept::Memory(pixels) => Pixels::Bytes(pixels),
        Kept::File(file) => Pixels::Stored(Stored::copied(path, file, bytes, Width::Byte)),
    };
    Ok((pixels, checksum::hexadecimal(&hash.finalize())))
}

/// Where decoded pixels go.
enum Kept {
    Memory(Vec<u8>),
    File(File),
}
