//! Folders of image files: what lies in them (`tree`), what their sub-folders mean (`layout`), and their pixels
//! (`decoding`); likewise of the images that tables and archives hold (`containers`).

mod archive;
pub(crate) mod array_parts;
mod containers;
mod decoding;
mod layout;
pub(crate) mod listing;
pub(crate) mod options;
pub(crate) mod original;
pub(crate) mod pictures;
pub(crate) mod reader;
pub(crate) mod survey;
mod tiles;
pub(crate) mod tree;
