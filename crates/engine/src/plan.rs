//! From a network to everything a step needs, decided before the first step: the parameters' places, every
//! activation buffer, every table, and how the work of a batch is cut.
//!
//! How work is cut depends on the network and the batch size alone, never on the number of threads, so
//! sums run in the same order everywhere.

use std::ops::{Range, RangeInclusive};

use crate::initializer::Initializer;
use crate::kernels::pack::packed_len;
use crate::layer::{Layer, Pair, padding_before};
use crate::layout::{Border, Layout};
use crate::linear::Geometry;
use crate::network::{Latent, Network, NetworkError, Shapes};
use crate::ops::Op;
use crate::ops::gaussian::Gaussian;
use crate::ops::linear::{Linear, PackedSweep, Packing};
use crate::ops::pool::{MaxPool, Windows};
use crate::ops::reshape::Reshape;
use crate::ops::upsample::UpSample;
use crate::shape::Shape;
use crate::simd::{Isa, Real};
use crate::workspace::{BufferId, WorkspacePlan};

/// One named tensor in the flat parameter buffer.
#[derive(Clone, Debug, PartialEq)]
pub struct ParameterView {
    /// `encoder.0.kernel`, `latent.mean.bias`, `decoder.2.kernel`, `objective.log_sigma`, …
    pub name: String,
    /// Keras' layout: dense `[in, units]`, convolution `[h, w, in, filters]`, transposed
    /// `[h, w, filters, in]`.
    pub shape: Vec<usize>,
    /// Its place in the flat buffer.
    pub range: Range<usize>,
    /// How it starts; `None` for zeros.
    pub(crate) initial: Option<(Initializer, usize, usize)>,
}

/// The parameters of a network, in order.
pub fn parameter_views(network: &Network) -> Result<Vec<ParameterView>, NetworkError> {
    Ok(Draft::new(network)?.views)
}

/// A layer before buffers are known.
enum Step {
    Linear { geometry: Geometry, gathers: bool, layer: Layer, views: [usize; 2] },
    MaxPool { size: Pair, stride: Pair, before: Pair, output: Shape },
    UpSample { size: Pair },
    Reshape,
    Gaussian { features: usize, size: usize, views: [[usize; 2]; 2] },
}

/// Shapes, steps and parameters of a network.
struct Draft {
    shapes: Shapes,
    steps: Vec<Step>,
    /// Shape before each step, and behind the last.
    values: Vec<Shape>,
    /// Index in `values` of the code.
    code: usize,
    views: Vec<ParameterView>,
}

impl Draft {
    fn new(network: &Network) -> Result<Self, NetworkError> {
        let shapes = network.shapes()?;
        let mut draft = Draft {
            shapes: shapes.clone(),
            steps: Vec::new(),
            values: vec![network.input],
            code: 0,
            views: Vec::new(),
        };
        for (index, (layer, output)) in network.encoder.iter().zip(&shapes.encoder).enumerate() {
            draft.layer(&format!("encoder.{index}"), layer, *output);
        }
        if let Latent::Gaussian { size } = network.latent {
            let features = shapes.features.len();
            let mut head = |name: &str| {
                draft.kernel_and_bias(
                    &format!("latent.{name}"),
                    vec![features, size],
                    size,
                    (Initializer::default(), features, size),
                )
            };
            let views = [head("mean"), head("log_var")];
            draft.steps.push(Step::Gaussian { features, size, views });
            draft.values.push(shapes.code);
        }
        draft.code = draft.values.len() - 1;
        for (index, (layer, output)) in network.decoder.iter().zip(&shapes.decoder).enumerate() {
            draft.layer(&format!("decoder.{index}"), layer, *output);
        }
        if network.objective.reconstruction.learns_sigma() {
            draft.view(crate::core::LOG_SIGMA, vec![1], None);
        }
        Ok(draft)
    }

