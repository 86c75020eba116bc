//! The second half of planning: buffers, tables and packed kernels of every step of a draft.

use std::ops::{Range, RangeInclusive};

use crate::cut::Cut;
use crate::geometry::Geometry;
use crate::geometry::summation::Summation;
use crate::geometry::sweep::Sweep;
use crate::kernels::occupied::SPARSE_ROWS;
use crate::kernels::pack::packed_len;
use crate::layout::{Border, Layout};
use crate::ops::Op;
use crate::ops::buffers::OpBuffers;
use crate::ops::gaussian::Gaussian;
use crate::ops::kernel_gradient::{KernelGradient, KernelSum, TileGradient};
use crate::ops::linear::Linear;
use crate::ops::packed_sweep::{PackedSweep, Packing};
use crate::ops::pool::MaxPool;
use crate::ops::reshape::Reshape;
use crate::ops::sweeps::Sweeps;
use crate::ops::upsample::UpSample;
use crate::ops::winograd::{Winograd, WinogradGradient};
use crate::ops::winograd_rows::{WinogradRows, WinogradRowsGradient};
use crate::plan::draft::{Draft, KernelAndBias, Step};
use crate::simd::{Isa, Scalar};
use crate::workspace::{BufferId, SLACK, WorkspacePlan};
use network::Activation;
use network::Network;
use network::Shape;

/// Collects what the operations of a plan need.
pub(crate) struct Builder<'a> {
    pub draft: &'a Draft,
    pub cut: Cut,
    pub isa: Isa,
    pub workspace: WorkspacePlan,
    /// Lengths of the packed kernels, and of the packed pixels over which kernel gradients are summed.
    pub kernels: Vec<usize>,
    pub pixels: Vec<usize>,
    pub group_len: usize,
}

