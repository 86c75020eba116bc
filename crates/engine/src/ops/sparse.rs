//! The first dense layer, where the images' background needs no products.

use super::Environment;
use super::linear::{Linear, PackedSweep};
use crate::kernels::occupied::OccupiedColumns;
use crate::kernels::pack::panel_columns;
use crate::kernels::product::{Product, Right, Segment, Start, TILE_ROWS};
use crate::simd::Real;

impl Linear {
    /// The forward sweep of a dense layer over images with many zeros: panel by panel, so that each panel stays
    /// in cache, and tile by tile, each with the inputs at which any of its images is not 0.
    #[allow(clippy::too_many_arguments)]
    pub fn sparse_sweep<T: Real>(
        &self,
        env: Environment<'_, T>,
        PackedSweep { sweep, matrix, .. }: &PackedSweep,
        images: usize,
        from: &[T],
        to: &mut [T],
        leak: T,
        lists: &mut [Segment],
    ) {
        const TILES: usize = 64;
        let (depth, n, bias) = (sweep.depth, self.bias.len(), &env.parameters[self.bias.clone()]);
        let height = images.div_ceil(images.div_ceil(TILE_ROWS));
        let rows = |tile: usize| tile * height..((tile + 1) * height).min(images);
        for first in (0..images.div_ceil(height)).step_by(TILES) {
            let tiles = first..(first + TILES).min(images.div_ceil(height));
            let mut found = [0; TILES];
            for (tile, (found, list)) in tiles.clone().zip(found.iter_mut().zip(lists.chunks_mut(depth))) {
                let a_rows = &sweep.from[rows(tile)];
                *found = T::dispatch(env.isa, OccupiedColumns { a: from, a_rows, depth, list });
            }
            let panel = panel_columns::<T>(env.isa, n);
            for column in (0..n).step_by(panel) {
                for (tile, (found, list)) in tiles.clone().zip(found.iter().zip(lists.chunks(depth))) {
                    let product = Product {
                        a: from,
                        a_rows: &sweep.from[rows(tile)],
                        b: Right::Packed { data: env.packed[*matrix].get(), depth },
                        segments: if *found * 8 > depth * 7 { &sweep.segments } else { &list[..*found] },
                        columns: column..(column + panel).min(n),
                        start: Start::Bias(bias),
                        leak,
                        ..Product::over(to, &sweep.to[rows(tile)], n)
                    };
                    product.run(env.isa);
                }
            }
        }
    }
}
