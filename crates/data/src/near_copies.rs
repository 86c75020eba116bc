//! What becomes of pictures that people save again: the copies by which one finds how far copies lie apart.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::{ExtendedColorType, ImageFormat};

use crate::appearance::Fit;
use crate::resize::resize;
use crate::shape::ImageShape;

/// A way in which a picture's copy differs from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NearCopy {
    /// Saved as JPEG of quality 75.
    Recompressed,
    /// Reduced to three quarters of its sides and enlarged again.
    Resized,
    /// Values times 1.03, cut off at white.
    Brighter,
    /// Moved by one part in 64 of its width, at least a pixel.
    Shifted,
}

impl NearCopy {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Recompressed, Self::Resized, Self::Brighter, Self::Shifted];

    /// `recompressed`, …
    pub fn name(self) -> &'static str {
        match self {
            Self::Recompressed => "recompressed",
            Self::Resized => "resized",
            Self::Brighter => "brighter",
            Self::Shifted => "shifted",
        }
    }

    /// The copy of an image in [0, 1] of `shape`; `None` where there is none, as of images of two channels in JPEG.
    ///
    /// ```
    /// use data::{ImageShape, NearCopy};
    /// let image = [0.0, 0.5, 0.5, 1.0];
    /// let copy = NearCopy::Shifted.of(&image, ImageShape::new(2, 2, 1)).unwrap();
    /// assert_eq!(copy, [0.0, 0.0, 0.5, 0.5]); // one pixel to the right, the edge repeated
    /// ```
    ///
    /// # Panics
    /// If the image is not of that shape.
    pub fn of(self, image: &[f32], shape: ImageShape) -> Option<Vec<f32>> {
        assert_eq!(image.len(), shape.values(), "values of an image of {shape}");
        let ImageShape { height, width, channels } = shape;
        match self {
            Self::Recompressed => recompressed(image, shape),
            Self::Resized if ![1, 3].contains(&channels) => None,
            Self::Resized => {
                let smaller = |side: usize| (side * 3 / 4).max(1);
                let small = ImageShape::new(smaller(height), smaller(width), channels);
                let mut reduced = vec![0.0; small.values()];
                resize(image, shape, small, Fit::Resize, &mut reduced);
                let mut copy = vec![0.0; image.len()];
                resize(&reduced, small, shape, Fit::Resize, &mut copy);
                Some(copy)
            }
            Self::Brighter => Some(image.iter().map(|value| (value * 1.03).min(1.0)).collect()),
            Self::Shifted => {
                let by = (width / 64).max(1);
                let from = |p: usize| p / width * width + (p % width).saturating_sub(by);
                Some(
                    (0..height * width)
                        .flat_map(|p| &image[from(p) * channels..][..channels])
                        .copied()
                        .collect(),
                )
            }
        }
    }
}

fn recompressed(image: &[f32], shape: ImageShape) -> Option<Vec<f32>> {
    let color = match shape.channels {
        1 => ExtendedColorType::L8,
        3 => ExtendedColorType::Rgb8,
        _ => return None,
    };
    let (width, height) = (u32::try_from(shape.width).ok()?, u32::try_from(shape.height).ok()?);
    let bytes: Vec<u8> = image.iter().map(|value| (value * 255.0).round() as u8).collect();
    let mut file = Vec::new();
    JpegEncoder::new_with_quality(&mut file, 75).encode(&bytes, width, height, color).ok()?;
    let copy = image::load(Cursor::new(file), ImageFormat::Jpeg).ok()?;
    let bytes = if shape.channels == 1 { copy.into_luma8().into_raw() } else { copy.into_rgb8().into_raw() };
    Some(bytes.into_iter().map(|byte| f32::from(byte) / 255.0).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::thumbnails::thumbnail_difference;

    #[test]
    fn copies_are_near_but_not_equal() {
        let shape = ImageShape::new(40, 30, 3);
        let wave = |i: usize| 0.5 + 0.4 * ((i / 3 % 30) as f32 / 5.0).sin() * ((i / 90) as f32 / 7.0).cos();
        let image: Vec<f32> = (0..shape.values()).map(wave).collect();
        for kind in NearCopy::ALL {
            let copy = kind.of(&image, shape).unwrap();
            let difference = thumbnail_difference(&image, &copy);
            assert!(difference > 0.0 && difference < 0.1, "{}: {difference}", kind.name());
            assert!(copy.iter().all(|value| (0.0..=1.0).contains(value)), "{}", kind.name());
        }
        let of_two_channels = ImageShape::new(40, 30, 2);
        for kind in [NearCopy::Recompressed, NearCopy::Resized] {
            assert_eq!(kind.of(&image[..of_two_channels.values()], of_two_channels), None);
        }
    }
}
