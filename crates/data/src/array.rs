//! NumPy arrays: `.npy` (images), `.npz` (`x` images, optional `y` labels).
//!
//! Images are u8, or f32 in [0, 1]; [n, height, width] or [n, height, width, channels]. The headers are
//! parsed by `ndarray-npy`; lengths are compared with what is there before memory is taken for values.

use std::fs::File;
use std::io::{BufReader, Read, Seek};
use std::path::{Path, PathBuf};

use ndarray::{ArrayD, IxDyn, ShapeBuilder};
use ndarray_npy::npy::header::Header;
use zip::ZipArchive;

use crate::checksum::{self, DEFLATE_RATIO, HashedReader};
use crate::error::reserve;
use crate::{ArrayProblem, DataError, Dataset, FileRecord, ImageShape, Verification};

pub(crate) fn open_npy(path: &Path) -> Result<Dataset, DataError> {
    let (array, place, record) = whole_file(path)?;
    Ok(images(path, array, &place)?.with_files(vec![record]))
}

/// The array that is a `.npy` file.
pub(crate) fn whole_file(path: &Path) -> Result<(Raw, Place, FileRecord), DataError> {
    let source = checksum::open(path)?;
    let place = Place { file: path.into(), member: None };
    let room = if source.gzipped { Room::AtMost(source.ceiling) } else { Room::Exactly(source.ceiling) };
    let (array, record) = read(source.reader, room, &place)?;
    Ok((array, place, record))
}

/// An `.npz` file, and the names of its arrays in order.
pub(crate) fn archive(path: &Path) -> Result<(ZipArchive<BufReader<File>>, Vec<String>), DataError> {
    let file = File::open(path).map_err(DataError::io(path, "open"))?;
    let archive = ZipArchive::new(BufReader::new(file)).map_err(|error| {
        Place { file: path.into(), member: None }.refuse(ArrayProblem::Damaged(error.to_string()))
    })?;
    let mut names: Vec<String> =
        archive.file_names().map(|name| name.trim_end_matches(".npy").to_string()).collect();
    names.sort_unstable();
    Ok((archive, names))
}

pub(crate) fn open_npz(path: &Path) -> Result<Dataset, DataError> {
    let place = |member: &str| Place { file: path.into(), member: Some(member.into()) };
    let (mut archive, names) = archive(path)?;
    let (x, record) = member(&mut archive, &place("x"), &names)?;
    let set = images(path, x, &place("x"))?;
    if !names.iter().any(|name| name == "y") {
        return Ok(set.with_files(vec![record]));
    }
    let (y, label_record) = member(&mut archive, &place("y"), &names)?;
    let labels = labels(y, &place("y"))?;
    if labels.len() != set.len() {
        return Err(DataError::CountMismatch {
            images_file: place("x").label(),
            images: set.len(),
            labels_file: place("y").label(),
            labels: labels.len(),
        });
    }
    let classes = labels.iter().max().map_or(0, |largest| largest + 1);
    let classes = (0..classes).map(|class| class.to_string()).collect();
    Ok(set.with_labels(labels, classes)?.with_files(vec![record, label_record]))
}

/// More classes than this are no classes.
const MOST_CLASSES: i64 = 65_536;
/// NumPy's headers take 128 bytes; more than this is none.
const LONGEST_HEADER: usize = 4096;

/// An array in memory with its values still as bytes.
pub(crate) struct Raw {
    pub shape: Vec<usize>,
    pub fortran: bool,
    pub descriptor: String,
    pub bytes: Vec<u8>,
}

/// Names an array in messages.
pub(crate) struct Place {
    pub file: PathBuf,
    pub member: Option<String>,
}

impl Place {
    pub fn refuse(&self, problem: ArrayProblem) -> DataError {
        DataError::Array { file: self.file.clone(), member: self.member.clone(), problem }
    }

