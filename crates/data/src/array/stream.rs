//! The bytes of one array, in a `.npy` file or as a member of an `.npz` or HDF5 file.
//!
//! Headers are parsed by `ndarray-npy`; lengths are compared with what is there before memory is taken for values.
//! Nothing is unpacked to the disk under a name of the archive's, so none can lead out of a folder.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use ndarray::{ArrayD, IxDyn, ShapeBuilder};
use ndarray_npy::npy::header::Header;
use zip::ZipArchive;

use super::element::Element;
use crate::checksum::{self, DEFLATE_RATIO, HashedReader};
use crate::dataset::{FileRecord, Verification};
use crate::error::{ArrayProblem, DataError, reserve};
use crate::regular;

/// NumPy's headers take 128 bytes; more than this is none.
const LONGEST_HEADER: usize = 4096;

/// Names an array in messages, and finds it.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub file: PathBuf,
    pub member: Option<String>,
}

impl Place {
    pub fn file(path: &Path) -> Self {
        Self { file: path.to_path_buf(), member: None }
    }

    pub fn member(path: &Path, name: &str) -> Self {
        Self { file: path.to_path_buf(), member: Some(name.to_owned()) }
    }

    pub fn refuse(&self, problem: ArrayProblem) -> DataError {
        DataError::Array { file: self.file.clone(), member: self.member.clone(), problem }
    }

    pub fn label(&self) -> PathBuf {
        match &self.member {
            Some(member) => format!("{}: array {member}", self.file.display()).into(),
            None => self.file.clone(),
        }
    }

    /// A stream that ends or breaks inside an array is a damaged file; all else is the system's.
    pub fn read_error(&self, error: std::io::Error) -> DataError {
        use std::io::ErrorKind::{InvalidData, InvalidInput, UnexpectedEof};
        match error.kind() {
            UnexpectedEof | InvalidData | InvalidInput => {
                self.refuse(ArrayProblem::Damaged(error.to_string()))
            }
            _ => DataError::io(&self.file, "read")(error),
        }
    }