    fn layer(&mut self, name: &str, layer: &Layer, output: Shape) {
        let input = self.values[self.values.len() - 1];
        let (height, width, channels) = input.pixels();
        let step = match layer {
            Layer::Dense(dense) => {
                let fans = (dense.initializer, channels, dense.units);
                let views = self.kernel_and_bias(name, vec![channels, dense.units], dense.units, fans);
                let geometry = Geometry::dense(channels, dense.units);
                Step::Linear { geometry, gathers: true, layer: layer.clone(), views }
            }
            Layer::Conv2d(conv) => {
                let area = conv.kernel.rows * conv.kernel.columns;
                let shape = vec![conv.kernel.rows, conv.kernel.columns, channels, conv.filters];
                let fans = (conv.initializer, area * channels, area * conv.filters);
                let views = self.kernel_and_bias(name, shape, conv.filters, fans);
                let geometry = Geometry::conv(conv, input, output);
                Step::Linear { geometry, gathers: true, layer: layer.clone(), views }
            }
            Layer::Conv2dTranspose(conv) => {
                let area = conv.kernel.rows * conv.kernel.columns;
                let shape = vec![conv.kernel.rows, conv.kernel.columns, conv.filters, channels];
                // Keras computes the fans from the kernel's shape as it is stored.
                let fans = (conv.initializer, area * conv.filters, area * channels);
                let views = self.kernel_and_bias(name, shape, conv.filters, fans);
                let geometry = Geometry::conv(conv, output, input);
                Step::Linear { geometry, gathers: false, layer: layer.clone(), views }
            }
            Layer::MaxPool2d(pool) => {
                let (rows, columns, _) = output.pixels();
                let stride = pool.stride.unwrap_or(pool.size);
                let before = Pair {
                    rows: padding_before(height, rows, pool.size.rows, stride.rows, pool.padding),
                    columns: padding_before(width, columns, pool.size.columns, stride.columns, pool.padding),
                };
                Step::MaxPool { size: pool.size, stride, before, output }
            }
            Layer::UpSample2d(up) => Step::UpSample { size: up.size },
            Layer::Flatten(_) | Layer::Reshape(_) => Step::Reshape,
        };
        self.steps.push(step);
        self.values.push(output);
    }

    fn kernel_and_bias(
        &mut self,
        name: &str,
        shape: Vec<usize>,
        bias: usize,
        fans: (Initializer, usize, usize),
    ) -> [usize; 2] {
        let kernel = self.view(&format!("{name}.kernel"), shape, Some(fans));
        [kernel, self.view(&format!("{name}.bias"), vec![bias], None)]
    }

    fn view(&mut self, name: &str, shape: Vec<usize>, initial: Option<(Initializer, usize, usize)>) -> usize {
        let start = self.views.last().map_or(0, |view| view.range.end);
        let range = start..start + shape.iter().product::<usize>();
        self.views.push(ParameterView { name: name.to_owned(), shape, range, initial });
        self.views.len() - 1
    }

    fn parameters(&self) -> usize {
        self.views.last().map_or(0, |view| view.range.end)
    }

    /// The border that step `i` needs around what it reads.
    fn read_border(&self, i: usize) -> Border {
        match self.steps.get(i) {
            Some(Step::Linear { geometry, gathers: true, .. }) => geometry.big_border(),
            Some(Step::Linear { geometry, gathers: false, .. }) => geometry.small_border(),
            _ => Border::default(),
        }
    }

    /// The border that step `i` needs around the gradient it receives.
    fn gradient_border(&self, i: usize) -> Border {
        match &self.steps[i] {
            Step::Linear { geometry, gathers: true, .. } if self.learns_before(i) => geometry.small_border(),
            Step::Linear { geometry, gathers: false, .. } => geometry.big_border(),
            _ => Border::default(),
        }
    }

    /// Whether any step before `i` has parameters, so that a gradient must pass through step `i`.
    fn learns_before(&self, i: usize) -> bool {
        self.steps[..i].iter().any(|step| matches!(step, Step::Linear { .. } | Step::Gaussian { .. }))
    }

    /// Whether step `i` sums its kernel gradient over the whole batch.
    fn is_batch_wide(&self, i: usize) -> bool {
        match &self.steps[i] {
            Step::Linear { geometry, .. } => geometry.is_pointwise(),
            Step::Gaussian { .. } => true,
            _ => false,
        }
    }
}

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

    fn choose(draft: &Draft, batch: usize) -> Self {
        let (mut products, mut per_group) = (0, 0);
        for step in &draft.steps {
            match step {
                Step::Linear { geometry, .. } => {
                    products += geometry.products();
                    if !geometry.is_pointwise() {
                        per_group += geometry.kernel_rows() * geometry.kernel_columns();
                    }
                }
                Step::Gaussian { features, size, .. } => products += 2 * features * size,
                _ => {}
            }
        }
        // More groups feed more threads, but each has kernel gradients of its own to clear, write and add
        // up: that traffic may cost a small part of the products.
        let affordable = batch.saturating_mul(products / 200) / per_group.max(1);
        let groups =
            if per_group == 0 { 4 } else { [8, 4].into_iter().find(|g| *g <= affordable).unwrap_or(2) };
        let group = batch.div_ceil(groups).max(1);
        // Values and gradients of a shard are to stay in a core's second-level cache.
        let values: usize = draft.values.iter().map(|shape| shape.len()).sum();
        let shard = (SHARD_VALUES / (2 * values).max(1)).clamp(1, group);
        // Shards of equal size: the last one of a group is not a remainder of one image.
        let shard = group.div_ceil(group.div_ceil(shard));
        Cut { batch, group, shard }
    }
}

