//! The reference as a device.

use std::marker::PhantomData;
use std::ops::Range;

use network::{
    Description, Device, Draw, Loss, Network, NetworkError, Noise, Optimizer, OptimizerBuffers,
    ParameterView, Role, Shape, Source, StepSettings, TermValues, Terms, parameter_views,
};

use crate::activation::sigmoid;
use crate::autoencoder::{Posterior, decode, encode, sample};
use crate::batch::Batch;
use crate::number::{Number, narrow, widen, write};
use crate::objective::{ImageTerms, reconstruction};
use crate::optimizer::{Update, apply};
use crate::pass::{Mode, Pass};

/// A network computed plainly, whatever the type of the numbers that go in and come out.
pub struct Reference<T = f64> {
    network: Network,
    code: Shape,
    views: Vec<ParameterView>,
    batch: usize,
    parameters: Vec<f64>,
    gradient: Vec<f64>,
    optimizer: Optimizer,
    slots: Vec<Vec<f64>>,
    steps: u64,
    /// Of each image of the last evaluation.
    terms: Vec<TermValues>,
    numbers: PhantomData<T>,
}

/// A forward and backward pass.
struct Derivative {
    terms: Terms,
    gradient: Vec<f64>,
    /// State tensors as the pass leaves them, by the place of their view.
    state: Vec<(usize, Vec<f64>)>,
}

impl<T: Number> Reference<T> {
    /// `network` for passes of up to `batch` images. All parameters are 0 until they are given or drawn.
    ///
    /// # Errors
    /// When the network does not fit together.
    pub fn new(network: &Network, batch: usize) -> Result<Self, NetworkError> {
        let views = parameter_views(network)?;
        let parameters = views.last().map_or(0, |view| view.range.end);
        let mut device = Self {
            network: network.clone(),
            code: network.shapes()?.code,
            views,
            batch,
            parameters: vec![0.0; parameters],
            gradient: vec![0.0; parameters],
            optimizer: Optimizer::default(),
            slots: Vec::new(),
            steps: 0,
            terms: Vec::new(),
            numbers: PhantomData,
        };
        device.set_optimizer(Optimizer::default());
        Ok(device)
    }

    /// Inputs and targets of some images.
    fn load(&self, source: &dyn Source<T>, images: Range<usize>) -> (Vec<f64>, Vec<f64>) {
        assert!((1..=self.batch).contains(&images.len()), "{images:?} in a batch of {}", self.batch);
        let n = self.network.input.len();
        let mut inputs = vec![T::default(); images.len() * n];
        let mut targets = inputs.clone();
        for (index, (input, target)) in images.zip(inputs.chunks_mut(n).zip(targets.chunks_mut(n))) {
            source.fill(index, input, target);
        }
        (widen(&inputs), widen(&targets))
    }

    /// ε of these rows, `[rows, code]`; none for the mean.
    fn noise(&self, noise: Noise<'_, T>, rows: Range<usize>) -> Option<Vec<f64>> {
        let size = self.code.len();
        match noise {
            _ if !self.network.is_variational() => None,
            Noise::Mean => None,
            Noise::Given(values) => Some(widen(&values[rows.start * size..rows.end * size])),
            Noise::Drawn { stream, step } => {
                let mut values = vec![0.0f32; rows.len() * size];
                for (row, values) in rows.zip(values.chunks_mut(size)) {
                    stream.normals(step, row as u32, values);
                }
                Some(widen(&values))
            }
        }
    }

