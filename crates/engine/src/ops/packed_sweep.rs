//! A direct product of a layer with a kernel, and the packed kernel it reads.

use super::propagation::Propagation;
use crate::geometry::sweep::Sweep;
use crate::graph::environment::Environment;
use crate::kernels::pack::{KernelRows, Pack, Placement};
use crate::kernels::product::{Product, RightFactor};
use crate::shared::Writer;
use crate::simd::{Isa, Scalar};

/// A sweep with the packed kernel it reads.
pub(crate) struct PackedSweep {
    pub sweep: Sweep,
    /// Number of the packed matrix, and its columns.
    pub matrix: usize,
    pub columns: usize,
    pub layout: Packing,
}

/// How kernel rows lie in a packed matrix.
pub(crate) enum Packing {
    /// Kernel rows are rows; `Some(depth)` of each tap that the sweep uses.
    Rows(Vec<Option<usize>>),
    /// The rows of a tap become columns; `Some(depth)` of each tap that the sweep uses.
    Taps(Vec<Option<usize>>),
}

impl PackedSweep {
    /// The products of a shard.
    pub fn run<T: Scalar>(&self, env: Environment<'_, T>, propagation: &mut Propagation<'_, T>) {
        let Self { sweep, matrix, columns, .. } = self;
        let rows = sweep.rows(propagation.images);
        let product = Product {
            a: propagation.from,
            a_rows: &sweep.from[rows.clone()],
            b: RightFactor::Packed { data: env.kernels.buffer(*matrix), depth: sweep.depth },
            segments: &sweep.segments,
            start: propagation.start,
            leak: propagation.leak,
            ..Product::over(propagation.to, &sweep.to[rows], *columns)
        };
        product.run(env.isa);
    }

    /// Packs some rows of the kernel.
    pub fn pack<T: Scalar>(&self, isa: Isa, packed: &mut Writer<'_, T>, kernel: &KernelRows<'_, T>) {
        let KernelRows { rows, values, channels, columns } = kernel;
        let (channels, columns, depth) = (*channels, *columns, self.sweep.depth);
        let mut first = rows.start;
        while first < rows.end {
            let (tap, channel) = (first / channels, first % channels);
            let last = rows.end.min(first + channels - channel);
            let values = &values[(first - rows.start) * columns..(last - rows.start) * columns];
            let to = match &self.layout {
                Packing::Rows(depths) => depths[tap].map(|depth| Placement::Rows { depth: depth + channel }),
                Packing::Taps(depths) => {
                    depths[tap].map(|depth| Placement::Columns { depth, column: channel })
                }
            };
            if let Some(to) = to {
                let (packed, n) = (packed.buffer(self.matrix), self.columns);
                T::dispatch_rows(isa, n, Pack { packed, depth, n, values, row_len: columns, to });
            }
            first = last;
        }
    }
}
