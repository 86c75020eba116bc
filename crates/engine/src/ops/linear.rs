//! Dense, convolution and transposed convolution: bias, product, activation, and their gradients.

use std::ops::Range;

use super::kernel_gradient::{KernelSum, TileGradient};
use super::winograd::Winograd;
use super::winograd_rows::WinogradRows;
use super::{Environment, GroupGradients};
use crate::activation::Activation;
use crate::kernels::activate::{Activate, ActivateBackward};
use crate::kernels::columns::AddColumnSums;
use crate::kernels::pack::{Pack, Placement};
use crate::kernels::product::{Product, Right, Start};
use crate::linear::{Geometry, KernelSweep, Sweep};
use crate::profile::Part;
use crate::shared::Shared;
use crate::simd::{Isa, Real};
use crate::workspace::{BufferId, Shard};

/// A layer with a kernel.
pub(crate) struct Linear {
    pub geometry: Geometry,
    pub activation: Activation,
    /// Big → small is the forward direction (dense, convolution); else the backward one.
    pub gathers: bool,
    pub x: BufferId,
    pub y: BufferId,
    /// Holds the activation's argument where its derivative needs it.
    pub argument: Option<BufferId>,
    /// Gradient with respect to y.
    pub dy: BufferId,
    /// Gradient with respect to x, where anything before this layer learns.
    pub dx: Option<BufferId>,
    /// Whether x is the images themselves, whose zeros need no products.
    pub skips_zeros: bool,
    /// Whether dx already holds the gradient of another branch.
    pub adds_to_dx: bool,
    /// Places of kernel and bias among the parameters.
    pub kernel: Range<usize>,
    pub bias: Range<usize>,
    pub forward: Sweeps,
    pub backward: Sweeps,
    pub kernel_sweep: KernelSweep,
    /// The kernel gradient by tiles, where that is faster than `kernel_sweep`.
    pub winograd_gradient: Option<TileGradient>,
    pub kernel_sum: KernelSum,
    /// Place of the bias' gradient in a group's buffer.
    pub group_bias: usize,
}

/// One direction of a layer.
pub(crate) enum Sweeps {
    Direct(Vec<PackedSweep>),
    Winograd(Winograd),
    /// The outer columns of taps by tiles along rows, the middle one directly.
    Rows(WinogradRows, Vec<PackedSweep>),
}

/// A sweep with the packed kernel it reads.
pub(crate) struct PackedSweep {
    pub sweep: Sweep,
    /// Number of the packed matrix.
    pub matrix: usize,
    pub layout: Packing,
}

/// How kernel rows lie in a packed matrix.
pub(crate) enum Packing {
    /// Kernel rows are rows; `Some(depth)` of each tap that the sweep uses.
    Rows(Vec<Option<usize>>),
    /// The rows of a tap become columns; `Some(depth)` of each tap that the sweep uses.
    Taps(Vec<Option<usize>>),
}

impl Linear {
    pub fn forward<T: Real>(&self, env: Environment<'_, T>, shard: &mut Shard<'_, T>) {
        let target = self.argument.unwrap_or(self.y);
        let fused = self.argument.is_none().then(|| self.activation.leak()).flatten();
        let images = shard.images;
        let bias = &env.parameters[self.bias.clone()];
        let leak = T::from_f64(fused.unwrap_or(1.0));
        if let (true, Sweeps::Direct(sweeps)) = (self.skips_zeros, &self.forward) {
            // SAFETY: no other list of this shard is in use.
            #[allow(unsafe_code)]
            let lists = unsafe { shard.list() };
            let ([x], [out]) = shard.borrow([self.x], [target]);
            self.sparse_sweep(env, &sweeps[0], images, x, out, leak, lists);
        } else {
            self.run(env, &self.forward, shard, self.x, target, Some(bias), leak);
        }
        env.lap(Part::Forward);
        if let Some(argument) = self.argument {
            let layout = shard.layout(self.y);
            let ([argument], [y]) = shard.borrow([argument], [self.y]);
            for (at, _, len) in layout.runs(layout, images) {
                y[at..at + len].copy_from_slice(&argument[at..at + len]);
            }
        }
        if fused.is_none() {
            let layout = shard.layout(self.y);
            let ([], [y]) = shard.borrow([], [self.y]);
            for (at, _, len) in layout.runs(layout, images) {
                let values = &mut y[at..at + len];
                T::dispatch(env.isa, Activate { activation: self.activation, values });
            }
        }
        env.lap(Part::Activation);
    }

    pub fn backward<T: Real>(
        &self,
        env: Environment<'_, T>,
        shard: &mut Shard<'_, T>,
        group: &mut GroupGradients<'_, T>,
    ) {
        let (first, images) = (shard.first, shard.images);
        let (y_layout, dy_layout) = (shard.layout(self.y), shard.layout(self.dy));
        {
            let ([kept], [dy]) = shard.borrow([self.argument.unwrap_or(self.y)], [self.dy]);
            if self.activation != Activation::Linear {
                for (from, to, len) in y_layout.runs(dy_layout, images) {
                    let (kept, gradient) = (&kept[from..from + len], &mut dy[to..to + len]);
                    T::dispatch(env.isa, ActivateBackward { activation: self.activation, kept, gradient });
                }
            }
            env.lap(Part::ActivationGradient);
            let (n, is_new) = (self.bias.len(), group.is_new);
            for (images, group) in group.parts(first, images) {
                let out = &mut group[self.group_bias..self.group_bias + n];
                if is_new {
                    out.fill(T::ZERO);
                }
                let dy = &dy[images.start * dy_layout.stride()..];
                for (at, _, len) in dy_layout.runs(dy_layout, images.len()) {
                    T::dispatch(env.isa, AddColumnSums { values: &dy[at..at + len], n, out });
                }
            }
        }
        env.lap(Part::BiasGradient);
        match self.kernel_sum {
            KernelSum::Group(at) => self.add_group_gradient(env, shard, group, at),
            KernelSum::Batch => {}
            KernelSum::PackedBatch { matrix, depth } => self.pack_pixels(env, shard, matrix, depth),
        }
        env.lap(Part::KernelGradient);
        if let Some(dx) = self.dx {
            self.run(env, &self.backward, shard, self.dy, dx, None, T::ONE);
        }
    }

