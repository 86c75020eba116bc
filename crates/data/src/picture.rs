//! One image, of a file or of a row of a table: decoded upright, brought to a size and a number of channels.

mod source;

use std::io::{BufRead, Cursor, Read, Seek};
use std::path::Path;

use image::error::{LimitError, LimitErrorKind};
use image::metadata::Orientation;
use image::{
    ColorType, DynamicImage, ImageBuffer, ImageDecoder, ImageError, ImageFormat, ImageReader, ImageResult,
    Luma, LumaA, Pixel, Rgb, Rgba,
};
use serde::{Deserialize, Serialize};

use crate::checksum::DEFLATE_RATIO;
use crate::dataset::ImageShape;
use crate::error::DataError;
use crate::guard::guarded;
use crate::resize::fitted_over;
use crate::scale::Scale;
use crate::{jpeg, png, tiff};

pub(crate) use source::Picture;
#[cfg(feature = "parquet")]
pub(crate) use source::PictureRow;

/// How an image comes to the size asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fit {
    /// Scaled in each direction on its own; proportions may change.
    #[default]
    Resize,
    /// The largest centred part of the right proportions, scaled.
    Crop,
    /// Scaled to fit inside, centred on black, or on `data.background`.
    Pad,
}

/// What is kept of an image's colours.
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

/// What lies behind transparent pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Background {
    /// As light strokes want it.
    #[default]
    Black,
    /// As dark ink wants it.
    White,
}

impl Background {
    /// 0 or 1.
    pub(crate) fn intensity(self) -> f32 {
        match self {
            Self::Black => 0.0,
            Self::White => 1.0,
        }
    }

    /// As a recipe says it, without quotes.
    pub fn name(self) -> &'static str {
        match self {
            Self::Black => "black",
            Self::White => "white",
        }
    }
}

/// What the header of an image says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    /// Height and width when held upright.
    pub(crate) sides: [usize; 2],
    /// Whether it has no colours.
    pub(crate) grey: bool,
}

/// One image of a picture: the only one, or a page.
#[derive(Clone, Debug)]
pub(crate) struct Page {
    pub(crate) picture: Picture,
    /// Counted from 0.
    pub(crate) page: usize,
    /// How many the picture has.
    pub(crate) of: usize,
}

/// How decoded values become pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Rendering {
    /// Of files with 8 bits a value or fewer.
    pub(crate) bytes: Scale,
    /// Of files with 16 bits a value.
    pub(crate) words: Scale,
    pub(crate) background: Background,
}

impl Default for Rendering {
    fn default() -> Self {
        Self { bytes: Scale::BYTES, words: Scale { low: 0.0, high: 65_535.0 }, background: Background::Black }
    }
}

impl Rendering {
    /// With what a recipe says. A range that no byte reaches is one of 16 bits.
    pub(crate) fn new(range: Option<[f64; 2]>, background: Option<Background>) -> Self {
        let mut rendering = Self { background: background.unwrap_or_default(), ..Self::default() };
        if let Some(range) = range {
            rendering.words = Scale::from_range(range);
            if range[0].max(range[1]) <= 255.0 {
                rendering.bytes = rendering.words;
            }
        }
        rendering
    }
}

/// What an image looked like before it was brought to its shape.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Look {
    /// The largest value, of 16 bits or of 8.
    pub(crate) largest: u16,
    pub(crate) is_deep: bool,
    /// Of an image with transparent parts: whether the others cannot be told from black, and from white.
    pub(crate) vanishes_on: Option<[bool; 2]>,
}

const LARGEST_SIDE: u32 = 32_768;
const MOST_MEMORY: u64 = 1 << 29;
/// Root mean square difference in luma below which an image cannot be told from what lies behind it.
const VANISHED: f64 = 0.2;

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

/// The images of a picture, each with what its header says. Only a TIFF has several: its pages, without thumbnails.
pub(crate) fn headers(picture: &Picture) -> Result<Vec<(Page, Header)>, DataError> {
    let label = picture.label();
    let (mut source, length) = picture.open()?;
    let mut start = Vec::new();
    source.by_ref().take(8).read_to_end(&mut start).map_err(DataError::io(&label, "read"))?;
    let page = |page, of| Page { picture: picture.clone(), page, of };
    if !tiff::is_tiff(&start) {
        source.rewind().map_err(DataError::io(&label, "read"))?;
        return Ok(vec![(page(0, 1), header(&label, source, length)?)]);
    }
    let mut bytes = picture.bytes()?;
    let pages = tiff::pages(&bytes).map_err(|fault| broken(&label, &fault))?;
    let of = pages.len();
    pages
        .into_iter()
        .enumerate()
        .map(|(index, offset)| {
            if let Some(fault) = tiff::fault(&bytes, offset) {
                let reason = format!("an image of a kind that is not read: {fault}");
                return Err(DataError::Picture { file: label.clone(), reason });
            }
            tiff::begin_with(&mut bytes, offset);
            Ok((page(index, of), header(&label, Cursor::new(&bytes), length)?))
        })
        .collect()
}

