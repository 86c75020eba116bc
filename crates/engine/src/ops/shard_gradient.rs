//! A shard's part of the gradient of a kernel, as every way of computing it takes it.

/// The two sides of a layer, over whose pixels the gradient of its kernel is summed: added to what is there, or, where
/// that is of an earlier step, written over it.
pub(crate) struct ShardGradient<'a, T> {
    pub images: usize,
    pub big: &'a [T],
    pub small: &'a [T],
    pub is_new: bool,
    /// `[taps, big channels, small channels]`
    pub gradient: &'a mut [T],
    /// Memory for the operation.
    pub scratch: &'a mut [T],
}
