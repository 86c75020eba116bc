//! The first half of planning: the steps of a network one after the other, the shapes between them, and its
//! parameters.

use std::ops::Range;

use crate::activation::Activation;
use crate::geometry::Geometry;
use crate::geometry::summation::Summation;
use crate::initializer::Initializer;
use crate::layer::{Conv, Layer, Pair, padding_before};
use crate::layout::Border;
use crate::network::{Latent, Network, NetworkError, Shapes};
use crate::ops::pool::Window;
use crate::plan::parameter::{ParameterOwner, ParameterStart, ParameterView};
use crate::shape::Shape;

/// The parameters of a network, in order.
pub fn parameter_views(network: &Network) -> Result<Vec<ParameterView>, NetworkError> {
    Ok(Draft::new(network)?.views)
}

/// A layer before buffers are known.
pub(crate) enum Step {
    Linear { geometry: Geometry, gathers: bool, activation: Activation, parameters: KernelAndBias },
    MaxPool { window: Window, output: Shape },
    UpSample { size: Pair },
    Reshape,
    Gaussian { features: usize, size: usize, mean: KernelAndBias, log_var: KernelAndBias },
}

/// Places of a layer's parameters in the flat buffer.
#[derive(Clone, Debug)]
pub(crate) struct KernelAndBias {
    pub kernel: Range<usize>,
    pub bias: Range<usize>,
}

/// Shapes, steps and parameters of a network.
pub(crate) struct Draft {
    pub shapes: Shapes,
    pub steps: Vec<Step>,
    /// What each step is called: `encoder.0`, `latent`, …
    pub names: Vec<String>,
    /// Shape before each step, and behind the last.
    pub values: Vec<Shape>,
    /// Index in `values` of the code.
    pub code: usize,
    pub views: Vec<ParameterView>,
    /// Place of ln σ among the parameters, where it is learned.
    pub log_sigma: Option<usize>,
}

impl Draft {
    pub fn new(network: &Network) -> Result<Self, NetworkError> {
        let shapes = network.shapes()?;
        let mut draft = Draft {
            shapes: shapes.clone(),
            steps: Vec::new(),
            names: Vec::new(),
            values: vec![network.input],
            code: 0,
            views: Vec::new(),
            log_sigma: None,
        };
        for (index, (layer, output)) in network.encoder.iter().zip(&shapes.encoder).enumerate() {
            draft.layer(ParameterOwner::Encoder(index), layer, *output);
        }
        if let Latent::Gaussian { size } = network.latent {
            let features = shapes.features.len();
            let start = ParameterStart::Drawn {
                initializer: Initializer::default(),
                fan_in: features,
                fan_out: size,
            };
            let mut head = |owner| draft.kernel_and_bias(owner, vec![features, size], size, start);
            let (mean, log_var) = (head(ParameterOwner::Mean), head(ParameterOwner::LogVariance));
            draft.steps.push(Step::Gaussian { features, size, mean, log_var });
            draft.names.push("latent".into());
            draft.values.push(shapes.code);
        }
        draft.code = draft.values.len() - 1;
        for (index, (layer, output)) in network.decoder.iter().zip(&shapes.decoder).enumerate() {
            draft.layer(ParameterOwner::Decoder(index), layer, *output);
        }
        let reconstruction = network.objective.reconstruction;
        if reconstruction.learns_sigma() {
            let start = ParameterStart::Value(f64::from(reconstruction.sigma_or_default().initial()).ln());
            let name = ParameterOwner::LogSigma.to_string();
            draft.log_sigma = Some(draft.view(ParameterOwner::LogSigma, name, vec![1], start).start);
        }
        Ok(draft)
    }

