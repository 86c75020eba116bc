//! The seam between what is computed and what computes it.

use std::fmt;

use crate::batch::{Draw, Noise, Source, StepSettings};
use crate::network::Network;
use crate::objective::Terms;
use crate::optimizer::Optimizer;
use crate::optimizer_buffers::OptimizerBuffers;
use crate::parameter::ParameterView;
use crate::shape::Shape;

/// What runs a network: it owns the parameters, their gradient, the optimizer's state and the batch that it works on, and
/// gives copies of them when it is asked. `T` is the type of the numbers that go in and come out.
///
/// All calls but [`step`](Self::step) take between one image and [`batch`](Self::batch); they may panic if it is more.
pub trait Device<T = f32>: Send {
    /// The network.
    fn network(&self) -> &Network;

    /// The most images of a pass.
    fn batch(&self) -> usize;

    /// The shape of the code z.
    fn code_shape(&self) -> Shape;

    /// The named tensors in the flat parameter buffer.
    fn views(&self) -> &[ParameterView];

    /// How many parameters there are, state included.
    fn parameter_count(&self) -> usize {
        self.views().last().map_or(0, |view| view.range.end)
    }

    /// What it is.
    fn describe(&self) -> Description;

    /// Draws the parameters' first values, a pure function of the seed and their names.
    fn initialize(&mut self, seed: u64);

    /// The flat parameter buffer.
    fn parameters(&self) -> Vec<T>;

    /// Replaces all parameters. Returns whether the length was right.
    #[must_use]
    fn set_parameters(&mut self, values: &[T]) -> bool;

    /// The gradient of the last [`differentiate`](Self::differentiate), or of the last step, in the parameters' layout; 0
    /// for state. A step of one pass without norm clipping may leave out kernels.
    fn gradient(&self) -> Vec<T>;

    /// Sets the update rule, with running means of 0. Without it steps are [`Optimizer::default`]'s.
    fn set_optimizer(&mut self, optimizer: Optimizer);

    /// The update rule with its running means.
    fn optimizer_buffers(&self) -> OptimizerBuffers<T>;

    /// Replaces the update rule and its running means. Returns whether these were of as many parameters.
    #[must_use]
    fn set_optimizer_buffers(&mut self, state: &OptimizerBuffers<T>) -> bool;

    /// One training step on any number of images: forward, backward, update. Returns the loss terms before the update.
    ///
    /// More than [`batch`](Self::batch) go through the net in several passes of so many, whose gradients are added up: all is,
    /// but for rounding and for layers that look at a whole batch, as one larger batch would have it. Noise and draws of an
    /// image go by its place in the step.
    fn step(&mut self, source: &dyn Source<T>, images: usize, settings: StepSettings<'_, T>) -> Terms;

    /// Loss terms and the gradient (see [`gradient`](Self::gradient)) of a training step with the full KL weight, without
    /// any change to parameters or state.
    fn differentiate(
        &mut self,
        source: &dyn Source<T>,
        images: usize,
        noise: Noise<'_, T>,
        draw: Draw,
    ) -> Terms;

    /// Loss terms averaged over the images, with the full KL weight.
    fn evaluate(&mut self, source: &dyn Source<T>, images: usize, noise: Noise<'_, T>) -> Terms;

    /// The terms of each of the first `images` images of the last [`evaluate`](Self::evaluate), which averaged them, in
    /// their order.
    fn image_terms(&self, images: usize) -> Vec<Terms>;

    /// Decodes codes, `[images, code]`, and writes the reconstruction term of each, reduced and weighted as the objective
    /// says, against the targets of `source`.
    fn evaluate_codes(
        &mut self,
        source: &dyn Source<T>,
        codes: &[T],
        images: usize,
        reconstruction: &mut [f64],
    );

    /// Writes the posterior's mean (the code itself for a deterministic latent) of each image, `[images, code]`, and its
    /// log variance where there is one and it is asked for.
    fn encode(&mut self, source: &dyn Source<T>, images: usize, mean: &mut [T], log_var: Option<&mut [T]>);

    /// Decodes codes, `[images, code]`, to `[images, …input shape]`: σ(logit) for cross-entropy, else the decoder's output.
    fn decode(&mut self, codes: &[T], images: usize, out: &mut [T]);

    /// Encodes, takes the mean or the one sample of each image that `noise` gives, `[images, code]`, and decodes to
    /// `[images, …input shape]`.
    fn reconstruct(&mut self, source: &dyn Source<T>, images: usize, noise: Noise<'_, T>, out: &mut [T]);
}

/// What a device says of itself: `2 threads with avx2 kernels`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Description {
    /// Threads of this machine that work for it.
    pub threads: usize,
    /// A name for its arithmetic: where it is the same, so are all bits of a training.
    pub kernels: String,
}

impl fmt::Display for Description {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Description { threads, kernels } = self;
        let plural = if *threads == 1 { "" } else { "s" };
        write!(f, "{threads} thread{plural} with {kernels} kernels")
    }
}
