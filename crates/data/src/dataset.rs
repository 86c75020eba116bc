//! [`Dataset`]: images, labels and factors, seen through an index list.

mod joined;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::columns::Columns;
use crate::error::DataError;
use crate::inventory::Inventory;
use crate::pixels::{Pixels, Width, intensity};

/// Height, width and channels of an image, in the order in which pixels lie in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ImageShape {
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
    /// 1 for grey, 3 for RGB.
    pub channels: usize,
}

impl ImageShape {
    /// A shape of `height` × `width` × `channels`.
    pub const fn new(height: usize, width: usize, channels: usize) -> Self {
        Self { height, width, channels }
    }

    /// Values per image, height × width × channels (the largest `usize` where that overflows, which no
    /// [`Dataset`] can hold).
    pub fn values(&self) -> usize {
        self.height.saturating_mul(self.width).saturating_mul(self.channels)
    }

    /// This shape with `pad` rows and columns more on each side.
    pub fn padded(&self, pad: usize) -> Self {
        let grow = |side: usize| side.saturating_add(pad.saturating_mul(2));
        Self { height: grow(self.height), width: grow(self.width), channels: self.channels }
    }
}

impl fmt::Display for ImageShape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}×{}×{}", self.height, self.width, self.channels)
    }
}

/// A file (or folder) that a set was read from, for a run's manifest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileRecord {
    /// Where it was read.
    pub path: PathBuf,
    /// Length of the decompressed bytes.
    pub bytes: u64,
    /// SHA-256 of the decompressed bytes, in hexadecimal. Of a folder of images: of the decoded pixels.
    pub sha256: String,
    /// How it compares with what was published.
    pub verification: Verification,
}

/// How a file compares with the published one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verification {
    /// Bit for bit the published file.
    Verified,
    /// Well formed, and no published checksum applies to it.
    Unknown,
    /// Well formed, but not the published file.
    Differs,
}

/// Known generative factors of each image, e.g. of synthetic digits. Rows are images.
#[derive(Clone, Debug, PartialEq)]
pub struct Factors {
    /// One name per column.
    pub names: Vec<String>,
    /// Values, row-major, [images, names].
    pub values: Vec<f32>,
}

#[derive(Debug)]
struct Store {
    pixels: Pixels, // [images, height, width, channels]
    shape: ImageShape,
    factors: Option<Factors>,
    file_names: Option<Vec<String>>,
}

/// The class of what has no label: a blank cell, NaN. Always the last one of a set's classes; it takes part in no
/// measure of classes.
pub const UNKNOWN_CLASS: &str = "(unknown)";

/// The number that tables write for each class: that of its name, where all names but [`UNKNOWN_CLASS`] are whole
/// numbers (so that −1, 4 and 10 stay what they are), else its position. `None` for [`UNKNOWN_CLASS`].
///
/// ```
/// let names = |names: &[&str]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
/// assert_eq!(data::class_numbers(&names(&["-1", "4", "(unknown)"])), [Some(-1), Some(4), None]);
/// assert_eq!(data::class_numbers(&names(&["cat", "7"])), [Some(0), Some(1)]);
/// ```
pub fn class_numbers(classes: &[String]) -> Vec<Option<i64>> {
    let known = |name: &&String| *name != UNKNOWN_CLASS;
    let numbered = classes.iter().filter(known).all(|name| name.parse::<i64>().is_ok());
    let number = |(position, name): (i64, &String)| match (name == UNKNOWN_CLASS, numbered) {
        (true, _) => None,
        (false, true) => name.parse().ok(),
        (false, false) => Some(position),
    };
    (0..).zip(classes).map(number).collect()
}

/// Images with what is known about them.
///
/// A view: clones, [subsets](Self::subset) and [padding](Self::padded) share the pixels, which stay bytes
/// in memory where they came as bytes, and on disk where they are too many for memory
/// ([`DataDirs::memory`](crate::DataDirs)); [`image`](Self::image) scales (byte / 255) and pads as it copies.
///
/// ```
/// use data::{Dataset, ImageShape};
/// let squares = Dataset::from_bytes("squares", ImageShape::new(1, 2, 1), vec![0, 255, 51, 0])?
///     .with_labels(vec![1, 0], vec!["left".into(), "right".into()])?;
/// let mut image = [0.0; 2];
/// squares.image(1, &mut image);
/// assert_eq!((squares.len(), image, squares.label(1)), (2, [0.2, 0.0], Some(0)));
/// # Ok::<(), data::DataError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Dataset {
    name: Arc<str>,
    store: Arc<Store>,
    labels: Option<Arc<[u32]>>, // of each image of the store
    classes: Arc<[String]>,
    files: Arc<[FileRecord]>,
    inventory: Option<Arc<Inventory>>,
    columns: Option<Arc<Columns>>,
    indices: Option<Arc<[u32]>>, // None: all of the store, in order
    pad: usize,
    invert: bool,
}

