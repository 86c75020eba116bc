//! The first half of planning: the steps of a network one after the other, the shapes between them, and its
//! parameters.

use std::ops::Range;

use crate::geometry::Geometry;
use crate::geometry::summation::Summation;
use crate::layout::Border;
use crate::ops::pool::Window;
use network::Activation;
use network::Shape;
use network::{Latent, Network, NetworkError, ParameterView, Shapes, parameter_views};
use network::{Layer, Pair, padding_before};

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
            views: parameter_views(network)?,
            log_sigma: None,
        };
        for (index, (layer, output)) in network.encoder.iter().zip(&shapes.encoder).enumerate() {
            draft.layer(&format!("encoder.{index}"), layer, *output);
        }
        if let Latent::Gaussian(_) = network.latent {
            let (features, size) = (shapes.features.len(), shapes.code.len());
            let (mean, log_var) =
                (draft.kernel_and_bias(Latent::MEAN), draft.kernel_and_bias(Latent::LOG_VAR));
            draft.steps.push(Step::Gaussian { features, size, mean, log_var });
            draft.names.push("latent".into());
            draft.values.push(shapes.code);
        }
        draft.code = draft.values.len() - 1;
        for (index, (layer, output)) in network.decoder.iter().zip(&shapes.decoder).enumerate() {
            draft.layer(&format!("decoder.{index}"), layer, *output);
        }
        if network.objective.reconstruction.learns_sigma() {
            draft.log_sigma = draft.views.last().map(|view| view.range.start);
        }
        Ok(draft)
    }

    fn layer(&mut self, owner: &str, layer: &Layer, output: Shape) {
        let input = self.values[self.values.len() - 1];
        let (height, width, channels) = input.pixels();
        let step = match layer {
            Layer::Dense(dense) => {
                let parameters = self.kernel_and_bias(owner);
                let geometry = Geometry::dense(channels, dense.units);
                Step::Linear { geometry, gathers: true, activation: dense.activation, parameters }
            }
            Layer::Conv2d(conv) => {
                let geometry = Geometry::conv([conv.kernel, conv.stride], conv.padding, input, output);
                let parameters = self.kernel_and_bias(owner);
                Step::Linear { geometry, gathers: true, activation: conv.activation, parameters }
            }
            Layer::Conv2dTranspose(conv) => {
                let geometry = Geometry::conv([conv.kernel, conv.stride], conv.padding, output, input);
                let parameters = self.kernel_and_bias(owner);
                Step::Linear { geometry, gathers: false, activation: conv.activation, parameters }
            }
            Layer::MaxPool(pool) => {
                let (rows, columns, _) = output.pixels();
                let stride = pool.stride.unwrap_or(pool.size);
                let before = Pair {
                    rows: padding_before(height, rows, pool.size.rows, stride.rows, pool.padding),
                    columns: padding_before(width, columns, pool.size.columns, stride.columns, pool.padding),
                };
                Step::MaxPool { window: Window { size: pool.size, stride, before }, output }
            }
            Layer::UpSample(up) => Step::UpSample { size: up.size },
            Layer::Flatten(_) | Layer::Reshape(_) => Step::Reshape,
            _ => unimplemented!(),
        };
        self.steps.push(step);
        self.names.push(owner.to_string());
        self.values.push(output);
    }

    fn kernel_and_bias(&self, owner: &str) -> KernelAndBias {
        let range = |name: &str| {
            let name = format!("{owner}.{name}");
            self.views.iter().find(|view| view.name == name).map(|view| view.range.clone()).unwrap()
        };
        KernelAndBias { kernel: range("kernel"), bias: range("bias") }
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
