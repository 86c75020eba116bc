//! The types of values that arrays hold, and how their bytes become numbers.

use half::f16;

/// A type of number, and the order of its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Element {
    kind: NumberKind,
    big_endian: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum NumberKind {
    Bool,
    Unsigned(u8),
    Signed(u8),
    Float(u8),
    /// Characters of four bytes each.
    Unicode(usize),
    Bytes(usize),
}

impl Element {
    /// One byte from 0 to 255.
    pub(crate) const BYTE: Self = Self { kind: NumberKind::Unsigned(1), big_endian: false };
    /// Little-endian f32.
    pub(crate) const FLOAT: Self = Self { kind: NumberKind::Float(4), big_endian: false };

    /// From NumPy's description, such as `<f8`; `None` for what is neither a number nor text.
    pub(crate) fn parse(descriptor: &str) -> Option<Self> {
        let (order, rest) = descriptor.split_at_checked(1)?;
        let (letter, digits) = rest.split_at_checked(1)?;
        let big_endian = match order {
            "<" | "|" => false,
            ">" => true,
            "=" => cfg!(target_endian = "big"),
            _ => return None,
        };
        let length: usize = digits.parse().ok()?;
        let width = u8::try_from(length).unwrap_or(0);
        let kind = match (letter, width) {
            ("b", 1) => NumberKind::Bool,
            ("u", 1 | 2 | 4 | 8) => NumberKind::Unsigned(width),
            ("i", 1 | 2 | 4 | 8) => NumberKind::Signed(width),
            ("f", 2 | 4 | 8) => NumberKind::Float(width),
            ("U", _) if (1..=LONGEST_TEXT).contains(&length) => NumberKind::Unicode(length),
            ("S", _) if (1..=LONGEST_TEXT).contains(&length) => NumberKind::Bytes(length),
            _ => return None,
        };
        Some(Self { kind, big_endian: big_endian && width != 1 })
    }

    /// Bytes of one value.
    pub(crate) fn width(self) -> usize {
        match self.kind {
            NumberKind::Bool => 1,
            NumberKind::Unsigned(width) | NumberKind::Signed(width) | NumberKind::Float(width) => {
                usize::from(width)
            }
            NumberKind::Unicode(length) => 4 * length,
            NumberKind::Bytes(length) => length,
        }
    }

    pub(crate) fn is_bool(self) -> bool {
        self.kind == NumberKind::Bool
    }

    pub(crate) fn is_byte(self) -> bool {
        self.kind == NumberKind::Unsigned(1)
    }

    pub(crate) fn is_float(self) -> bool {
        matches!(self.kind, NumberKind::Float(_))
    }

    pub(crate) fn is_text(self) -> bool {
        matches!(self.kind, NumberKind::Unicode(_) | NumberKind::Bytes(_))
    }

    /// The number that `bytes`, as many as [`width`](Self::width), stand for. Whole numbers beyond 2⁵³ are rounded.
    pub(crate) fn number(self, bytes: &[u8]) -> f64 {
        let mut raw = [0; 8];
        let width = bytes.len().min(8);
        for (at, byte) in raw[..width].iter_mut().enumerate() {
            *byte = if self.big_endian { bytes[width - 1 - at] } else { bytes[at] };
        }
        let whole = u64::from_le_bytes(raw);
        match self.kind {
            NumberKind::Bool => f64::from(u8::from(whole != 0)),
            NumberKind::Unsigned(_) => whole as f64,
            // Shifted up and down again, the sign fills the upper bytes.
            NumberKind::Signed(width) => {
                let unused = 64 - 8 * u32::from(width);
                (((whole << unused) as i64) >> unused) as f64
            }
            NumberKind::Float(2) => f16::from_bits(whole as u16).to_f64(),
            NumberKind::Float(4) => f64::from(f32::from_bits(whole as u32)),
            NumberKind::Float(_) => f64::from_bits(whole),
            NumberKind::Unicode(_) | NumberKind::Bytes(_) => f64::NAN,
        }
    }

    /// The text that `bytes` stand for, without the zeros behind it; `None` for numbers.
    pub(crate) fn text(self, bytes: &[u8]) -> Option<String> {
        match self.kind {
            NumberKind::Bytes(_) => Some(String::from_utf8_lossy(bytes).trim_end_matches('\0').to_owned()),
            NumberKind::Unicode(_) => {
                let letter = |four: &[u8; 4]| {
                    let code =
                        if self.big_endian { u32::from_be_bytes(*four) } else { u32::from_le_bytes(*four) };
                    char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)
                };
                let text: String = bytes.as_chunks::<4>().0.iter().map(letter).collect();
                Some(text.trim_end_matches('\0').to_owned())
            }
            _ => None,
        }
    }
}

/// Characters of a text in an array; labels and names of files are shorter.
const LONGEST_TEXT: usize = 4096;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_width_and_order_gives_its_number() {
        let number = |descriptor: &str, bytes: &[u8]| {
            let element = Element::parse(descriptor).unwrap();
            assert_eq!(element.width(), bytes.len(), "{descriptor}");
            element.number(bytes)
        };
        assert_eq!(number("|b1", &[1]), 1.0);
        assert_eq!(number("|u1", &[200]), 200.0);
        assert_eq!(number("|i1", &[200]), -56.0);
        assert_eq!(number("<u2", &1025u16.to_le_bytes()), 1025.0);
        assert_eq!(number(">u2", &1025u16.to_be_bytes()), 1025.0);
        assert_eq!(number(">i2", &(-3i16).to_be_bytes()), -3.0);
        assert_eq!(number("<i4", &(-70_000i32).to_le_bytes()), -70_000.0);
        assert_eq!(number(">u4", &3_000_000_000u32.to_be_bytes()), 3e9);
        assert_eq!(number("<i8", &(-1i64).to_le_bytes()), -1.0);
        assert_eq!(number(">u8", &(1u64 << 52).to_be_bytes()), (1u64 << 52) as f64);
        assert_eq!(number("<f2", &f16::from_f32(0.375).to_le_bytes()), 0.375);
        assert_eq!(number(">f4", &0.1f32.to_be_bytes()), f64::from(0.1f32));
        assert_eq!(number(">f8", &0.1f64.to_be_bytes()), 0.1);
        for none in ["", "|", "<c8", "|O", "<f16", "<u3", "<M8[ns]", "|V4", "é", "|U99999999999999999999"] {
            assert_eq!(Element::parse(none), None, "{none}");
        }
    }

    #[test]
    fn text_is_text() {
        let unicode = Element::parse("<U3").unwrap();
        let bytes: Vec<u8> = ['é', 'b', '\0'].iter().flat_map(|c| (*c as u32).to_le_bytes()).collect();
        assert_eq!((unicode.width(), unicode.text(&bytes)), (12, Some("éb".to_owned())));
        assert_eq!(Element::parse("|S4").unwrap().text(b"cat\0"), Some("cat".to_owned()));
        assert_eq!(Element::BYTE.text(b"1"), None);
    }
}
