//! One image file: decoded upright, brought to a size and a number of channels.

use std::io::{BufRead, BufReader, Cursor, Read, Seek};
use std::path::Path;

use image::error::{LimitError, LimitErrorKind};
use image::imageops::{self, FilterType};
use image::metadata::Orientation;
use image::{DynamicImage, ImageBuffer, ImageDecoder, ImageError, ImageFormat, ImageReader, Pixel};
use serde::{Deserialize, Serialize};

use crate::checksum::DEFLATE_RATIO;
use crate::{DataError, ImageShape, jpeg, png, regular};

/// How an image comes to the size asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fit {
    /// Scaled in each direction on its own; proportions may change.
    #[default]
    Resize,
    /// The largest centred part of the right proportions, scaled.
    Crop,
    /// Scaled to fit inside, centred on black.
    Pad,
}

/// What is kept of an image's colours. Transparent parts come out black.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Channels {
    /// One channel: luma.
    Grey,
    /// Three channels.
    Rgb,
    /// Grey if every image of the folder is grey, else RGB.
    #[default]
    Auto,
}

impl Fit {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Resize => "\"resize\"",
            Self::Crop => "\"crop\"",
            Self::Pad => "\"pad\"",
        }
    }
}

impl Channels {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Grey => "\"grey\"",
            Self::Rgb => "\"rgb\"",
            Self::Auto => "\"auto\"",
        }
    }
}

/// What an image file's header says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    /// Height and width when held upright.
    pub(crate) sides: [usize; 2],
    /// Whether it has no colours.
    pub(crate) grey: bool,
}

const LARGEST_SIDE: u32 = 32_768;
const MOST_MEMORY: u64 = 1 << 29;
/// The most pixels that a byte can stand for: of one bit each, deflated as far as that goes.
const PNG_PIXELS: u64 = 8 * DEFLATE_RATIO;
/// The same for JPEG, whose blocks of 8 × 8 take at least a bit.
const JPEG_PIXELS: u64 = 8 * 64;

pub(crate) fn header(path: &Path) -> Result<Header, DataError> {
    let (file, length) = regular::open(path)?;
    let mut decoder = decoder(path, BufReader::new(file), length)?;
    let (width, height) = decoder.dimensions();
    let orientation = decoder.orientation().map_err(|error| refuse(path, error))?;
    let turned = matches!(
        orientation,
        Orientation::Rotate90
            | Orientation::Rotate270
            | Orientation::Rotate90FlipH
            | Orientation::Rotate270FlipH
    );
    let sides = if turned { [width, height] } else { [height, width] };
    Ok(Header { sides: sides.map(|side| side as usize), grey: !decoder.color_type().has_color() })
}

/// Writes the image in `path` to `out`, which has room for `shape` (of 1 or 3 channels).
pub(crate) fn read(path: &Path, shape: ImageShape, fit: Fit, out: &mut [u8]) -> Result<(), DataError> {
    let bytes = bytes(path)?;
    let broken = |reason: &str| {
        Err(DataError::Picture { file: path.into(), reason: format!("a broken image: {reason}") })
    };
    if bytes.starts_with(&jpeg::START) && !jpeg::is_whole(&bytes) {
        return broken("it ends too early");
    }
    if let Some(fault) = bytes.starts_with(&png::START).then(|| png::palette_fault(&bytes)).flatten() {
        return broken(&fault);
    }
    let mut decoder = decoder(path, Cursor::new(&bytes), bytes.len() as u64)?;
    let orientation = decoder.orientation().map_err(|error| refuse(path, error))?;
    let mut image = DynamicImage::from_decoder(decoder).map_err(|error| refuse(path, error))?;
    image.apply_orientation(orientation);
    if image.color().has_alpha() {
        image = over_black(&image);
    }
    let pixels = match shape.channels {
        1 => fitted(image.into_luma8(), shape, fit),
        _ => fitted(image.into_rgb8(), shape, fit),
    };
    out.copy_from_slice(&pixels);
    Ok(())
}

fn bytes(path: &Path) -> Result<Vec<u8>, DataError> {
    let (file, _) = regular::open(path)?;
    let mut bytes = Vec::new();
    file.take(MOST_MEMORY + 1).read_to_end(&mut bytes).map_err(DataError::io(path, "read"))?;
    if bytes.len() as u64 > MOST_MEMORY {
        let reason = format!("more than {} MiB", MOST_MEMORY >> 20);
        return Err(DataError::Picture { file: path.into(), reason });
    }
    Ok(bytes)
}

