//! Why a figure could not be drawn.

/// Why a table could not become a figure; every variant names what was wrong and what is allowed.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum FigureError {
    /// A table without rows.
    #[error("nothing to draw: there are no {0}")]
    Empty(&'static str),

    /// Two tables that belong together have different lengths.
    #[error("{what}: {got} given where {expected} are needed")]
    Count {
        /// What was counted.
        what: &'static str,
        /// How many were given.
        got: usize,
        /// How many the other tables ask for.
        expected: usize,
    },

    /// Pixels that are not `shape`'s number of values, or a shape with a zero side.
    #[error("{values} pixel values do not make images of shape {shape:?} (count, height, width, channels)")]
    ImageShape {
        /// Count, height, width, channels.
        shape: [usize; 4],
        /// Length of the pixel slice.
        values: usize,
    },

    /// Images that are neither grey nor RGB.
    #[error("images with {0} channels cannot be drawn: 1 (grey) or 3 (RGB) are allowed")]
    Channels(usize),

    /// A class label without a name.
    #[error("label {label} of point {point} has no name: {names} class names are given")]
    Label {
        /// The label.
        label: u32,
        /// Index of the point that carries it.
        point: usize,
        /// Number of names.
        names: usize,
    },

    /// None of the values can be placed on an axis.
    #[error("nothing to draw: none of the {0} is a finite number")]
    NotFinite(&'static str),

    /// A picture that is too large to hold, or a scale that is not a positive number.
    #[error("a picture of {width} × {height} pixels cannot be made: each side must be 1 to {limit} pixels")]
    Size {
        /// Width asked for, in pixels.
        width: f64,
        /// Height asked for, in pixels.
        height: f64,
        /// Largest side allowed, in pixels.
        limit: u32,
    },

    /// A page that would be too large for mail and phones.
    #[error("the page would take {bytes} bytes: at most {limit} are allowed; draw fewer or smaller images")]
    PageSize {
        /// Its size.
        bytes: usize,
        /// The largest size allowed.
        limit: usize,
    },

    /// What stands where on a figure could not be written down for its page.
    #[error("the marks of a figure cannot be written: {0}")]
    Marks(String),

    /// The picture's own SVG could not be rasterised or its PNG not be written.
    #[error("rasterising failed: {0}")]
    Raster(String),
}

#[cfg(test)]
mod messages;
