//! How the images of a folder are read.

use crate::appearance::{Background, Channels, Fit};
use crate::array::ArrayNames;

/// How the images of a folder are read.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct FolderOptions<'a> {
    /// Height and width that all images get; their own, which must then be one size, if absent.
    pub size: Option<[usize; 2]>,
    pub fit: Fit,
    pub channels: Channels,
    /// The values that are black and white; found from the values, if absent.
    pub range: Option<[f64; 2]>,
    /// What lies behind transparent pixels; chosen by what vanishes on it, if absent.
    pub background: Option<Background>,
    /// Whether files that are broken are left out.
    pub skip_broken: bool,
    /// The columns of images and of labels, of tables that hold images.
    pub arrays: ArrayNames<'a>,
}
