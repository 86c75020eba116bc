//! What is compared, and how it is called.

use train::LatentViews;

/// What is compared, and how it is called.
pub struct Topic {
    /// Title of the page.
    pub title: String,
    /// What the question is.
    pub description: String,
    /// What is shown beyond the rest.
    pub show: LatentViews,
}
