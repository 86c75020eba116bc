//! JPEG files that are whole, and nothing else: the usual decoder is lenient and fills what is missing or damaged with
//! grey, which nobody wants to train on.

use image::{DynamicImage, GrayImage, RgbImage};
use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;
use zune_jpeg::errors::DecodeErrors;

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

/// The image that the strict decoder reads; `None` where it does not, and a lenient one may: it also refuses files that
/// only break a rule, as with bytes between segments.
///
/// # Errors
/// In words, where a code in the image is none, so that all that follows is lost.
pub(crate) fn decode(bytes: &[u8]) -> Result<Option<DynamicImage>, String> {
    let strict = DecoderOptions::default().set_strict_mode(true);
    let decoder = |colours: ColorSpace| {
        JpegDecoder::new_with_options(ZCursor::new(bytes), strict.jpeg_set_out_colorspace(colours))
    };
    let mut header = decoder(ColorSpace::RGB);
    if header.decode_headers().is_err() {
        return Ok(None);
    }
    let is_grey = header.input_colorspace() == Some(ColorSpace::Luma);
    let mut decoder = decoder(if is_grey { ColorSpace::Luma } else { ColorSpace::RGB });
    let pixels = match decoder.decode() {
        Ok(pixels) => pixels,
        Err(DecodeErrors::Format(fault)) if fault.starts_with("Bad Huffman") => {
            return Err("damaged in the middle".to_owned());
        }
        Err(_) => return Ok(None),
    };
    let sides =
        decoder.dimensions().and_then(|(w, h)| Some((u32::try_from(w).ok()?, u32::try_from(h).ok()?)));
    Ok(sides.and_then(|(width, height)| match is_grey {
        true => GrayImage::from_raw(width, height, pixels).map(DynamicImage::ImageLuma8),
        false => RgbImage::from_raw(width, height, pixels).map(DynamicImage::ImageRgb8),
    }))
}

/// Takes a marker off the front, with the fill bytes before it and bytes that belong to no segment, which some cameras
/// leave between segments and other readers skip.
fn next_marker(rest: &mut &[u8]) -> Option<u8> {
    loop {
        let start = rest.iter().position(|byte| *byte == 0xff)?;
        let behind = &rest[start..];
        let at = behind.iter().position(|byte| *byte != 0xff)?;
        *rest = &behind[at + 1..];
        if behind[at] != 0 {
            return Some(behind[at]);
        }
    }
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
        assert!(
            is_whole(&file(&[&segment, b"stray\xff\0", &segment, &scan, &end])),
            "stray bytes are skipped"
        );
        for parts in
            [&[&segment[..], &scan][..], &[&segment, &scan, &[0xff]], &[&segment[..5]], &[&[1, 2]], &[]]
        {
            assert!(!is_whole(&file(parts)), "{parts:?}");
        }
        assert!(!is_whole(&[]));
    }
}