    fn pass(&self, mode: Mode) -> Pass<'_> {
        Pass::new(&self.views, &self.parameters, mode)
    }

    /// Of the mean over some images of a step.
    fn derivative(
        &self,
        source: &dyn Source<T>,
        images: Range<usize>,
        (noise, draw): (Noise<'_, T>, Draw),
        kl_factor: f64,
    ) -> Derivative {
        let (inputs, targets) = self.load(source, images.clone());
        let mut pass = self.pass(Mode::Training { draw, first: images.start, images: images.len() });
        let posterior = encode(&self.network, &mut pass, inputs, images.len());
        let samples = self.network.latent.samples();
        let noise = self.noise(noise, samples * images.start..samples * images.end);
        let codes = sample(&mut pass, &posterior, noise.clone(), samples);
        let output = decode(&self.network, &mut pass, codes);
        let decoded = (codes, output);
        let noise = noise.as_deref();
        let terms = ImageTerms::new(&self.network, &mut pass, &posterior, decoded, targets, noise, kl_factor);
        let total = terms.total(&mut pass.tape);
        Derivative {
            terms: TermValues::mean(&terms.values(&pass.tape)),
            gradient: pass.parameter_gradient(pass.tape.gradients(total)),
            state: pass.into_state(),
        }
    }

    /// Of `images` images, `codes` codes each of one shape in the order of the images.
    fn images_of(&self, pass: &mut Pass<'_>, codes: Batch) -> Vec<f64> {
        let output = decode(&self.network, pass, codes);
        let output = pass.tape.value(output.values);
        match self.network.objective.reconstruction.loss {
            Loss::Bce => output.iter().map(|logit| sigmoid(*logit)).collect(),
            _ => output.to_vec(),
        }
    }

    fn given_codes(&self, pass: &mut Pass<'_>, codes: &[T], images: usize) -> Batch {
        Batch { values: pass.tape.given(widen(codes)), rows: images, shape: self.code }
    }
}

impl<T: Number> Device<T> for Reference<T> {
    fn network(&self) -> &Network {
        &self.network
    }

    fn batch(&self) -> usize {
        self.batch
    }

    fn code_shape(&self) -> Shape {
        self.code
    }

    fn views(&self) -> &[ParameterView] {
        &self.views
    }

    fn describe(&self) -> Description {
        Description { threads: 1, kernels: "reference".to_owned() }
    }

    fn initialize(&mut self, seed: u64) {
        for view in &self.views {
            let mut values = self.parameters[view.range.clone()].iter_mut();
            view.first_values(seed, |first| {
                values.next().into_iter().for_each(|value| *value = T::from_f64(first).to_f64());
            });
        }
    }

    fn parameters(&self) -> Vec<T> {
        narrow(&self.parameters)
    }

    fn set_parameters(&mut self, values: &[T]) -> bool {
        let fits = values.len() == self.parameters.len();
        if fits {
            self.parameters = widen(values);
        }
        fits
    }

    fn gradient(&self) -> Vec<T> {
        narrow(&self.gradient)
    }

    fn set_optimizer(&mut self, optimizer: Optimizer) {
        self.optimizer = optimizer;
        self.slots = optimizer.slots().iter().map(|_| vec![0.0; self.parameters.len()]).collect();
        self.steps = 0;
    }

    fn optimizer_buffers(&self) -> OptimizerBuffers<T> {
        let slots = self.slots.iter().map(|slot| narrow(slot)).collect();
        OptimizerBuffers::new(self.optimizer, self.steps, slots).expect("its own slots")
    }

    fn set_optimizer_buffers(&mut self, state: &OptimizerBuffers<T>) -> bool {
        let fits = state.slots().all(|(_, slot)| slot.len() == self.parameters.len());
        if fits {
            self.optimizer = state.optimizer();
            self.steps = state.steps();
            self.slots = state.slots().map(|(_, slot)| widen(slot)).collect();
        }
        fits
    }

