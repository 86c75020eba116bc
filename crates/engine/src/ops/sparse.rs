//! The first dense layer, where the images' background needs no products.
//!
//! Four images make a tile, which leaves out the pixels at which all four are 0. Tiles pass by a part of the kernel that
//! stays in the first-level cache, then by the next ([`SparseProduct`]). Where few pixels are 0, the full product is faster.

use super::packed_sweep::PackedSweep;
use super::propagation::Propagation;
use crate::graph::environment::Environment;
use crate::kernels::occupied::{OccupiedColumns, SPARSE_ROWS};
use crate::kernels::product::{Product, RightFactor};
use crate::kernels::sparse::{SparseProduct, TILES};
use crate::simd::Scalar;
use crate::workspace::SLACK;

/// The forward sweep of a dense layer over images with many zeros: tile by tile, each with the inputs at which any of
/// its images is not 0.
pub(super) fn sparse_sweep<T: Scalar>(
    env: Environment<'_, T>,
    PackedSweep { sweep, matrix, columns, .. }: &PackedSweep,
    propagation: Propagation<'_, T>,
    lists: &mut [u32],
) {
    let bias = propagation.bias().unwrap_or_default();
    let Propagation { images, from, to, start, leak, .. } = propagation;
    let (depth, n, b) = (sweep.depth, *columns, env.kernels.buffer(*matrix));
    for first in (0..images).step_by(TILES * SPARSE_ROWS) {
        let block = first..(first + TILES * SPARSE_ROWS).min(images);
        let tiles = block.len().div_ceil(SPARSE_ROWS);
        // Of equal height but for one row.
        let edge = |tile: usize| first + tile * block.len() / tiles;
        let mut lists = lists.chunks_mut(depth + SLACK);
        let mut steps = [&[] as &[u32]; TILES];
        let rows: [_; TILES] = std::array::from_fn(|tile| edge(tile)..edge(tile + 1));
        for (rows, steps) in rows.iter().zip(&mut steps[..tiles]) {
            let a_rows = &sweep.from[rows.clone()];
            let list = lists.next().unwrap_or_default();
            let count = T::dispatch(env.isa, OccupiedColumns { a: from, a_rows, depth, list });
            *steps = &list[..count];
        }
        let (rows, steps) = (&rows[..tiles], &steps[..tiles]);
        let (a, a_rows, c_rows) = (from, &sweep.from[..images], &sweep.to[..images]);
        if steps.iter().map(|steps| steps.len()).sum::<usize>() * 8 > tiles * depth * 7 {
            let product = Product {
                a,
                a_rows: &a_rows[block.clone()],
                b: RightFactor::Packed { data: b, depth },
                segments: &sweep.segments,
                start,
                leak,
                ..Product::over(to, &c_rows[block], n)
            };
            product.run(env.isa);
        } else {
            let c = &mut *to;
            let product = SparseProduct { a, a_rows, rows, steps, b, depth, n, bias, leak, c, c_rows };
            T::dispatch_rows(env.isa, n, product);
        }
    }
}
