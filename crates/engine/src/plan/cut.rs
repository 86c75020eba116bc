//! How the work of a batch is cut: by the network and the batch size alone, never by the number of threads.

use crate::plan::draft::{Draft, Step};

/// How a batch is cut: groups of images that one thread works through shard by shard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cut {
    pub batch: usize,
    /// Images per group; gradients are added up within a group, then group by group.
    pub group: usize,
    /// Images that run through the network together, so that they stay in cache.
    pub shard: usize,
}

impl Cut {
    pub fn groups(&self, images: usize) -> usize {
        images.div_ceil(self.group)
    }

    /// The images of a group, in shards.
    pub fn shards(self, group: usize, images: usize) -> impl Iterator<Item = (usize, usize)> {
        let end = ((group + 1) * self.group).min(images);
        (group * self.group..end).step_by(self.shard).map(move |first| (first, self.shard.min(end - first)))
    }

    pub fn choose(draft: &Draft, batch: usize) -> Self {
        // Multiplications per image; values of the kernels, and of what tiles read of them.
        let (mut products, mut kernels, mut transformed) = (0, 0, 0);
        for step in &draft.steps {
            match step {
                Step::Linear { geometry, .. } => {
                    products += geometry.products();
                    if !geometry.is_pointwise() {
                        let taps = geometry.kernel.rows * geometry.kernel.columns;
                        let places = match (geometry.square_side(), geometry.row_outputs()) {
                            (Some(side), _) => geometry.stride.rows * geometry.stride.columns * side * side,
                            (None, Some(outputs)) => 3 * (outputs + 2),
                            (None, None) => taps,
                        };
                        let matrix = geometry.kernel_rows() / taps * geometry.kernel_columns();
                        kernels += taps * matrix;
                        transformed += places * matrix;
                    }
                }
                Step::Gaussian { features, size, .. } => products += 2 * features * size,
                _ => {}
            }
        }
        // More groups feed more threads, but each has kernel gradients of its own to write and add up, or, where these
        // are formed over the batch, kernels to read anew: that traffic may cost a small part of the products.
        let affordable = batch.saturating_mul(products / 200) / kernels.max(1);
        let groups =
            if kernels == 0 { 4 } else { [8, 4].into_iter().find(|g| *g <= affordable).unwrap_or(2) };
        let group = batch.div_ceil(groups).max(1);
        // Values and gradients of a shard are to stay in a core's second-level cache, but where kernels take more than
        // that, each shard reads them anew, and should be worth it.
        let values: usize = draft.values.iter().map(|shape| shape.len()).sum();
        let shard = (SHARD_VALUES.max(transformed) / (2 * values).max(1)).clamp(1, group);
        // Shards of equal size: the last one of a group is not a remainder of one image.
        let shard = group.div_ceil(group.div_ceil(shard));
        Cut { batch, group, shard }
    }
}

/// 2.5 MiB of f32.
const SHARD_VALUES: usize = 640 * 1024;
