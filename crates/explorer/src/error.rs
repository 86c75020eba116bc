//! Why there is no page.

/// Why there is no page.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExplorerError {
    /// A sheet of images could not be encoded.
    #[error("the images cannot be encoded: {0}")]
    Images(String),

    /// The page could not be put together.
    #[error("the page cannot be put together: {0}")]
    Page(String),
}
