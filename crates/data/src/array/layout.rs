//! How images lie in an array, which its shape tells.

use crate::shape::ImageShape;

/// How the images of an array lie in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Layout {
    pub images: usize,
    pub height: usize,
    pub width: usize,
    /// 1, 3, or 4 with transparency.
    pub channels: usize,
    /// Whether channels come before rows.
    pub channels_first: bool,
}

/// The least side of the square that a row of numbers is taken for.
const LEAST_SQUARE: usize = 4;

/// The side of the square that `values` pixels make.
pub(crate) fn square(values: usize) -> Option<usize> {
    let side = values.isqrt();
    (side * side == values && side >= LEAST_SQUARE).then_some(side)
}

impl Layout {
    /// The layout of an array of this shape, and what is to be said of it; `None` for one that holds no images.
    pub(crate) fn of(shape: &[usize]) -> Option<(Self, Option<String>)> {
        let is_channels = |channels: usize| matches!(channels, 1 | 3 | 4);
        let last =
            |images, height, width, channels| Self { images, height, width, channels, channels_first: false };
        match *shape {
            // Four columns behind one or three rows are no transparency.
            [images, height, width, channels]
                if is_channels(channels) && !(channels == 4 && matches!(height, 1 | 3)) =>
            {
                Some((last(images, height, width, channels), None))
            }
            [images, channels, height, width] if is_channels(channels) => {
                let layout = Self { channels_first: true, ..last(images, height, width, channels) };
                Some((layout, Some(format!("shape {shape:?} is taken as [n, channels, height, width]"))))
            }
            // Nobody has images that are three pixels wide, nor tall ones of four.
            [height, width, channels @ (3 | 4)]
                if height >= LEAST_SQUARE
                    && width >= if channels == 3 { LEAST_SQUARE } else { 4 * LEAST_SQUARE } =>
            {
                let note =
                    format!("shape {shape:?} is taken as one image in colour, [height, width, channels]");
                Some((last(1, height, width, channels), Some(note)))
            }
            [images, height, width] => Some((last(images, height, width, 1), None)),
            [images, values] => {
                let side = square(values)?;
                let note = format!("rows of {values} values are taken as images of {side}×{side} pixels");
                Some((last(images, side, side, 1), Some(note)))
            }
            _ => None,
        }
    }

    /// The shape of the images, without transparency.
    pub fn shape(self) -> ImageShape {
        ImageShape::new(self.height, self.width, if self.channels == 1 { 1 } else { 3 })
    }

    /// Values of one image, transparency included.
    pub fn values(self) -> usize {
        self.height.saturating_mul(self.width).saturating_mul(self.channels)
    }

    /// Whether the values lie as a set's pixels do.
    pub fn is_plain(self) -> bool {
        self.channels != 4 && (!self.channels_first || self.channels == 1)
    }
}
