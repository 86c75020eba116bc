//! One image, of a file or of a row of a table: decoded upright, brought to a size and a number of channels.

mod decoder;
pub(crate) mod decoding;
pub(crate) mod look;
pub(crate) mod page;
mod pixel_map;
pub(crate) mod rendering;
pub(crate) mod source;
