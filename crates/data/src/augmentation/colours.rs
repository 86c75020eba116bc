//! Brightness, contrast, saturation and hue.

use std::f32::consts::TAU;

use random::Cursor;

use super::amount::about_0;
use super::spec::AugmentSpec;
use crate::shape::ImageShape;

/// Parts of red, green and blue in a grey (ITU-R BT.601).
const GREY: [f32; 3] = [0.299, 0.587, 0.114];
/// From red, green and blue to the two colour axes of YIQ, and what an amount of each adds to red, green and blue.
const TO_COLOUR: [[f32; 3]; 2] = [[0.595_9, -0.274_6, -0.321_3], [0.211_5, -0.522_7, 0.311_2]];
const FROM_COLOUR: [[f32; 2]; 3] = [[0.956, 0.619], [-0.272, -0.647], [-1.106, 1.703]];

/// What is done to an image's values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Colours {
    /// Added to every value.
    brightness: f32,
    /// Factor of distances from the image's mean.
    contrast: f32,
    /// Factor of distances from a pixel's grey.
    saturation: f32,
    /// Angle about the grey axis, in radians.
    hue: f32,
}

impl Colours {
    pub fn draw(spec: &AugmentSpec, draw: &mut Cursor) -> Self {
        Self {
            brightness: about_0(draw, spec.brightness),
            contrast: 1.0 + about_0(draw, spec.contrast),
            saturation: 1.0 + about_0(draw, spec.saturation),
            hue: TAU * about_0(draw, spec.hue),
        }
    }

    pub fn apply(self, shape: ImageShape, image: &mut [f32]) {
        let Self { brightness, contrast, saturation, hue } = self;
        if shape.channels == 3 && (saturation, hue) != (1.0, 0.0) {
            let (sin, cos) = hue.sin_cos();
            for pixel in image.as_chunks_mut::<3>().0 {
                let along = |axis: [f32; 3]| axis[0] * pixel[0] + axis[1] * pixel[1] + axis[2] * pixel[2];
                let (grey, [i, q]) = (along(GREY), TO_COLOUR.map(along));
                let turned = [saturation * (cos * i - sin * q), saturation * (sin * i + cos * q)];
                for (value, from) in pixel.iter_mut().zip(FROM_COLOUR) {
                    *value = grey + from[0] * turned[0] + from[1] * turned[1];
                }
            }
        }
        if (brightness, contrast) != (0.0, 1.0) {
            let mean = image.iter().sum::<f32>() / image.len() as f32;
            image.iter_mut().for_each(|value| *value = mean + brightness + contrast * (*value - mean));
        }
        if self != (Self { brightness: 0.0, contrast: 1.0, saturation: 1.0, hue: 0.0 }) {
            image.iter_mut().for_each(|value| *value = value.clamp(0.0, 1.0));
        }
    }
}
