//! The data sets of HDF5 files, as arrays.
//!
//! Rows are read some at a time, as they are asked for, so that no more of a set is in memory than that.

use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

use hdf5_reader::error::{Error, Result as Outcome};
use hdf5_reader::filters::FilterRegistry;
use hdf5_reader::group::Group;
use hdf5_reader::{
    ByteOrder, Dataset, Datatype, FileStorage, H5Type, Hdf5File, OpenOptions, SliceInfo, SliceInfoElem,
    StringSize, VarLenKind,
};

use super::element::Element;
use super::lzf;
use super::place::{Place, some_of};
use super::stream::ArrayStream;
use crate::checksum::{DEFLATE_RATIO, HashedReader};
use crate::error::array_problem::ArrayProblem;
use crate::error::{DataError, reserve};
use crate::regular_file;

/// Groups within groups that are looked into, and sets that are listed.
const DEEPEST: usize = 8;
const MOST_SETS: usize = 10_000;
/// Bytes of a chunk, of texts, and of what is read at a time.
const LARGEST_CHUNK: usize = 1 << 28;
const MOST_TEXT: usize = 1 << 28;
const LONGEST_TEXT: usize = 4096;
const PIECE: usize = 1 << 22;

/// What the library says is said of the file or set at `place`.
fn damaged(place: &Place) -> impl Fn(Error) -> DataError {
    move |error| place.refuse(ArrayProblem::Damaged(error.to_string()))
}

fn open(path: &Path) -> Result<(Hdf5File, u64), DataError> {
    let (file, length) = regular_file::open(path)?;
    let place = Place::file(path);
    let mut filters = FilterRegistry::new();
    filters.register(lzf::FILTER, Box::new(|filter, bytes, _| lzf::unpack(&filter.client_data, bytes)));
    let options = OpenOptions { max_chunk_bytes: LARGEST_CHUNK, ..OpenOptions::default() };
    let options = options.with_filter_registry(filters);
    // Read by position and not mapped into memory: a file that is cut short is then an error.
    let storage = FileStorage::from_file(file).map_err(damaged(&place))?;
    let file = Hdf5File::from_storage_with_options(Arc::new(storage), options).map_err(damaged(&place))?;
    Ok((file, length))
}

/// The names of all sets, those in groups as `group/name`, in order.
pub(crate) fn names(path: &Path) -> Result<Vec<String>, DataError> {
    let place = Place::file(path);
    let damaged = damaged(&place);
    let (file, _) = open(path)?;
    let mut names = Vec::new();
    list(&file.root_group().map_err(&damaged)?, "", 0, &mut names).map_err(&damaged)?;
    names.sort_unstable();
    Ok(names)
}

fn list(group: &Group, prefix: &str, depth: usize, names: &mut Vec<String>) -> Outcome<()> {
    let (groups, sets) = group.member_names()?;
    names.extend(sets.iter().map(|name| format!("{prefix}{name}")));
    for name in groups {
        if depth < DEEPEST && names.len() < MOST_SETS {
            list(&group.group(&name)?, &format!("{prefix}{name}/"), depth + 1, names)?;
        }
    }
    Ok(())
}

