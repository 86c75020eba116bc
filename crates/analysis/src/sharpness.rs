//! How sharp images are beside others.

/// Mean absolute difference between horizontally and vertically neighbouring pixels of `images` over that of `originals`,
/// both [count, height, width, channels]: 1 where they are as sharp, below where they are blurred, above where they are
/// noisier. `None` where the originals have no differences at all.
///
/// The anisotropic total variation (Rudin, Osher & Fatemi 1992) as a ratio.
///
/// ```
/// let originals = [0.0, 1.0, 0.0, 1.0]; // 2 × 2 pixels: two edges of height 1
/// let blurred = [0.25, 0.75, 0.25, 0.75];
/// assert_eq!(analysis::sharpness(&blurred, &originals, [1, 2, 2, 1]), Some(0.5));
/// ```
pub fn sharpness(images: &[f32], originals: &[f32], shape: [usize; 4]) -> Option<f64> {
    let whole = variation(originals, shape);
    (whole > 0.0).then(|| variation(images, shape) / whole)
}

/// The sum of the differences of all images.
fn variation(pixels: &[f32], [_, height, width, channels]: [usize; 4]) -> f64 {
    let of_image = |image: &[f32]| -> f64 {
        let at = |y: usize, x: usize, c: usize| f64::from(image[(y * width + x) * channels + c]);
        let mut sum = 0.0;
        for y in 0..height {
            for x in 0..width {
                for c in 0..channels {
                    if x + 1 < width {
                        sum += (at(y, x + 1, c) - at(y, x, c)).abs();
                    }
                    if y + 1 < height {
                        sum += (at(y + 1, x, c) - at(y, x, c)).abs();
                    }
                }
            }
        }
        sum
    };
    pixels.chunks_exact((height * width * channels).max(1)).map(of_image).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edges_of_every_channel_and_direction_count() {
        // Two images of 2 × 2 pixels and 2 channels; differences by hand: 1 + 2 across, 3 + 0.5 down, none in the second.
        let images = [0.0, 5.0, 1.0, 7.0, 3.0, 5.5, 1.0, 7.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0];
        let by_hand = 1.0 + 2.0 + 3.0 + 0.5 + 2.0 + 1.5;
        assert_eq!(variation(&images, [2, 2, 2, 2]), by_hand);
        let doubled = images.map(|value| 2.0 * value);
        assert_eq!(sharpness(&doubled, &images, [2, 2, 2, 2]), Some(2.0));
        assert_eq!(sharpness(&images, &[0.5; 16], [2, 2, 2, 2]), None);
    }
}
