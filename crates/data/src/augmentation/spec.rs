//! `data.augment` of a recipe.

use serde::{Deserialize, Serialize};

use crate::error::DataError;
use crate::shape::ImageShape;

/// The `augment` table inside a recipe's `[data]`: how the training images differ from epoch to epoch. Absent, a change
/// is not made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AugmentSpec {
    /// Which way round an image may be turned over; each with probability ½.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flip: Option<Flip>,
    /// The largest shift, as a part of each side, in (0, 0.5].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shift: Option<f32>,
    /// The smallest part of each side that is cut out and brought back to the whole size, in [0.2, 1).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub crop: Option<f32>,
    /// The largest rotation about the middle, in degrees, in (0, 180].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rotate: Option<f32>,
    /// The most that is added to all values or taken from them, in (0, 1].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub brightness: Option<f32>,
    /// The most by which distances from the image's mean grow or shrink, as a part of them, in (0, 1].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contrast: Option<f32>,
    /// The most by which distances from a pixel's grey grow or shrink, as a part of them, in (0, 1]; of colour images.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub saturation: Option<f32>,
    /// The most by which colours go round the colour circle, as a part of it, in (0, 0.5]; of colour images.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hue: Option<f32>,
    /// Sides of a rectangle that becomes mid-grey in what the network sees, as a part of the image's, in (0, 1); the
    /// target stays whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cut_out: Option<f32>,
}

/// Which way round images may be turned over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Flip {
    /// Left and right change places.
    Horizontal,
    /// Top and bottom change places.
    Vertical,
    /// Either, or both at once.
    Both,
}

impl AugmentSpec {
    /// Whether nothing is changed.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Checks every number.
    ///
    /// # Errors
    /// [`DataError::Field`] for the first that cannot be used.
    pub(crate) fn check(&self) -> Result<(), DataError> {
        let above_0 = |most: f32| move |value: f32| value > 0.0 && value <= most;
        type Fits<'a> = &'a dyn Fn(f32) -> bool;
        let part = "must be above 0 and at most 1 (remove it for none)";
        let half = "must be above 0 and at most 0.5 (remove it for none)";
        let fields: [(&str, Option<f32>, Fits<'_>, &str); 8] = [
            ("shift", self.shift, &above_0(0.5), half),
            (
                "crop",
                self.crop,
                &|value| (0.2..1.0).contains(&value),
                "must be at least 0.2 and below 1 (remove it for none)",
            ),
            (
                "rotate",
                self.rotate,
                &above_0(180.0),
                "must be above 0 and at most 180 degrees (remove it for none)",
            ),
            ("brightness", self.brightness, &above_0(1.0), part),
            ("contrast", self.contrast, &above_0(1.0), part),
            ("saturation", self.saturation, &above_0(1.0), part),
            ("hue", self.hue, &above_0(0.5), half),
            (
                "cut_out",
                self.cut_out,
                &|value| value > 0.0 && value < 1.0,
                "must be above 0 and below 1 (remove it for none)",
            ),
        ];
        for (field, value, fits, allowed) in fields {
            if let Some(value) = value
                && !fits(value)
            {
                return Err(DataError::field(&format!("augment.{field}"), value, allowed));
            }
        }
        Ok(())
    }

    /// Refuses what images of this shape do not have.
    ///
    /// # Errors
    /// [`DataError::Field`] of the first change of colours where there are none.
    pub fn check_for(&self, shape: ImageShape) -> Result<(), DataError> {
        let of_colours = [("saturation", self.saturation), ("hue", self.hue)];
        for (field, value) in of_colours {
            if let Some(value) = value
                && shape.channels != 3
            {
                let allowed = format!("is for images of three channels, and these have {}", shape.channels);
                return Err(DataError::field(&format!("augment.{field}"), value, allowed));
            }
        }
        Ok(())
    }
}
