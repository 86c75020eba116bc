//! Runs a planned network: training steps, evaluation, encoding and decoding.
//!
//! The CPU as a [`Device`]. What a step consists of is told in [`phase`](crate::runtime::phase).

use std::ops::RangeBounds;
use std::time::Duration;

use crate::graph::op::KernelOp;
use crate::optimizer_state::OptimizerState;
use crate::plan::PlanError;
use crate::profile::{Clock, Part, Share};
use crate::runtime::inference::{Destination, Entry, Inference};
use crate::runtime::phase::Phase;
use crate::runtime::real::Real;
use crate::runtime::training::Pass;
use crate::runtime::{ImageTerms, Runtime};
use crate::shared::View;
use crate::simd::Isa;
use crate::threads::Pool;
use network::{
    Description, Device, Draw, Network, Noise, Optimizer, OptimizerBuffers, ParameterView, Shape, Source,
    StepSettings, Term, Terms,
};

/// How an executor is built.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Images per pass, in steps as in evaluation.
    pub batch: usize,
    /// Threads, the caller's included.
    pub threads: usize,
    /// Instruction set of the kernels.
    pub isa: Isa,
}

/// An executor cannot be built.
#[derive(Debug, thiserror::Error)]
pub enum ExecutorError {
    /// The plan cannot be made.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// The system gives no threads.
    #[error("threads = {0}: cannot start them: {1}")]
    Threads(usize, std::io::Error),
}

/// A network with its parameters, ready to run.
pub struct Executor<T: Real = f32> {
    runtime: Runtime<T>,
    pool: Pool,
    /// None until a rule is given, or a step needs one.
    optimizer: Option<OptimizerState<T>>,
}

impl<T: Real> Executor<T> {
    /// Plans `network`. All parameters are 0 until [`Device::initialize`] or
    /// [`Device::set_parameters`].
    ///
    /// # Errors
    /// When the network does not fit together, is too large, or threads cannot be started.
    pub fn new(network: &Network, options: Options) -> Result<Self, ExecutorError> {
        let Options { batch, threads, isa } = options;
        let plan = T::plan(network, batch, threads, isa)?;
        let pool = Pool::new(threads).map_err(|error| ExecutorError::Threads(threads, error))?;
        Ok(Self { runtime: Runtime::new(network.clone(), plan, isa, pool.threads()), pool, optimizer: None })
    }

    /// Bytes that an executor of `network` takes with these options: activations, parameters, their gradients and
    /// packed kernels. Nothing of that is allocated here.
    ///
    /// # Errors
    /// As [`Executor::new`].
    pub fn memory(network: &Network, options: Options) -> Result<u64, ExecutorError> {
        let Options { batch, threads, isa } = options;
        let plan = T::plan(network, batch, threads, isa)?;
        let packed: usize = plan.kernels.iter().chain(&plan.pixels).sum();
        let values = 2 * plan.parameters + packed + plan.cut.groups_in(batch) * plan.group_len;
        let terms = batch * size_of::<ImageTerms>();
        Ok(plan.workspace.bytes::<T>(threads, plan.shards_at_once(threads))
            + (values * size_of::<T>() + terms) as u64)
    }

    /// Threads that work.
    pub fn threads(&self) -> usize {
        self.pool.threads()
    }

    /// The instruction set of the kernels.
    pub fn isa(&self) -> Isa {
        self.runtime.isa
    }

    /// Floating-point operations of one training step per image: the products of the forward pass, of the
    /// kernels' gradients, and of the inputs' gradients where anything before learns. Padding counts as work.
    pub fn training_flops(&self) -> f64 {
        self.flops(.., |kernel| if kernel.passes_on() { 3 } else { 2 })
    }

    /// Floating-point operations of encoding and of decoding one image.
    pub fn inference_flops(&self) -> (f64, f64) {
        let code = self.runtime.plan.encoder_ops;
        (self.flops(..code, |_| 1), self.flops(code.., |_| 1))
    }

    fn flops(&self, ops: impl RangeBounds<usize>, passes: impl Fn(&dyn KernelOp<T>) -> usize) -> f64 {
        let chosen = self.runtime.plan.ops.iter().enumerate().filter(|(i, _)| ops.contains(i));
        let kernels = chosen.filter_map(|(_, op)| op.kernel());
        kernels.map(|kernel| (2 * passes(kernel) * kernel.products()) as f64).sum()
    }

