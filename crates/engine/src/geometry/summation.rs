//! Where the gradient of a kernel is summed: shard by shard, or at once over the batch.
//!
//! Shard by shard, phase one adds the gradient up in a buffer of the group, while both sides are in cache. Phase two adds
//! the groups. That costs the kernel's values once for every group, which is little where every value sums many pixels.
//!
//! Over the batch, phase one leaves both sides where they are. Phase two forms the gradient of a range of the kernel as one
//! product, from which the optimizer goes on while the range is in cache: it is written nowhere else. That is the way of
//! dense layers, and of large kernels over few pixels.
//!
//! Where a kernel reads every pixel often, the pixels are first copied into the order in which products read them.

use super::Geometry;

/// How the gradient of a kernel is summed over pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Summation {
    /// Shard by shard and group by group.
    Shards,
    /// At once over the batch.
    Batch,
    /// At once over the batch, from copies of the small side's pixels, and but for images with zeros of the big one's,
    /// in the order in which products read them.
    PackedBatch,
}

impl Geometry {
    /// How the kernel's gradient is summed over the pixels of a batch.
    pub fn summation(&self, batch: usize) -> Summation {
        // Kernels with so many values for every pixel cost more to add up, shard by shard and group by group, than the
        // products do, or than tiles along rows save of them.
        let values_per_pixel = if self.row_outputs().is_some() { 128 } else { 64 };
        // Kernels that read every pixel so often repay its copies.
        const MANY_ROWS: usize = 256;
        const MANY_COLUMNS: usize = 64;
        let (rows, columns) = (self.kernel_rows(), self.kernel_columns());
        if self.is_pointwise() {
            let packs = rows >= MANY_ROWS && columns >= MANY_COLUMNS;
            if packs { Summation::PackedBatch } else { Summation::Batch }
        } else if columns > 1
            && self.square_side().is_none()
            && batch.saturating_mul(values_per_pixel * self.small_pixels()) < rows * columns
        {
            Summation::PackedBatch
        } else {
            Summation::Shards
        }
    }
}