    fn layer(&mut self, owner: ParameterOwner, layer: &Layer, output: Shape) {
        let input = self.values[self.values.len() - 1];
        let (height, width, channels) = input.pixels();
        let step = match layer {
            Layer::Dense(dense) => {
                let (initializer, fan_in, fan_out) = (dense.initializer, channels, dense.units);
                let start = ParameterStart::Drawn { initializer, fan_in, fan_out };
                let shape = vec![channels, dense.units];
                let parameters = self.kernel_and_bias(owner, shape, dense.units, start);
                let geometry = Geometry::dense(channels, dense.units);
                Step::Linear { geometry, gathers: true, activation: dense.activation, parameters }
            }
            Layer::Conv2d(conv) => {
                let geometry = Geometry::conv(conv, input, output);
                let parameters = self.convolution(owner, conv, [channels, conv.filters]);
                Step::Linear { geometry, gathers: true, activation: conv.activation, parameters }
            }
            Layer::Conv2dTranspose(conv) => {
                let geometry = Geometry::conv(conv, output, input);
                let parameters = self.convolution(owner, conv, [conv.filters, channels]);
                Step::Linear { geometry, gathers: false, activation: conv.activation, parameters }
            }
            Layer::MaxPool2d(pool) => {
                let (rows, columns, _) = output.pixels();
                let stride = pool.stride.unwrap_or(pool.size);
                let before = Pair {
                    rows: padding_before(height, rows, pool.size.rows, stride.rows, pool.padding),
                    columns: padding_before(width, columns, pool.size.columns, stride.columns, pool.padding),
                };
                Step::MaxPool { window: Window { size: pool.size, stride, before }, output }
            }
            Layer::UpSample2d(up) => Step::UpSample { size: up.size },
            Layer::Flatten(_) | Layer::Reshape(_) => Step::Reshape,
        };
        self.steps.push(step);
        self.names.push(owner.to_string());
        self.values.push(output);
    }

    /// The parameters of a kernel `[h, w, rows, columns]`. Keras computes the fans from this shape, also of a transposed
    /// convolution, whose outputs are its rows.
    fn convolution(
        &mut self,
        owner: ParameterOwner,
        conv: &Conv,
        [rows, columns]: [usize; 2],
    ) -> KernelAndBias {
        let Pair { rows: height, columns: width } = conv.kernel;
        let (initializer, area) = (conv.initializer, height * width);
        let start = ParameterStart::Drawn { initializer, fan_in: area * rows, fan_out: area * columns };
        self.kernel_and_bias(owner, vec![height, width, rows, columns], conv.filters, start)
    }

    fn kernel_and_bias(
        &mut self,
        owner: ParameterOwner,
        shape: Vec<usize>,
        bias: usize,
        start: ParameterStart,
    ) -> KernelAndBias {
        let kernel = self.view(owner, format!("{owner}.kernel"), shape, start);
        let bias = self.view(owner, format!("{owner}.bias"), vec![bias], ParameterStart::Zeros);
        KernelAndBias { kernel, bias }
    }

    /// A new parameter; gives its place.
    fn view(
        &mut self,
        owner: ParameterOwner,
        name: String,
        shape: Vec<usize>,
        start: ParameterStart,
    ) -> Range<usize> {
        let first = self.parameters();
        let range = first..first + shape.iter().product::<usize>();
        self.views.push(ParameterView { owner, name, shape, range: range.clone(), start });
        range
    }

    pub fn parameters(&self) -> usize {
        self.views.last().map_or(0, |view| view.range.end)
    }

    /// The border that step `i` needs around what it reads.
    pub fn read_border(&self, i: usize) -> Border {
        match self.steps.get(i) {
            Some(Step::Linear { geometry, gathers: true, .. }) => geometry.big_border(),
            Some(Step::Linear { geometry, gathers: false, .. }) => geometry.small_border(),
            _ => Border::default(),
        }
    }

    /// The border that step `i` needs around the gradient it receives.
    pub fn gradient_border(&self, i: usize) -> Border {
        match &self.steps[i] {
            Step::Linear { geometry, gathers: true, .. } if self.learns_before(i) => geometry.small_border(),
            Step::Linear { geometry, gathers: false, .. } => geometry.big_border(),
            _ => Border::default(),
        }
    }

    /// Whether any step before `i` has parameters, so that a gradient must pass through step `i`.
    pub fn learns_before(&self, i: usize) -> bool {
        self.steps[..i].iter().any(|step| matches!(step, Step::Linear { .. } | Step::Gaussian { .. }))
    }

    /// Whether what step `i` reads is kept for the whole batch, over which its kernel gradient is formed.
    pub fn keeps_values(&self, i: usize, batch: usize) -> bool {
        match &self.steps[i] {
            Step::Linear { geometry, gathers, .. } => keeps(geometry, batch, *gathers),
            Step::Gaussian { .. } => true,
            _ => false,
        }
    }

    /// The same of the gradient that step `i` receives.
    pub fn keeps_gradient(&self, i: usize, batch: usize) -> bool {
        match &self.steps[i] {
            Step::Linear { geometry, gathers, .. } => keeps(geometry, batch, !gathers),
            _ => false,
        }
    }
}

/// Whether one side of a layer, the big one or the small one, is kept for the whole batch.
fn keeps(geometry: &Geometry, batch: usize, is_big: bool) -> bool {
    match geometry.summation(batch) {
        Summation::Shards => false,
        Summation::Batch => true,
        Summation::PackedBatch => is_big,
    }
}