/// Opens an image of `length` bytes, once its header promises no more than those bytes and this machine can hold.
fn decoder<'a>(
    path: &Path,
    source: impl BufRead + Seek + 'a,
    length: u64,
) -> Result<impl ImageDecoder + 'a, DataError> {
    let mut reader = ImageReader::new(source).with_guessed_format().map_err(DataError::io(path, "read"))?;
    let mut limits = image::Limits::default();
    (limits.max_image_width, limits.max_image_height) = (Some(LARGEST_SIDE), Some(LARGEST_SIDE));
    limits.max_alloc = Some(MOST_MEMORY);
    reader.limits(limits);
    let per_byte = if reader.format() == Some(ImageFormat::Jpeg) { JPEG_PIXELS } else { PNG_PIXELS };
    let decoder = reader.into_decoder().map_err(|error| refuse(path, error))?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > length.saturating_mul(per_byte) {
        let reason = format!("a broken image: its {length} bytes cannot hold {height}×{width} pixels");
        return Err(DataError::Picture { file: path.into(), reason });
    }
    // The decoder's own limit holds for what it works with, not for the pixels that it gives.
    if decoder.total_bytes() > MOST_MEMORY {
        let error = LimitError::from_kind(LimitErrorKind::InsufficientMemory);
        return Err(refuse(path, ImageError::Limits(error)));
    }
    Ok(decoder)
}

fn refuse(path: &Path, error: ImageError) -> DataError {
    let reason = match error {
        ImageError::Unsupported(_) => "neither a PNG nor a JPEG image that can be read".into(),
        ImageError::Limits(_) => {
            format!("larger than {LARGEST_SIDE} pixels a side or {} MiB in memory", MOST_MEMORY >> 20)
        }
        other => format!("a broken image: {other}"),
    };
    DataError::Picture { file: path.to_path_buf(), reason }
}

fn over_black(image: &DynamicImage) -> DynamicImage {
    let mut rgba = image.to_rgba8();
    for pixel in rgba.pixels_mut() {
        let [r, g, b, alpha] = pixel.0.map(u16::from);
        let dim = |value: u16| ((value * alpha + 127) / 255) as u8;
        pixel.0 = [dim(r), dim(g), dim(b), 255];
    }
    DynamicImage::ImageRgba8(rgba)
}

fn fitted<P>(image: ImageBuffer<P, Vec<u8>>, shape: ImageShape, fit: Fit) -> Vec<u8>
where
    P: Pixel<Subpixel = u8> + 'static,
{
    let (width, height) = (shape.width as u32, shape.height as u32);
    let (from_width, from_height) = image.dimensions();
    if (from_width, from_height) == (width, height) {
        return image.into_raw();
    }
    let scaled = |image: &ImageBuffer<P, Vec<u8>>, width, height| {
        imageops::resize(image, width, height, FilterType::Triangle)
    };
    // The sides of a rectangle of proportions a:b with one side given: ⌊side · a / b⌋, at least 1.
    let side = |side: u32, a: u32, b: u32| (u64::from(side) * u64::from(a) / u64::from(b)).max(1) as u32;
    let wider = u64::from(from_width) * u64::from(height) > u64::from(from_height) * u64::from(width);
    match fit {
        Fit::Resize => scaled(&image, width, height).into_raw(),
        Fit::Crop => {
            let (w, h) = match wider {
                true => (side(from_height, width, height), from_height),
                false => (from_width, side(from_width, height, width)),
            };
            let (x, y) = ((from_width - w) / 2, (from_height - h) / 2);
            scaled(&imageops::crop_imm(&image, x, y, w, h).to_image(), width, height).into_raw()
        }
        Fit::Pad => {
            let (w, h) = match wider {
                true => (width, side(width, from_height, from_width)),
                false => (side(height, from_width, from_height), height),
            };
            let mut canvas = ImageBuffer::new(width, height);
            let (x, y) = ((width - w) / 2, (height - h) / 2);
            imageops::replace(&mut canvas, &scaled(&image, w, h), x.into(), y.into());
            canvas.into_raw()
        }
    }
}