impl Dataset {
    /// A set of `shape` images from bytes, [images, height, width, channels].
    ///
    /// # Errors
    /// If the bytes are no whole, positive number of images.
    pub fn from_bytes(
        name: impl Into<String>,
        shape: ImageShape,
        pixels: Vec<u8>,
    ) -> Result<Self, DataError> {
        Self::from_pixels(name.into(), shape, Pixels::Bytes(pixels))
    }

    /// A set of `shape` images from floats in [0, 1], [images, height, width, channels].
    ///
    /// # Errors
    /// If the floats are no whole, positive number of images, or one is not finite or outside [0, 1].
    pub fn from_floats(
        name: impl Into<String>,
        shape: ImageShape,
        pixels: Vec<f32>,
    ) -> Result<Self, DataError> {
        let name = name.into();
        if let Some(i) = pixels.iter().position(|value| !(0.0..=1.0).contains(value)) {
            let problem = format!("pixel value {i} is {}: all must lie in [0, 1]", pixels[i]);
            return Err(DataError::Values { name, problem });
        }
        Self::from_pixels(name, shape, Pixels::Floats(pixels))
    }

    pub(crate) fn from_pixels(name: String, shape: ImageShape, pixels: Pixels) -> Result<Self, DataError> {
        let (values, each) = (pixels.len(), shape.values());
        let problem = if each == 0 {
            format!("a shape of {shape} holds no pixels")
        } else if values == 0 || values % each != 0 {
            format!("{values} values are no whole number of images of {shape} = {each} values")
        } else if values / each > u32::MAX as usize {
            format!("{} images are more than the {} that can be indexed", values / each, u32::MAX)
        } else {
            let store = Arc::new(Store { pixels, shape, factors: None, file_names: None });
            let (classes, files) = (Arc::new([]), Arc::new([]));
            let (inventory, columns) = (None, None);
            return Ok(Self {
                name: name.into(),
                store,
                labels: None,
                classes,
                files,
                inventory,
                columns,
                indices: None,
                pad: 0,
                invert: false,
            });
        };
        Err(DataError::Values { name, problem })
    }

    /// Adds one class per image, and the names of the classes.
    ///
    /// # Errors
    /// If the count is not that of all images that were read together, or a label has no name.
    pub fn with_labels(mut self, labels: Vec<u32>, classes: Vec<String>) -> Result<Self, DataError> {
        let images = self.images_in_store();
        if labels.len() != images {
            return Err(self.refuse(format!("{} labels for {images} images", labels.len())));
        }
        if let Some((i, label)) = labels.iter().enumerate().find(|(_, l)| **l as usize >= classes.len()) {
            return Err(self.refuse(format!(
                "label {i} is {label}: must be below {}, the number of names",
                classes.len()
            )));
        }
        (self.labels, self.classes) = (Some(labels.into()), classes.into());
        Ok(self)
    }

    /// The same images, their classes numbered by `classes`, which hold all of theirs. Images without classes are of
    /// [`UNKNOWN_CLASS`].
    pub(crate) fn with_classes(mut self, classes: &[String]) -> Self {
        let position = |name: &str| classes.iter().position(|class| class == name).unwrap_or_default() as u32;
        let labels: Vec<u32> = match &self.labels {
            Some(labels) => {
                let positions: Vec<u32> = self.classes.iter().map(|name| position(name)).collect();
                labels.iter().map(|label| positions[*label as usize]).collect()
            }
            None => vec![position(UNKNOWN_CLASS); self.images_in_store()],
        };
        (self.labels, self.classes) = (Some(labels.into()), classes.into());
        self
    }

    /// Adds the known factors of each image.
    ///
    /// # Errors
    /// If there is not one value per image and name. Meant for a set as constructed: on a view that already shares its
    /// pixels this is an error, too.
    pub fn with_factors(mut self, factors: Factors) -> Result<Self, DataError> {
        let (images, names, values) = (self.images_in_store(), factors.names.len(), factors.values.len());
        if names == 0 || images.checked_mul(names) != Some(values) {
            return Err(self.refuse(format!("{values} factor values for {images} images × {names} names")));
        }
        self.store_mut()?.factors = Some(factors);
        Ok(self)
    }

    /// Adds the name of the file that each image was read from, relative to the folder of the set.
    ///
    /// # Errors
    /// If there is not one name per image. Meant for a set as constructed, like [`with_factors`](Self::with_factors).
    pub fn with_file_names(mut self, names: Vec<String>) -> Result<Self, DataError> {
        let images = self.images_in_store();
        if names.len() != images {
            return Err(self.refuse(format!("{} file names for {images} images", names.len())));
        }
        self.store_mut()?.file_names = Some(names);
        Ok(self)
    }

