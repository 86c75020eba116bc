//! NumPy arrays: `.npy` (images), `.npz` (`x` images, optional `y` labels).
//!
//! Images are u8, or f32 in [0, 1]; [n, height, width] or [n, height, width, channels]. The headers are
//! parsed by `ndarray-npy`; lengths are compared with what is there before memory is taken for values. Images that
//! are too many for memory stay on disk.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use ndarray::{ArrayD, IxDyn, ShapeBuilder};
use ndarray_npy::npy::header::Header;
use zip::ZipArchive;

use crate::checksum::{self, DEFLATE_RATIO, HashedReader};
use crate::error::reserve;
use crate::pixels::{Holding, Passing, Pixels, Stored, Width, pass};
use crate::{ArrayProblem, DataError, Dataset, FileRecord, ImageShape, Verification, regular};

pub(crate) fn open_npy(path: &Path, holding: &Holding) -> Result<Dataset, DataError> {
    let (array, place, in_place) = begin_file(path)?;
    let (set, record) = images(path, array, in_place, holding, &place)?;
    Ok(set.with_files(vec![record]))
}

/// The array that is a `.npy` file.
pub(crate) fn whole_file(path: &Path) -> Result<(Raw, Place), DataError> {
    let (array, place, _) = begin_file(path)?;
    Ok((array.whole(&place)?.0, place))
}

/// A `.npy` file up to its values, and whether these lie in it as they are.
fn begin_file(path: &Path) -> Result<(Begun<impl Read>, Place, bool), DataError> {
    let source = checksum::open(path)?;
    let place = Place { file: path.into(), member: None };
    let room = if source.gzipped { Room::AtMost(source.ceiling) } else { Room::Exactly(source.ceiling) };
    Ok((begin(source.reader, room, &place)?, place, !source.gzipped))
}

/// An open `.npz` file.
pub(crate) struct Archive {
    zip: ZipArchive<BufReader<File>>,
    /// Bytes of the file.
    length: u64,
    /// The names of its arrays, in order.
    pub names: Vec<String>,
}

/// An `.npz` file, of which only the directory is read.
pub(crate) fn archive(path: &Path) -> Result<Archive, DataError> {
    let (file, length) = regular::open(path)?;
    let archive = ZipArchive::new(BufReader::new(file)).map_err(|error| {
        Place { file: path.into(), member: None }.refuse(ArrayProblem::Damaged(error.to_string()))
    })?;
    let mut names: Vec<String> =
        archive.file_names().map(|name| name.trim_end_matches(".npy").to_string()).collect();
    names.sort_unstable();
    Ok(Archive { zip: archive, length, names })
}

pub(crate) fn open_npz(path: &Path, holding: &Holding) -> Result<Dataset, DataError> {
    let place = |member: &str| Place { file: path.into(), member: Some(member.into()) };
    let mut archive = archive(path)?;
    let x = begin_member(&mut archive, &place("x"))?;
    let (set, record) = images(path, x, false, holding, &place("x"))?;
    if !archive.names.iter().any(|name| name == "y") {
        return Ok(set.with_files(vec![record]));
    }
    let (y, label_record) = member(&mut archive, &place("y"))?;
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

/// The array of this place as a whole. Nothing is unpacked to the disk under a name of the archive's, so none can
/// lead out of a folder.
pub(crate) fn member(archive: &mut Archive, place: &Place) -> Result<(Raw, FileRecord), DataError> {
    begin_member(archive, place)?.whole(place)
}

fn begin_member<'a>(archive: &'a mut Archive, place: &Place) -> Result<Begun<impl Read + 'a>, DataError> {
    let wanted = place.member.as_deref().unwrap_or_default();
    let index = [format!("{wanted}.npy"), wanted.to_string()]
        .iter()
        .find_map(|name| archive.zip.index_for_name(name))
        .ok_or_else(|| place.refuse(ArrayProblem::Missing { found: some_of(&archive.names) }))?;
    let file = archive
        .zip
        .by_index(index)
        .map_err(|error| place.refuse(ArrayProblem::Damaged(error.to_string())))?;
    // What the directory says of the compressed length is as little to be believed as the rest of it.
    let (size, packed) = (file.size(), file.compressed_size().min(archive.length));
    if size > packed.saturating_mul(DEFLATE_RATIO) {
        let reason = format!("{packed} compressed bytes cannot hold {size}");
        return Err(place.refuse(ArrayProblem::Damaged(reason)));
    }
    begin(HashedReader::new(file), Room::Exactly(size), place)
}

/// Names for a message, not more than one can read.
fn some_of(names: &[String]) -> Vec<String> {
    const MOST: usize = 12;
    let more = (names.len() > MOST).then(|| format!("… {} more", names.len() - MOST));
    names.iter().take(MOST).map(|name| name.chars().take(60).collect()).chain(more).collect()
}

/// How many bytes an array takes, its header included, as far as that is known beforehand.
enum Room {
    Exactly(u64),
    AtMost(u64),
}

/// An array whose header was read, and whose values can be there.
struct Begun<R> {
    reader: HashedReader<R>,
    shape: Vec<usize>,
    fortran: bool,
    descriptor: String,
    /// Bytes of its values.
    length: usize,
}

fn begin<R: Read>(mut reader: HashedReader<R>, room: Room, place: &Place) -> Result<Begun<R>, DataError> {
    let header = header(&mut reader, place)?;
    let descriptor = header.type_descriptor.to_string().trim_matches(['\'', '"']).to_string();
    let Some(width) = value_width(&descriptor) else {
        return Err(place.refuse(ArrayProblem::Type { found: descriptor, allowed: "uint8 or float32" }));
    };
    let length = header.shape.iter().try_fold(width, |length, side| length.checked_mul(*side));
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
    let fortran = header.layout.is_fortran();
    Ok(Begun { reader, shape: header.shape, fortran, descriptor, length })
}

