//! Large numbers and files, as the page's elements hold them.

use std::io::Write as _;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use flate2::{Compression, write::DeflateEncoder};
use half::f16;
use half::slice::HalfFloatSliceExt;

use crate::payload::{ArrayRef, FileRef, NumberType, TextRef};

/// What a blob is part of, for the list of what the file is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Small images of the points.
    Images,
    /// Positions, classes and file names of the points.
    Points,
    /// Networks' tensors.
    Networks,
    /// Codes of the points.
    Codes,
    /// Positions on maps.
    Maps,
    /// Losses, clusters, the owner's columns.
    Columns,
    /// Where codes are drawn from.
    Samplers,
}

impl Part {
    /// All of them, in the order of lists.
    pub const ALL: [Self; 7] =
        [Self::Images, Self::Networks, Self::Codes, Self::Maps, Self::Columns, Self::Points, Self::Samplers];

    /// As people read it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Images => "images",
            Self::Points => "names and classes",
            Self::Networks => "networks",
            Self::Codes => "codes",
            Self::Maps => "maps",
            Self::Columns => "losses and columns",
            Self::Samplers => "samplers",
        }
    }
}

/// How exactly floats are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precision {
    /// In 16 bits, about three digits, in 32 where a number is beyond their range; weights in 24.
    Half,
    /// In 32 bits, as they are.
    Single,
}

/// One element of the page.
#[derive(Clone, Debug)]
pub(crate) struct Blob {
    pub part: Part,
    pub base64: String,
    /// Whether it is stored as it is: a PNG or JPEG, which nothing makes smaller.
    pub is_plain: bool,
}

/// A weight as [`Blobs::weights`] keeps it in 24 bits: rounded to 16 binary digits.
///
/// ```
/// assert_eq!(explorer::in_24_bits(1.0 + 1.0 / 65536.0), 1.0 + 1.0 / 32768.0);
/// ```
pub fn in_24_bits(weight: f32) -> f32 {
    // Half of the last bit that stays; beyond the largest float lies infinity, which no weight comes near.
    f32::from_bits(weight.to_bits().saturating_add(0x80) & 0xffff_ff00)
}

/// Large numbers and files; what is kept is named by its place.
#[derive(Clone, Debug, Default)]
pub struct Blobs {
    blobs: Vec<Blob>,
}

impl Blobs {
    /// Keeps `values` of `shape`.
    pub fn floats(&mut self, part: Part, shape: &[usize], values: &[f32], precision: Precision) -> ArrayRef {
        let fits = |value: &f32| !value.is_finite() || value.abs() <= f32::from(f16::MAX);
        if precision == Precision::Half && values.iter().all(fits) {
            let mut halves = vec![f16::ZERO; values.len()];
            halves.convert_from_f32_slice(values);
            let bytes: Vec<u8> = halves.iter().flat_map(|value| value.to_le_bytes()).collect();
            return self.array(part, NumberType::F16, shape, &bytes);
        }
        let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.array(part, NumberType::F32, shape, &bytes)
    }

    /// Keeps weights, of whose rounding decoded images are made: in 24 bits where others are kept in 16. With 16 a pixel of
    /// a net that was trained to the end can be off by 1e-3.
    pub fn weights(&mut self, values: &[f32], precision: Precision) -> ArrayRef {
        let shape = [values.len()];
        if precision == Precision::Single {
            return self.floats(Part::Networks, &shape, values, precision);
        }
        let bytes: Vec<u8> =
            values.iter().flat_map(|value| in_24_bits(*value).to_le_bytes()[1..].to_vec()).collect();
        self.array(Part::Networks, NumberType::F24, &shape, &bytes)
    }

    /// Keeps numbers of categories, in as few bytes as the largest needs.
    pub fn categories(&mut self, part: Part, values: &[u32]) -> ArrayRef {
        let shape = [values.len()];
        match values.iter().max().copied().unwrap_or(0) {
            0..=0xff => {
                let bytes: Vec<u8> = values.iter().map(|value| *value as u8).collect();
                self.array(part, NumberType::U8, &shape, &bytes)
            }
            0x100..=0xffff => {
                let bytes: Vec<u8> = values.iter().flat_map(|value| (*value as u16).to_le_bytes()).collect();
                self.array(part, NumberType::U16, &shape, &bytes)
            }
            _ => self.positions(part, values),
        }
    }

    /// Keeps positions, in 32 bits.
    pub fn positions(&mut self, part: Part, values: &[u32]) -> ArrayRef {
        let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.array(part, NumberType::U32, &[values.len()], &bytes)
    }

    /// Keeps texts.
    pub fn texts(&mut self, part: Part, texts: &[String]) -> TextRef {
        let json = serde_json::Value::from(texts).to_string();
        TextRef { blob: self.push(part, deflated(json.as_bytes()), false) }
    }

    /// Keeps a file that is packed already.
    pub fn file(&mut self, part: Part, media: &'static str, bytes: &[u8]) -> FileRef {
        FileRef { blob: self.push(part, STANDARD.encode(bytes), true), media }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.blobs.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.blobs.is_empty()
    }

    /// What the element of blob `blob` holds.
    ///
    /// # Panics
    /// If there is no such blob.
    pub fn base64(&self, blob: usize) -> &str {
        &self.blobs[blob].base64
    }

    /// Bytes in the page.
    pub fn bytes(&self) -> usize {
        self.blobs.iter().map(|blob| blob.base64.len()).sum()
    }

    /// Bytes of `part` in the page.
    pub(crate) fn bytes_of(&self, part: Part) -> usize {
        self.blobs.iter().filter(|blob| blob.part == part).map(|blob| blob.base64.len()).sum()
    }

    pub(crate) fn all(&self) -> &[Blob] {
        &self.blobs
    }

    fn array(&mut self, part: Part, number: NumberType, shape: &[usize], bytes: &[u8]) -> ArrayRef {
        ArrayRef { blob: self.push(part, deflated(bytes), false), number, shape: shape.to_vec() }
    }

    fn push(&mut self, part: Part, base64: String, is_plain: bool) -> usize {
        self.blobs.push(Blob { part, base64, is_plain });
        self.blobs.len() - 1
    }
}

/// Raw deflate, as base64.
fn deflated(bytes: &[u8]) -> String {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    // Writing to memory does not fail.
    let packed = encoder.write_all(bytes).and_then(|()| encoder.finish()).unwrap_or_default();
    STANDARD.encode(packed)
}
