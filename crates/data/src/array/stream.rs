//! The bytes of one array, in a `.npy` file or as a member of an `.npz` or HDF5 file.
//!
//! Headers are parsed by `ndarray-npy`; lengths are compared with what is there before memory is taken for values.
//! Nothing is unpacked to the disk under a name of the archive's, so none can lead out of a folder.

use std::io::Read;

use ndarray::{ArrayD, IxDyn, ShapeBuilder};
use ndarray_npy::npy::header::Header;

use super::element::Element;
use super::place::Place;
use crate::checksum::HashedReader;
use crate::error::array_problem::ArrayProblem;
use crate::error::{DataError, reserve};
use crate::file_record::{FileRecord, Verification};

/// NumPy's headers take 128 bytes; more than this is none.
const LONGEST_HEADER: usize = 4096;

/// An array in memory with its values still as bytes.
pub(crate) struct RawArray {
    pub shape: Vec<usize>,
    pub fortran: bool,
    pub element: Element,
    pub bytes: Vec<u8>,
}

impl RawArray {
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
pub(super) enum Length {
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
    pub(super) fn begin(
        mut reader: HashedReader<Box<dyn Read + 'a>>,
        file_length: Length,
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
        let left = |bytes: u64| bytes.saturating_sub(reader.offset);
        let problem = match file_length {
            Length::Exactly(bytes) if expected != left(bytes) => {
                Some(ArrayProblem::Length { expected, found: left(bytes) })
            }
            Length::AtMost(bytes) if expected > left(bytes) => {
                Some(ArrayProblem::Oversized { expected, ceiling: left(bytes) })
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
    pub fn whole(mut self, place: &Place) -> Result<(RawArray, FileRecord), DataError> {
        let mut bytes = reserve(self.length, place.label().display().to_string())?;
        self.reader.append(self.length, &mut bytes).map_err(|error| place.read_error(error))?;
        let raw = RawArray { shape: self.shape, fortran: self.fortran, element: self.element, bytes };
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
