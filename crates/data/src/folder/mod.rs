//! Folders of image files: what lies in them (`tree`), what their sub-folders mean (`layout`), and their pixels
//! (`decoding`); likewise of the images that tables hold in their rows (`picture_tables`).

mod decoding;
mod layout;
pub(crate) mod listing;
pub(crate) mod options;
pub(crate) mod original;
mod picture_tables;
pub(crate) mod pictures;
pub(crate) mod reader;
pub(crate) mod survey;
mod tiles;
pub(crate) mod tree;
