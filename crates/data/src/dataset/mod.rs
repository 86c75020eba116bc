//! [`Dataset`]: images, labels and factors, seen through an index list.
//!
//! Here is what a set is made of; `images` are its pixels, `views` the parts of it, `join` puts parts together again;
//! `inventory` and `values` say what was found where it came from, and `appraisal` finds it.

pub(crate) mod appraisal;
mod images;
pub(crate) mod inventory;
mod join;
pub(crate) mod values;
mod views;

use std::sync::Arc;

use self::inventory::Inventory;
use crate::classes::UNKNOWN_CLASS;
use crate::columns::Columns;
use crate::error::DataError;
use crate::file_record::FileRecord;
use crate::pixels::Pixels;
use crate::shape::ImageShape;

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
    clean: Option<Arc<Dataset>>, // what each image of the store should become, where that is another image
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
            let (inventory, columns, clean) = (None, None, None);
            return Ok(Self {
                name: name.into(),
                store,
                labels: None,
                classes,
                files,
                inventory,
                columns,
                clean,
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

    /// Says what each image should become: the images of `clean`, of the same shape and in the order of the store.
    pub(crate) fn with_clean(mut self, clean: Dataset) -> Result<Self, DataError> {
        if (clean.len(), clean.shape()) != (self.images_in_store(), self.shape()) {
            let (images, there) = (self.images_in_store(), clean.len());
            let problem = format!(
                "{images} images of {} have {there} clean ones of {}: there must be one each, of one shape",
                self.shape(),
                clean.shape()
            );
            return Err(self.refuse(problem));
        }
        self.clean = Some(Arc::new(clean));
        Ok(self)
    }

    /// Whether images have other images that they should become.
    pub fn has_clean(&self) -> bool {
        self.clean.is_some()
    }

    /// Writes what image `i` should become to `out`: its clean one, where there are such, else itself.
    ///
    /// # Panics
    /// As [`image`](Self::image).
    pub fn clean_image(&self, i: usize, out: &mut [f32]) {
        match &self.clean {
            Some(clean) => clean.image(self.row(i), out),
            None => self.image(i, out),
        }
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

    /// Number of images, at least 1.
    #[allow(clippy::len_without_is_empty)] // a set is never empty: every constructor refuses that
    pub fn len(&self) -> usize {
        self.indices.as_ref().map_or_else(|| self.images_in_store(), |indices| indices.len())
    }

    /// Shape of each image, padding included.
    pub fn shape(&self) -> ImageShape {
        self.store.shape.padded(self.pad)
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

    /// The files that what the images should become was read from; none where that is the images themselves.
    pub fn clean_files(&self) -> &[FileRecord] {
        self.clean.as_ref().map_or(&[], |clean| clean.files())
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
