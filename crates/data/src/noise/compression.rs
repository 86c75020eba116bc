//! What a JPEG file leaves of an image.

use image::codecs::jpeg::JpegEncoder;
use image::{ExtendedColorType, ImageEncoder};

use crate::jpeg;
use crate::shape::ImageShape;

/// The image as a JPEG file of this quality gives it back, in 8 bits a value. Other numbers of channels than 1 and 3 go
/// channel by channel.
///
/// # Panics
/// If a side is longer than the 65,535 pixels that the format takes; recipes and pictures end before.
pub(super) fn through_jpeg(image: &mut [f32], shape: ImageShape, quality: u8) {
    let ImageShape { height, width, channels } = shape;
    if channels == 1 || channels == 3 {
        let bytes: Vec<u8> = image.iter().map(|value| (255.0 * value).round() as u8).collect();
        let made = compressed(&bytes, [height, width], channels, quality);
        for (value, byte) in image.iter_mut().zip(made) {
            *value = f32::from(byte) / 255.0;
        }
        return;
    }
    for channel in 0..channels {
        let mut plane: Vec<f32> = image.iter().skip(channel).step_by(channels).copied().collect();
        through_jpeg(&mut plane, ImageShape::new(height, width, 1), quality);
        image.iter_mut().skip(channel).step_by(channels).zip(plane).for_each(|(to, from)| *to = from);
    }
}

fn compressed(bytes: &[u8], [height, width]: [usize; 2], channels: usize, quality: u8) -> Vec<u8> {
    let colours = if channels == 1 { ExtendedColorType::L8 } else { ExtendedColorType::Rgb8 };
    let mut file = Vec::new();
    JpegEncoder::new_with_quality(&mut file, quality)
        .write_image(bytes, width as u32, height as u32, colours)
        .expect("sides that a JPEG takes");
    let made = jpeg::decode(&file).ok().flatten().expect("a file that was just written");
    made.into_bytes()
}
