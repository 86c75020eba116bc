//! From the values of an image to the pixels of a set.

use image::{DynamicImage, ImageBuffer, Luma, LumaA, Pixel, Rgb, Rgba, imageops};

use super::decoding::decode;
use super::look::Look;
use super::page::Page;
use super::pixel_map::mapped;
use crate::appearance::{Background, Fit};
use crate::error::DataError;
use crate::fitting::fitted_over;
use crate::scale::Scale;
use crate::shape::ImageShape;

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

/// Writes an image to `out`, whole or the tiles that begin at these rows and columns, each with room for `shape` (of 1 or
/// 3 channels), and tells what it looked like.
pub(crate) fn render(
    page: &Page,
    tiles: &[Option<[usize; 2]>],
    shape: ImageShape,
    fit: Fit,
    rendering: Rendering,
    out: &mut [u8],
) -> Result<Look, DataError> {
    let image = decode(page)?;
    let look = Look::of(&image);
    let image = on_scale(image, rendering);
    let behind = (255.0 * rendering.background.intensity()) as u8;
    match shape.channels {
        1 => write_tiles(&image.into_luma8(), tiles, shape, fit, Luma([behind]), out),
        _ => write_tiles(&image.into_rgb8(), tiles, shape, fit, Rgb([behind; 3]), out),
    }
    Ok(look)
}

fn write_tiles<P: Pixel<Subpixel = u8> + 'static>(
    image: &ImageBuffer<P, Vec<u8>>,
    tiles: &[Option<[usize; 2]>],
    shape: ImageShape,
    fit: Fit,
    behind: P,
    out: &mut [u8],
) {
    for (tile, out) in tiles.iter().zip(out.chunks_exact_mut(shape.values())) {
        let pixels = match tile {
            None => fitted_over(image, shape, fit, behind),
            Some([row, column]) => {
                let (width, height) = (shape.width as u32, shape.height as u32);
                let part = imageops::crop_imm(image, *column as u32, *row as u32, width, height);
                fitted_over(&part.to_image(), shape, fit, behind)
            }
        };
        out.copy_from_slice(&pixels);
    }
}

/// The image in bytes on its scale, over its background.
fn on_scale(image: DynamicImage, rendering: Rendering) -> DynamicImage {
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
