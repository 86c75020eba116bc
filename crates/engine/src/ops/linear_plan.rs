//! Planning a layer with a kernel: the ways of its products, their tables, their packed kernels.

use std::ops::Range;

use network::{Activation, Shape};

use super::kernel_gradient::{KernelGradient, TileGradient};
use super::linear::Linear;
use super::packed_sweep::{PackedSweep, Packing};
use super::sweeps::Sweeps;
use super::winograd::{Winograd, WinogradGradient};
use super::winograd_rows::{WinogradRows, WinogradRowsGradient};
use crate::geometry::Geometry;
use crate::geometry::summation::Summation;
use crate::geometry::sweep::Sweep;
use crate::graph::buffers::{Input, OpBuffers};
use crate::graph::builder::Builder;
use crate::graph::node::Node;
use crate::graph::op::KernelSum;
use crate::graph::op::Op;
use crate::graph::parameters::KernelAndBias;
use crate::kernels::occupied::SPARSE_ROWS;
use crate::kernels::pack::packed_len;
use crate::layout::{Border, Layout};
use crate::simd::Scalar;
use crate::workspace::{BufferId, Rows, SLACK};

/// A layer with a kernel before buffers are known.
pub(crate) struct LinearNode {
    pub geometry: Geometry,
    /// Big → small, or small → big.
    pub gathers: bool,
    pub activation: Activation,
    pub parameters: KernelAndBias,
}

impl LinearNode {
    /// Big → small, without an activation.
    pub fn new(geometry: Geometry, parameters: KernelAndBias) -> Self {
        Self { geometry, gathers: true, activation: Activation::Linear, parameters }
    }

    /// Whether one side, the big one or the small one, is kept for a batch of so many rows.
    fn keeps(&self, rows: usize, is_big: bool) -> bool {
        match self.geometry.summation(rows) {
            Summation::Shards => false,
            Summation::Batch => true,
            Summation::PackedBatch => is_big,
        }
    }
}

impl<T: Scalar> Node<T> for LinearNode {
    fn reads_inputs_again(&self) -> bool {
        true
    }

    fn reads_output_again(&self) -> bool {
        self.activation != Activation::Linear && !self.activation.keeps_argument()
    }

    fn geometry(&self) -> Option<Geometry> {
        Some(self.geometry)
    }

    fn learns(&self) -> bool {
        true
    }

    fn read_border(&self) -> Border {
        if self.gathers { self.geometry.big_border() } else { self.geometry.small_border() }
    }

    fn gradient_border(&self, passes_on: bool) -> Border {
        match self.gathers {
            true if passes_on => self.geometry.small_border(),
            true => Border::default(),
            false => self.geometry.big_border(),
        }
    }

    fn keeps_values(&self, rows: usize) -> bool {
        self.keeps(rows, self.gathers)
    }

    fn keeps_gradient(&self, rows: usize) -> bool {
        self.keeps(rows, !self.gathers)
    }

    fn build(&self, builder: &mut Builder, buffers: OpBuffers) -> Box<dyn Op<T>> {
        let Self { geometry, gathers, activation, .. } = *self;
        let (Input { x, dx }, OpBuffers { y, dy, rows, .. }) = (buffers.input(), buffers);
        let layout = |id| builder.workspace.layout(id);
        let (x_layout, y_layout, dy_layout) = (layout(x), layout(y), layout(dy));
        let dx_layout = dx.map(|dx| layout(dx.buffer));
        let argument = activation.keeps_argument().then(|| builder.buffer(y_layout, rows, false));
        let mut planner = Planner { builder, rows };
        let forward = planner.direction::<T>(geometry, gathers, x_layout, y_layout);
        let backward = match dx_layout {
            None => Sweeps::Direct(Vec::new()),
            Some(dx_layout) => planner.direction::<T>(geometry, !gathers, dy_layout, dx_layout),
        };
        let adds = dx.filter(|dx| dx.adds && !matches!(backward, Sweeps::Direct(_)));
        let dx_share = adds.zip(dx_layout).map(|(_, layout)| planner.builder.share(layout, rows));
        let (big, small) = if gathers { (x, dy) } else { (dy, x) };
        // A dense layer that nothing before it changes reads the images, whose values lie side by side. (So may those
        // of a convolution with one pixel of output, but not those of its window.)
        let is_dense = matches!(geometry.big, Shape::Vector(_));
        let skips_zeros = gathers && dx.is_none() && is_dense && geometry.kernel_columns() > 1;
        if skips_zeros {
            let tiles = rows.shard.div_ceil(SPARSE_ROWS);
            let list = (tiles * (geometry.kernel_rows() + SLACK)).max(2 * rows.batch);
            planner.builder.workspace.add_list(list);
        }
        let kernel_gradient = planner.kernel_gradient::<T>(geometry, big, small, skips_zeros);
        let KernelAndBias { kernel, bias } = self.parameters.clone();
        let group_bias = builder.group_place(bias.len());
        Box::new(Linear {
            geometry,
            activation,
            x,
            y,
            argument,
            dy,
            dx,
            dx_share,
            kernel,
            bias,
            forward,
            backward,
            kernel_gradient,
            group_bias,
        })
    }
}