    /// Opens the array up to its values and hands it to `take`.
    pub fn open<T>(
        &self,
        take: impl FnOnce(ArrayStream<'_>) -> Result<T, DataError>,
    ) -> Result<T, DataError> {
        let Some(member) = &self.member else {
            let source = checksum::open(&self.file)?;
            let room =
                if source.gzipped { Room::AtMost(source.ceiling) } else { Room::Exactly(source.ceiling) };
            return take(ArrayStream::begin(source.reader, room, !source.gzipped, self)?);
        };
        if is_hdf5(&self.file) {
            return take(hdf5_stream(self, member)?);
        }
        let mut archive = archive(&self.file)?;
        let index = [format!("{member}.npy"), member.clone()]
            .iter()
            .find_map(|name| archive.zip.index_for_name(name))
            .ok_or_else(|| self.refuse(ArrayProblem::Missing { found: some_of(&archive.names) }))?;
        let file = archive
            .zip
            .by_index(index)
            .map_err(|error| self.refuse(ArrayProblem::Damaged(error.to_string())))?;
        // What the directory says of the compressed length is as little to be believed as the rest of it.
        let (size, packed) = (file.size(), file.compressed_size().min(archive.length));
        if size > packed.saturating_mul(DEFLATE_RATIO) {
            let reason = format!("{packed} compressed bytes cannot hold {size}");
            return Err(self.refuse(ArrayProblem::Damaged(reason)));
        }
        take(ArrayStream::begin(HashedReader::new(Box::new(file)), Room::Exactly(size), false, self)?)
    }

    /// The array as a whole.
    pub fn read(&self) -> Result<(Raw, FileRecord), DataError> {
        self.open(|stream| stream.whole(self))
    }

    /// Shape and type of the array.
    pub fn header(&self) -> Result<(Vec<usize>, Element), DataError> {
        self.open(|stream| Ok((stream.shape, stream.element)))
    }
}

/// An `.npz` file, of which only the directory is read.
pub(crate) struct Archive {
    zip: ZipArchive<BufReader<File>>,
    /// Bytes of the file.
    length: u64,
    /// The names of its arrays, in order.
    names: Vec<String>,
}

/// Whether a file is, by its name, one of HDF5.
pub(crate) fn is_hdf5(path: &Path) -> bool {
    let extension = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
    matches!(extension.as_str(), "h5" | "hdf5" | "hdf")
}

/// The names of the arrays of an `.npz` or HDF5 file, in order.
pub(crate) fn names(path: &Path) -> Result<Vec<String>, DataError> {
    if is_hdf5(path) { hdf5_names(path) } else { Ok(archive(path)?.names) }
}

#[cfg(feature = "hdf5")]
use super::hdf5::{names as hdf5_names, stream as hdf5_stream};

#[cfg(not(feature = "hdf5"))]
fn hdf5_names(path: &Path) -> Result<Vec<String>, DataError> {
    Err(DataError::without_feature(path, "HDF5", "hdf5", "save the arrays as .npz (numpy.savez)"))
}

#[cfg(not(feature = "hdf5"))]
fn hdf5_stream<'a>(place: &Place, _: &str) -> Result<ArrayStream<'a>, DataError> {
    hdf5_names(&place.file).and(Err(place.refuse(ArrayProblem::Missing { found: Vec::new() })))
}

fn archive(path: &Path) -> Result<Archive, DataError> {
    let (file, length) = regular::open(path)?;
    let archive = ZipArchive::new(BufReader::new(file))
        .map_err(|error| Place::file(path).refuse(ArrayProblem::Damaged(error.to_string())))?;
    let mut names: Vec<String> =
        archive.file_names().map(|name| name.trim_end_matches(".npy").to_string()).collect();
    names.sort_unstable();
    Ok(Archive { zip: archive, length, names })
}

/// Names for a message, not more than one can read.
pub(crate) fn some_of(names: &[String]) -> Vec<String> {
    const MOST: usize = 12;
    let more = (names.len() > MOST).then(|| format!("… {} more", names.len() - MOST));
    names.iter().take(MOST).map(|name| name.chars().take(60).collect()).chain(more).collect()
}

/// An array in memory with its values still as bytes.
pub(crate) struct Raw {
    pub shape: Vec<usize>,
    pub fortran: bool,
    pub element: Element,
    pub bytes: Vec<u8>,
}

impl Raw {
    /// The values in C order, still as bytes.
    pub fn in_order(self, place: &Place) -> Result<Vec<u8>, DataError> {
        if !self.fortran {
            return Ok(self.bytes);
        }
        fn reordered<const W: usize>(bytes: &[u8], shape: &[usize]) -> Result<Vec<u8>, ndarray::ShapeError> {
            let values = bytes.as_chunks::<W>().0.to_vec();
            Ok(ArrayD::from_shape_vec(IxDyn(shape).f(), values)?.iter().flatten().copied().collect())
        }
        let reordered = match self.element.width() {
            1 => reordered::<1>(&self.bytes, &self.shape),
            2 => reordered::<2>(&self.bytes, &self.shape),
            4 => reordered::<4>(&self.bytes, &self.shape),
            8 => reordered::<8>(&self.bytes, &self.shape),
            _ => return Err(place.refuse(ArrayProblem::Header("text in Fortran order is not read".into()))),
        };
        reordered.map_err(|error| place.refuse(ArrayProblem::Header(error.to_string())))
    }

    /// The values as numbers, in C order; NaN for text.
    pub fn numbers(self, place: &Place) -> Result<Vec<f64>, DataError> {
        let (element, values) = (self.element, self.shape.iter().product::<usize>());
        let mut numbers = reserve(values, place.label().display().to_string())?;
        let bytes = self.in_order(place)?;
        numbers.extend(bytes.chunks_exact(element.width()).map(|bytes| element.number(bytes)));
        Ok(numbers)
    }
}

/// How many bytes an array takes, its header included, as far as that is known beforehand.
enum Room {
    Exactly(u64),
    AtMost(u64),
}

/// An array whose header was read, and whose values can be there.
pub(crate) struct ArrayStream<'a> {
    pub reader: HashedReader<Box<dyn Read + 'a>>,
    pub shape: Vec<usize>,
    pub fortran: bool,
    pub element: Element,
    /// Bytes of its values.
    pub length: usize,
    /// Whether the values lie in the file as they are.
    pub in_place: bool,
}