    /// Where the time of a step goes: `repeats` steps on the calling thread alone, each part's least time. The
    /// parameters are updated as by [`Device::step`] without norm clipping.
    ///
    /// # Panics
    /// As [`Device::step`].
    pub fn profile(
        &mut self,
        source: &dyn Source<T>,
        images: usize,
        settings: StepSettings<'_, T>,
        repeats: usize,
    ) -> Vec<Share> {
        let Self { runtime, optimizer, .. } = self;
        let optimizer = begun(optimizer, runtime.plan.parameters);
        let layers = runtime.plan.ops.len();
        let StepSettings { noise, draw, kl_factor, .. } = settings;
        let pass = Pass { source, first: 0, images, step_images: images, noise, draw, kl_factor };
        let mut least = vec![[Duration::MAX; Part::ALL.len()]; layers + 1];
        for _ in 0..repeats {
            let rate = optimizer.next_step(settings.learning_rate);
            let clock = Clock::new(layers + 1);
            clock.enter(layers);
            for i in 0..runtime.plan.segments.len() {
                let segment = runtime.plan.segments[i].clone();
                runtime.profile(Phase::Train(pass, &segment), &clock);
                runtime.join(&segment, images, true);
            }
            runtime.profile(Phase::Finish { images, optimizer: &mut *optimizer, rate }, &clock);
            for (least, times) in least.iter_mut().flatten().zip(clock.times().iter().flatten()) {
                *least = (*least).min(*times);
            }
        }
        let plan = &runtime.plan;
        let mut shares = Vec::new();
        for (i, times) in least.iter().enumerate() {
            let products = plan.ops.get(i).and_then(|op| op.kernel()).map_or(0, |kernel| kernel.products());
            for (part, time) in Part::ALL.into_iter().zip(times).filter(|(_, time)| !time.is_zero()) {
                let is_product = matches!(part, Part::Forward | Part::KernelGradient | Part::InputGradient);
                shares.push(Share {
                    layer: plan.names.get(i).cloned().unwrap_or_default(),
                    part,
                    seconds: time.as_secs_f64() / images as f64,
                    flops: if is_product { 2.0 * products as f64 } else { 0.0 },
                });
            }
        }
        shares
    }

    /// Phase one of a step.
    fn train(&mut self, pass: Pass<'_, T>, is_step: bool) -> Terms {
        self.runtime.run_pass(&mut self.pool, pass, is_step);
        ImageTerms::mean(&self.runtime.terms.get_mut()[..pass.images])
    }

    fn infer(
        &mut self,
        images: usize,
        source: Option<&dyn Source<T>>,
        entry: Entry<'_, T>,
        result: Destination<'_, T>,
    ) {
        let inference = Inference { images, source, entry, result };
        let samples = inference.samples(self.runtime.plan.samples);
        let has_terms =
            matches!((&inference.result, &inference.entry), (Destination::Terms, Entry::Images(_)));
        self.runtime.run(&mut self.pool, Phase::Infer(inference));
        if has_terms {
            self.runtime.measure(images, samples);
        }
    }
}

/// The optimizer's state; that of the default rule where none was given.
fn begun<T: Real>(state: &mut Option<OptimizerState<T>>, parameters: usize) -> &mut OptimizerState<T> {
    state.get_or_insert_with(|| OptimizerState::new(Optimizer::default(), parameters))
}

impl<T: Real> Device<T> for Executor<T> {
    fn network(&self) -> &Network {
        &self.runtime.network
    }

    fn batch(&self) -> usize {
        self.runtime.plan.cut.batch
    }

    fn code_shape(&self) -> Shape {
        self.runtime.plan.shapes.code
    }

    fn views(&self) -> &[ParameterView] {
        &self.runtime.plan.views
    }

    fn describe(&self) -> Description {
        Description { threads: self.threads(), kernels: self.isa().name().to_owned() }
    }

    fn initialize(&mut self, seed: u64) {
        self.runtime.initialize(seed);
        self.runtime.run(&mut self.pool, Phase::Pack);
    }

    fn parameters(&self) -> Vec<T> {
        // SAFETY: phases run in functions that take `&mut self`.
        #[allow(unsafe_code)]
        unsafe {
            self.runtime.parameters.whole().to_vec()
        }
    }

    fn set_parameters(&mut self, values: &[T]) -> bool {
        let fits = values.len() == self.runtime.plan.parameters;
        if fits {
            self.runtime.parameters.get_mut().copy_from_slice(values);
            self.runtime.run(&mut self.pool, Phase::Pack);
        }
        fits
    }

    fn gradient(&self) -> Vec<T> {
        // SAFETY: phases run in functions that take `&mut self`.
        #[allow(unsafe_code)]
        unsafe {
            self.runtime.gradient.whole().to_vec()
        }
    }

