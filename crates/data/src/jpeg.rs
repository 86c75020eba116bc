//! Whether a JPEG file is whole. The decoder is lenient and fills what is missing with grey, which nobody
//! wants to train on.

/// Start-of-image marker.
pub(crate) const START: [u8; 2] = [0xff, 0xd8];

const START_OF_SCAN: u8 = 0xda;
const END_OF_IMAGE: u8 = 0xd9;

/// Walks the segments and scans up to the end-of-image marker; bytes behind it (as some cameras add) are of
/// no concern.
pub(crate) fn is_whole(bytes: &[u8]) -> bool {
    let mut rest = bytes.get(START.len()..).unwrap_or_default();
    while let Some(marker) = next_marker(&mut rest) {
        match marker {
            END_OF_IMAGE => return true,
            0x01 | 0xd0..=0xd8 => {} // stand alone
            _ => {
                let [high, low, ..] = *rest else { return false };
                let Some(behind) = rest.get(usize::from(u16::from_be_bytes([high, low]))..) else {
                    return false;
                };
                rest = if marker == START_OF_SCAN { behind_scan(behind) } else { behind };
            }
        }
    }
    false
}

/// Takes a marker, and the fill bytes before it, off the front.
fn next_marker(rest: &mut &[u8]) -> Option<u8> {
    let at = rest.iter().position(|byte| *byte != 0xff)?;
    let marker = rest[at];
    *rest = &rest[at + 1..];
    (at > 0).then_some(marker)
}

/// The bytes from the marker on that ends a scan. Inside, 0xff is followed by 0 or a restart marker.
fn behind_scan(bytes: &[u8]) -> &[u8] {
    let ends = |pair: &[u8]| pair[0] == 0xff && !matches!(pair[1], 0 | 0xff | 0xd0..=0xd7);
    bytes.windows(2).position(ends).map_or(&[], |at| &bytes[at..])
}

#[cfg(test)]
mod tests {
    use super::is_whole;

    #[test]
    fn only_files_with_an_end_are_whole() {
        let segment = [0xff, 0xe1, 0, 6, 0xff, 0xd9, 0xff, 0xda]; // a thumbnail's markers do not count
        let scan = [0xff, 0xda, 0, 3, 1, 7, 0xff, 0, 8, 0xff, 0xd3, 9];
        let end = [0xff, 0xff, 0xd9];
        let file = |parts: &[&[u8]]| [&[0xff, 0xd8][..], &parts.concat()].concat();
        assert!(is_whole(&file(&[&segment, &scan, &end])));
        assert!(is_whole(&file(&[&segment, &scan, &segment, &scan, &end, b"more"])));
        for parts in
            [&[&segment[..], &scan][..], &[&segment, &scan, &[0xff]], &[&segment[..5]], &[&[1, 2]], &[]]
        {
            assert!(!is_whole(&file(parts)), "{parts:?}");
        }
        assert!(!is_whole(&[]));
    }
}
