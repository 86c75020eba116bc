//! Arrays in this process's memory, under a name that is given wherever the path of a file can be.
//!
//! They are read as the arrays of an `.npz` file are. Their path, `array:DIGEST/NAME`, is made from what they hold: the
//! same arrays have the same path in every process, so a run on them is gone on with wherever they are given again.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sha2::{Digest, Sha256};

use crate::checksum::hexadecimal;
use crate::error::DataError;
use crate::file_record::{FileRecord, Verification};
use crate::parts::parts;
use crate::pixels::SharedBytes;
use crate::spec::Kind;

use super::element::Element;
use super::place::Place;

/// How paths of arrays in memory begin.
const PREFIX: &str = "array:";

/// Lends the bytes of an array, which must not change as long as what it gives is held.
pub type Lender = Arc<dyn Fn() -> SharedBytes + Send + Sync>;

/// One array in memory, in C order.
#[derive(Clone)]
pub struct MemoryArray {
    pub(crate) shape: Vec<usize>,
    pub(crate) element: Element,
    lender: Lender,
    length: usize,
    /// Of an array that must still be what it was when it is opened.
    sha256: Option<String>,
}

impl fmt::Debug for MemoryArray {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryArray").field("shape", &self.shape).finish_non_exhaustive()
    }
}

impl MemoryArray {
    /// An array of `shape` with values of the type that NumPy describes by `descriptor`, such as `<f4`, row after row in
    /// the bytes that `lender` gives.
    ///
    /// # Errors
    /// If it holds no numbers or text, or the bytes are of another length.
    pub fn new(descriptor: &str, shape: &[usize], lender: Lender) -> Result<Self, DataError> {
        let refuse = |problem: String| DataError::Values { name: format!("in memory, {shape:?}"), problem };
        let Some(element) = Element::parse(descriptor) else {
            return Err(refuse(format!("values of type {descriptor} are neither numbers nor text")));
        };
        let bytes = lender();
        let length = (*bytes).as_ref().len();
        let expected = shape.iter().try_fold(element.width(), |length, side| length.checked_mul(*side));
        if expected != Some(length) {
            return Err(refuse(format!("{length} bytes are no array of this shape")));
        }
        Ok(Self { shape: shape.to_vec(), element, lender, length, sha256: None })
    }

    fn sealed(self) -> Self {
        let sha256 = sha256(&(self.lender)());
        Self { sha256: Some(sha256), ..self }
    }

    /// The bytes, and what is known of them.
    ///
    /// # Errors
    /// If they are no longer what they were when the array was made.
    pub(crate) fn bytes(&self, place: &Place) -> Result<(SharedBytes, FileRecord), DataError> {
        let bytes = (self.lender)();
        if self.sha256.as_ref().is_some_and(|before| *before != sha256(&bytes)) {
            return Err(DataError::Written { array: place.label() });
        }
        let record = FileRecord {
            path: place.label(),
            bytes: self.length as u64,
            sha256: self.sha256.clone().unwrap_or_default(),
            verification: Verification::Unknown,
        };
        Ok((bytes, record))
    }
}

fn sha256(bytes: &SharedBytes) -> String {
    hexadecimal(&Sha256::digest((**bytes).as_ref()))
}

/// Arrays of one set, which can be opened by their path as long as this lives.
///
/// ```
/// use std::sync::Arc;
/// use data::{DataDirs, DataSpec, MemoryArray, MemorySet};
///
/// let pixels: Arc<Vec<u8>> = Arc::new((0..120 * 64).map(|i| i as u8).collect());
/// let images = MemoryArray::new("|u1", &[120, 8, 8], Arc::new(move || pixels.clone()))?;
/// let set = MemorySet::new("squares", vec![("x".into(), images)], None);
/// let spec = DataSpec { path: Some(set.path().into()), ..DataSpec::default() };
/// let splits = data::open(&spec, &DataDirs::default(), &mut |_event| ())?;
/// assert_eq!((splits.train.name(), splits.images_read()), ("squares", 120));
/// # Ok::<(), data::DataError>(())
/// ```
#[derive(Debug)]
pub struct MemorySet {
    path: PathBuf,
    contents: Arc<Contents>,
}

