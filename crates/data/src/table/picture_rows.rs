//! Images in the rows of a table.

use crate::picture::source::Picture;

/// The images that the rows of a table hold.
pub(crate) struct PictureRows {
    /// Row after row.
    pub pictures: Vec<Picture>,
    /// The label of each row, where the table has some; `None` for one that is not known.
    pub labels: Option<Vec<Option<String>>>,
    /// The names of all classes in the order of their numbers, where the table says so.
    pub names: Option<Vec<String>>,
    pub notes: Vec<String>,
}