/// Plans the products of one layer.
struct Planner<'a> {
    builder: &'a mut Builder,
    rows: Rows,
}

impl Planner<'_> {
    fn kernel_gradient<T: Scalar>(
        &mut self,
        geometry: Geometry,
        big: BufferId,
        small: BufferId,
        skips_zeros: bool,
    ) -> KernelGradient {
        let Rows { batch, shard, .. } = self.rows;
        let (big_layout, small_layout) =
            (self.builder.workspace.layout(big), self.builder.workspace.layout(small));
        let summation = geometry.summation(batch);
        let tiles = match (summation, geometry.square_side(), geometry.row_outputs()) {
            (Summation::Shards, Some(side), _) => {
                let tiles = geometry.square_tiles(side, true, big_layout, small_layout, shard);
                Some(TileGradient::Squares(WinogradGradient::new(tiles)))
            }
            (Summation::Shards, None, Some(outputs)) => {
                let tiles = geometry.row_sums(outputs, big_layout, small_layout, shard);
                let tiles = WinogradRowsGradient::new::<T>(self.builder.isa, tiles);
                Some(TileGradient::Rows(Box::new(tiles)))
            }
            _ => None,
        };
        if let Some(tiles) = &tiles {
            self.builder.workspace.add_scratch(tiles.scratch());
        }
        let sweep = match summation {
            Summation::Shards => geometry.kernel_gradient(big_layout, Some(small_layout), shard),
            Summation::Batch | Summation::PackedBatch => geometry.kernel_gradient(big_layout, None, batch),
        };
        let (rows, columns) = (geometry.kernel_rows(), geometry.kernel_columns());
        let each = batch / self.builder.cut.batch;
        let sum = match summation {
            Summation::Shards => KernelSum::Group(self.builder.group_place(rows * columns)),
            Summation::Batch => KernelSum::Batch,
            Summation::PackedBatch => {
                let depth = batch * geometry.small_pixels();
                self.builder.pixels.push(packed_len::<T>(self.builder.isa, depth, columns));
                KernelSum::PackedBatch { matrix: self.builder.pixels.len() - 1, depth }
            }
        };
        KernelGradient { geometry, big, small, each, sweep, tiles, sum, skips_zeros }
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
                Some(outputs) => {
                    Sweeps::Rows(self.row_tiles::<T>(geometry, outputs, gathers, from, to), direct)
                }
            };
        };
        let tiles = geometry.square_tiles(side, gathers, from, to, self.rows.shard);
        let winograd = Winograd::new(tiles, self.builder.kernels.len(), !gathers);
        self.builder.kernels.push(winograd.packed_len::<T>(self.builder.isa));
        self.builder.workspace.add_scratch(winograd.scratch());
        Sweeps::Winograd(winograd)
    }

    /// The outer columns of taps of a convolution with stride 2.
    fn row_tiles<T: Scalar>(
        &mut self,
        geometry: Geometry,
        outputs: usize,
        gathers: bool,
        from: Layout,
        to: Layout,
    ) -> WinogradRows {
        let tiles = match gathers {
            true => geometry.gather_row_tiles(outputs, from, to, self.rows.shard),
            false => geometry.scatter_row_tiles(outputs, from, to, self.rows.shard),
        };
        let length = packed_len::<T>(self.builder.isa, geometry.kernel.rows * from.channels, to.channels);
        let matrix = self.builder.kernels.len();
        self.builder.kernels.push(tiles.positions() * length);
        let rows = WinogradRows::new(tiles, matrix, !gathers);
        self.builder.workspace.add_scratch(rows.scratch());
        rows
    }

    fn gather<T: Scalar>(&mut self, geometry: Geometry, big: Layout, small: Layout) -> PackedSweep {
        let columns = direct_columns(geometry);
        let sweep = geometry.gather(big, small, self.rows.shard, columns.clone());
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
            .scatter(small, big, self.rows.shard)
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
        let matrix = self.builder.kernels.len();
        self.builder.kernels.push(packed_len::<T>(self.builder.isa, sweep.depth, columns));
        PackedSweep { sweep, matrix, columns, layout }
    }
}

/// The columns of taps that no Winograd tile takes.
fn direct_columns(geometry: Geometry) -> Range<usize> {
    if geometry.row_outputs().is_some() { 1..2 } else { 0..geometry.kernel.columns }
}
