//! One image brought to other sides.

use image::imageops::{self, FilterType};
use image::{ImageBuffer, Pixel, Primitive};

use crate::appearance::Fit;
use crate::shape::ImageShape;

/// The image brought to the sides of `shape`; what is not covered is black.
pub(crate) fn fitted<P>(
    image: &ImageBuffer<P, Vec<P::Subpixel>>,
    shape: ImageShape,
    fit: Fit,
) -> Vec<P::Subpixel>
where
    P: Pixel + 'static,
    P::Subpixel: 'static,
{
    let zeros = vec![P::Subpixel::DEFAULT_MIN_VALUE; usize::from(P::CHANNEL_COUNT)];
    fitted_over(image, shape, fit, *P::from_slice(&zeros))
}

/// The image brought to the sides of `shape`; what is not covered is `behind`.
pub(crate) fn fitted_over<P>(
    image: &ImageBuffer<P, Vec<P::Subpixel>>,
    shape: ImageShape,
    fit: Fit,
    behind: P,
) -> Vec<P::Subpixel>
where
    P: Pixel + 'static,
    P::Subpixel: 'static,
{
    let (width, height) = (shape.width as u32, shape.height as u32);
    let (from_width, from_height) = image.dimensions();
    if (from_width, from_height) == (width, height) {
        return image.as_raw().clone();
    }
    let scaled = |image: &ImageBuffer<P, Vec<P::Subpixel>>, width, height| {
        imageops::resize(image, width, height, FilterType::Triangle)
    };
    // The sides of a rectangle of proportions a:b with one side given: ⌊side · a / b⌋, at least 1.
    let side = |side: u32, a: u32, b: u32| (u64::from(side) * u64::from(a) / u64::from(b)).max(1) as u32;
    let wider = u64::from(from_width) * u64::from(height) > u64::from(from_height) * u64::from(width);
    match fit {
        Fit::Resize => scaled(image, width, height).into_raw(),
        Fit::Crop => {
            let (w, h) = match wider {
                true => (side(from_height, width, height), from_height),
                false => (from_width, side(from_width, height, width)),
            };
            let (x, y) = ((from_width - w) / 2, (from_height - h) / 2);
            scaled(&imageops::crop_imm(image, x, y, w, h).to_image(), width, height).into_raw()
        }
        Fit::Pad => {
            let (w, h) = match wider {
                true => (width, side(width, from_height, from_width)),
                false => (side(height, from_width, from_height), height),
            };
            let mut canvas = ImageBuffer::from_pixel(width, height, behind);
            let (x, y) = ((width - w) / 2, (height - h) / 2);
            imageops::replace(&mut canvas, &scaled(image, w, h), x.into(), y.into());
            canvas.into_raw()
        }
        Fit::Tiles => {
            // The middle of what is longer; the mirror image behind what is shorter.
            let first = |from: u32, to: u32| from.saturating_sub(to) / 2;
            let (left, top) = (first(from_width, width), first(from_height, height));
            let mirrored = |at: u32, length: u32| {
                let place = at % (2 * length);
                place.min(2 * length - 1 - place)
            };
            ImageBuffer::from_fn(width, height, |x, y| {
                *image.get_pixel(mirrored(left + x, from_width), mirrored(top + y, from_height))
            })
            .into_raw()
        }
    }
}