/// 640 KiB of f32.
const SHARD_VALUES: usize = 160 * 1024;

/// Everything that is known before the first step.
pub(crate) struct Plan {
    pub shapes: Shapes,
    pub views: Vec<ParameterView>,
    pub parameters: usize,
    pub ops: Vec<Op>,
    /// Number of ops up to and with the one that gives the code.
    pub encoder_ops: usize,
    pub input: BufferId,
    /// Where a source writes the input when the first layer wants a border around it.
    pub plain_input: BufferId,
    pub target: BufferId,
    pub code: BufferId,
    pub d_code: BufferId,
    pub output: BufferId,
    pub d_output: BufferId,
    pub workspace: WorkspacePlan,
    /// Lengths of the packed kernels.
    pub packed: Vec<usize>,
    /// Length of a group's gradient buffer.
    pub group_len: usize,
    /// Place of dL/d ln σ in it.
    pub group_log_sigma: Option<usize>,
    /// The second phase of a step: ranges of parameters.
    pub updates: Vec<UpdateItem>,
    pub cut: Cut,
}

/// A range of parameters whose gradient is completed and used by one thread.
#[derive(Clone, Debug)]
pub(crate) struct UpdateItem {
    pub range: Range<usize>,
    /// Where the gradient comes from.
    pub source: GradientSource,
    /// Kernel rows to pack again afterwards: (op, linear within op, rows).
    pub pack: Option<(usize, usize, Range<usize>)>,
}

#[derive(Clone, Debug)]
pub(crate) enum GradientSource {
    /// The product over the batch of the rows in `pack`.
    Batch,
    /// The groups' buffers from this offset on.
    Groups(usize),
}

/// A plan cannot be made.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum PlanError {
    /// The network does not fit together.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// Too large.
    #[error(
        "batch_size = {batch}: {values} activation values per image need more than {limit} values; use a smaller batch or network"
    )]
    TooLarge {
        /// Images per step.
        batch: usize,
        /// Values per image.
        values: usize,
        /// What offsets can hold.
        limit: usize,
    },
    /// No images.
    #[error("batch_size = 0: must be at least 1")]
    EmptyBatch,
}

impl Plan {
    pub fn new<T: Real>(network: &Network, batch: usize, isa: Isa) -> Result<Self, PlanError> {
        if batch == 0 {
            return Err(PlanError::EmptyBatch);
        }
        let draft = Draft::new(network)?;
        let cut = Cut::choose(&draft, batch);
        let values: usize = draft.values.iter().map(|shape| shape.len()).sum();
        const LIMIT: usize = 1 << 31;
        // Borders at most quadruple a layer's values for the kernels that `Layer` allows in practice; the
        // exact check follows below, before tables are made.
        if values.checked_mul(batch).is_none_or(|n| n > LIMIT) {
            return Err(PlanError::TooLarge { batch, values, limit: LIMIT });
        }
        let mut builder = Builder {
            draft: &draft,
            cut,
            isa,
            workspace: WorkspacePlan::default(),
            packed: Vec::new(),
            group_len: 0,
        };
        let (value_ids, gradient_ids) = builder.buffers();
        let (resident, shard) = builder.workspace.lens();
        if resident.max(shard) > LIMIT {
            return Err(PlanError::TooLarge { batch, values, limit: LIMIT });
        }
        let mut ops = Vec::new();
        for i in 0..draft.steps.len() {
            ops.push(builder.op::<T>(i, &value_ids, &gradient_ids, network));
        }
        let target = builder.plain(draft.values[0]);
        let input = value_ids[0];
        let plain_input = match builder.workspace.layout(input).is_contiguous() {
            true => input,
            false => builder.plain(draft.values[0]),
        };
        let group_log_sigma = network.objective.reconstruction.learns_sigma().then(|| builder.group_place(1));
        let updates = updates(&draft, &ops, group_log_sigma);
        let code = draft.code;
        Ok(Plan {
            input,
            plain_input,
            target,
            code: value_ids[code],
            d_code: gradient_ids[code],
            output: value_ids[draft.steps.len()],
            d_output: gradient_ids[draft.steps.len()],
            encoder_ops: code,
            workspace: builder.workspace,
            packed: builder.packed,
            group_len: builder.group_len,
            parameters: draft.parameters(),
            shapes: draft.shapes,
            views: draft.views,
            group_log_sigma,
            updates,
            ops,
            cut,
        })
    }
}

struct Builder<'a> {
    draft: &'a Draft,
    cut: Cut,
    isa: Isa,
    workspace: WorkspacePlan,
    packed: Vec<usize>,
    group_len: usize,
}

