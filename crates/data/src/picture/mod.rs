//! One image, of a file, of a row of a table or of an archive: decoded upright, brought to a size and a number of channels.

mod decoder;
pub(crate) mod decoding;
pub(crate) mod look;
pub(crate) mod members;
pub(crate) mod page;
mod pixel_map;
pub(crate) mod rendering;
pub(crate) mod source;
