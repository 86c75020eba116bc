//! Pixel tables: images in [0, 1] come in, 8-bit pictures and PNG bytes go out.

use crate::error::FigureError;

/// Largest side of a picture, in pixels: what viewers still open, and a bound on memory.
pub(crate) const LARGEST_SIDE: u32 = 16_384;

/// A borrowed table of images: f32, NHWC, nominally in [0, 1]. Values outside are clamped, NaN is drawn black.
#[derive(Clone, Copy, Debug)]
pub struct Images<'a> {
    pixels: &'a [f32],
    shape: [usize; 4],
}

impl<'a> Images<'a> {
    /// `shape` is count, height, width, channels (1 grey, 3 RGB).
    ///
    /// # Errors
    /// [`FigureError::Channels`], or [`FigureError::ImageShape`] when `pixels` has another length or a side is 0.
    /// No images at all (a count of 0) are allowed here; figures refuse them.
    pub fn new(pixels: &'a [f32], shape: [usize; 4]) -> Result<Self, FigureError> {
        let [_, height, width, channels] = shape;
        if channels != 1 && channels != 3 {
            return Err(FigureError::Channels(channels));
        }
        let size = shape.iter().try_fold(1usize, |size, side| size.checked_mul(*side));
        if height == 0 || width == 0 || size != Some(pixels.len()) {
            return Err(FigureError::ImageShape { shape, values: pixels.len() });
        }
        Ok(Self { pixels, shape })
    }

    /// Number of images.
    pub fn count(&self) -> usize {
        self.shape[0]
    }

    /// Rows of one image, in pixels.
    pub fn height(&self) -> usize {
        self.shape[1]
    }

    /// Columns of one image, in pixels.
    pub fn width(&self) -> usize {
        self.shape[2]
    }

    /// 1 (grey) or 3 (RGB).
    pub fn channels(&self) -> usize {
        self.shape[3]
    }

    /// The first `n` images, or all when there are fewer.
    pub fn first(&self, n: usize) -> Self {
        let [count, height, width, channels] = self.shape;
        let count = n.min(count);
        Self {
            pixels: &self.pixels[..count * height * width * channels],
            shape: [count, height, width, channels],
        }
    }

    /// Image `index` in 8 bits; `None` past the end.
    pub fn picture(&self, index: usize) -> Option<Picture> {
        let [_, height, width, channels] = self.shape;
        let values = self.pixels.chunks_exact(height * width * channels).nth(index)?;
        Some(Picture { width, height, channels, pixels: values.iter().map(|value| byte(*value)).collect() })
    }

    /// All images in rows of `columns`, `gap` white pixels apart; every pixel is kept as it is.
    ///
    /// # Errors
    /// [`FigureError::Empty`] without images, [`FigureError::Size`] when a side would exceed 16,384 pixels.
    pub fn mosaic(&self, columns: usize, gap: usize) -> Result<Picture, FigureError> {
        let [count, height, width, channels] = self.shape;
        if count == 0 {
            return Err(FigureError::Empty("images"));
        }
        let columns = columns.clamp(1, count);
        let rows = count.div_ceil(columns);
        let mut picture = Picture::white(
            columns as f64 * (width as f64 + gap as f64) - gap as f64,
            rows as f64 * (height as f64 + gap as f64) - gap as f64,
            channels,
        )?;
        let line = width * channels;
        for (index, image) in self.pixels.chunks_exact(height * line).enumerate() {
            let (top, left) = (index / columns * (height + gap), index % columns * (width + gap));
            for (y, values) in image.chunks_exact(line).enumerate() {
                let start = ((top + y) * picture.width + left) * channels;
                for (pixel, value) in picture.pixels[start..start + line].iter_mut().zip(values) {
                    *pixel = byte(*value);
                }
            }
        }
        Ok(picture)
    }
}

/// 8-bit pixels, row by row, interleaved channels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    width: usize,
    height: usize,
    channels: usize,
    pixels: Vec<u8>,
}

impl Picture {
    fn white(width: f64, height: f64, channels: usize) -> Result<Self, FigureError> {
        let fits = |side: f64| (1.0..=f64::from(LARGEST_SIDE)).contains(&side);
        if !(fits(width) && fits(height)) {
            return Err(FigureError::Size { width, height, limit: LARGEST_SIDE });
        }
        let (width, height) = (width as usize, height as usize);
        Ok(Self { width, height, channels, pixels: vec![255; width * height * channels] })
    }

    /// A picture from finished pixels, for layers that figures draw themselves.
    pub(crate) fn from_bytes(width: usize, height: usize, channels: usize, pixels: Vec<u8>) -> Self {
        debug_assert_eq!(pixels.len(), width * height * channels);
        Self { width, height, channels, pixels }
    }

    /// Width in pixels.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Height in pixels.
    pub fn height(&self) -> usize {
        self.height
    }