    /// One direction over a shard: the products of `from`, to `to`. Without a bias they start from 0, or from
    /// what another branch has left in dx.
    #[allow(clippy::too_many_arguments)]
    fn run<T: Real>(
        &self,
        env: Environment<'_, T>,
        sweeps: &Sweeps,
        shard: &mut Shard<'_, T>,
        from: BufferId,
        to: BufferId,
        bias: Option<&[T]>,
        leak: T,
    ) {
        let images = shard.images;
        // SAFETY: no other scratch of this shard is in use.
        #[allow(unsafe_code)]
        let scratch = unsafe { shard.scratch() };
        let ([from], [to]) = shard.borrow([from], [to]);
        let mut start = match bias {
            Some(bias) => Start::Bias(bias),
            None if self.adds_to_dx => Start::Accumulate,
            None => Start::Zero,
        };
        let sweeps = match sweeps {
            Sweeps::Direct(sweeps) => sweeps,
            Sweeps::Winograd(winograd) => return winograd.run(env, images, from, to, bias, leak, scratch),
            // The outer taps and the middle ones of a scatter meet different pixels, those of a gather the same.
            Sweeps::Rows(rows, sweeps) if rows.turned => {
                rows.run(env, images, from, to, bias, leak, scratch);
                sweeps
            }
            Sweeps::Rows(rows, sweeps) => {
                rows.run(env, images, from, to, bias, T::ONE, scratch);
                start = Start::Accumulate;
                sweeps
            }
        };
        let n = self.columns(sweeps);
        for PackedSweep { sweep, matrix, .. } in sweeps {
            let rows = sweep.rows(images);
            let product = Product {
                a: from,
                a_rows: &sweep.from[rows.clone()],
                b: Right::Packed { data: env.packed[*matrix].get(), depth: sweep.depth },
                segments: &sweep.segments,
                start,
                leak,
                ..Product::over(to, &sweep.to[rows], n)
            };
            product.run(env.isa);
        }
    }

    /// Columns of the packed matrices of these sweeps.
    fn columns(&self, sweeps: &[PackedSweep]) -> usize {
        match sweeps.first().map(|sweep| &sweep.layout) {
            Some(Packing::Taps(_)) => self.geometry.big.pixels().2,
            _ => self.geometry.kernel_columns(),
        }
    }

    /// Copies kernel rows `rows`, whose values are given, to the packed matrices that the sweeps read.
    pub fn pack<T: Real>(&self, isa: Isa, packed: &[Shared<T>], rows: Range<usize>, values: &[T]) {
        let row_len = self.geometry.kernel_columns();
        let channels = self.geometry.big.pixels().2;
        for sweeps in [&self.forward, &self.backward] {
            match sweeps {
                Sweeps::Direct(sweeps) => {
                    for sweep in sweeps {
                        sweep.pack(isa, packed, rows.clone(), values, row_len, channels);
                    }
                }
                // `rows_together` says which rows these get.
                Sweeps::Winograd(winograd) => winograd.pack(isa, packed, values, channels, row_len),
                Sweeps::Rows(tiles, sweeps) => {
                    tiles.pack(isa, packed, rows.clone(), values, channels, row_len);
                    for sweep in sweeps {
                        sweep.pack(isa, packed, rows.clone(), values, row_len, channels);
                    }
                }
            }
        }
    }

    /// Kernel rows that are finished together: all where square tiles read the kernel, those of a row of taps where tiles
    /// along rows do, else as many as one likes.
    pub fn rows_together(&self) -> Option<usize> {
        let reads = |test: fn(&Sweeps) -> bool| test(&self.forward) || test(&self.backward);
        let rows = self.geometry.kernel_rows();
        if reads(|sweeps| matches!(sweeps, Sweeps::Winograd(_))) {
            Some(rows)
        } else if reads(|sweeps| matches!(sweeps, Sweeps::Rows(..))) {
            Some(rows / self.geometry.kernel.rows)
        } else {
            None
        }
    }
}

impl PackedSweep {
    /// Packs kernel rows `rows` of `row_len` values, `channels` to a tap.
    fn pack<T: Real>(
        &self,
        isa: Isa,
        packed: &[Shared<T>],
        rows: Range<usize>,
        values: &[T],
        row_len: usize,
        channels: usize,
    ) {
        let (packed, depth) = (&packed[self.matrix], self.sweep.depth);
        let mut first = rows.start;
        while first < rows.end {
            let (tap, channel) = (first / channels, first % channels);
            let last = rows.end.min(first + channels - channel);
            let values = &values[(first - rows.start) * row_len..(last - rows.start) * row_len];
            let (n, to) = match &self.layout {
                Packing::Rows(depths) => {
                    (row_len, depths[tap].map(|depth| Placement::Rows { depth: depth + channel }))
                }
                Packing::Taps(depths) => {
                    (channels, depths[tap].map(|depth| Placement::Columns { depth, column: channel }))
                }
            };
            if let Some(to) = to {
                T::dispatch_rows(isa, n, Pack { packed, depth, n, values, row_len, to });
            }
            first = last;
        }
    }
}
