//! Decoders of image files, opened once a file promises no more than it can hold.

use std::io::{BufRead, Seek};
use std::path::Path;

use image::error::{LimitError, LimitErrorKind};
use image::metadata::Orientation;
use image::{ImageDecoder, ImageError, ImageFormat, ImageReader, ImageResult};

use super::source::MOST_MEMORY;
use crate::checksum::DEFLATE_RATIO;
use crate::error::DataError;
use crate::tiff;

const LARGEST_SIDE: u32 = 32_768;

/// The most pixels that a byte of a file can stand for: of one bit each, deflated as far as that goes; in JPEG blocks
/// of 8 × 8 take at least a bit, in GIF a code of at least three bits stands for at most 4096 pixels; WebP has no bound.
fn pixels_per_byte(format: Option<ImageFormat>) -> u64 {
    match format {
        Some(ImageFormat::Jpeg) => 8 * 64,
        Some(ImageFormat::Gif) => 4096 * 3,
        Some(ImageFormat::WebP) => u64::MAX,
        _ => 8 * DEFLATE_RATIO,
    }
}

/// Opens an image of `length` bytes, once its header promises no more than those bytes and this machine can hold.
pub(super) fn decoder<'a>(
    path: &Path,
    mut source: impl BufRead + Seek + 'a,
    length: u64,
) -> Result<impl ImageDecoder + 'a, DataError> {
    let start = source.fill_buf().map_err(DataError::io(path, "read"))?.to_vec();
    let mut reader = ImageReader::new(source).with_guessed_format().map_err(DataError::io(path, "read"))?;
    // BigTIFF is not among the beginnings that are guessed.
    if tiff::is_tiff(&start) {
        reader.set_format(ImageFormat::Tiff);
    }
    if reader.format().is_none() {
        let reason = no_image(&start);
        return Err(DataError::Picture { file: path.to_path_buf(), reason });
    }
    let mut limits = image::Limits::default();
    (limits.max_image_width, limits.max_image_height) = (Some(LARGEST_SIDE), Some(LARGEST_SIDE));
    limits.max_alloc = Some(MOST_MEMORY);
    reader.limits(limits);
    let per_byte = pixels_per_byte(reader.format());
    let decoder = reader.into_decoder().map_err(|error| refuse(path, error))?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > length.saturating_mul(per_byte) {
        let reason = format!("its {length} bytes cannot hold {height}×{width} pixels");
        return Err(broken(path, &reason));
    }
    // The decoder's own limit holds for what it works with, not for the pixels that it gives.
    if decoder.total_bytes() > MOST_MEMORY {
        let error = LimitError::from_kind(LimitErrorKind::InsufficientMemory);
        return Err(refuse(path, ImageError::Limits(error)));
    }
    Ok(decoder)
}

/// How the image is held upright. The decoder of WebP does not know that EXIF may begin with its own name.
pub(super) fn orientation(decoder: &mut impl ImageDecoder) -> ImageResult<Orientation> {
    const NAME: &[u8] = b"Exif\0\0";
    let exif = decoder.exif_metadata()?;
    match exif.as_deref().and_then(|exif| exif.strip_prefix(NAME)) {
        Some(exif) => Ok(Orientation::from_exif_chunk(exif).unwrap_or(Orientation::NoTransforms)),
        None => decoder.orientation(),
    }
}

/// What a file is that is no image, by its first bytes.
fn no_image(start: &[u8]) -> String {
    let text = String::from_utf8_lossy(&start[..start.len().min(64)]).trim_start().to_lowercase();
    let what = match text.as_str() {
        _ if start.is_empty() => "it is empty",
        text if text.starts_with("<!doctype") || text.starts_with("<html") => {
            "a web page, perhaps what a download gave in place of the image"
        }
        text if text.starts_with("<svg") || text.starts_with("<?xml") => "an SVG or XML file",
        _ if start.get(4..8) == Some(b"ftyp") => {
            "a HEIC or AVIF image, which are not read: save it as PNG or JPEG"
        }
        text if text.starts_with("version https://git-lfs") => {
            "a pointer of Git LFS in place of the image: fetch it with git lfs pull"
        }
        _ => "no image of a kind that is read (PNG, JPEG, WebP, TIFF, BMP, GIF, PNM)",
    };
    what.to_owned()
}

/// The error of an image whose bytes are wrong.
pub(super) fn broken(path: &Path, reason: &str) -> DataError {
    DataError::Picture { file: path.into(), reason: format!("a broken image: {reason}") }
}

/// The error that a decoder gave, in our words.
pub(super) fn refuse(path: &Path, error: ImageError) -> DataError {
    let reason = match error {
        ImageError::Unsupported(error) => format!("an image of a kind that is not read: {error}"),
        ImageError::Limits(_) => {
            format!("larger than {LARGEST_SIDE} pixels a side or {} MiB in memory", MOST_MEMORY >> 20)
        }
        other => return broken(path, &other.to_string()),
    };
    DataError::Picture { file: path.to_path_buf(), reason }
}
