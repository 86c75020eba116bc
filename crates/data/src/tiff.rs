//! The pages of a TIFF file: the chain of its directories, which the decoder follows no further than to the first; and
//! what the decoder takes on trust or does not look at.

/// Pages of one file that are read.
const MOST_PAGES: usize = 100_000;
/// Tag NewSubfileType; its lowest bit marks a smaller copy of another page (TIFF 6.0, section 8).
const NEW_SUBFILE_TYPE: u64 = 254;
const COMPRESSION: u64 = 259;
const FILL_ORDER: u64 = 266;
const PLANAR_CONFIGURATION: u64 = 284;
const TILE_WIDTH: u64 = 322;
const EXTRA_SAMPLES: u64 = 338;

/// Whether a file begins as TIFF, or BigTIFF.
pub(crate) fn is_tiff(bytes: &[u8]) -> bool {
    [b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"].iter().any(|start| bytes.starts_with(*start))
}

/// How numbers lie in a file.
#[derive(Clone, Copy)]
struct ByteLayout {
    big_endian: bool,
    /// With offsets of eight bytes in place of four.
    big: bool,
}

impl ByteLayout {
    fn of(bytes: &[u8]) -> Self {
        Self {
            big_endian: bytes.starts_with(b"MM"),
            big: bytes.get(2..4).is_some_and(|two| two.contains(&b'+')),
        }
    }

    fn number(self, bytes: &[u8], at: usize, width: usize) -> Option<u64> {
        let field = bytes.get(at..at.checked_add(width)?)?;
        let add = |number: u64, byte: &u8| number << 8 | u64::from(*byte);
        Some(if self.big_endian { field.iter().fold(0, add) } else { field.iter().rev().fold(0, add) })
    }

    /// Where the offset of the first directory stands, and its bytes.
    fn first(self) -> (usize, usize) {
        if self.big { (8, 8) } else { (4, 4) }
    }
}

/// The first value of a tag of the directory at `offset`, where it stands in the directory itself.
fn value(bytes: &[u8], offset: u64, wanted: u64) -> Option<u64> {
    let layout = ByteLayout::of(bytes);
    let (_, offset_width) = layout.first();
    let (count_width, entry_width) = if layout.big { (8, 20) } else { (2, 12) };
    let start = usize::try_from(offset).ok()?;
    let count = usize::try_from(layout.number(bytes, start, count_width)?).ok()?;
    let mut entries = (0..count).map_while(|at| {
        let entry = at.checked_mul(entry_width)?.checked_add(start)?.checked_add(count_width)?;
        Some((entry, layout.number(bytes, entry, 2)?))
    });
    let (entry, _) = entries.find(|(_, tag)| *tag == wanted)?;
    // Numbers of two bytes lie at the front of their field.
    let width = if layout.number(bytes, entry + 2, 2)? == 3 { 2 } else { 4 };
    layout.number(bytes, entry + entry_width - offset_width, width)
}

/// Why the page whose directory stands at `offset` would be decoded to other pixels than it has, or end the decoder.
pub(crate) fn fault(bytes: &[u8], offset: u64) -> Option<String> {
    let tag = |wanted| value(bytes, offset, wanted);
    let is_fax = matches!(tag(COMPRESSION), Some(2..=4));
    if tag(FILL_ORDER) == Some(2) && !is_fax {
        return Some("its bits are in reverse order (FillOrder 2)".to_owned());
    }
    (tag(PLANAR_CONFIGURATION) == Some(2) && tag(TILE_WIDTH).is_some())
        .then(|| "its channels lie apart from each other, in tiles".to_owned())
}

/// Whether the colours of a page were multiplied by their transparency (ExtraSamples 1, associated alpha).
pub(crate) fn is_premultiplied(bytes: &[u8], offset: u64) -> bool {
    value(bytes, offset, EXTRA_SAMPLES) == Some(1)
}

/// Offsets of the directories of all pages, without those of thumbnails.
///
/// # Errors
/// What is wrong, where the chain of directories is broken.
pub(crate) fn pages(bytes: &[u8]) -> Result<Vec<u64>, String> {
    let layout = ByteLayout::of(bytes);
    let cut = || "its directory of pages is cut short".to_owned();
    let (at, width) = layout.first();
    let (count_width, entry_width) = if layout.big { (8, 20) } else { (2, 12) };
    let mut offset = layout.number(bytes, at, width).ok_or_else(cut)?;
    let (mut pages, mut seen) = (Vec::new(), std::collections::HashSet::new());
    while offset != 0 {
        if !seen.insert(offset) || seen.len() > MOST_PAGES {
            return Err("its directory of pages leads back to itself".to_owned());
        }
        let start = usize::try_from(offset).map_err(|_| cut())?;
        let count = layout.number(bytes, start, count_width).ok_or_else(cut)?;
        let entries = start + count_width;
        let length =
            usize::try_from(count).ok().and_then(|count| count.checked_mul(entry_width)).ok_or_else(cut)?;
        let end = entries.checked_add(length).filter(|end| *end <= bytes.len()).ok_or_else(cut)?;
        let is_thumbnail = (entries..end).step_by(entry_width).any(|entry| {
            let tag = layout.number(bytes, entry, 2);
            let value = layout.number(bytes, entry + entry_width - width, 4);
            tag == Some(NEW_SUBFILE_TYPE) && value.is_some_and(|value| value & 1 == 1)
        });
        if !is_thumbnail {
            pages.push(offset);
        }
        offset = layout.number(bytes, end, width).ok_or_else(cut)?;
    }
    if pages.is_empty() { Err("it has no pages".to_owned()) } else { Ok(pages) }
}

/// Makes the page whose directory stands at `offset` the first one of the file.
pub(crate) fn begin_with(bytes: &mut [u8], offset: u64) {
    let layout = ByteLayout::of(bytes);
    let (at, width) = layout.first();
    if let Some(field) = bytes.get_mut(at..at + width) {
        let number = offset.to_le_bytes();
        field.copy_from_slice(&number[..width]);
        if layout.big_endian {
            field.reverse();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file of directories, each with one entry of NewSubfileType, in either order of bytes.
    fn file(big_endian: bool, kinds: &[u32]) -> Vec<u8> {
        let n2 = |n: u16| if big_endian { n.to_be_bytes() } else { n.to_le_bytes() };
        let n4 = |n: u32| if big_endian { n.to_be_bytes() } else { n.to_le_bytes() };
        let mut bytes = if big_endian { b"MM\0*".to_vec() } else { b"II*\0".to_vec() };
        bytes.extend(n4(8));
        for (index, kind) in kinds.iter().enumerate() {
            let next = if index + 1 < kinds.len() { 8 + 18 * (index as u32 + 1) } else { 0 };
            bytes.extend([&n2(1)[..], &n2(254), &n2(4), &n4(1), &n4(*kind), &n4(next)].concat());
        }
        bytes
    }

    #[test]
    fn tags_are_found() {
        for big_endian in [false, true] {
            let bytes = file(big_endian, &[7]);
            assert_eq!(value(&bytes, 8, NEW_SUBFILE_TYPE), Some(7));
            assert_eq!(value(&bytes, 8, COMPRESSION), None);
            for cut in 0..bytes.len() {
                let _ = value(&bytes[..cut], 8, NEW_SUBFILE_TYPE);
            }
            assert_eq!(value(&bytes, u64::MAX, NEW_SUBFILE_TYPE), None);
        }
    }

    #[test]
    fn pages_are_found_and_thumbnails_are_none() {
        for big_endian in [false, true] {
            let mut bytes = file(big_endian, &[0, 1, 0]);
            assert_eq!(pages(&bytes), Ok(vec![8, 44]));
            begin_with(&mut bytes, 44);
            assert_eq!(pages(&bytes), Ok(vec![44]));
            for cut in 0..bytes.len() - 1 {
                let _ = pages(&bytes[..cut]);
            }
        }
        let mut endless = file(false, &[0, 0]);
        endless[22..26].copy_from_slice(&8u32.to_le_bytes());
        assert!(pages(&endless).unwrap_err().contains("back to itself"));
        assert!(pages(&file(false, &[1])).unwrap_err().contains("no pages"));
        assert!(pages(b"II*\0\xff\xff\xff\xff").unwrap_err().contains("cut short"));
    }
}