    /// Adds where the set came from.
    pub fn with_files(mut self, files: Vec<FileRecord>) -> Self {
        self.files = files.into();
        self
    }

    /// The same labels, factors and names with other pixels, one image of `shape` for each image of the store.
    pub(crate) fn with_images(self, shape: ImageShape, pixels: Pixels) -> Result<Self, DataError> {
        let Store { factors, file_names, .. } = &*self.store;
        let store =
            Arc::new(Store { pixels, shape, factors: factors.clone(), file_names: file_names.clone() });
        Ok(Self { store, ..self })
    }

    /// Adds what was found where the set came from.
    pub(crate) fn with_inventory(mut self, inventory: Arc<Inventory>) -> Self {
        self.inventory = Some(inventory);
        self
    }

    /// Says of a set that its rows are those of a table.
    pub(crate) fn with_columns(mut self, columns: Columns) -> Self {
        self.columns = Some(Arc::new(columns));
        self
    }

    /// The columns of a set that is a table, standardised: of shape 1 × columns × 1, values of any size. `None` of
    /// images.
    pub fn columns(&self) -> Option<&Columns> {
        self.columns.as_deref()
    }

    /// All images that were read with these, in their order there: of a split, the whole.
    pub fn whole(&self) -> Self {
        Self { indices: None, ..self.clone() }
    }

    /// The images at `indices` of this view, in that order (repeats allowed), sharing the pixels.
    ///
    /// # Errors
    /// If there are no indices or one is not below [`len`](Self::len).
    pub fn subset(&self, indices: &[usize]) -> Result<Self, DataError> {
        if let Some(wrong) = indices.iter().find(|i| **i >= self.len()) {
            return Err(self.refuse(format!("no image {wrong}: there are {}", self.len())));
        }
        if indices.is_empty() || indices.len() > u32::MAX as usize {
            return Err(self.refuse(format!("a subset of {} images", indices.len())));
        }
        let indices = indices.iter().map(|i| self.row(*i) as u32).collect();
        Ok(Self { indices: Some(indices), ..self.clone() })
    }

    /// The first `count` images (all, where there are no more; one, for a count of 0).
    pub fn first(&self, count: usize) -> Self {
        if count >= self.len() {
            return self.clone();
        }
        let indices = (0..count.max(1)).map(|i| self.row(i) as u32).collect();
        Self { indices: Some(indices), ..self.clone() }
    }

    /// The same images with `pad` more rows and columns of zeros on each side, added when they are read.
    pub fn padded(&self, pad: usize) -> Self {
        Self { pad: self.pad.saturating_add(pad), ..self.clone() }
    }

    /// The same images with black and white in each other's place; what is padded stays 0.
    pub fn inverted(&self) -> Self {
        Self { invert: !self.invert, ..self.clone() }
    }

    /// Number of images, at least 1.
    #[allow(clippy::len_without_is_empty)] // a set is never empty: every constructor refuses that
    pub fn len(&self) -> usize {
        self.indices.as_ref().map_or_else(|| self.images_in_store(), |indices| indices.len())
    }

    /// Shape of each image, padding included.
    pub fn shape(&self) -> ImageShape {
        self.store.shape.padded(self.pad)
    }

    /// Writes image `i` to `out`, [height, width, channels], values in [0, 1].
    ///
    /// # Panics
    /// Like indexing a slice: if `i` is not below [`len`](Self::len), or `out` is not of
    /// `shape().values()` values. An image on disk that cannot be read is no panic: it is all zeros, and
    /// [`check`](Self::check) tells.
    pub fn image(&self, i: usize, out: &mut [f32]) {
        assert_eq!(out.len(), self.shape().values(), "room for one image of {}", self.shape());
        let each = self.store.shape.values();
        let start = self.row(i) * each;
        match &self.store.pixels {
            Pixels::Bytes(values) => self.copy(&values[start..start + each], out, intensity),
            Pixels::Floats(values) => self.copy(&values[start..start + each], out, |value| value),
            Pixels::Stored(stored) => stored.with(start, each, |bytes| match stored.width {
                Width::Byte => self.copy(bytes, out, intensity),
                Width::Float => self.copy(bytes.as_chunks().0, out, f32::from_le_bytes),
            }),
        }
    }

    /// Whether the pixels lie on disk and are read from there, image by image.
    pub fn is_on_disk(&self) -> bool {
        matches!(self.store.pixels, Pixels::Stored(_))
    }