    fn step(&mut self, source: &dyn Source<T>, images: usize, settings: StepSettings<'_, T>) -> Terms {
        let StepSettings { noise, draw, learning_rate, kl_factor, clip_norm } = settings;
        let (mut terms, mut gradient) = (Terms::default(), vec![0.0; self.parameters.len()]);
        for first in (0..images).step_by(self.batch) {
            let pass = first..images.min(first + self.batch);
            let part = pass.len() as f64 / images as f64;
            let derivative = self.derivative(source, pass, (noise, draw), kl_factor);
            terms = terms.merge(derivative.terms);
            std::iter::zip(&mut gradient, derivative.gradient).for_each(|(sum, slope)| *sum += part * slope);
            for (view, values) in derivative.state {
                self.parameters[self.views[view].range.clone()].copy_from_slice(&values);
            }
        }
        let norm = gradient.iter().map(|g| g * g).sum::<f64>().sqrt();
        let scale = clip_norm.map_or(1.0, |limit| if norm > limit { limit / norm } else { 1.0 });
        self.steps += 1;
        for view in self.views.iter().filter(|view| view.role == Role::Learned) {
            for i in view.range.clone() {
                let mut slots: Vec<_> = self.slots.iter_mut().map(|slot| &mut slot[i]).collect();
                let (parameter, gradient) = (self.parameters[i], scale * gradient[i]);
                let update = Update { learning_rate, step: self.steps, parameter, gradient };
                self.parameters[i] = apply(&self.optimizer, &update, &mut slots);
            }
        }
        self.gradient = gradient;
        terms
    }

    fn differentiate(
        &mut self,
        source: &dyn Source<T>,
        images: usize,
        noise: Noise<'_, T>,
        draw: Draw,
    ) -> Terms {
        let Derivative { terms, gradient, .. } = self.derivative(source, 0..images, (noise, draw), 1.0);
        self.gradient = gradient;
        terms
    }

    fn evaluate(&mut self, source: &dyn Source<T>, images: usize, noise: Noise<'_, T>) -> Terms {
        let (inputs, targets) = self.load(source, 0..images);
        let mut pass = self.pass(Mode::Inference);
        let posterior = encode(&self.network, &mut pass, inputs, images);
        let samples = self.network.latent.samples();
        let noise = self.noise(noise, 0..samples * images);
        let codes = sample(&mut pass, &posterior, noise.clone(), samples);
        let output = decode(&self.network, &mut pass, codes);
        let decoded = (codes, output);
        let terms =
            ImageTerms::new(&self.network, &mut pass, &posterior, decoded, targets, noise.as_deref(), 1.0);
        self.terms = terms.values(&pass.tape);
        TermValues::mean(&self.terms)
    }

    fn image_terms(&self, images: usize) -> Vec<Terms> {
        self.terms[..images].chunks(1).map(TermValues::mean).collect()
    }

    fn evaluate_codes(&mut self, source: &dyn Source<T>, codes: &[T], images: usize, out: &mut [f64]) {
        let (_, targets) = self.load(source, 0..images);
        let mut pass = self.pass(Mode::Inference);
        let codes = self.given_codes(&mut pass, codes, images);
        let output = decode(&self.network, &mut pass, codes);
        let terms = reconstruction(&self.network, &mut pass, output, targets, images);
        write(&pass.tape.value(terms), out);
    }

    fn encode(&mut self, source: &dyn Source<T>, images: usize, mean: &mut [T], log_var: Option<&mut [T]>) {
        let (inputs, _) = self.load(source, 0..images);
        let mut pass = self.pass(Mode::Inference);
        let Posterior { mean: of_code, log_var: of_posterior } =
            encode(&self.network, &mut pass, inputs, images);
        write(&pass.tape.value(of_code.values), mean);
        if let (Some(of_posterior), Some(log_var)) = (of_posterior, log_var) {
            write(&pass.tape.value(of_posterior), log_var);
        }
    }

    fn decode(&mut self, codes: &[T], images: usize, out: &mut [T]) {
        let mut pass = self.pass(Mode::Inference);
        let codes = self.given_codes(&mut pass, codes, images);
        write(&self.images_of(&mut pass, codes), out);
    }

    fn reconstruct(&mut self, source: &dyn Source<T>, images: usize, noise: Noise<'_, T>, out: &mut [T]) {
        let (inputs, _) = self.load(source, 0..images);
        let mut pass = self.pass(Mode::Inference);
        let posterior = encode(&self.network, &mut pass, inputs, images);
        let noise = self.noise(noise, 0..images);
        let codes = sample(&mut pass, &posterior, noise, 1);
        write(&self.images_of(&mut pass, codes), out);
    }
}
