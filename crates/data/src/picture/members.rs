//! Images in the rows of a table, or in the samples of an archive.

use super::source::Picture;

/// The images that a table or an archive holds.
pub(crate) struct PictureMembers {
    /// One after the other.
    pub pictures: Vec<Picture>,
    /// The label of each, where there are some; `None` for one that is not known.
    pub labels: Option<Vec<Option<String>>>,
    /// The names of all classes in the order of their numbers, where the table says so.
    pub names: Option<Vec<String>>,
    /// Whether labels are texts that may as well be captions.
    pub are_texts: bool,
    pub notes: Vec<String>,
}
