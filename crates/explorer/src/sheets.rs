//! Small images of the points, many on one sheet.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::{ExtendedColorType, ImageEncoder};

use crate::blobs::{Blobs, Part};
use crate::error::ExplorerError;
use crate::payload::Images;

/// Pixels of all sheets at most: 10,000 images of 40 × 40. A browser takes four bytes for each.
const MOST_PIXELS: usize = 16_000_000;
/// Longer side of a sheet: what every graphics card takes.
const SHEET_SIDE: usize = 2_048;
/// Images are not shrunk below this, in pixels of their longer side.
const LEAST_SIDE: usize = 12;

/// Small images of the points.
#[derive(Clone, Debug)]
pub struct ImageSheets {
    /// `[count, height, width, channels]`
    pixels: Vec<u8>,
    count: usize,
    height: usize,
    width: usize,
    channels: usize,
    /// By how much images were shrunk.
    times: usize,
}

impl ImageSheets {
    /// The first images of `count` of `[height, width, channels]`, which `image` writes, as many and as large as a page has
    /// room for; `None` unless they have one channel or three.
    pub fn new(count: usize, shape: [usize; 3], mut image: impl FnMut(usize, &mut [f32])) -> Option<Self> {
        let [tall, wide, channels] = shape;
        if !matches!(channels, 1 | 3) || count == 0 || tall.min(wide) == 0 {
            return None;
        }
        let sides = |times: usize| (tall.div_ceil(times), wide.div_ceil(times));
        let fits = |times: &usize| {
            let (height, width) = sides(*times);
            height.max(width) <= SHEET_SIDE
                && (count * height * width <= MOST_PIXELS || height.max(width) <= LEAST_SIDE)
        };
        let times = (1..).find(fits)?;
        let (height, width) = sides(times);
        let count = count.min((MOST_PIXELS / (height * width)).max(1));
        let mut pixels = Vec::with_capacity(count * height * width * channels);
        let mut whole = vec![0.0; tall * wide * channels];
        for index in 0..count {
            image(index, &mut whole);
            shrink(&whole, shape, times, &mut pixels);
        }
        Some(Self { pixels, count, height, width, channels, times })
    }

    /// How many images there are: those of the points 0, 1, ….
    pub fn count(&self) -> usize {
        self.count
    }

    /// `[height, width]` of each, in pixels.
    pub fn sides(&self) -> [usize; 2] {
        [self.height, self.width]
    }

    /// Whether the images are smaller than they were.
    pub fn are_shrunk(&self) -> bool {
        self.times > 1
    }

    /// Keeps the images in `blobs`: every level of every pixel where the files then take no more than `budget` bytes, else
    /// grey ones in 16 levels, and colours as JPEG.
    ///
    /// # Errors
    /// [`ExplorerError::Images`].
    pub fn store(&self, budget: usize, blobs: &mut Blobs) -> Result<Images, ExplorerError> {
        let square = (self.count * self.height).div_ceil(self.width).isqrt() + 1;
        let columns = (SHEET_SIDE / self.width).min(square).min(self.count).max(1);
        let rows = (SHEET_SIDE / self.height).min(self.count.div_ceil(columns)).max(1);
        let per_sheet = columns * rows;
        let sheets: Vec<Sheet> = (0..self.count)
            .step_by(per_sheet)
            .map(|first| self.sheet(first, per_sheet.min(self.count - first), columns))
            .collect();
        let coarser: &[Format] = if self.channels == 1 { &[Format::FewGreys] } else { &JPEGS };
        let mut format = Format::Png;
        let mut files = encoded(&sheets, format)?;
        for coarse in coarser {
            if files.iter().map(Vec::len).sum::<usize>() <= budget {
                break;
            }
            format = *coarse;
            files = encoded(&sheets, format)?;
        }
        let media = format.media();
        Ok(Images {
            sheets: files.iter().map(|file| blobs.file(Part::Images, media, file)).collect(),
            per_sheet,
            columns,
            width: self.width,
            height: self.height,
            channels: self.channels,
            count: self.count,
            exact: self.times == 1 && format == Format::Png,
        })
    }

