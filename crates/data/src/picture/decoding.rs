//! From the bytes of an image to its values.

use std::io::Cursor;

use image::codecs::tiff::TiffDecoder;
use image::{DynamicImage, ImageDecoder, Rgba};

use super::decoder::{broken, decoder, orientation, refuse};
use super::page::Page;
use super::pixel_map::mapped;
use crate::error::DataError;
use crate::guard::guarded;
use crate::{jpeg, png, tiff};

/// The image, upright, as its file has it.
pub(crate) fn decode(page: &Page) -> Result<DynamicImage, DataError> {
    decode_with_profile(page).map(|(image, _)| image)
}

/// The same with the colour profile (ICC) that its file has.
pub(crate) fn decode_with_profile(page: &Page) -> Result<(DynamicImage, Option<Vec<u8>>), DataError> {
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
    // The limits of a TIFF's pixels would hold for its profile, too.
    let profile = match tiff::is_tiff(&bytes) {
        true => TiffDecoder::new(Cursor::new(&bytes)).and_then(|mut decoder| decoder.icc_profile()),
        false => decoder.icc_profile(),
    };
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
    Ok((if is_premultiplied { divided_by_alpha(image) } else { image }, profile.ok().flatten()))
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