    fn set_optimizer(&mut self, optimizer: Optimizer) {
        self.optimizer = Some(OptimizerState::new(optimizer, self.runtime.plan.parameters));
    }

    fn optimizer_buffers(&self) -> OptimizerBuffers<T> {
        match &self.optimizer {
            Some(state) => state.buffers(),
            None => OptimizerState::new(Optimizer::default(), self.runtime.plan.parameters).buffers(),
        }
    }

    fn set_optimizer_buffers(&mut self, buffers: &OptimizerBuffers<T>) -> bool {
        let state = OptimizerState::of(buffers, self.runtime.plan.parameters);
        let fits = state.is_some();
        if fits {
            self.optimizer = state;
        }
        fits
    }

    fn step(&mut self, source: &dyn Source<T>, images: usize, settings: StepSettings<'_, T>) -> Terms {
        let StepSettings { noise, draw, learning_rate, kl_factor, clip_norm } = settings;
        let batch = self.batch();
        let whole =
            Pass { source, first: 0, images: images.min(batch), step_images: images, noise, draw, kl_factor };
        let mut terms = self.train(whole, true);
        let rate = begun(&mut self.optimizer, self.runtime.plan.parameters).next_step(learning_rate);
        if images <= batch && clip_norm.is_none() {
            let Self { runtime, pool, optimizer } = self;
            let optimizer = begun(optimizer, runtime.plan.parameters);
            runtime.run(pool, Phase::Finish { images, optimizer, rate });
            return terms;
        }
        self.runtime.run(&mut self.pool, Phase::Gradient { images: whole.images, adds: false });
        for first in (batch..images).step_by(batch) {
            let pass = Pass { first, images: batch.min(images - first), ..whole };
            terms = terms.merge(self.train(pass, true));
            self.runtime.run(&mut self.pool, Phase::Gradient { images: pass.images, adds: true });
        }
        let Self { runtime, pool, optimizer } = self;
        let gradient = runtime.gradient.get_mut();
        let norm = || gradient.iter().map(|g| g.to_f64().powi(2)).sum::<f64>().sqrt();
        let scale = match clip_norm.map(|limit| (limit, norm())) {
            Some((limit, norm)) if norm > limit => limit / norm,
            _ => 1.0,
        };
        let optimizer = begun(optimizer, runtime.plan.parameters);
        runtime.run(pool, Phase::Update { optimizer, rate, scale: T::from_f64(scale) });
        terms
    }

    fn differentiate(
        &mut self,
        source: &dyn Source<T>,
        images: usize,
        noise: Noise<'_, T>,
        draw: Draw,
    ) -> Terms {
        let pass = Pass { source, first: 0, images, step_images: images, noise, draw, kl_factor: 1.0 };
        let terms = self.train(pass, false);
        self.runtime.run(&mut self.pool, Phase::Gradient { images, adds: false });
        terms
    }

    fn evaluate(&mut self, source: &dyn Source<T>, images: usize, noise: Noise<'_, T>) -> Terms {
        self.infer(images, Some(source), Entry::Images(noise), Destination::Terms);
        ImageTerms::mean(&self.runtime.terms.get_mut()[..images])
    }

    fn image_terms(&self, images: usize) -> Vec<Terms> {
        // SAFETY: phases run in functions that take `&mut self`.
        #[allow(unsafe_code)]
        let terms = unsafe { self.runtime.terms.slice(0..images) };
        terms.chunks(1).map(ImageTerms::mean).collect()
    }

    fn evaluate_codes(
        &mut self,
        source: &dyn Source<T>,
        codes: &[T],
        images: usize,
        reconstruction: &mut [f64],
    ) {
        self.infer(images, Some(source), Entry::Codes(codes), Destination::Terms);
        for (out, terms) in reconstruction.iter_mut().zip(self.image_terms(images)) {
            *out = terms[Term::Reconstruction];
        }
    }

    fn encode(&mut self, source: &dyn Source<T>, images: usize, mean: &mut [T], log_var: Option<&mut [T]>) {
        let result = Destination::Codes { mean: View::new(mean), log_var: log_var.map(View::new) };
        self.infer(images, Some(source), Entry::Images(Noise::Mean), result);
    }

    fn decode(&mut self, codes: &[T], images: usize, out: &mut [T]) {
        self.infer(images, None, Entry::Codes(codes), Destination::Images(View::new(out)));
    }

    fn reconstruct(&mut self, source: &dyn Source<T>, images: usize, noise: Noise<'_, T>, out: &mut [T]) {
        self.infer(images, Some(source), Entry::Images(noise), Destination::Images(View::new(out)));
    }
}