impl Builder<'_> {
    /// Buffers of the values and of their gradients. A reshape without borders shares its buffers.
    fn buffers(&mut self) -> (Vec<BufferId>, Vec<BufferId>) {
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
            let resident = last < n && self.draft.is_batch_wide(last);
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
            let resident = i > 0 && self.draft.is_batch_wide(i - 1);
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
    fn plain(&mut self, shape: Shape) -> BufferId {
        self.workspace.add(Layout::new(shape, Border::default()), false, self.cut.batch, self.cut.shard)
    }

    fn group_place(&mut self, len: usize) -> usize {
        let at = self.group_len;
        self.group_len += len;
        at
    }

    fn op<T: Real>(
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
                let windows = |id| Windows::new(self.workspace.layout(id), *output, *size, *stride, *before);
                Op::MaxPool(MaxPool { x, y, dy, dx, windows: windows(x), d_windows: windows(gradients[i]) })
            }
            Step::UpSample { size } => Op::UpSample(UpSample { size: *size, x, y, dy, dx }),
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
                    let dy = self.workspace.add(shape, true, self.cut.batch, self.cut.shard);
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
        let forward = if gathers {
            vec![self.gather::<T>(geometry, x_layout, y_layout)]
        } else {
            self.scatter::<T>(geometry, x_layout, y_layout)
        };
        let backward = match dx_layout {
            None => Vec::new(),
            Some(dx_layout) if gathers => self.scatter::<T>(geometry, dy_layout, dx_layout),
            Some(dx_layout) => vec![self.gather::<T>(geometry, dy_layout, dx_layout)],
        };
        let (big, small) = if gathers { (x_layout, dy_layout) } else { (dy_layout, x_layout) };
        let range = |view: usize| self.draft.views[view].range.clone();
        let (kernel, bias) = (range(views[0]), range(views[1]));
        let group_kernel = (!geometry.is_pointwise()).then(|| self.group_place(kernel.len()));
        let group_bias = self.group_place(bias.len());
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
            kernel,
            bias,
            forward,
            backward,
            kernel_sweep: geometry.kernel_gradient(big, small, shard),
            group_kernel,
            group_bias,
        }
    }

    fn gather<T: Real>(&mut self, geometry: Geometry, big: Layout, small: Layout) -> PackedSweep {
        let sweep = geometry.gather(big, small, self.cut.shard);
        let matrix = self.matrix::<T>(sweep.depth, geometry.kernel_columns());
        PackedSweep { sweep, matrix, layout: Packing::Rows }
    }

    fn scatter<T: Real>(&mut self, geometry: Geometry, small: Layout, big: Layout) -> Vec<PackedSweep> {
        let taps = geometry.kernel.rows * geometry.kernel.columns;
        let channels = geometry.big.pixels().2;
        geometry
            .scatter(small, big, self.cut.shard)
            .into_iter()
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

struct Places {
    x: BufferId,
    y: BufferId,
    dy: BufferId,
    dx: Option<BufferId>,
    adds_to_dx: bool,
}

/// Cuts the parameters into ranges of whole kernel rows, each some thousand values long.
fn updates(draft: &Draft, ops: &[Op], log_sigma: Option<usize>) -> Vec<UpdateItem> {
    const VALUES: usize = 8192;
    let mut items = Vec::new();
    for (op, linear) in
        ops.iter().enumerate().flat_map(|(i, op)| op.linears().into_iter().map(move |l| (i, l)))
    {
        let which = usize::from(
            matches!(&ops[op], Op::Gaussian(gaussian) if gaussian.log_var.kernel == linear.kernel),
        );
        let columns = linear.geometry.kernel_columns();
        let rows = linear.geometry.kernel_rows();
        // A multiple of every tile height keeps the product's tiles full.
        let step = (VALUES / columns).next_multiple_of(24).max(24);
        for first in (0..rows).step_by(step) {
            let last = (first + step).min(rows);
            let source = match linear.group_kernel {
                None => GradientSource::Batch,
                Some(at) => GradientSource::Groups(at + first * columns),
            };
            items.push(UpdateItem {
                range: linear.kernel.start + first * columns..linear.kernel.start + last * columns,
                source,
                pack: Some((op, which, first..last)),
            });
        }
        items.push(UpdateItem {
            range: linear.bias.clone(),
            source: GradientSource::Groups(linear.group_bias),
            pack: None,
        });
    }
    if let (Some(at), Some(view)) = (log_sigma, draft.views.last()) {
        items.push(UpdateItem { range: view.range.clone(), source: GradientSource::Groups(at), pack: None });
    }
    // The longest first, so that threads finish together.
    items.sort_by_key(|item| {
        std::cmp::Reverse((matches!(item.source, GradientSource::Batch), item.range.len()))
    });
    items
}