/// What a set holds.
#[derive(Debug)]
pub(crate) struct Contents {
    arrays: BTreeMap<String, MemoryArray>,
    pub(crate) kind: Option<Kind>,
}

impl Contents {
    pub(crate) fn names(&self) -> Vec<String> {
        self.arrays.keys().cloned().collect()
    }

    pub(crate) fn array(&self, name: &str) -> Option<&MemoryArray> {
        self.arrays.get(name)
    }

    /// What is known of all arrays together, which lie at `path`.
    pub(crate) fn record(&self, path: &Path) -> FileRecord {
        let (bytes, sha256) = self.digest();
        FileRecord { path: path.to_path_buf(), bytes, sha256, verification: Verification::Unknown }
    }

    /// Length of all arrays, and SHA-256 of all that is known of them.
    fn digest(&self) -> (u64, String) {
        let (mut bytes, mut hash) = (0, Sha256::new());
        hash.update(format!("{:?}\n", self.kind));
        for (name, array) in &self.arrays {
            bytes += array.length as u64;
            hash.update(format!("{name} {:?} {:?} {:?}\n", array.element, array.shape, array.sha256));
        }
        (bytes, hexadecimal(&hash.finalize()))
    }
}

/// The sets that are there; several of a path hold the same.
static SETS: Mutex<BTreeMap<PathBuf, Vec<Arc<Contents>>>> = Mutex::new(BTreeMap::new());

fn sets() -> MutexGuard<'static, BTreeMap<PathBuf, Vec<Arc<Contents>>>> {
    SETS.lock().unwrap_or_else(PoisonError::into_inner)
}

impl MemorySet {
    /// `arrays` by the names that those of an `.npz` file have: `x` and its labels `y`, `x_val`, `x_test`, …; `kind` says
    /// what they are where their values do not: images of any values, the lowest (or 0) and the highest of which are black
    /// and white. `name` is the set's.
    pub fn new(name: &str, arrays: Vec<(String, MemoryArray)>, kind: Option<Kind>) -> Self {
        let arrays = arrays.into_iter().map(|(name, array)| (name, array.sealed())).collect();
        let contents = Arc::new(Contents { arrays, kind });
        let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
        let name: String = name.chars().map(|c| if is_plain(c) { c } else { '-' }).collect();
        let (_, digest) = contents.digest();
        Self::at(format!("{PREFIX}{}/{name}", &digest[..16]).into(), contents)
    }

    /// One array that is opened once, by a path of its own: nothing is known of it afterwards, and whether it was written
    /// to meanwhile is not looked at.
    pub fn passing(array: MemoryArray, kind: Kind) -> Self {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let arrays = BTreeMap::from([("x".to_owned(), array)]);
        let path = format!("{PREFIX}{}/x", COUNT.fetch_add(1, Ordering::Relaxed));
        Self::at(path.into(), Arc::new(Contents { arrays, kind: Some(kind) }))
    }

    fn at(path: PathBuf, contents: Arc<Contents>) -> Self {
        sets().entry(path.clone()).or_default().push(Arc::clone(&contents));
        Self { path, contents }
    }

    /// Where the arrays are found.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for MemorySet {
    fn drop(&mut self) {
        let mut sets = sets();
        if let Some(same) = sets.get_mut(&self.path) {
            same.retain(|contents| !Arc::ptr_eq(contents, &self.contents));
            if same.is_empty() {
                sets.remove(&self.path);
            }
        }
    }
}

/// Whether a path is one of arrays in memory, be they there or not.
pub fn is_in_memory(path: &Path) -> bool {
    path.to_str().is_some_and(|path| path.starts_with(PREFIX))
}

/// Whether there is something at a path: on disk, the first file of several by one name, or in memory.
pub fn is_there(path: &Path) -> bool {
    if is_in_memory(path) {
        sets().contains_key(path)
    } else {
        parts(path).first().is_some_and(|part| part.exists())
    }
}

/// The arrays at a path in memory; `None` for any other path.
///
/// # Errors
/// If they are not there.
pub(crate) fn find(path: &Path) -> Result<Option<Arc<Contents>>, DataError> {
    if !is_in_memory(path) {
        return Ok(None);
    }
    let found = sets().get(path).and_then(|same| same.first().cloned());
    found.map(Some).ok_or_else(|| DataError::Forgotten { path: path.to_path_buf() })
}
