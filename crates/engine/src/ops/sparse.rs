//! The first dense layer, where the images' background needs no products.

use std::ops::Range;

use super::Environment;
use super::linear::{Linear, PackedSweep};
use crate::kernels::occupied::{OccupiedColumns, SPARSE_ROWS};
use crate::kernels::pack::panel_columns;
use crate::kernels::product::{Product, Right, Segment, Start};
use crate::simd::Real;
use crate::workspace::SLACK;

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
        lists: &mut [u32],
    ) {
        let (depth, n, bias) = (sweep.depth, self.bias.len(), &env.parameters[self.bias.clone()]);
        let mut product = |rows: Range<usize>, columns: Range<usize>, segments: &[Segment], steps: &[u32]| {
            let product = Product {
                a: from,
                a_rows: &sweep.from[rows.clone()],
                b: Right::Packed { data: env.packed[*matrix].get(), depth },
                segments,
                steps,
                columns,
                start: Start::Bias(bias),
                leak,
                ..Product::over(to, &sweep.to[rows], n)
            };
            product.run(env.isa);
        };
        const TILES: usize = 64;
        for first in (0..images).step_by(TILES * SPARSE_ROWS) {
            let block = first..(first + TILES * SPARSE_ROWS).min(images);
            let tiles = block.len().div_ceil(SPARSE_ROWS);
            // Of equal height but for one row: a row alone would wait for B as long as a whole tile.
            let edge = |tile: usize| first + tile * block.len() / tiles;
            let mut lists = lists.chunks_mut(depth + SLACK);
            let mut steps = [&[] as &[u32]; TILES];
            for (tile, steps) in steps[..tiles].iter_mut().enumerate() {
                let a_rows = &sweep.from[edge(tile)..edge(tile + 1)];
                let list = lists.next().unwrap_or_default();
                let found = T::dispatch(env.isa, OccupiedColumns { a: from, a_rows, depth, list });
                *steps = &list[..found];
            }
            let steps = &steps[..tiles];
            if steps.iter().map(|steps| steps.len()).sum::<usize>() * 8 > tiles * depth * 7 {
                product(block, 0..n, &sweep.segments, &[]);
                continue;
            }
            let panel = panel_columns::<T>(env.isa, n);
            for column in (0..n).step_by(panel) {
                for (tile, steps) in steps.iter().enumerate() {
                    product(edge(tile)..edge(tile + 1), column..(column + panel).min(n), &[], steps);
                }
            }
        }
    }
}
