//! IDX files, the format of MNIST: a big-endian magic number (0, 0, type, dimensions), the dimensions as
//! u32, then the values. Read gzipped or not; nothing is allocated that the file could not fill.

use std::convert::Infallible;
use std::io;
use std::path::{Path, PathBuf};

use crate::checksum::{self, OpenFile};
use crate::classes::{MOST_CLASSES, of_names};
use crate::dataset::Dataset;
use crate::error::idx_problem::IdxProblem;
use crate::error::{DataError, reserve};
use crate::file_record::{FileRecord, Verification};
use crate::pixels::{MemoryBudget, PassError, PixelFile, Pixels, Width, pass};
use crate::shape::ImageShape;

const IMAGES: u32 = 0x0000_0803; // unsigned bytes, [images, rows, columns]
const LABELS: u32 = 0x0000_0801; // unsigned bytes, [labels]
const FACTS: u32 = 0x0000_0c02; // big-endian i32, [images, facts], the first of which is the class (QMNIST)

/// Images of an IDX file.
#[derive(Debug)]
pub(crate) struct IdxImages {
    pub(crate) shape: ImageShape,
    pub(crate) count: usize,
    pub(crate) pixels: Pixels,
    pub(crate) file: FileRecord,
}

/// Labels of an IDX file.
#[derive(Debug)]
pub(crate) struct IdxLabels {
    pub(crate) labels: Vec<i64>,
    pub(crate) file: FileRecord,
}

pub(crate) fn read_images(path: &Path, budget: &MemoryBudget) -> Result<IdxImages, DataError> {
    let take = |source: &mut IdxSource, length| match budget.takes(length) {
        true => Ok(Pixels::Bytes(source.take("images", length)?)),
        false => source.store(length, budget),
    };
    let IdxContents { dims: [count, height, width], values: pixels, file } = read(path, IMAGES, 1, take)?;
    Ok(IdxImages { shape: ImageShape::new(height, width, 1), count, pixels, file })
}

pub(crate) fn read_labels(path: &Path) -> Result<IdxLabels, DataError> {
    let take = |source: &mut IdxSource, length| source.take("labels", length);
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    if name.contains("idx2-int") {
        let IdxContents { dims: [_, facts], values, file } = read(path, FACTS, 4, take)?;
        let class = |row: &[u8]| row.first_chunk().map_or(0, |four| i64::from(i32::from_be_bytes(*four)));
        return Ok(IdxLabels { labels: values.chunks_exact(4 * facts).map(class).collect(), file });
    }
    let IdxContents { dims: [_], values, file } = read(path, LABELS, 1, take)?;
    Ok(IdxLabels { labels: values.into_iter().map(i64::from).collect(), file })
}

/// Images and, where there are some, their labels as a set. Without class names, classes are the labels that occur.
pub(crate) fn dataset(
    name: &str,
    images: IdxImages,
    labels: Option<IdxLabels>,
    classes: Option<Vec<String>>,
) -> Result<Dataset, DataError> {
    let set = Dataset::from_pixels(name.to_owned(), images.shape, images.pixels)?;
    let Some(IdxLabels { labels, file }) = labels else {
        return Ok(set.with_files(vec![images.file]));
    };
    if labels.len() != images.count {
        return Err(DataError::CountMismatch {
            images_file: images.file.path,
            images: images.count,
            labels_file: file.path,
            labels: labels.len(),
        });
    }
    let set = match classes {
        None => {
            let names: Vec<Option<String>> = labels.iter().map(|label| Some(label.to_string())).collect();
            let Some((labels, classes)) = of_names(&names) else {
                let problem = IdxProblem::Classes { limit: MOST_CLASSES };
                return Err(DataError::Idx { file: file.path, offset: 8, problem });
            };
            set.with_labels(labels, classes)?
        }
        Some(classes) => {
            let is_class = |label: i64| usize::try_from(label).is_ok_and(|label| label < classes.len());
            if let Some((i, label)) = labels.iter().enumerate().find(|(_, label)| !is_class(**label)) {
                let problem = IdxProblem::Label { label: *label, classes: classes.len() };
                return Err(DataError::Idx { file: file.path, offset: 8 + i as u64, problem });
            }
            set.with_labels(labels.into_iter().map(|label| label as u32).collect(), classes)?
        }
    };
    Ok(set.with_files(vec![images.file, file]))
}

struct IdxContents<V, const N: usize> {
    dims: [usize; N],
    values: V,
    file: FileRecord,
}

