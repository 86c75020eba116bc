//! What a recipe is chosen for.

use std::time::Duration;

use data::ImageShape;

use super::aim::Aim;
use crate::recipe::purpose::Purpose;

/// What a recipe is chosen for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
    /// The kind of network.
    pub purpose: Purpose,
    /// What it is to be used for, if that was said.
    pub aim: Option<Aim>,
    /// The time that training may take.
    pub budget: Duration,
    /// Numbers of the code; what suits the images, if absent.
    pub latent: Option<u32>,
}