fn header(path: &Path, source: impl BufRead + Seek, length: u64) -> Result<Header, DataError> {
    let mut decoder = decoder(path, source, length)?;
    let (width, height) = decoder.dimensions();
    let orientation = orientation(&mut decoder).map_err(|error| refuse(path, error))?;
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

/// Writes an image to `out`, which has room for `shape` (of 1 or 3 channels), and tells what it looked like.
pub(crate) fn read(
    page: &Page,
    shape: ImageShape,
    fit: Fit,
    rendering: Rendering,
    out: &mut [u8],
) -> Result<Look, DataError> {
    let image = decode(page)?;
    let look = look(&image);
    let image = render(image, rendering);
    let behind = (255.0 * rendering.background.intensity()) as u8;
    let pixels = match shape.channels {
        1 => fitted_over(&image.into_luma8(), shape, fit, Luma([behind])),
        _ => fitted_over(&image.into_rgb8(), shape, fit, Rgb([behind; 3])),
    };
    out.copy_from_slice(&pixels);
    Ok(look)
}

/// The image, upright, as its file has it.
pub(crate) fn decode(page: &Page) -> Result<DynamicImage, DataError> {
    let path = &page.picture.label();
    let mut bytes = page.picture.bytes()?;
    let mut is_premultiplied = false;
    if bytes.starts_with(&jpeg::START) && !jpeg::is_whole(&bytes) {
        return Err(broken(path, "it ends too early"));
    }
    if let Some(fault) = bytes.starts_with(&png::START).then(|| png::palette_fault(&bytes)).flatten() {
        return Err(broken(path, &fault));
    }
    if tiff::is_tiff(&bytes) {
        let pages = tiff::pages(&bytes).map_err(|fault| broken(path, &fault))?;
        let Some(offset) = pages.get(page.page) else {
            return Err(DataError::Changed { path: path.clone() });
        };
        is_premultiplied = tiff::is_premultiplied(&bytes, *offset);
        tiff::begin_with(&mut bytes, *offset);
    }
    let mut decoder = decoder(path, Cursor::new(&bytes), bytes.len() as u64)?;
    let orientation = orientation(&mut decoder).map_err(|error| refuse(path, error))?;
    // Decoders are others' work, and what some files do to them is not foreseen.
    let decoded = guarded(|| {
        if bytes.starts_with(&jpeg::START)
            && let Some(image) = jpeg::decode(&bytes).map_err(|fault| broken(path, &fault))?
        {
            return Ok(image);
        }
        DynamicImage::from_decoder(decoder).map_err(|error| refuse(path, error))
    });
    let mut image = decoded.ok_or_else(|| broken(path, "its decoder gave up"))??;
    image.apply_orientation(orientation);
    Ok(if is_premultiplied { divided_by_alpha(image) } else { image })
}

/// How the image is held upright. The decoder of WebP does not know that EXIF may begin with its own name.
fn orientation(decoder: &mut impl ImageDecoder) -> ImageResult<Orientation> {
    const NAME: &[u8] = b"Exif\0\0";
    let exif = decoder.exif_metadata()?;
    match exif.as_deref().and_then(|exif| exif.strip_prefix(NAME)) {
        Some(exif) => Ok(Orientation::from_exif_chunk(exif).unwrap_or(Orientation::NoTransforms)),
        None => decoder.orientation(),
    }
}

/// The colours as they were before they were multiplied by their transparency.
fn divided_by_alpha(image: DynamicImage) -> DynamicImage {
    match image {
        DynamicImage::ImageRgba16(image) => {
            let divide = |value: u16, alpha: u16| {
                let (value, alpha) = (u32::from(value), u32::from(alpha).max(1));
                ((value * 65_535 + alpha / 2) / alpha).min(65_535) as u16
            };
            DynamicImage::ImageRgba16(mapped(&image, |Rgba([r, g, b, a])| {
                Rgba([divide(*r, *a), divide(*g, *a), divide(*b, *a), *a])
            }))
        }
        DynamicImage::ImageRgba8(image) => {
            let divide = |value: u8, alpha: u8| {
                let (value, alpha) = (u32::from(value), u32::from(alpha).max(1));
                ((value * 255 + alpha / 2) / alpha).min(255) as u8
            };
            DynamicImage::ImageRgba8(mapped(&image, |Rgba([r, g, b, a])| {
                Rgba([divide(*r, *a), divide(*g, *a), divide(*b, *a), *a])
            }))
        }
        other => other,
    }
}

fn broken(path: &Path, reason: &str) -> DataError {
    DataError::Picture { file: path.into(), reason: format!("a broken image: {reason}") }
}

/// Opens an image of `length` bytes, once its header promises no more than those bytes and this machine can hold.
fn decoder<'a>(
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

fn refuse(path: &Path, error: ImageError) -> DataError {
    let reason = match error {
        ImageError::Unsupported(error) => format!("an image of a kind that is not read: {error}"),
        ImageError::Limits(_) => {
            format!("larger than {LARGEST_SIDE} pixels a side or {} MiB in memory", MOST_MEMORY >> 20)
        }
        other => return broken(path, &other.to_string()),
    };
    DataError::Picture { file: path.to_path_buf(), reason }
}

fn look(image: &DynamicImage) -> Look {
    let is_deep =
        matches!(image.color(), ColorType::L16 | ColorType::La16 | ColorType::Rgb16 | ColorType::Rgba16);
    // Transparency is no brightness.
    let (channels, has_alpha) = (usize::from(image.color().channel_count()), image.color().has_alpha());
    let kept = channels - usize::from(has_alpha);
    let largest = match image {
        DynamicImage::ImageLuma16(_)
        | DynamicImage::ImageLumaA16(_)
        | DynamicImage::ImageRgb16(_)
        | DynamicImage::ImageRgba16(_) => {
            let values =
                image.as_bytes().chunks_exact(2 * channels).flat_map(|pixel| &pixel.as_chunks().0[..kept]);
            values.map(|two: &[u8; 2]| u16::from_ne_bytes(*two)).max()
        }
        _ => image
            .as_bytes()
            .chunks_exact(channels)
            .flat_map(|pixel| &pixel[..kept])
            .max()
            .map(|max| (*max).into()),
    };
    let vanishes_on = if has_alpha { vanishes_on(image) } else { None };
    Look { largest: largest.unwrap_or(0), is_deep, vanishes_on }
}

/// Whether what is not transparent cannot be told from black, and from white; nothing of an image without holes.
fn vanishes_on(image: &DynamicImage) -> Option<[bool; 2]> {
    let image = image.to_luma_alpha8();
    let (mut weight, mut squares, mut holes) = (0.0, [0.0; 2], false);
    for pixel in image.pixels() {
        let [luma, alpha] = pixel.0.map(|value| f64::from(value) / 255.0);
        holes |= alpha < 1.0;
        weight += alpha;
        squares[0] += alpha * luma * luma;
        squares[1] += alpha * (1.0 - luma) * (1.0 - luma);
    }
    (holes && weight > 0.0).then(|| squares.map(|sum| (sum / weight).sqrt() < VANISHED))
}

/// The image in bytes on its scale, over its background.
fn render(image: DynamicImage, rendering: Rendering) -> DynamicImage {
    let word = |value: u16| (255.0 * rendering.words.intensity(value.into())).round() as u8;
    let (image, is_deep) = match image {
        DynamicImage::ImageLuma16(image) => {
            (DynamicImage::ImageLuma8(mapped(&image, |Luma([v])| Luma([word(*v)]))), true)
        }
        DynamicImage::ImageRgb16(image) => {
            (DynamicImage::ImageRgb8(mapped(&image, |Rgb(rgb)| Rgb(rgb.map(word)))), true)
        }
        DynamicImage::ImageLumaA16(_) | DynamicImage::ImageRgba16(_) => {
            // Transparency has a scale of its own.
            let with_alpha =
                |Rgba([r, g, b, a]): &Rgba<u16>| Rgba([word(*r), word(*g), word(*b), (*a / 257) as u8]);
            (DynamicImage::ImageRgba8(mapped(&image.into_rgba16(), with_alpha)), true)
        }
        other => (other, false),
    };
    let image = if image.color().has_alpha() { over(&image, rendering.background) } else { image };
    if is_deep || rendering.bytes.is_bytes() {
        return image;
    }
    let byte = |value: u8| (255.0 * rendering.bytes.intensity(value.into())).round() as u8;
    match image {
        DynamicImage::ImageLuma8(image) => {
            DynamicImage::ImageLuma8(mapped(&image, |Luma([v])| Luma([byte(*v)])))
        }
        other => DynamicImage::ImageRgb8(mapped(&other.into_rgb8(), |Rgb(rgb)| Rgb(rgb.map(byte)))),
    }
}

fn mapped<P: Pixel, Q: Pixel>(
    image: &ImageBuffer<P, Vec<P::Subpixel>>,
    map: impl Fn(&P) -> Q,
) -> ImageBuffer<Q, Vec<Q::Subpixel>> {
    ImageBuffer::from_fn(image.width(), image.height(), |x, y| map(image.get_pixel(x, y)))
}

/// Transparent pixels over `background`, in the colours that the image has.
fn over(image: &DynamicImage, background: Background) -> DynamicImage {
    let behind = (255.0 * background.intensity()) as u16;
    let blend = |value: u8, alpha: u8| {
        let alpha = u16::from(alpha);
        ((u16::from(value) * alpha + behind * (255 - alpha) + 127) / 255) as u8
    };
    match image {
        DynamicImage::ImageLumaA8(image) => {
            DynamicImage::ImageLuma8(mapped(image, |LumaA([luma, alpha])| Luma([blend(*luma, *alpha)])))
        }
        other => {
            let rgb = |Rgba([r, g, b, a]): &Rgba<u8>| Rgb([*r, *g, *b].map(|value| blend(value, *a)));
            DynamicImage::ImageRgb8(mapped(&other.to_rgba8(), rgb))
        }
    }
}
