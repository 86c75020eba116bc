//! Flips, shifts, crops and rotations: which place of an image each pixel comes from.

use random::Cursor;

use super::amount::about_0;
use super::spec::{AugmentSpec, Flip};
use crate::shape::ImageShape;

/// What is done to an image's places.
#[derive(Clone, Copy, Debug)]
pub(super) enum Places {
    /// Whole pixels change places: nothing is blurred.
    Whole {
        /// Down and to the right.
        shift: [isize; 2],
        /// Top and bottom, left and right.
        flips: [bool; 2],
    },
    /// A pixel lies between others.
    Between {
        /// From a place about the middle of the result to one about the middle of the image, in pixels.
        matrix: [[f32; 2]; 2],
        /// Added to it.
        offset: [f32; 2],
    },
}

impl Places {
    pub fn draw(spec: &AugmentSpec, shape: ImageShape, draw: &mut Cursor) -> Self {
        let sides = [shape.height, shape.width].map(|side| side as f32);
        let flips = match spec.flip {
            None => [false; 2],
            Some(Flip::Horizontal) => [false, draw.below(2) == 1],
            Some(Flip::Vertical) => [draw.below(2) == 1, false],
            Some(Flip::Both) => [draw.below(2) == 1, draw.below(2) == 1],
        };
        let shift = sides.map(|side| side * about_0(draw, spec.shift));
        if spec.crop.is_none() && spec.rotate.is_none() {
            return Self::Whole { shift: shift.map(|shift| shift.round() as isize), flips };
        }
        let part = spec.crop.map_or(1.0, |least| draw.between(least, 1.0));
        // Where the part that is cut out lies.
        let rest = sides.map(|side| 0.5 * side * (1.0 - part));
        let from = rest.map(|rest| if spec.crop.is_some() { draw.between(-rest, rest) } else { 0.0 });
        let (sin, cos) = about_0(draw, spec.rotate).to_radians().sin_cos();
        let sign = flips.map(|flips| if flips { -part } else { part });
        let matrix = [[sign[0] * cos, -sign[1] * sin], [sign[0] * sin, sign[1] * cos]];
        Self::Between { matrix, offset: [from[0] - shift[0], from[1] - shift[1]] }
    }

    /// Beyond its border an image goes on as its mirror image.
    pub fn apply(self, shape: ImageShape, image: &[f32], out: &mut [f32]) {
        let ImageShape { height, width, channels } = shape;
        match self {
            Self::Whole { shift: [0, 0], flips: [false, false] } => out.copy_from_slice(image),
            Self::Whole { shift: [down, right], flips: [upside_down, turned] } => {
                let place = |i: usize, shift: isize, side: usize, flips: bool| {
                    let from = mirrored(i as isize - shift, side);
                    if flips { side - 1 - from } else { from }
                };
                for (y, row) in out.chunks_exact_mut(width * channels).enumerate() {
                    let from =
                        &image[place(y, down, height, upside_down) * width * channels..][..width * channels];
                    for (x, pixel) in row.chunks_exact_mut(channels).enumerate() {
                        let at = place(x, right, width, turned) * channels;
                        pixel.copy_from_slice(&from[at..at + channels]);
                    }
                }
            }
            Self::Between { matrix, offset } => {
                let middle = [height, width].map(|side| 0.5 * (side as f32 - 1.0));
                for (y, row) in out.chunks_exact_mut(width * channels).enumerate() {
                    let down = y as f32 - middle[0];
                    for (x, pixel) in row.chunks_exact_mut(channels).enumerate() {
                        let right = x as f32 - middle[1];
                        let [from_y, from_x] = [0, 1].map(|side| {
                            let [by_down, by_right] = matrix[side];
                            by_down * down + by_right * right + offset[side] + middle[side]
                        });
                        between(shape, image, [from_y, from_x], pixel);
                    }
                }
            }
        }
    }
}

/// The place within a side that one beyond it mirrors.
fn mirrored(place: isize, side: usize) -> usize {
    let around = place.rem_euclid(2 * side as isize) as usize;
    around.min(2 * side - 1 - around)
}

/// The mean of the four pixels around a place, by their nearness.
fn between(shape: ImageShape, image: &[f32], [y, x]: [f32; 2], pixel: &mut [f32]) {
    let ImageShape { height, width, channels } = shape;
    let corner = |place: f32, side: usize| {
        let first = place.floor();
        let [low, high] = [0, 1].map(|next| mirrored(first as isize + next, side));
        (low, high, place - first)
    };
    let (top, bottom, down) = corner(y, height);
    let (left, right, along) = corner(x, width);
    let at = |y: usize, x: usize| &image[(y * width + x) * channels..][..channels];
    let (upper, lower) = ([at(top, left), at(top, right)], [at(bottom, left), at(bottom, right)]);
    for (channel, value) in pixel.iter_mut().enumerate() {
        let mean = |[a, b]: [&[f32]; 2]| a[channel] + along * (b[channel] - a[channel]);
        let (upper, lower) = (mean(upper), mean(lower));
        *value = upper + down * (lower - upper);
    }
}
