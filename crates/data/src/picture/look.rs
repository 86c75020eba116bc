//! What an image looks like before it is brought to its shape.

use image::{ColorType, DynamicImage};

/// Root mean square difference in luma below which an image cannot be told from what lies behind it.
const VANISHED: f64 = 0.2;

/// What an image looked like before it was brought to its shape.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Look {
    /// The largest value, of 16 bits or of 8.
    pub(crate) largest: u16,
    pub(crate) is_deep: bool,
    /// Of an image with transparent parts: whether the others cannot be told from black, and from white.
    pub(crate) vanishes_on: Option<[bool; 2]>,
}

impl Look {
    pub(crate) fn of(image: &DynamicImage) -> Self {
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
                let values = image
                    .as_bytes()
                    .chunks_exact(2 * channels)
                    .flat_map(|pixel| &pixel.as_chunks().0[..kept]);
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
        Self { largest: largest.unwrap_or(0), is_deep, vanishes_on }
    }
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