impl<R: Read> Begun<R> {
    /// Its values in memory.
    fn whole(mut self, place: &Place) -> Result<(Raw, FileRecord), DataError> {
        let mut bytes = reserve(self.length, place.label().display().to_string())?;
        self.reader.append(self.length, &mut bytes).map_err(|error| place.read_error(error))?;
        let raw = Raw { shape: self.shape, fortran: self.fortran, descriptor: self.descriptor, bytes };
        let record = end(self.reader, self.length, raw.bytes.len(), place)?;
        Ok((raw, record))
    }

    /// Its values looked through and left on disk: where they lie, if that is `in_place`, or else in a file of
    /// our own.
    fn stored(
        mut self,
        path: &Path,
        width: Width,
        in_place: bool,
        holding: &Holding,
        place: &Place,
    ) -> Result<(Pixels, FileRecord), DataError> {
        let Self { length, .. } = self;
        if self.fortran {
            return Err(place.refuse(ArrayProblem::FortranOrder { bytes: length as u64, most: holding.most }));
        }
        let first = self.reader.offset;
        let mut copy = if in_place { None } else { Some(holding.file()?) };
        let mut range = Range::new();
        let look = |at: usize, piece: &[u8]| match width {
            Width::Byte => Ok(()),
            Width::Float => {
                range.look(at / 4, piece.as_chunks().0.iter().map(|value| f32::from_le_bytes(*value)), place)
            }
        };
        let found = pass(&mut self.reader, length, copy.as_mut(), look).map_err(|error| match error {
            Passing::Read(error) => place.read_error(error),
            Passing::Write(error) => DataError::io(&holding.folder, "write pixels to a file in")(error),
            Passing::Look(error) => error,
        })?;
        let record = end(self.reader, length, found, place)?;
        range.check(place)?;
        let values = length / width.bytes();
        let stored = match copy {
            Some(file) => Stored::copied(path, file, values, width),
            None => Stored::in_place(path, first, values, width)?,
        };
        Ok((Pixels::Stored(stored), record))
    }
}

/// What was read, after `found` bytes of values, if these are `length` and nothing follows.
fn end<R: Read>(
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
        path: if place.member.is_some() { place.label() } else { place.file.clone() },
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

fn images(
    path: &Path,
    array: Begun<impl Read>,
    in_place: bool,
    holding: &Holding,
    place: &Place,
) -> Result<(Dataset, FileRecord), DataError> {
    let shape = match array.shape[..] {
        [_, height, width] => ImageShape::new(height, width, 1),
        [_, height, width, channels @ (1 | 3)] => ImageShape::new(height, width, channels),
        _ => {
            let allowed = "[n, height, width] or [n, height, width, 1 or 3]";
            return Err(place.refuse(ArrayProblem::Shape { found: array.shape, allowed }));
        }
    };
    if array.length == 0 {
        return Err(place.refuse(ArrayProblem::Shape { found: array.shape, allowed: "of positive sides" }));
    }
    let width = match array.descriptor.as_str() {
        "|u1" | "<u1" => Width::Byte,
        "<f4" => Width::Float,
        _ => {
            let allowed = "uint8 or float32";
            return Err(place.refuse(ArrayProblem::Type { found: array.descriptor, allowed }));
        }
    };
    // Floats are there twice for a moment: as they came, and as numbers.
    let peak = if width == Width::Byte { array.length } else { array.length.saturating_mul(2) };
    let (pixels, record) = if holding.takes(peak) {
        let (raw, record) = array.whole(place)?;
        (in_memory(raw, width, place)?, record)
    } else {
        array.stored(path, width, in_place, holding, place)?
    };
    let name = path.file_stem().unwrap_or(path.as_os_str()).to_string_lossy();
    Ok((Dataset::from_pixels(name.into_owned(), shape, pixels)?, record))
}

fn in_memory(raw: Raw, width: Width, place: &Place) -> Result<Pixels, DataError> {
    if width == Width::Byte {
        return Ok(Pixels::Bytes(in_order(raw.bytes, &raw.shape, raw.fortran, place)?));
    }
    let mut values: Vec<f32> = reserve(raw.bytes.len() / 4, place.label().display().to_string())?;
    values.extend(raw.bytes.as_chunks().0.iter().map(|value| f32::from_le_bytes(*value)));
    let values = in_order(values, &raw.shape, raw.fortran, place)?;
    let mut range = Range::new();
    range.look(0, values.iter().copied(), place)?;
    range.check(place)?;
    Ok(Pixels::Floats(values))
}

/// Between which values pixels lie.
struct Range {
    min: f32,
    max: f32,
}

impl Range {
    fn new() -> Self {
        Self { min: f32::MAX, max: f32::MIN }
    }

    /// Takes in the values from value `first` on.
    fn look(
        &mut self,
        first: usize,
        values: impl Iterator<Item = f32>,
        place: &Place,
    ) -> Result<(), DataError> {
        for (index, value) in values.enumerate() {
            if !value.is_finite() {
                return Err(place.refuse(ArrayProblem::NonFinite { index: first + index, value }));
            }
            (self.min, self.max) = (self.min.min(value), self.max.max(value));
        }
        Ok(())
    }

    fn check(&self, place: &Place) -> Result<(), DataError> {
        let Self { min, max } = *self;
        match min < 0.0 || max > 1.0 {
            true => Err(place.refuse(ArrayProblem::Range { min, max })),
            false => Ok(()),
        }
    }
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