    /// `count` images from `first` on, `columns` in a row.
    fn sheet(&self, first: usize, count: usize, columns: usize) -> Sheet {
        let (line, row) = (self.width * self.channels, self.width * self.channels * columns);
        let rows = count.div_ceil(columns);
        let mut pixels = vec![0; row * self.height * rows];
        for index in 0..count {
            let image = &self.pixels[(first + index) * self.height * line..][..self.height * line];
            let corner = index / columns * self.height * row + index % columns * line;
            for (y, from) in image.chunks_exact(line).enumerate() {
                pixels[corner + y * row..][..line].copy_from_slice(from);
            }
        }
        Sheet { pixels, width: self.width * columns, height: self.height * rows, channels: self.channels }
    }
}

/// How a sheet is encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    /// Every level.
    Png,
    /// Grey in 16 levels, which halves it and is hardly seen.
    FewGreys,
    /// In this quality.
    Jpeg(u8),
}

/// Tried in this order.
const JPEGS: [Format; 3] = [Format::Jpeg(88), Format::Jpeg(75), Format::Jpeg(60)];

impl Format {
    fn media(self) -> &'static str {
        match self {
            Self::Png | Self::FewGreys => "image/png",
            Self::Jpeg(_) => "image/jpeg",
        }
    }
}

/// Images beside and below each other.
struct Sheet {
    /// `[height, width, channels]`
    pixels: Vec<u8>,
    width: usize,
    height: usize,
    channels: usize,
}

fn encoded(sheets: &[Sheet], format: Format) -> Result<Vec<Vec<u8>>, ExplorerError> {
    let encode = |sheet: &Sheet| match format {
        Format::Png => sheet.png(png::BitDepth::Eight).map_err(|error| error.to_string()),
        Format::FewGreys => sheet.png(png::BitDepth::Four).map_err(|error| error.to_string()),
        Format::Jpeg(quality) => sheet.jpeg(quality).map_err(|error| error.to_string()),
    };
    sheets.iter().map(encode).collect::<Result<_, _>>().map_err(ExplorerError::Images)
}

impl Sheet {
    fn png(&self, depth: png::BitDepth) -> Result<Vec<u8>, png::EncodingError> {
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, self.width as u32, self.height as u32);
        encoder.set_color(if self.channels == 1 { png::ColorType::Grayscale } else { png::ColorType::Rgb });
        encoder.set_depth(depth);
        encoder.set_compression(png::Compression::High);
        let mut writer = encoder.write_header()?;
        match depth {
            png::BitDepth::Four => writer.write_image_data(&self.nibbles())?,
            _ => writer.write_image_data(&self.pixels)?,
        }
        writer.finish()?;
        Ok(file)
    }

    /// Grey pixels in 16 levels, two to a byte; each row begins a new one.
    fn nibbles(&self) -> Vec<u8> {
        let level = |pixel: u8| (u16::from(pixel) * 15 + 127) / 255;
        let pair = |pair: &[u8]| (level(pair[0]) << 4 | pair.get(1).map_or(0, |pixel| level(*pixel))) as u8;
        self.pixels.chunks_exact(self.width).flat_map(|row| row.chunks(2).map(pair)).collect()
    }

    fn jpeg(&self, quality: u8) -> Result<Vec<u8>, image::ImageError> {
        let mut file = Cursor::new(Vec::new());
        JpegEncoder::new_with_quality(&mut file, quality).write_image(
            &self.pixels,
            self.width as u32,
            self.height as u32,
            ExtendedColorType::Rgb8,
        )?;
        Ok(file.into_inner())
    }
}

/// Adds the means of the blocks of `times` × `times` pixels of `image` `[height, width, channels]` to `small`.
fn shrink(image: &[f32], [height, width, channels]: [usize; 3], times: usize, small: &mut Vec<u8>) {
    for top in (0..height).step_by(times) {
        for left in (0..width).step_by(times) {
            let (bottom, right) = ((top + times).min(height), (left + times).min(width));
            for channel in 0..channels {
                let row = |y: usize| (left..right).map(move |x| (y * width + x) * channels + channel);
                let sum: f32 = (top..bottom).flat_map(row).map(|at| image[at]).sum();
                let mean = sum / ((bottom - top) * (right - left)) as f32;
                small.push((255.0 * mean.clamp(0.0, 1.0)).round() as u8);
            }
        }
    }
}
