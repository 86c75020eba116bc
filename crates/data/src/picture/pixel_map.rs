//! An image made of another, pixel by pixel.

use image::{ImageBuffer, Pixel};

/// The image whose pixels are those of `image` after `map`.
pub(super) fn mapped<P: Pixel, Q: Pixel>(
    image: &ImageBuffer<P, Vec<P::Subpixel>>,
    map: impl Fn(&P) -> Q,
) -> ImageBuffer<Q, Vec<Q::Subpixel>> {
    ImageBuffer::from_fn(image.width(), image.height(), |x, y| map(image.get_pixel(x, y)))
}
