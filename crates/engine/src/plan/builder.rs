//! The second half of planning: buffers, tables and packed kernels of every step of a draft.

use std::ops::{Range, RangeInclusive};

use crate::initializer::Initializer;
use crate::kernels::occupied::SPARSE_ROWS;
use crate::kernels::pack::packed_len;
use crate::layer::{Layer, Pair};
use crate::layout::{Border, Layout};
use crate::linear::{Geometry, Summation};
use crate::network::Network;
use crate::ops::Op;
use crate::ops::gaussian::Gaussian;
use crate::ops::kernel_gradient::{KernelSum, TileGradient};
use crate::ops::linear::{Linear, PackedSweep, Packing, Sweeps};
use crate::ops::pool::{self, MaxPool};
use crate::ops::reshape::Reshape;
use crate::ops::upsample::UpSample;
use crate::ops::winograd::{Winograd, WinogradGradient};
use crate::ops::winograd_rows::{WinogradRows, WinogradRowsGradient};
use crate::plan::cut::Cut;
use crate::plan::draft::{Draft, Step};
use crate::shape::Shape;
use crate::simd::{Isa, Real};
use crate::workspace::{BufferId, SLACK, WorkspacePlan};

/// Collects what the operations of a plan need.
pub(crate) struct Builder<'a> {
    pub draft: &'a Draft,
    pub cut: Cut,
    pub isa: Isa,
    pub workspace: WorkspacePlan,
    pub packed: Vec<usize>,
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

    pub fn op<T: Real>(
        &mut self,
        i: usize,
        values: &[BufferId],
        gradients: &[BufferId],
        network: &Network,
    ) -> Op {
        let (x, y, dy) = (values[i], values[i + 1], gradients[i + 1]);
        let dx = self.draft.learns_before(i).then_some(gradients[i]);
        match &self.draft.steps[i] {
            Step::Linear { geometry, gathers, layer, views } => {
                let places = Places { x, y, dy, dx, adds_to_dx: false };
                Op::Linear(Box::new(self.linear::<T>(*geometry, *gathers, layer, *views, places)))
            }
            Step::MaxPool { size, stride, before, output } => {
                let layout = |id| self.workspace.layout(id);
                let windows = |id| pool::windows(layout(id), *output, *size, *stride, *before);
                let (pixels, windows_x) = (layout(x).height * layout(x).width, windows(x));
                Op::MaxPool(MaxPool {
                    x,
                    y,
                    dy,
                    dx,
                    is_partition: windows_x.is_partition(pixels),
                    windows: windows_x,
                    d_windows: windows(gradients[i]),
                    places: pool::places(layout(y)),
                    d_places: pool::places(layout(dy)),
                })
            }
            Step::UpSample { size } => {
                let layout = |id| self.workspace.layout(id);
                let (none, small) = (Pair::square(0), self.draft.values[i]);
                let blocks = |id| pool::windows(layout(id), small, *size, *size, none);
                Op::UpSample(UpSample {
                    x,
                    y,
                    dy,
                    dx,
                    blocks: blocks(y),
                    d_blocks: blocks(dy),
                    places: pool::places(layout(x)),
                    d_places: pool::places(layout(gradients[i])),
                })
            }
            Step::Reshape => {
                let distinct = |from, to| (!self.workspace.is_same(from, to)).then_some((from, to));
                Op::Reshape(Reshape { values: distinct(x, y), gradients: dx.and_then(|dx| distinct(dy, dx)) })
            }
            Step::Gaussian { features, size, views } => {
                let geometry = Geometry::dense(*features, *size);
                let layer = Layer::Dense(crate::layer::Dense {
                    units: *size,
                    activation: crate::Activation::Linear,
                    initializer: Initializer::default(),
                });
                let mut head = |views: [usize; 2], adds_to_dx: bool| {
                    let shape = Layout::new(Shape::Vector(*size), Border::default());
                    let y = self.workspace.add(shape, false, self.cut.batch, self.cut.shard);
                    let resident = geometry.summation(self.cut.batch) == Summation::Batch;
                    let dy = self.workspace.add(shape, resident, self.cut.batch, self.cut.shard);
                    self.linear::<T>(geometry, true, &layer, views, Places { x, y, dy, dx, adds_to_dx })
                };
                let (mean, log_var) = (head(views[0], false), head(views[1], true));
                Op::Gaussian(Box::new(Gaussian {
                    mean,
                    log_var,
                    noise: self.plain(Shape::Vector(*size)),
                    z: y,
                    dz: dy,
                    divergence: self.plain(Shape::Vector(2)),
                    free_bits: network.objective.kl.free_bits,
                }))
            }
        }
    }

    fn linear<T: Real>(
        &mut self,
        geometry: Geometry,
        gathers: bool,
        layer: &Layer,
        views: [usize; 2],
        places: Places,
    ) -> Linear {
        let Places { x, y, dy, dx, adds_to_dx } = places;
        let shard = self.cut.shard;
        let layout = |id| self.workspace.layout(id);
        let (x_layout, y_layout, dy_layout) = (layout(x), layout(y), layout(dy));
        let dx_layout = dx.map(layout);
        let argument = layer
            .activation()
            .keeps_argument()
            .then(|| self.workspace.add(y_layout, false, self.cut.batch, shard));
        let forward = self.direction::<T>(geometry, gathers, x_layout, y_layout);
        let backward = match dx_layout {
            None => Sweeps::Direct(Vec::new()),
            Some(dx_layout) => self.direction::<T>(geometry, !gathers, dy_layout, dx_layout),
        };
        let (big, small) = if gathers { (x_layout, dy_layout) } else { (dy_layout, x_layout) };
        let range = |view: usize| self.draft.views[view].range.clone();
        let (kernel, bias) = (range(views[0]), range(views[1]));
        let summation = geometry.summation(self.cut.batch);
        let winograd_gradient = match (summation, geometry.square_side(), geometry.row_outputs()) {
            (Summation::Shards, Some(side), _) => {
                let tiles = geometry.square_tiles(side, true, big, small, shard);
                Some(TileGradient::Squares(WinogradGradient::new(tiles)))
            }
            (Summation::Shards, None, Some(outputs)) => {
                let tiles = geometry.row_sums(outputs, big, small, shard);
                let tiles = WinogradRowsGradient::new::<T>(self.isa, tiles);
                Some(TileGradient::Rows(Box::new(tiles)))
            }
            _ => None,
        };
        let kernel_sweep = match summation {
            Summation::Shards => geometry.kernel_gradient(big, Some(small), shard),
            _ => geometry.kernel_gradient(big, None, self.cut.batch),
        };
        if let Some(gradient) = &winograd_gradient {
            self.workspace.add_scratch(gradient.scratch());
        }
        let kernel_sum = match summation {
            Summation::Shards => KernelSum::Group(self.group_place(kernel.len())),
            Summation::Batch => KernelSum::Batch,
            Summation::PackedBatch => {
                let depth = self.cut.batch * geometry.small_pixels();
                KernelSum::PackedBatch { matrix: self.matrix::<T>(depth, geometry.kernel_columns()), depth }
            }
        };
        let group_bias = self.group_place(bias.len());
        // A dense layer that nothing before it changes reads the images, whose values lie side by side. (So may those
        // of a convolution with one pixel of output, but not those of its window.)
        let is_dense = matches!(geometry.big, Shape::Vector(_));
        let skips_zeros = gathers && dx.is_none() && is_dense && geometry.kernel_columns() > 1;
        if skips_zeros {
            let tiles = shard.div_ceil(SPARSE_ROWS);
            self.workspace.add_list((tiles * (geometry.kernel_rows() + SLACK)).max(2 * self.cut.batch));
        }
        Linear {
            geometry,
            activation: layer.activation(),
            gathers,
            x,
            y,
            argument,
            dy,
            dx,
            adds_to_dx,
            skips_zeros,
            kernel,
            bias,
            forward,
            backward,
            winograd_gradient,
            kernel_sweep,
            kernel_sum,
            group_bias,
        }
    }

    /// Big → small or small → big, the faster way.
    fn direction<T: Real>(&mut self, geometry: Geometry, gathers: bool, from: Layout, to: Layout) -> Sweeps {
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
        let winograd = Winograd::new(tiles, self.packed.len(), !gathers);
        self.packed.push(winograd.packed_len::<T>(self.isa));
        self.workspace.add_scratch(winograd.scratch());
        Sweeps::Winograd(winograd)
    }

    /// The outer columns of taps of a convolution with stride 2.
    fn rows<T: Real>(
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
        self.packed.push(tiles.positions() * length);
        let rows = WinogradRows::new(tiles, self.packed.len() - 1, !gathers);
        self.workspace.add_scratch(rows.scratch());
        rows
    }

    fn gather<T: Real>(&mut self, geometry: Geometry, big: Layout, small: Layout) -> PackedSweep {
        let columns = direct_columns(geometry);
        let sweep = geometry.gather(big, small, self.cut.shard, columns.clone());
        let matrix = self.matrix::<T>(sweep.depth, geometry.kernel_columns());
        let mut depths = (0..).step_by(geometry.big_channels());
        let place = |tap| columns.contains(&(tap % geometry.kernel.columns)).then(|| depths.next()).flatten();
        let taps = geometry.kernel.rows * geometry.kernel.columns;
        PackedSweep { sweep, matrix, layout: Packing::Rows((0..taps).map(place).collect()) }
    }

    fn scatter<T: Real>(&mut self, geometry: Geometry, small: Layout, big: Layout) -> Vec<PackedSweep> {
        let taps = geometry.kernel.rows * geometry.kernel.columns;
        let channels = geometry.big.pixels().2;
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
                let matrix = self.matrix::<T>(sweep.depth, channels);
                PackedSweep { sweep, matrix, layout: Packing::Taps(depths) }
            })
            .collect()
    }

    fn matrix<T: Real>(&mut self, depth: usize, n: usize) -> usize {
        self.packed.push(packed_len::<T>(self.isa, depth, n));
        self.packed.len() - 1
    }
}

/// The columns of taps that no Winograd tile takes.
fn direct_columns(geometry: Geometry) -> Range<usize> {
    if geometry.row_outputs().is_some() { 1..2 } else { 0..geometry.kernel.columns }
}

struct Places {
    x: BufferId,
    y: BufferId,
    dy: BufferId,
    dx: Option<BufferId>,
    adds_to_dx: bool,
}
