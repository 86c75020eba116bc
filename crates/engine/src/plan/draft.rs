//! The first half of planning: the steps of a network one after the other, the shapes between them, and its
//! parameters.

use std::ops::Range;

use crate::initializer::Initializer;
use crate::layer::{Layer, Pair, padding_before};
use crate::layout::Border;
use crate::linear::{Geometry, Summation};
use crate::network::{Latent, Network, NetworkError, Shapes};
use crate::objective::LOG_SIGMA;
use crate::shape::Shape;

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
pub(crate) enum Step {
    Linear { geometry: Geometry, gathers: bool, layer: Layer, views: [usize; 2] },
    MaxPool { size: Pair, stride: Pair, before: Pair, output: Shape },
    UpSample { size: Pair },
    Reshape,
    Gaussian { features: usize, size: usize, views: [[usize; 2]; 2] },
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
            draft.names.push("latent".into());
            draft.values.push(shapes.code);
        }
        draft.code = draft.values.len() - 1;
        for (index, (layer, output)) in network.decoder.iter().zip(&shapes.decoder).enumerate() {
            draft.layer(&format!("decoder.{index}"), layer, *output);
        }
        if network.objective.reconstruction.learns_sigma() {
            draft.view(LOG_SIGMA, vec![1], None);
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
        self.names.push(name.to_owned());
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
