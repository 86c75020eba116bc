//! A picture as its file has it, all its bits, its transparency and its colour profile; and back into such a file.

use std::io::Cursor;

use image::codecs::png::PngEncoder;
use image::codecs::tiff::TiffEncoder;
use image::{DynamicImage, ExtendedColorType, ImageEncoder, ImageError, ImageResult};

use super::pictures::PictureEntry;
use crate::appearance::Background;
use crate::error::DataError;
use crate::picture::decoding::decode_with_profile;
use crate::picture::look::Look;
use crate::picture::page::Page;
use crate::picture::source::Picture;
use crate::scale::{Extent, Scale};
use crate::tiff;

/// A picture as its file has it.
pub struct OriginalPicture {
    image: DynamicImage,
    profile: Option<Vec<u8>>,
    is_tiff: bool,
    scale: Scale,
    background: Background,
}

impl OriginalPicture {
    /// Reads it; `range` are the values that are black and white, where a recipe says so, `background` is what lies behind
    /// transparent parts.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn read(
        entry: &PictureEntry,
        range: Option<[f64; 2]>,
        background: Background,
    ) -> Result<Self, DataError> {
        let picture = Picture::file(entry.file.clone());
        let is_tiff = tiff::is_tiff(&picture.bytes()?);
        let page = Page { picture, page: entry.page, of: entry.page + 1 };
        let (image, profile) = decode_with_profile(&page)?;
        let is_deep = is_deep(&image);
        let range = range.filter(|[low, high]| (low.max(*high) > 255.0) == is_deep);
        let scale = match range {
            Some(range) => Scale::from_range(range),
            None if is_deep => {
                let extent = Extent { min: 0.0, max: Look::of(&image).largest.into(), whole: true };
                Scale::of(extent, false).map_or(Scale { low: 0.0, high: 65_535.0 }, |(scale, _)| scale)
            }
            None => Scale::BYTES,
        };
        Ok(Self { image, profile, is_tiff, scale, background })
    }

    /// Its colours over the background, [height, width, 1 or 3] in [0, 1], where more is in the file than
    /// [`load_pictures`](crate::load_pictures) gives: 16 bits, or transparency.
    pub fn values(&self) -> Option<Vec<f32>> {
        if !is_deep(&self.image) && !self.image.color().has_alpha() {
            return None;
        }
        let seen =
            |pixel: Pixel| -> Vec<f32> { pixel.colours.iter().map(|colour| pixel.seen(*colour)).collect() };
        Some(self.pixels().flat_map(seen).collect())
    }

    fn channels(&self) -> usize {
        if self.image.color().has_color() { 3 } else { 1 }
    }

    /// Its pixels, from top to bottom.
    fn pixels(&self) -> impl Iterator<Item = Pixel> {
        let (channels, background) = (self.channels(), self.background.intensity());
        let own = |word: u16| if is_deep(&self.image) { word } else { word / 257 };
        let words = self.image.to_rgba16().into_raw();
        let all: Vec<Pixel> = words
            .chunks_exact(4)
            .map(|pixel| Pixel {
                colours: pixel[..channels]
                    .iter()
                    .map(|word| self.scale.intensity(own(*word).into()))
                    .collect(),
                alpha: own(pixel[3]),
                opacity: f32::from(pixel[3]) / 65_535.0,
                background,
            })
            .collect();
        all.into_iter()
    }

    /// The ending of the file that [`encode`](Self::encode) makes.
    pub fn extension(&self) -> &'static str {
        if self.becomes_tiff() { "tif" } else { "png" }
    }

    /// A file with other colours, [height, width, 1 or 3] in [0, 1] over the background, and everything else as it was: TIFF of
    /// a TIFF, else PNG; bits a value, transparency, colour profile. What nobody sees, behind full transparency, stays.
    ///
    /// # Errors
    /// If the file cannot be made, in words.
    ///
    /// # Panics
    /// If there are not as many values as the picture has.
    pub fn encode(&self, colours: &[f32]) -> Result<Vec<u8>, String> {
        let color = self.image.color();
        let channels = self.channels();
        let (width, height) = (self.image.width(), self.image.height());
        assert_eq!(colours.len(), width as usize * height as usize * channels, "a picture of the same size");
        let Scale { low, high } = self.scale;
        let most = if is_deep(&self.image) { 65_535.0 } else { 255.0 };
        let own = |value: f32| (low + f64::from(value) * (high - low)).round().clamp(0.0, most) as u16;
        let mut words: Vec<u16> = Vec::with_capacity(colours.len() / channels * (channels + 1));
        for (pixel, seen) in self.pixels().zip(colours.chunks_exact(channels)) {
            words.extend(
                pixel.colours.iter().zip(seen).map(|(colour, seen)| own(pixel.behind(*colour, *seen))),
            );
            words.extend(color.has_alpha().then_some(pixel.alpha));
        }
        let (bytes, kind): (Vec<u8>, _) = match is_deep(&self.image) {
            true => {
                let kind = match (channels, color.has_alpha()) {
                    (1, false) => ExtendedColorType::L16,
                    (1, true) => ExtendedColorType::La16,
                    (_, false) => ExtendedColorType::Rgb16,
                    (_, true) => ExtendedColorType::Rgba16,
                };
                (words.iter().flat_map(|word| word.to_ne_bytes()).collect(), kind)
            }
            false => {
                let kind = match (channels, color.has_alpha()) {
                    (1, false) => ExtendedColorType::L8,
                    (1, true) => ExtendedColorType::La8,
                    (_, false) => ExtendedColorType::Rgb8,
                    (_, true) => ExtendedColorType::Rgba8,
                };
                (words.iter().map(|word| *word as u8).collect(), kind)
            }
        };
        let mut file = Cursor::new(Vec::new());
        let written = match self.becomes_tiff() {
            true => self.write(TiffEncoder::new(&mut file), &bytes, [width, height], kind),
            false => self.write(PngEncoder::new(&mut file), &bytes, [width, height], kind),
        };
        written.map_err(|error| error.to_string())?;
        Ok(file.into_inner())
    }

    fn write(
        &self,
        mut encoder: impl ImageEncoder,
        bytes: &[u8],
        [width, height]: [u32; 2],
        kind: ExtendedColorType,
    ) -> ImageResult<()> {
        if let Some(profile) = &self.profile {
            encoder.set_icc_profile(profile.clone()).map_err(ImageError::Unsupported)?;
        }
        encoder.write_image(bytes, width, height, kind)
    }

    /// The encoder of TIFF has no grey with transparency.
    fn becomes_tiff(&self) -> bool {
        let color = self.image.color();
        self.is_tiff && (color.has_color() || !color.has_alpha())
    }
}

/// A pixel of a picture.
struct Pixel {
    /// In [0, 1], without transparency.
    colours: Vec<f32>,
    /// As the file has it.
    alpha: u16,
    /// 0 of a pixel that is not seen, 1 of one that hides the background.
    opacity: f32,
    background: f32,
}

impl Pixel {
    /// What is seen of a colour.
    fn seen(&self, colour: f32) -> f32 {
        self.opacity * colour + (1.0 - self.opacity) * self.background
    }

    /// The colour that is seen as `seen`, where `colour` was: the same, to the bit, where nothing has changed.
    fn behind(&self, colour: f32, seen: f32) -> f32 {
        match self.opacity > 0.0 {
            true => colour + (seen - self.seen(colour)) / self.opacity,
            false => colour,
        }
    }
}

/// Whether its values have 16 bits.
fn is_deep(image: &DynamicImage) -> bool {
    use image::ColorType::{L16, La16, Rgb16, Rgba16};
    matches!(image.color(), L16 | La16 | Rgb16 | Rgba16)
}
