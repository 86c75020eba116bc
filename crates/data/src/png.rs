//! What the PNG decoder takes on trust: that a palette holds whole colours.

/// The file's first bytes.
pub(crate) const START: [u8; 8] = *b"\x89PNG\r\n\x1a\n";

/// Length, type and checksum around a chunk's bytes.
const AROUND: usize = 12;

/// What is wrong with the palettes before the pixels, if something is: each holds 1 to 256 colours of 3 bytes (PNG
/// specification, 11.2.2).
pub(crate) fn palette_fault(bytes: &[u8]) -> Option<String> {
    let mut rest = bytes.get(START.len()..).unwrap_or_default();
    while let [a, b, c, d, name @ ..] = rest {
        let length = u32::from_be_bytes([*a, *b, *c, *d]) as usize;
        match name.get(..4) {
            Some(b"PLTE") if length == 0 || length > 768 || !length.is_multiple_of(3) => {
                return Some(format!("its palette has {length} bytes, which are not 1 to 256 colours"));
            }
            None | Some(b"IDAT") => return None,
            Some(_) => rest = rest.get(length.saturating_add(AROUND)..).unwrap_or_default(),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_colours_make_a_palette() {
        let file = |chunks: &[(&[u8; 4], usize)]| {
            let chunk = |(name, length): &(&[u8; 4], usize)| {
                [&(*length as u32).to_be_bytes(), &name[..], &vec![0; *length], &[0; 4]].concat()
            };
            [&START[..], &chunks.iter().map(chunk).collect::<Vec<_>>().concat()].concat()
        };
        assert_eq!(palette_fault(&file(&[(b"IHDR", 13), (b"PLTE", 48), (b"IDAT", 9), (b"PLTE", 4)])), None);
        for length in [0, 1, 49, 771] {
            assert!(palette_fault(&file(&[(b"IHDR", 13), (b"tEXt", 9), (b"PLTE", length)])).is_some());
        }
        for cut in 0..40 {
            let _ = palette_fault(&file(&[(b"IHDR", 13), (b"PLTE", 48)])[..cut]);
        }
        assert_eq!(palette_fault(&[&START[..], &[0xff; 8]].concat()), None);
    }
}
