//! How large the parts of a batch are: groups from the network and the batch, shards from the cache.

use crate::cut::Cut;
use crate::graph::nodes::Graph;
use crate::simd::Scalar;

/// 2.5 MiB of f32.
const SHARD_VALUES: usize = 640 * 1024;

/// Images of a shard at least, where kernels take more than that.
const LEAST_IMAGES: usize = 4;

/// The cut of batches of `batch` images on `threads` threads, which decide how many groups a shard holds and nothing that
/// is added up.
pub(crate) fn choose_cut<T: Scalar>(graph: &Graph<T>, batch: usize, samples: usize, threads: usize) -> Cut {
    // Multiplications per image; values of the kernels, and of what tiles read of them.
    let (mut products, mut kernels, mut transformed) = (0, 0, 0);
    for placed in &graph.nodes {
        let Some(geometry) = placed.node.geometry() else { continue };
        let rows = if graph.values[placed.output].is_sampled { samples } else { 1 };
        products += rows * geometry.products();
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
    // More groups feed more threads, but each has kernel gradients of its own to write and add up, or, where these
    // are formed over the batch, kernels to read anew: that traffic may cost a small part of the products.
    let affordable = batch.saturating_mul(products / 200) / kernels.max(1);
    let is_dense = kernels == 0;
    let groups = if is_dense { 8 } else { [8, 4].into_iter().find(|g| *g <= affordable).unwrap_or(2) };
    let groups = groups.min(batch);
    let group = batch.div_ceil(groups);
    // Values and gradients of a shard are to stay in a core's second-level cache, but where kernels take more than
    // that, each shard reads them anew, and should be worth it: of large images, too, a few, whose small layers have too
    // few tiles one by one.
    let least = if transformed > SHARD_VALUES { LEAST_IMAGES } else { 1 };
    let per_image = (2 * graph.values_per_image(samples)).max(1);
    let fits = (SHARD_VALUES.max(transformed) / per_image).max(least);
    // Large dense kernels are read once for as many of a thread's groups as fit, as long as what these make takes less
    // room than the kernels do, with a value for every multiplication of an image.
    let repaid = products / per_image;
    // Shards of equal size: the last one of a group is not a remainder of one image.
    let equal = |of: usize, at_most: usize| of.div_ceil(of.div_ceil(at_most));
    let (groups_per_span, shard) = match fits.min(repaid) / group {
        at_most @ 1.. if is_dense => {
            let groups_per_span = equal(groups.div_ceil(threads.max(1)), at_most);
            (groups_per_span, (groups_per_span * batch).div_ceil(groups))
        }
        _ => (1, equal(group, fits.min(group))),
    };
    Cut { batch, groups, groups_per_span, shard }
}
