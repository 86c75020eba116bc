//! Small images of the points of a map, all on one sheet.

use std::io::Cursor;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use image::codecs::jpeg::JpegEncoder;
use image::{ExtendedColorType, ImageEncoder};

use crate::error::FigureError;
use crate::raster::{Images, Picture};

/// Longer side of a thumbnail, in pixels, at most.
const SIDE: usize = 32;
/// Pixels of a sheet at most: 10,000 images of 28 × 28, 4,800 of 32 × 32 in colour.
const MOST_PIXELS: [usize; 2] = [8_000_000, 5_000_000];
const JPEG_QUALITY: u8 = 75;

/// A sheet with an image for each of the first points of a map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thumbnails {
    sheet: Picture,
    count: usize,
    columns: usize,
    width: usize,
    height: usize,
}

impl Thumbnails {
    /// As many of `images` as a page has room for, each at most 32 pixels wide and high.
    ///
    /// # Errors
    /// [`FigureError::Empty`] without images.
    pub fn new(images: Images<'_>) -> Result<Self, FigureError> {
        if images.count() == 0 {
            return Err(FigureError::Empty("images"));
        }
        let times = images.height().max(images.width()).div_ceil(SIDE);
        let (height, width) = (images.height().div_ceil(times), images.width().div_ceil(times));
        let most = MOST_PIXELS[usize::from(images.channels() > 1)] / (height * width);
        let count = images.count().min(most.max(1));
        let small: Vec<f32> = (0..count)
            .filter_map(|index| images.picture(index))
            .flat_map(|picture| shrunk(&picture, times))
            .collect();
        let columns = (count as f64).sqrt().ceil() as usize;
        let sheet = Images::new(&small, [count, height, width, images.channels()])?.mosaic(columns, 0)?;
        Ok(Self { sheet, count, columns, width, height })
    }

    /// How many images are on the sheet: those of the points 0, 1, ….
    pub fn count(&self) -> usize {
        self.count
    }

    pub(super) fn columns(&self) -> usize {
        self.columns
    }

    pub(super) fn width(&self) -> usize {
        self.width
    }

    pub(super) fn height(&self) -> usize {
        self.height
    }

    /// Grey as PNG in 16 levels, which halves its size and is not seen; colour as JPEG.
    pub(super) fn data_uri(&self) -> Result<String, FigureError> {
        if self.sheet.channels() == 1 {
            let file = self.grey_png().map_err(|error| FigureError::Raster(error.to_string()))?;
            return Ok(format!("data:image/png;base64,{}", STANDARD.encode(file)));
        }
        let mut file = Cursor::new(Vec::new());
        let (width, height) = (self.sheet.width() as u32, self.sheet.height() as u32);
        JpegEncoder::new_with_quality(&mut file, JPEG_QUALITY)
            .write_image(self.sheet.pixels(), width, height, ExtendedColorType::Rgb8)
            .map_err(|error| FigureError::Raster(error.to_string()))?;
        Ok(format!("data:image/jpeg;base64,{}", STANDARD.encode(file.into_inner())))
    }

    fn grey_png(&self) -> Result<Vec<u8>, png::EncodingError> {
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, self.sheet.width() as u32, self.sheet.height() as u32);
        encoder.set_color(png::ColorType::Grayscale);
        encoder.set_depth(png::BitDepth::Four);
        encoder.set_compression(png::Compression::High);
        let level = |pixel: u8| (u16::from(pixel) * 15 + 127) / 255;
        let nibbles: Vec<u8> = self
            .sheet
            .pixels()
            .chunks_exact(self.sheet.width())
            .flat_map(|row| {
                row.chunks(2).map(|pair| {
                    let right = pair.get(1).map_or(0, |pixel| level(*pixel));
                    (level(pair[0]) << 4 | right) as u8
                })
            })
            .collect();
        let mut writer = encoder.write_header()?;
        writer.write_image_data(&nibbles)?;
        writer.finish()?;
        Ok(file)
    }
}

/// The mean of each block of `times` × `times` pixels, in [0, 1].
fn shrunk(picture: &Picture, times: usize) -> Vec<f32> {
    let (width, height, channels) = (picture.width(), picture.height(), picture.channels());
    let mut small = Vec::with_capacity(height.div_ceil(times) * width.div_ceil(times) * channels);
    for top in (0..height).step_by(times) {
        for left in (0..width).step_by(times) {
            let (bottom, right) = ((top + times).min(height), (left + times).min(width));
            for channel in 0..channels {
                let row = |y: usize| (left..right).map(move |x| (y * width + x) * channels + channel);
                let sum: u32 = (top..bottom).flat_map(row).map(|at| u32::from(picture.pixels()[at])).sum();
                small.push(sum as f32 / (255 * (bottom - top) * (right - left)) as f32);
            }
        }
    }
    small
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thumbnails_are_small_and_few_enough() {
        let pixels = vec![0.5; 3 * 40 * 70 * 3];
        let sheet = Thumbnails::new(Images::new(&pixels, [3, 40, 70, 3]).unwrap()).unwrap();
        assert_eq!((sheet.count(), sheet.columns(), sheet.width(), sheet.height()), (3, 2, 24, 14));
        assert!(sheet.data_uri().unwrap().starts_with("data:image/jpeg;base64,"));
        let many = vec![0.0; 11_000 * 28 * 28];
        let sheet = Thumbnails::new(Images::new(&many, [11_000, 28, 28, 1]).unwrap()).unwrap();
        assert_eq!(sheet.count(), 10_204);
    }

    #[test]
    fn shrinking_takes_the_mean() {
        let images = [0.0, 1.0, 1.0, 0.0, 0.0, 1.0];
        let picture = Images::new(&images, [1, 2, 3, 1]).unwrap().picture(0).unwrap();
        assert_eq!(shrunk(&picture, 2), [0.25, 1.0]); // (0 + 1 + 0 + 0) / 4, and (1 + 1) / 2 at the edge
    }
}