    /// 1 (grey), 3 (RGB) or 4 (RGBA).
    pub fn channels(&self) -> usize {
        self.channels
    }

    /// The bytes, row by row, interleaved channels.
    pub fn pixels(&self) -> &[u8] {
        &self.pixels
    }

    /// Each pixel as a square of `times` × `times` pixels.
    ///
    /// # Errors
    /// [`FigureError::Size`] when `times` is 0 or a side would exceed 16,384 pixels.
    pub fn enlarged(&self, times: usize) -> Result<Self, FigureError> {
        let mut picture =
            Self::white(self.width as f64 * times as f64, self.height as f64 * times as f64, self.channels)?;
        let (line, wide) = (self.width * self.channels, picture.width * self.channels);
        for (source, block) in
            self.pixels.chunks_exact(line).zip(picture.pixels.chunks_exact_mut(wide * times))
        {
            let (first, rest) = block.split_at_mut(wide);
            for (pixel, square) in
                source.chunks_exact(self.channels).zip(first.chunks_exact_mut(self.channels * times))
            {
                square.chunks_exact_mut(self.channels).for_each(|copy| copy.copy_from_slice(pixel));
            }
            rest.chunks_exact_mut(wide).for_each(|row| row.copy_from_slice(first));
        }
        Ok(picture)
    }

    /// The picture as a PNG file of exactly these pixels.
    ///
    /// # Errors
    /// [`FigureError::Raster`] when the encoder fails.
    pub fn png(&self) -> Result<Vec<u8>, FigureError> {
        let failed = |error: png::EncodingError| FigureError::Raster(error.to_string());
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, self.width as u32, self.height as u32);
        encoder.set_color(match self.channels {
            1 => png::ColorType::Grayscale,
            3 => png::ColorType::Rgb,
            _ => png::ColorType::Rgba,
        });
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_compression(png::Compression::High);
        let mut writer = encoder.write_header().map_err(failed)?;
        writer.write_image_data(&self.pixels).map_err(failed)?;
        writer.finish().map_err(failed)?;
        Ok(file)
    }
}

/// [0, 1] → 0 … 255, rounded to nearest.
fn byte(value: f32) -> u8 {
    (value.clamp(0.0, 1.0) * 255.0 + 0.5) as u8 // NaN as u8 is 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_are_checked() {
        assert_eq!(Images::new(&[0.0; 8], [1, 2, 2, 2]).unwrap_err(), FigureError::Channels(2));
        for (shape, values) in [([1, 2, 2, 1], 3), ([2, 0, 2, 1], 0), ([usize::MAX, 2, 2, 3], 12)] {
            let error = Images::new(&vec![0.0; values], shape).unwrap_err();
            assert_eq!(error, FigureError::ImageShape { shape, values });
        }
    }

    #[test]
    fn values_are_clamped_and_rounded() {
        assert_eq!(
            [-1.0, 0.0, 0.5, 1.0, 7.0, f32::NAN, f32::INFINITY].map(byte),
            [0, 0, 128, 255, 255, 0, 255]
        );
    }

    #[test]
    fn a_mosaic_keeps_every_pixel() {
        let pixels = [0.0, 0.2, 0.4, 0.6, 0.8, 1.0];
        let mosaic = Images::new(&pixels, [3, 1, 2, 1]).unwrap().mosaic(2, 1).unwrap();
        assert_eq!((mosaic.width(), mosaic.height()), (5, 3));
        assert_eq!(mosaic.pixels(), [0, 51, 255, 102, 153, 255, 255, 255, 255, 255, 204, 255, 255, 255, 255]);
    }

    #[test]
    fn enlarging_repeats_pixels() {
        let picture = Images::new(&[0.0, 1.0], [1, 1, 2, 1]).unwrap().picture(0).unwrap();
        assert_eq!(picture.enlarged(2).unwrap().pixels(), [0, 0, 255, 255, 0, 0, 255, 255]);
        assert!(matches!(picture.enlarged(0), Err(FigureError::Size { .. })));
        assert!(matches!(picture.enlarged(usize::MAX), Err(FigureError::Size { .. })));
    }

    #[test]
    fn a_png_holds_the_same_pixels() {
        let pixels: Vec<f32> = (0..2 * 5 * 3 * 3).map(|i| i as f32 / 90.0).collect();
        let mosaic = Images::new(&pixels, [2, 5, 3, 3]).unwrap().mosaic(2, 0).unwrap();
        let file = mosaic.png().unwrap();
        let mut reader = png::Decoder::new(std::io::Cursor::new(file)).read_info().unwrap();
        let mut decoded = vec![0; reader.output_buffer_size().unwrap()];
        reader.next_frame(&mut decoded).unwrap();
        assert_eq!(decoded, mosaic.pixels());
    }
}
