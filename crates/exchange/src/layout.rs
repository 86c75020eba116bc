//! The order of an image's axes.

/// The order of the axes of images, outside.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Layout {
    /// `[batch, height, width, channels]`, as Keras and latentlab have them.
    #[default]
    ChannelsLast,
    /// `[batch, channels, height, width]`, as PyTorch has them.
    ChannelsFirst,
}