impl Builder<'_> {
    /// Buffers of the values and of their gradients. A reshape without borders shares its buffers.
    pub fn buffers(&mut self) -> (Vec<BufferId>, Vec<BufferId>) {
        let n = self.draft.steps.len();
        let is_reshape = |i: usize| matches!(self.draft.steps.get(i), Some(Step::Reshape));
        let (mut values, mut gradients) = (vec![0; n + 1], vec![0; n + 1]);
        let bare = Border::default();
        let mut i = 0;
        while i <= n {
            // A run of reshapes shares one buffer, kept for the batch if its last reader needs it.
            let mut last = i;
            while is_reshape(last) && self.draft.read_border(last + 1) == bare {
                last += 1;
            }
            let resident = last < n && self.draft.keeps_values(last, self.cut.batch);
            self.share(&mut values, i..=last, self.draft.read_border(i), resident);
            i = last + 1;
        }
        let mut i = 0;
        while i <= n {
            let border = if i == 0 { bare } else { self.draft.gradient_border(i - 1) };
            let mut last = i;
            while is_reshape(last) && border == bare {
                last += 1;
            }
            let resident = i > 0 && self.draft.keeps_gradient(i - 1, self.cut.batch);
            self.share(&mut gradients, i..=last, border, resident);
            i = last + 1;
        }
        (values, gradients)
    }

    /// One buffer for the values `range`, under the shape of each.
    fn share(&mut self, ids: &mut [BufferId], range: RangeInclusive<usize>, border: Border, resident: bool) {
        let shapes = &self.draft.values;
        let first = *range.start();
        ids[first] =
            self.workspace.add(Layout::new(shapes[first], border), resident, self.cut.batch, self.cut.shard);
        for i in range.skip(1) {
            ids[i] = self.workspace.alias(ids[first], Layout::new(shapes[i], Border::default()));
        }
    }

    /// A buffer without border for one shard.
    pub fn plain(&mut self, shape: Shape) -> BufferId {
        self.workspace.add(Layout::new(shape, Border::default()), false, self.cut.batch, self.cut.shard)
    }

    pub fn group_place(&mut self, len: usize) -> usize {
        let at = self.group_len;
        self.group_len += len;
        at
    }

    pub fn op<T: Scalar>(
        &mut self,
        i: usize,
        values: &[BufferId],
        gradients: &[BufferId],
        network: &Network,
    ) -> Op {
        let buffers = OpBuffers {
            x: values[i],
            y: values[i + 1],
            dy: gradients[i + 1],
            dx: self.draft.learns_before(i).then_some(gradients[i]),
        };
        match &self.draft.steps[i] {
            Step::Linear { geometry, gathers, activation, parameters } => {
                let linear = self.linear::<T>(*geometry, *gathers, *activation, parameters, buffers);
                Op::Linear(Box::new(linear))
            }
            Step::MaxPool { window, output } => {
                Op::MaxPool(MaxPool::new(&self.workspace, buffers, *window, *output))
            }
            Step::UpSample { size } => {
                let input = self.draft.values[i];
                Op::UpSample(UpSample::new(&self.workspace, buffers, *size, input))
            }
            Step::Reshape => Op::Reshape(Reshape::new(&self.workspace, buffers)),
            Step::Gaussian { features, size, mean, log_var } => {
                let geometry = Geometry::dense(*features, *size);
                let mut head = |parameters: &KernelAndBias, adds_to_dx: bool| {
                    let OpBuffers { x, dx, .. } = buffers;
                    let shape = Layout::new(Shape::Vector(*size), Border::default());
                    let y = self.workspace.add(shape, false, self.cut.batch, self.cut.shard);
                    let resident = geometry.summation(self.cut.batch) == Summation::Batch;
                    let dy = self.workspace.add(shape, resident, self.cut.batch, self.cut.shard);
                    let buffers = OpBuffers { x, y, dy, dx };
                    let linear = self.linear::<T>(geometry, true, Activation::Linear, parameters, buffers);
                    Linear { adds_to_dx, ..linear }
                };
                let (mean, log_var) = (head(mean, false), head(log_var, true));
                Op::Gaussian(Box::new(Gaussian {
                    mean,
                    log_var,
                    noise: self.plain(Shape::Vector(*size)),
                    z: buffers.y,
                    dz: buffers.dy,
                    divergence: self.plain(Shape::Vector(2)),
                    free_bits: network.objective.kl.free_bits,
                }))
            }
        }
    }

    fn linear<T: Scalar>(
        &mut self,
        geometry: Geometry,
        gathers: bool,
        activation: Activation,
        parameters: &KernelAndBias,
        buffers: OpBuffers,
    ) -> Linear {
        let OpBuffers { x, y, dy, dx } = buffers;
        let layout = |id| self.workspace.layout(id);
        let (x_layout, y_layout, dy_layout) = (layout(x), layout(y), layout(dy));
        let dx_layout = dx.map(layout);
        let argument = activation
            .keeps_argument()
            .then(|| self.workspace.add(y_layout, false, self.cut.batch, self.cut.shard));
        let forward = self.direction::<T>(geometry, gathers, x_layout, y_layout);
        let backward = match dx_layout {
            None => Sweeps::Direct(Vec::new()),
            Some(dx_layout) => self.direction::<T>(geometry, !gathers, dy_layout, dx_layout),
        };
        let (big, small) = if gathers { (x, dy) } else { (dy, x) };
        // A dense layer that nothing before it changes reads the images, whose values lie side by side. (So may those
        // of a convolution with one pixel of output, but not those of its window.)
        let is_dense = matches!(geometry.big, Shape::Vector(_));
        let skips_zeros = gathers && dx.is_none() && is_dense && geometry.kernel_columns() > 1;
        if skips_zeros {
            let tiles = self.cut.shard.div_ceil(SPARSE_ROWS);
            self.workspace.add_list((tiles * (geometry.kernel_rows() + SLACK)).max(2 * self.cut.batch));
        }
        let kernel_gradient = self.kernel_gradient::<T>(geometry, big, small, skips_zeros);
        let KernelAndBias { kernel, bias } = parameters.clone();
        let group_bias = self.group_place(bias.len());
        Linear {
            geometry,
            activation,
            x,
            y,
            argument,
            dy,
            dx,
            adds_to_dx: false,
            kernel,
            bias,
            forward,
            backward,
            kernel_gradient,
            group_bias,
        }
    }

    fn kernel_gradient<T: Scalar>(
        &mut self,
        geometry: Geometry,
        big: BufferId,
        small: BufferId,
        skips_zeros: bool,
    ) -> KernelGradient {
        let (batch, shard) = (self.cut.batch, self.cut.shard);
        let (big_layout, small_layout) = (self.workspace.layout(big), self.workspace.layout(small));
        let summation = geometry.summation(batch);
        let tiles = match (summation, geometry.square_side(), geometry.row_outputs()) {
            (Summation::Shards, Some(side), _) => {
                let tiles = geometry.square_tiles(side, true, big_layout, small_layout, shard);
                Some(TileGradient::Squares(WinogradGradient::new(tiles)))
            }
            (Summation::Shards, None, Some(outputs)) => {
                let tiles = geometry.row_sums(outputs, big_layout, small_layout, shard);
                let tiles = WinogradRowsGradient::new::<T>(self.isa, tiles);
                Some(TileGradient::Rows(Box::new(tiles)))
            }
            _ => None,
        };
        if let Some(tiles) = &tiles {
            self.workspace.add_scratch(tiles.scratch());
        }
        let sweep = match summation {
            Summation::Shards => geometry.kernel_gradient(big_layout, Some(small_layout), shard),
            Summation::Batch | Summation::PackedBatch => geometry.kernel_gradient(big_layout, None, batch),
        };
        let (rows, columns) = (geometry.kernel_rows(), geometry.kernel_columns());
        let sum = match summation {
            Summation::Shards => KernelSum::Group(self.group_place(rows * columns)),
            Summation::Batch => KernelSum::Batch,
            Summation::PackedBatch => {
                let depth = batch * geometry.small_pixels();
                self.pixels.push(packed_len::<T>(self.isa, depth, columns));
                KernelSum::PackedBatch { matrix: self.pixels.len() - 1, depth }
            }
        };
        KernelGradient { geometry, big, small, sweep, tiles, sum, skips_zeros }
    }

    /// Big → small or small → big, the faster way.
    fn direction<T: Scalar>(
        &mut self,
        geometry: Geometry,
        gathers: bool,
        from: Layout,
        to: Layout,
    ) -> Sweeps {
        let Some(side) = geometry.square_side() else {
            let direct = match gathers {
                true => vec![self.gather::<T>(geometry, from, to)],
                false => self.scatter::<T>(geometry, from, to),
            };
            return match geometry.row_outputs() {
                None => Sweeps::Direct(direct),
                Some(outputs) => Sweeps::Rows(self.rows::<T>(geometry, outputs, gathers, from, to), direct),
            };
        };
        let tiles = geometry.square_tiles(side, gathers, from, to, self.cut.shard);
        let winograd = Winograd::new(tiles, self.kernels.len(), !gathers);
        self.kernels.push(winograd.packed_len::<T>(self.isa));
        self.workspace.add_scratch(winograd.scratch());
        Sweeps::Winograd(winograd)
    }

    /// The outer columns of taps of a convolution with stride 2.
    fn rows<T: Scalar>(
        &mut self,
        geometry: Geometry,
        outputs: usize,
        gathers: bool,
        from: Layout,
        to: Layout,
    ) -> WinogradRows {
        let tiles = match gathers {
            true => geometry.gather_row_tiles(outputs, from, to, self.cut.shard),
            false => geometry.scatter_row_tiles(outputs, from, to, self.cut.shard),
        };
        let length = packed_len::<T>(self.isa, geometry.kernel.rows * from.channels, to.channels);
        let matrix = self.kernels.len();
        self.kernels.push(tiles.positions() * length);
        let rows = WinogradRows::new(tiles, matrix, !gathers);
        self.workspace.add_scratch(rows.scratch());
        rows
    }

    fn gather<T: Scalar>(&mut self, geometry: Geometry, big: Layout, small: Layout) -> PackedSweep {
        let columns = direct_columns(geometry);
        let sweep = geometry.gather(big, small, self.cut.shard, columns.clone());
        let mut depths = (0..).step_by(geometry.big_channels());
        let place = |tap| columns.contains(&(tap % geometry.kernel.columns)).then(|| depths.next()).flatten();
        let taps = geometry.kernel.rows * geometry.kernel.columns;
        let layout = Packing::Rows((0..taps).map(place).collect());
        self.packed_sweep::<T>(sweep, geometry.kernel_columns(), layout)
    }

    fn scatter<T: Scalar>(&mut self, geometry: Geometry, small: Layout, big: Layout) -> Vec<PackedSweep> {
        let taps = geometry.kernel.rows * geometry.kernel.columns;
        let columns = direct_columns(geometry);
        geometry
            .scatter(small, big, self.cut.shard)
            .into_iter()
            .filter(|(_, places)| {
                places.iter().all(|place| columns.contains(&(place.tap % geometry.kernel.columns)))
            })
            .map(|(sweep, places)| {
                let mut depths = vec![None; taps];
                for place in places {
                    depths[place.tap] = Some(place.depth);
                }
                self.packed_sweep::<T>(sweep, geometry.big_channels(), Packing::Taps(depths))
            })
            .collect()
    }

    /// A sweep with room for the packed kernel of `columns` columns that it reads.
    fn packed_sweep<T: Scalar>(&mut self, sweep: Sweep, columns: usize, layout: Packing) -> PackedSweep {
        let matrix = self.kernels.len();
        self.kernels.push(packed_len::<T>(self.isa, sweep.depth, columns));
        PackedSweep { sweep, matrix, columns, layout }
    }
}

/// The columns of taps that no Winograd tile takes.
fn direct_columns(geometry: Geometry) -> Range<usize> {
    if geometry.row_outputs().is_some() { 1..2 } else { 0..geometry.kernel.columns }
}
