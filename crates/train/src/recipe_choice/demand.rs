//! What a recipe is chosen for.

use std::time::Duration;

use data::{ImageShape, Noise};

use super::aim::Aim;
use crate::recipe::purpose::Purpose;

/// Images below which a net learns them by heart: they vary, weights decay, and training stops early.
const FEW: usize = 20_000;

/// What a recipe is chosen for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Demand<'a> {
    /// The data set: a name of the catalogue, or a path.
    pub data: &'a str,
    /// How many images it has.
    pub images: usize,
    /// Their shape as the network sees them, padding included.
    pub shape: ImageShape,
    /// Whether they are the rows of a table, standardised, of shape 1 × columns × 1.
    pub is_table: bool,
    /// Height and width that the recipe brings them to (`data.size`); `None` where they have their size already.
    pub size: Option<[usize; 2]>,
    /// Whether they are tiles of that size, cut out of larger images.
    pub are_tiles: bool,
    /// The noise that a denoiser is to take off; `None` where its images have clean ones.
    pub noise: Option<Noise>,
    /// The kind of network.
    pub purpose: Purpose,
    /// What it is to be used for, if that was said.
    pub aim: Option<Aim>,
    /// The time that training may take.
    pub budget: Duration,
    /// Numbers of the code; what suits the images, if absent.
    pub latent: Option<u32>,
}

impl Demand<'_> {
    /// Whether a net would learn the images by heart.
    pub(super) fn has_few_images(&self) -> bool {
        self.images < FEW && !self.is_table
    }
}