/// The values of the set `member` of the file at `place`, read as they are asked for.
pub(crate) fn stream<'a>(place: &Place, member: &str) -> Result<ArrayStream<'a>, DataError> {
    let (file, file_length) = open(&place.file)?;
    let damaged = damaged(place);
    let set = match file.dataset(member) {
        Ok(set) => set,
        Err(error) => {
            let found = names(&place.file)?;
            let is_there = found.iter().any(|name| name == member);
            let missing = || place.refuse(ArrayProblem::Missing { found: some_of(&found) });
            return Err(if is_there { damaged(error) } else { missing() });
        }
    };
    let side = |side: &u64| usize::try_from(*side).unwrap_or(usize::MAX);
    let shape: Vec<usize> = set.shape().iter().map(side).collect();
    let values = shape.iter().try_fold(1usize, |values, side| values.checked_mul(*side));
    let ceiling = file_length.saturating_mul(DEFLATE_RATIO);
    let fits = |width: usize| {
        let bytes = values.and_then(|values| values.checked_mul(width));
        bytes.filter(|bytes| *bytes as u64 <= ceiling).ok_or_else(|| {
            let expected = bytes.map_or(u64::MAX, |bytes| bytes as u64);
            place.refuse(ArrayProblem::Oversized { expected, ceiling })
        })
    };
    let boxed = |reader: Box<dyn Read>| HashedReader::new(reader);
    if let Some(element) = element(set.dtype()) {
        let length = fits(element.width())?;
        let reader = boxed(match element.width() {
            1 => Box::new(Rows::<1>::new(set)),
            2 => Box::new(Rows::<2>::new(set)),
            4 => Box::new(Rows::<4>::new(set)),
            _ => Box::new(Rows::<8>::new(set)),
        });
        return Ok(ArrayStream { reader, shape, fortran: false, element, length, in_place: false });
    }
    if !is_text(set.dtype()) {
        let found = format!("{:?}", set.dtype()).chars().take(60).collect();
        let allowed = "bool, integers or floats of any width, or text";
        return Err(place.refuse(ArrayProblem::Type { found, allowed }));
    }
    fits(1)?;
    let texts = texts(&set, place)?;
    let width = texts.iter().map(String::len).max().unwrap_or(0).max(1);
    let element = Element::parse(&format!("|S{width}"));
    let element = element.filter(|_| texts.len().saturating_mul(width) <= MOST_TEXT).ok_or_else(|| {
        let allowed = "text of at most 4096 bytes each";
        place.refuse(ArrayProblem::Type { found: "longer text".into(), allowed })
    })?;
    let length = texts.len() * width;
    let mut bytes: Vec<u8> = reserve(length, place.label().display().to_string())?;
    for text in &texts {
        bytes.extend(text.as_bytes());
        bytes.resize(bytes.len() + width - text.len(), 0);
    }
    let reader = boxed(Box::new(io::Cursor::new(bytes)));
    Ok(ArrayStream { reader, shape, fortran: false, element, length, in_place: false })
}

/// The type of numbers; `None` for all else. h5py keeps booleans as an enumeration of FALSE and TRUE.
fn element(datatype: &Datatype) -> Option<Element> {
    let order = |order: &ByteOrder| match order {
        ByteOrder::LittleEndian => '<',
        ByteOrder::BigEndian => '>',
    };
    match datatype {
        Datatype::FixedPoint { size, signed, byte_order } => {
            let kind = if *signed { 'i' } else { 'u' };
            Element::parse(&format!("{}{kind}{size}", order(byte_order)))
        }
        Datatype::FloatingPoint { size, byte_order } => {
            Element::parse(&format!("{}f{size}", order(byte_order)))
        }
        Datatype::Enum { base, members } => {
            let element = element(base)?;
            let is_bool = element.width() == 1
                && members.iter().all(|member| matches!(member.name.as_str(), "FALSE" | "TRUE"));
            if is_bool { Element::parse("|b1") } else { Some(element) }
        }
        _ => None,
    }
}

fn is_text(datatype: &Datatype) -> bool {
    matches!(datatype, Datatype::String { .. } | Datatype::VarLen { kind: VarLenKind::String, .. })
}