    pub fn label(&self) -> PathBuf {
        let member = self.member.as_deref().unwrap_or_default();
        format!("{}: array {member}", self.file.display()).into()
    }

    /// A stream that ends or breaks inside an array is a damaged file; all else is the system's.
    fn read_error(&self, error: std::io::Error) -> DataError {
        use std::io::ErrorKind::{InvalidData, InvalidInput, UnexpectedEof};
        match error.kind() {
            UnexpectedEof | InvalidData | InvalidInput => {
                self.refuse(ArrayProblem::Damaged(error.to_string()))
            }
            _ => DataError::io(&self.file, "read")(error),
        }
    }
}

pub(crate) fn member<R: Read + Seek>(
    archive: &mut ZipArchive<R>,
    place: &Place,
    names: &[String],
) -> Result<(Raw, FileRecord), DataError> {
    let wanted = place.member.as_deref().unwrap_or_default();
    let index = [format!("{wanted}.npy"), wanted.to_string()]
        .iter()
        .find_map(|name| archive.index_for_name(name))
        .ok_or_else(|| place.refuse(ArrayProblem::Missing { found: names.to_vec() }))?;
    let file =
        archive.by_index(index).map_err(|error| place.refuse(ArrayProblem::Damaged(error.to_string())))?;
    let (size, packed) = (file.size(), file.compressed_size());
    if size > packed.saturating_mul(DEFLATE_RATIO) {
        let reason = format!("{packed} compressed bytes cannot hold {size}");
        return Err(place.refuse(ArrayProblem::Damaged(reason)));
    }
    read(HashedReader::new(file), Room::Exactly(size), place)
}

/// How many bytes an array takes, its header included, as far as that is known beforehand.
enum Room {
    Exactly(u64),
    AtMost(u64),
}

fn read(
    mut reader: HashedReader<impl Read>,
    room: Room,
    place: &Place,
) -> Result<(Raw, FileRecord), DataError> {
    let header = header(&mut reader, place)?;
    let descriptor = header.type_descriptor.to_string().trim_matches(['\'', '"']).to_string();
    let Some(width) = value_width(&descriptor) else {
        return Err(place.refuse(ArrayProblem::Type { found: descriptor, allowed: "uint8 or float32" }));
    };
    let length = header.shape.iter().try_fold(width, |length, side| length.checked_mul(*side));
    let expected = length.map_or(u64::MAX, |length| length as u64);
    let left = |room: u64| room.saturating_sub(reader.offset);
    let (found, fits) = match room {
        Room::Exactly(room) => (left(room), expected == left(room)),
        Room::AtMost(room) => (left(room), expected <= left(room)),
    };
    let Some(length) = length.filter(|_| fits) else {
        return Err(place.refuse(ArrayProblem::Length { expected, found }));
    };
    let mut bytes = reserve(length, place.label().display().to_string())?;
    reader.append(length, &mut bytes).map_err(|error| place.read_error(error))?;
    // One byte more than there should be, to notice if it is there.
    let found = bytes.len() + reader.append(1, &mut Vec::new()).map_err(|error| place.read_error(error))?;
    if found != length {
        return Err(place.refuse(ArrayProblem::Length { expected, found: found as u64 }));
    }
    let record = FileRecord {
        path: if place.member.is_some() { place.label() } else { place.file.clone() },
        bytes: reader.offset,
        sha256: reader.sha256(),
        verification: Verification::Unknown,
    };
    let fortran = header.layout.is_fortran();
    Ok((Raw { shape: header.shape, fortran, descriptor, bytes }, record))
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

/// Bytes per value of the types that are read at all.
fn value_width(descriptor: &str) -> Option<usize> {
    let mut letters = descriptor.chars();
    let (order, kind) = (letters.next()?, letters.next()?);
    match (order, kind, letters.as_str()) {
        ('|' | '<', 'u' | 'i' | 'b', "1") => Some(1),
        ('<', 'u' | 'i', "2") => Some(2),
        ('<', 'u' | 'i' | 'f', "4") => Some(4),
        ('<', 'u' | 'i' | 'f', "8") => Some(8),
        _ => None,
    }
}

fn images(path: &Path, raw: Raw, place: &Place) -> Result<Dataset, DataError> {
    let shape = match raw.shape[..] {
        [_, height, width] => ImageShape::new(height, width, 1),
        [_, height, width, channels @ (1 | 3)] => ImageShape::new(height, width, channels),
        _ => {
            let allowed = "[n, height, width] or [n, height, width, 1 or 3]";
            return Err(place.refuse(ArrayProblem::Shape { found: raw.shape, allowed }));
        }
    };
    if raw.bytes.is_empty() {
        return Err(place.refuse(ArrayProblem::Shape { found: raw.shape, allowed: "of positive sides" }));
    }
    let name = path.file_stem().unwrap_or(path.as_os_str()).to_string_lossy();
    match raw.descriptor.as_str() {
        "|u1" | "<u1" => {
            Dataset::from_bytes(name, shape, in_order(raw.bytes, &raw.shape, raw.fortran, place)?)
        }
        "<f4" => {
            let mut values = reserve(raw.bytes.len() / 4, place.label().display().to_string())?;
            values.extend(raw.bytes.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])));
            let values = in_order(values, &raw.shape, raw.fortran, place)?;
            check_range(&values, place)?;
            Dataset::from_floats(name, shape, values)
        }
        _ => Err(place.refuse(ArrayProblem::Type { found: raw.descriptor, allowed: "uint8 or float32" })),
    }
}

