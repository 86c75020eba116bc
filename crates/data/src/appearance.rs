//! How images come to a common size, number of channels and background.

use serde::{Deserialize, Serialize};

/// How an image comes to the size asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fit {
    /// Scaled in each direction on its own; proportions may change.
    #[default]
    Resize,
    /// The largest centred part of the right proportions, scaled.
    Crop,
    /// Scaled to fit inside, centred on black, or on `data.background`.
    Pad,
    /// At its own scale: a picture in a file is cut into all the tiles of this size that lie side by side in it, each an
    /// image of its own; of an array's, the tile in the middle. Smaller images go on as their mirror image. Files that a run
    /// is given later stay one image each, cropped.
    Tiles,
}

/// What is kept of an image's colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Channels {
    /// One channel: luma.
    Grey,
    /// Three channels.
    Rgb,
    /// Grey if every image of the folder is grey, else RGB.
    #[default]
    Auto,
}

impl Fit {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Resize => "\"resize\"",
            Self::Crop => "\"crop\"",
            Self::Pad => "\"pad\"",
            Self::Tiles => "\"tiles\"",
        }
    }
}

impl Channels {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Grey => "\"grey\"",
            Self::Rgb => "\"rgb\"",
            Self::Auto => "\"auto\"",
        }
    }
}

/// What lies behind transparent pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Background {
    /// As light strokes want it.
    #[default]
    Black,
    /// As dark ink wants it.
    White,
}

impl Background {
    /// 0 or 1.
    pub(crate) fn intensity(self) -> f32 {
        match self {
            Self::Black => 0.0,
            Self::White => 1.0,
        }
    }

    /// As a recipe says it, without quotes.
    pub fn name(self) -> &'static str {
        match self {
            Self::Black => "black",
            Self::White => "white",
        }
    }
}