/// All texts of a set, after a look at the lengths of those that lie elsewhere.
fn texts(set: &Dataset, place: &Place) -> Result<Vec<String>, DataError> {
    let damaged = damaged(place);
    let fixed = match set.dtype() {
        Datatype::String { size: StringSize::Fixed(length), .. } => Some(*length as usize),
        _ => None,
    };
    let width = fixed.unwrap_or(set.vlen_reference_size());
    let count = usize::try_from(set.num_elements().map_err(&damaged)?).unwrap_or(usize::MAX);
    let refuse = || {
        let allowed = "text of at most 4096 bytes each";
        place.refuse(ArrayProblem::Type { found: "longer text".into(), allowed })
    };
    if count.saturating_mul(width) > MOST_TEXT || fixed.is_some_and(|length| length > LONGEST_TEXT) {
        return Err(refuse());
    }
    if fixed.is_none() {
        let references = set.read_raw_bytes().map_err(&damaged)?;
        // Each begins with a length of four bytes.
        let lengths = references.chunks_exact(width).filter_map(|reference| reference.first_chunk::<4>());
        let longest = lengths.map(|four| u32::from_le_bytes(*four) as usize).max().unwrap_or(0);
        if longest > LONGEST_TEXT || count.saturating_mul(longest) > MOST_TEXT {
            return Err(refuse());
        }
    }
    set.read_strings().map_err(&damaged)
}

/// A value of `N` bytes as it lies in the file.
#[derive(Clone)]
#[repr(transparent)]
struct Value<const N: usize>([u8; N]);

impl<const N: usize> H5Type for Value<N> {
    fn hdf5_type() -> Datatype {
        let byte_order = ByteOrder::LittleEndian;
        Datatype::FixedPoint { size: N as u8, signed: false, byte_order }
    }

    fn from_bytes(bytes: &[u8], _: &Datatype) -> Outcome<Self> {
        let short = || Error::InvalidData(format!("{} bytes for a value of {N}", bytes.len()));
        bytes.first_chunk().map(|bytes| Self(*bytes)).ok_or_else(short)
    }

    fn element_size(_: &Datatype) -> usize {
        N
    }

    fn decode_vec(raw: &[u8], _: &Datatype, count: usize) -> Option<Outcome<Vec<Self>>> {
        let (values, _) = raw.as_chunks::<N>();
        (values.len() >= count).then(|| Ok(values[..count].iter().map(|value| Self(*value)).collect()))
    }
}

/// Reads a set row by row.
struct Rows<const N: usize> {
    set: Dataset,
    /// The next row to read, and how many are read together.
    next: u64,
    step: u64,
    /// Bytes of rows that were read, of which `given` are given out.
    bytes: Vec<u8>,
    given: usize,
}

impl<const N: usize> Rows<N> {
    fn new(set: Dataset) -> Self {
        let row = set.shape().iter().skip(1).product::<u64>().saturating_mul(N as u64).max(1);
        // Whole chunks, so that none is unpacked twice.
        let chunk = set.chunks().and_then(|chunks| chunks.first().copied()).map_or(1, u64::from).max(1);
        let step = (PIECE as u64 / row / chunk).max(1).saturating_mul(chunk);
        Self { set, next: 0, step, bytes: Vec::new(), given: 0 }
    }

    fn refill(&mut self) -> io::Result<()> {
        let shape = self.set.shape();
        let rows = shape.first().copied().unwrap_or(1);
        if self.next >= rows {
            return Ok(());
        }
        let end = self.next.saturating_add(self.step).min(rows);
        let mut selections = vec![SliceInfoElem::Slice { start: 0, end: u64::MAX, step: 1 }; shape.len()];
        if let Some(first) = selections.first_mut() {
            *first = SliceInfoElem::Slice { start: self.next, end, step: 1 };
        }
        let values = self.set.read_slice::<Value<N>>(&SliceInfo { selections });
        let values = values.map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error.to_string()))?;
        self.bytes.clear();
        self.bytes.extend(values.iter().flat_map(|value| value.0));
        (self.given, self.next) = (0, end);
        Ok(())
    }
}

impl<const N: usize> Read for Rows<N> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.given == self.bytes.len() {
            self.refill()?;
        }
        let left = &self.bytes[self.given..];
        let count = left.len().min(buffer.len());
        buffer[..count].copy_from_slice(&left[..count]);
        self.given += count;
        Ok(count)
    }
}