fn check_range(values: &[f32], place: &Place) -> Result<(), DataError> {
    if let Some(index) = values.iter().position(|value| !value.is_finite()) {
        return Err(place.refuse(ArrayProblem::NonFinite { index, value: values[index] }));
    }
    let (min, max) = values.iter().fold((f32::MAX, f32::MIN), |(a, b), v| (a.min(*v), b.max(*v)));
    if min < 0.0 || max > 1.0 {
        return Err(place.refuse(ArrayProblem::Range { min, max }));
    }
    Ok(())
}

pub(crate) fn labels(raw: Raw, place: &Place) -> Result<Vec<u32>, DataError> {
    if !matches!(raw.shape[..], [_] | [_, 1]) {
        return Err(place.refuse(ArrayProblem::Shape { found: raw.shape, allowed: "[n]" }));
    }
    let integer = match raw.descriptor.as_bytes() {
        [_, b'i', ..] => true,
        [_, b'u', ..] => false,
        _ => {
            return Err(
                place.refuse(ArrayProblem::Type { found: raw.descriptor, allowed: "an integer type" })
            );
        }
    };
    let width = value_width(&raw.descriptor).unwrap_or(1);
    let label = |(index, bytes): (usize, &[u8])| {
        let negative = integer && bytes.last().is_some_and(|top| top & 0x80 != 0);
        let mut whole = [if negative { 0xff } else { 0 }; 8];
        whole[..width].copy_from_slice(bytes);
        let value = i64::from_le_bytes(whole);
        match value {
            0..MOST_CLASSES => Ok(value as u32),
            _ => Err(place.refuse(ArrayProblem::Label { index, value, limit: MOST_CLASSES })),
        }
    };
    raw.bytes.chunks_exact(width).enumerate().map(label).collect()
}

/// Values in C order.
pub(crate) fn in_order<T: Copy>(
    values: Vec<T>,
    shape: &[usize],
    fortran: bool,
    place: &Place,
) -> Result<Vec<T>, DataError> {
    if !fortran {
        return Ok(values);
    }
    let array = ArrayD::from_shape_vec(IxDyn(shape).f(), values)
        .map_err(|error| place.refuse(ArrayProblem::Header(error.to_string())))?;
    Ok(array.iter().copied().collect())
}