fn read<V, const N: usize>(
    path: &Path,
    magic: u32,
    width: usize,
    take: impl FnOnce(&mut IdxSource, usize) -> Result<V, DataError>,
) -> Result<IdxContents<V, N>, DataError> {
    let mut source = IdxSource { path: path.into(), open: checksum::open(path)? };
    let header = source.take("header", 4)?;
    let found = be_u32(&header);
    if found != magic {
        let problem = match found {
            IMAGES => IdxProblem::Mislabelled { found, actual: "images", wanted: "labels" },
            LABELS | FACTS => IdxProblem::Mislabelled { found, actual: "labels", wanted: kind(magic) },
            _ => IdxProblem::Magic { found, expected: magic, wanted: kind(magic) },
        };
        return Err(source.refuse(0, problem));
    }
    let header = source.take("header", 4 * N)?;
    let mut raw = header.chunks_exact(4).map(be_u32);
    let raw: [u32; N] = std::array::from_fn(|_| raw.next().unwrap_or_default());
    if let Some(axis) = raw.iter().position(|dim| *dim == 0) {
        return Err(source.refuse(4 + 4 * axis as u64, IdxProblem::Empty { axis }));
    }
    let dims = raw.map(|dim| dim as usize);
    let length = dims.iter().try_fold(width, |product, dim| product.checked_mul(*dim));
    let Some(length) = length.filter(|length| isize::try_from(*length).is_ok()) else {
        return Err(source.refuse(4, IdxProblem::Overflow { dims: raw.to_vec() }));
    };
    let values = take(&mut source, length)?;
    source.expect_end()?;
    let bytes = source.open.reader.offset;
    let sha256 = source.open.reader.sha256();
    let file = FileRecord { path: source.path, bytes, sha256, verification: Verification::Unknown };
    Ok(IdxContents { dims, values, file })
}

struct IdxSource {
    path: PathBuf,
    open: OpenFile,
}

impl IdxSource {
    /// Refuses a length that the file cannot hold.
    fn expect(&self, length: usize) -> Result<(), DataError> {
        let (offset, expected) = (self.open.reader.offset, length as u64);
        let ceiling = self.open.ceiling.saturating_sub(offset);
        if expected <= ceiling {
            return Ok(());
        }
        let problem = match self.open.gzipped {
            true => IdxProblem::Oversized { expected, ceiling },
            false => IdxProblem::Truncated { expected, found: ceiling },
        };
        Err(self.refuse(offset, problem))
    }

    /// `length` pixels left on disk: where they lie, or, of a gzipped file, in one of our own.
    fn store(&mut self, length: usize, budget: &MemoryBudget) -> Result<Pixels, DataError> {
        self.expect(length)?;
        let offset = self.open.reader.offset;
        let mut copy = if self.open.gzipped { Some(budget.file()?) } else { None };
        let look = |_, _: &[u8]| Ok::<(), Infallible>(());
        let found = match pass(&mut self.open.reader, length, copy.as_mut(), look) {
            Ok(found) => found,
            Err(PassError::Read(error)) if error.kind() == io::ErrorKind::UnexpectedEof => 0,
            Err(PassError::Read(error)) => return Err(self.read_error(error)),
            Err(PassError::Write(error)) => {
                return Err(DataError::io(&budget.folder, "write pixels to a file in")(error));
            }
        };
        if found < length {
            let found = self.open.reader.offset - offset;
            return Err(self.refuse(offset, IdxProblem::Truncated { expected: length as u64, found }));
        }
        Ok(Pixels::OnDisk(match copy {
            Some(file) => PixelFile::copied(&self.path, file, length, Width::Byte),
            None => PixelFile::in_place(&self.path, offset, length, Width::Byte)?,
        }))
    }

    /// Exactly `length` bytes, for which memory is taken only if the file can hold them.
    fn take(&mut self, what: &str, length: usize) -> Result<Vec<u8>, DataError> {
        self.expect(length)?;
        let (offset, expected) = (self.open.reader.offset, length as u64);
        let mut bytes = reserve(length, format!("{}: {what}", self.path.display()))?;
        match self.open.reader.append(length, &mut bytes) {
            Ok(found) if found == length => return Ok(bytes),
            Ok(_) => {}
            // A gzip stream that stops short.
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {}
            Err(error) => return Err(self.read_error(error)),
        }
        let found = self.open.reader.offset - offset;
        Err(self.refuse(offset, IdxProblem::Truncated { expected, found }))
    }

    fn expect_end(&mut self) -> Result<(), DataError> {
        let offset = self.open.reader.offset;
        match self.open.reader.append(1, &mut Vec::new()) {
            Ok(0) => Ok(()),
            Ok(_) => Err(self.refuse(offset, IdxProblem::Trailing)),
            Err(error) => Err(self.read_error(error)),
        }
    }

    fn read_error(&self, error: io::Error) -> DataError {
        use io::ErrorKind::{InvalidData, InvalidInput, UnexpectedEof};
        match error.kind() {
            UnexpectedEof | InvalidInput | InvalidData if self.open.gzipped => {
                self.refuse(self.open.reader.offset, IdxProblem::Damaged(error.to_string()))
            }
            _ => DataError::io(&self.path, "read")(error),
        }
    }

    fn refuse(&self, offset: u64, problem: IdxProblem) -> DataError {
        DataError::Idx { file: self.path.clone(), offset, problem }
    }
}

fn kind(magic: u32) -> &'static str {
    if magic == IMAGES { "images" } else { "labels" }
}

fn be_u32(bytes: &[u8]) -> u32 {
    bytes.iter().take(4).fold(0, |word, byte| word << 8 | u32::from(*byte))
}
