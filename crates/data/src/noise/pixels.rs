//! Noise of single pixels.

use random::Cursor;

use super::poisson::poisson;

/// Each value becomes the number of photons that arrive where `photons` are expected at value 1, in units of these.
pub(super) fn count_photons(image: &mut [f32], photons: f32, draw: &mut Cursor) {
    for value in image {
        let expected = f64::from(value.max(0.0)) * f64::from(photons);
        *value = (poisson(expected, draw) / f64::from(photons)) as f32;
    }
}

/// A `part` of the pixels fails: black or white in all channels.
pub(super) fn fail(image: &mut [f32], channels: usize, part: f32, draw: &mut Cursor) {
    for pixel in image.chunks_exact_mut(channels) {
        let at = draw.uniform();
        if at < part {
            pixel.fill(if at < part / 2.0 { 0.0 } else { 1.0 });
        }
    }
}