impl<'a> ArrayStream<'a> {
    fn begin(
        mut reader: HashedReader<Box<dyn Read + 'a>>,
        room: Room,
        in_place: bool,
        place: &Place,
    ) -> Result<Self, DataError> {
        let header = header(&mut reader, place)?;
        let descriptor = header.type_descriptor.to_string().trim_matches(['\'', '"']).to_string();
        let Some(element) = Element::parse(&descriptor) else {
            let allowed = match descriptor.as_str() {
                "|O" => {
                    "numbers: an array of Python objects is a pickle, which runs code when it is read; save it with a numeric dtype"
                }
                _ => "bool, integers or floats of any width",
            };
            return Err(place.refuse(ArrayProblem::Type { found: descriptor, allowed }));
        };
        let length = header.shape.iter().try_fold(element.width(), |length, side| length.checked_mul(*side));
        let expected = length.map_or(u64::MAX, |length| length as u64);
        let left = |room: u64| room.saturating_sub(reader.offset);
        let problem = match room {
            Room::Exactly(room) if expected != left(room) => {
                Some(ArrayProblem::Length { expected, found: left(room) })
            }
            Room::AtMost(room) if expected > left(room) => {
                Some(ArrayProblem::Oversized { expected, ceiling: left(room) })
            }
            _ => None,
        };
        let length = match (problem, length) {
            (None, Some(length)) => length,
            (Some(problem), _) => return Err(place.refuse(problem)),
            (None, None) => return Err(place.refuse(ArrayProblem::Length { expected, found: 0 })),
        };
        let fortran = header.layout.is_fortran() && header.shape.len() > 1;
        Ok(Self { reader, shape: header.shape, fortran, element, length, in_place })
    }

    /// Its values in memory.
    pub fn whole(mut self, place: &Place) -> Result<(Raw, FileRecord), DataError> {
        let mut bytes = reserve(self.length, place.label().display().to_string())?;
        self.reader.append(self.length, &mut bytes).map_err(|error| place.read_error(error))?;
        let raw = Raw { shape: self.shape, fortran: self.fortran, element: self.element, bytes };
        let record = end(self.reader, self.length, raw.bytes.len(), place)?;
        Ok((raw, record))
    }
}

/// What was read, after `found` bytes of values, if these are `length` and nothing follows.
pub(crate) fn end<R: Read>(
    mut reader: HashedReader<R>,
    length: usize,
    mut found: usize,
    place: &Place,
) -> Result<FileRecord, DataError> {
    // One byte more than there should be, to notice if it is there.
    found += reader.append(1, &mut Vec::new()).map_err(|error| place.read_error(error))?;
    if found != length {
        return Err(place.refuse(ArrayProblem::Length { expected: length as u64, found: found as u64 }));
    }
    Ok(FileRecord {
        path: place.label(),
        bytes: reader.offset,
        sha256: reader.sha256(),
        verification: Verification::Unknown,
    })
}

/// Parses the header after looking at its length and nesting, both of which the parser trusts.
fn header(reader: &mut impl Read, place: &Place) -> Result<Header, DataError> {
    let refuse = |reason: &str| place.refuse(ArrayProblem::Header(reason.into()));
    let mut bytes = Vec::new();
    let mut take = |count: usize, bytes: &mut Vec<u8>| -> Result<(), DataError> {
        let read = reader.by_ref().take(count as u64).read_to_end(bytes);
        match read.map_err(|error| place.read_error(error))? {
            found if found == count => Ok(()),
            _ => Err(refuse("it ends inside its header")),
        }
    };
    take(10, &mut bytes)?;
    if !bytes.starts_with(b"\x93NUMPY") {
        return Err(refuse("it does not begin with NumPy's magic string"));
    }
    let length = match bytes[6] {
        1 => usize::from(u16::from_le_bytes([bytes[8], bytes[9]])),
        2 | 3 => {
            take(2, &mut bytes)?;
            u32::from_le_bytes([bytes[8], bytes[9], bytes[10], bytes[11]]) as usize
        }
        version => return Err(refuse(&format!("format version {version} is not known"))),
    };
    if length > LONGEST_HEADER {
        return Err(refuse(&format!("a header of {length} bytes")));
    }
    take(length, &mut bytes)?;
    if bytes[10..].iter().filter(|byte| b"([{".contains(byte)).count() > 8 {
        return Err(refuse("structured types are not read"));
    }
    Header::from_reader(&mut bytes.as_slice()).map_err(|error| refuse(&error.to_string()))
}
