//! Why no likelihood could be estimated.

/// Why no likelihood could be estimated.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum LikelihoodError {
    /// A log weight that is NaN or infinite.
    #[error("log weight {sample} of this image is {value}: every log weight must be a finite number")]
    NotFinite {
        /// Its position among the image's samples.
        sample: u64,
        /// The value.
        value: f64,
    },

    /// No images at all.
    #[error("a likelihood is an average over images, and there are none")]
    NoImages,

    /// An image without samples, or with another number of them than the first.
    #[error(
        "image {image} has {samples} log weights where {expected} are needed (the same for all, at least 1)"
    )]
    Samples {
        /// Index of the image.
        image: usize,
        /// Its log weights.
        samples: u64,
        /// Log weights of the first image, or 1.
        expected: u64,
    },
}