    /// Bytes of pixels that this set holds in memory, with all sets that share them.
    pub fn bytes_in_memory(&self) -> u64 {
        match &self.store.pixels {
            Pixels::Bytes(values) => values.len() as u64,
            Pixels::Floats(values) => values.len() as u64 * 4,
            Pixels::Stored(_) => 0,
        }
    }

    /// Whether this set and `other` are views of the same pixels.
    pub fn shares_pixels_with(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.store, &other.store)
    }

    /// Whether all images so far could be read. Of a set in memory, always; of one [on disk](Self::is_on_disk),
    /// to be asked before anything is made of the images.
    ///
    /// # Errors
    /// [`DataError::Io`] if an image could not be read, [`DataError::Changed`] if the file was written to since
    /// it was opened.
    pub fn check(&self) -> Result<(), DataError> {
        match &self.store.pixels {
            Pixels::Stored(stored) => stored.check(),
            Pixels::Bytes(_) | Pixels::Floats(_) => Ok(()),
        }
    }

    fn copy<T: Copy>(&self, pixels: &[T], out: &mut [f32], scale: impl Fn(T) -> f32) {
        let convert = |row: &[T], out: &mut [f32]| {
            for (value, pixel) in out.iter_mut().zip(row) {
                *value = scale(*pixel);
            }
            if self.invert {
                out.iter_mut().for_each(|value| *value = 1.0 - *value);
            }
        };
        if self.pad == 0 {
            return convert(pixels, out);
        }
        let (from, to) = (self.store.shape, self.shape());
        let (row, padded_row, left) =
            (from.width * from.channels, to.width * to.channels, self.pad * to.channels);
        out.fill(0.0);
        for (row, out) in pixels.chunks_exact(row).zip(out.chunks_exact_mut(padded_row).skip(self.pad)) {
            convert(row, &mut out[left..padded_row - left]);
        }
    }

    /// Class of image `i`, where classes are known.
    ///
    /// # Panics
    /// If `i` is not below [`len`](Self::len).
    pub fn label(&self, i: usize) -> Option<u32> {
        let row = self.row(i);
        self.labels.as_ref().map(|labels| labels[row])
    }

    /// Class of every image, where classes are known.
    pub fn labels(&self) -> Option<Vec<u32>> {
        let labels = self.labels.as_ref()?;
        Some((0..self.len()).map(|i| labels[self.row(i)]).collect())
    }

    /// Position of image `i` in the file, or among all files of the folder, that it was read from: what stays the
    /// same in every split and subset.
    ///
    /// # Panics
    /// If `i` is not below [`len`](Self::len).
    pub fn position(&self, i: usize) -> usize {
        self.row(i)
    }

    /// The file that image `i` was read from, relative to the folder of the set; `None` where images have no files of
    /// their own.
    ///
    /// # Panics
    /// If `i` is not below [`len`](Self::len).
    pub fn file_name(&self, i: usize) -> Option<&str> {
        let row = self.row(i);
        self.store.file_names.as_ref().map(|names| names[row].as_str())
    }

    /// The name of the class of image `i`, where classes are known.
    ///
    /// # Panics
    /// If `i` is not below [`len`](Self::len).
    pub fn class(&self, i: usize) -> Option<&str> {
        self.label(i).map(|label| self.classes[label as usize].as_str())
    }

    /// Names of the classes; empty where classes are not known.
    pub fn classes(&self) -> &[String] {
        &self.classes
    }

    /// Factors of every image, where they are known.
    pub fn factors(&self) -> Option<Factors> {
        let Factors { names, values } = self.store.factors.as_ref()?;
        let each = names.len();
        let gathered = (0..self.len()).flat_map(|i| &values[self.row(i) * each..][..each]).copied();
        Some(Factors { names: names.clone(), values: gathered.collect() })
    }

    /// The set's name, e.g. `mnist`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What was found where the set came from; `None` of a set of the catalogue, and of one made in memory.
    pub fn inventory(&self) -> Option<&Inventory> {
        self.inventory.as_deref()
    }

    /// The files that the set was read from.
    pub fn files(&self) -> &[FileRecord] {
        &self.files
    }

    fn row(&self, i: usize) -> usize {
        match &self.indices {
            Some(indices) => indices[i] as usize,
            None => {
                assert!(i < self.images_in_store(), "image {i} of {}", self.images_in_store());
                i
            }
        }
    }

    fn images_in_store(&self) -> usize {
        self.store.pixels.len() / self.store.shape.values()
    }

    fn store_mut(&mut self) -> Result<&mut Store, DataError> {
        let name = self.name.to_string();
        Arc::get_mut(&mut self.store).ok_or(DataError::Values {
            name,
            problem: "factors and file names are added before the set is shared".into(),
        })
    }

    fn refuse(&self, problem: String) -> DataError {
        DataError::Values { name: self.name.to_string(), problem }
    }
}
