//! The state of a training: what a step reads, and what it changes.

use data::{Dataset, Splits};
use network::{Device, Draw, Network, Noise, StepSettings, Terms};
use random::Stream;

use super::average::Average;
use super::progress::Progress;
use crate::error::TrainError;
use crate::evaluation::evaluate;
use crate::first_weights::FirstWeights;
use crate::output_bias::FirstBias;
use crate::recipe::plan::{Plan, check_images};
use crate::source::TrainingBatch;

/// Plan, data, device (with weights and moments) and counters.
///
/// Shuffles and noise are pure functions of the seed, the epoch and the step, so weights, their average, moments and
/// counters are all there is to a training's state.
pub(super) struct State {
    pub plan: Plan,
    pub train: Dataset,
    pub valid: Dataset,
    pub device: Box<dyn Device>,
    /// What is used in the place of the weights, where the recipe asks for it.
    pub average: Option<Average>,
    pub progress: Progress,
    /// What it began with, if not with drawn weights.
    pub first_weights: Option<FirstWeights>,
    output_bias: Option<FirstBias>,
    shuffle: Stream,
    noise: Stream,
}

impl State {
    pub fn new<E: Into<TrainError>>(
        plan: Plan,
        splits: &Splits,
        open: impl FnOnce(&Network, usize) -> Result<Box<dyn Device>, E>,
    ) -> Result<Self, TrainError> {
        check_images("training images", &splits.train, plan.network().input)?;
        plan.check_values(&splits.train)?;
        check_images("validation images", &splits.valid, plan.network().input)?;
        let recipe = plan.recipe();
        let batch = recipe.training.batch_size.min(splits.train.len());
        let mut device = open(plan.network(), batch).map_err(E::into)?;
        let output_bias = FirstBias::of(&plan, &splits.train)?;
        initialize(device.as_mut(), recipe.seed, output_bias.as_ref());
        device.set_optimizer(recipe.optimizer.rule);
        Ok(Self {
            average: recipe.training.average.map(|rule| Average::new(rule, device.parameters())),
            device,
            train: splits.train.clone(),
            valid: splits.valid.clone(),
            progress: Progress::default(),
            shuffle: Stream::new(recipe.seed, "shuffle"),
            noise: Stream::new(recipe.seed, "posterior noise"),
            first_weights: None,
            output_bias,
            plan,
        })
    }

    /// Puts `first` in the place of the drawn weights.
    pub fn begin_with(&mut self, first: FirstWeights) -> Result<(), TrainError> {
        let mut parameters = self.device.parameters();
        first.put_into(&mut parameters, self.device.views())?;
        let fits = self.device.set_parameters(&parameters);
        debug_assert!(fits, "as many as before");
        self.restart_average();
        self.first_weights = Some(first);
        Ok(())
    }

    fn restart_average(&mut self) {
        let rule = self.plan.recipe().training.average;
        self.average = rule.map(|rule| Average::new(rule, self.device.parameters()));
    }

    /// Goes back to the beginning.
    pub fn restart(&mut self) {
        let recipe = self.plan.recipe();
        initialize(self.device.as_mut(), recipe.seed, self.output_bias.as_ref());
        self.device.set_optimizer(recipe.optimizer.rule);
        self.progress = Progress::default();
        self.restart_average();
        if let Some(first) = self.first_weights.take() {
            let outcome = self.begin_with(first);
            debug_assert!(outcome.is_ok(), "it began with them before");
        }
    }

    /// Epochs to reach.
    pub fn epochs(&self) -> u64 {
        self.plan.recipe().training.epochs
    }

    /// Images of a step, in one pass or several; the last step of an epoch takes what is left.
    pub fn step_images(&self) -> usize {
        let training = &self.plan.recipe().training;
        training.batch_size.saturating_mul(training.accumulate).min(self.train.len())
    }

    pub fn steps_per_epoch(&self) -> u64 {
        self.train.len().div_ceil(self.step_images()) as u64
    }

    pub fn steps_into_epoch(&self) -> usize {
        (self.progress.step % self.steps_per_epoch()) as usize
    }

    /// The training images in the order in which this epoch goes through them.
    pub fn order(&self) -> Vec<u32> {
        self.shuffle.permutation(self.progress.epoch, self.train.len())
    }

    /// What the next step needs besides its images.
    pub fn settings(&self) -> StepSettings<'static, f32> {
        let recipe = self.plan.recipe();
        let step = self.progress.step;
        StepSettings {
            noise: Noise::Drawn { stream: self.noise, step },
            draw: Draw { seed: recipe.seed, step },
            learning_rate: self.learning_rate(step),
            kl_factor: self.kl_factor(step),
            clip_norm: recipe.optimizer.clip_norm,
        }
    }

    pub fn learning_rate(&self, step: u64) -> f64 {
        let optimizer = &self.plan.recipe().optimizer;
        let factor = optimizer.schedule.factor(step, self.steps_per_epoch(), self.epochs());
        let slowed = self.progress.plateau_factor * self.progress.divergence_factor;
        optimizer.learning_rate * factor * slowed
    }

    /// Rises from 0 at the first step to 1 when the recipe's warm-up epochs are over.
    pub fn kl_factor(&self, step: u64) -> f64 {
        let warmup = f64::from(self.plan.recipe().objective.kl.warmup_epochs) * self.steps_per_epoch() as f64;
        if warmup > 0.0 { (step as f64 / warmup).min(1.0) } else { 1.0 }
    }

    /// Makes one step on some training images; gives its loss terms. The counters stay.
    pub fn step(&mut self, images: &[u32], settings: StepSettings<'_, f32>) -> Result<Terms, TrainError> {
        let batch = training_batch(&self.plan, &self.train, &self.progress, images);
        let terms = self.device.step(&batch, images.len(), settings);
        self.train.check()?;
        Ok(terms)
    }

    /// Counts the step that was made last.
    pub fn count_step(&mut self, terms: Terms) {
        self.progress.count_step(terms);
        if let Some(average) = &mut self.average {
            average.add(self.progress.step, &self.device.parameters());
        }
    }

    /// Leaves the gradient of some training images in the device, and the weights as they are.
    pub fn differentiate(&mut self, images: &[u32]) {
        let StepSettings { noise, draw, .. } = self.settings();
        let batch = training_batch(&self.plan, &self.train, &self.progress, images);
        self.device.differentiate(&batch, images.len(), noise, draw);
    }

    /// Puts the average, where there is one, into the place of the parameters that training goes on with; gives these.
    pub fn take_average(&mut self) -> Option<Vec<f32>> {
        let average = self.average.as_ref()?;
        let parameters = self.device.parameters();
        let fits = self.device.set_parameters(&average.values);
        debug_assert!(fits, "an average of as many parameters");
        Some(parameters)
    }

    /// Loss terms over the whole validation split, of the parameters that are used.
    pub fn validate(&mut self) -> Terms {
        let parameters = self.take_average();
        let (transform, seed) = (self.plan.transform(), self.plan.recipe().seed);
        let terms = evaluate(self.device.as_mut(), &self.valid, transform, seed);
        if let Some(parameters) = parameters {
            let fits = self.device.set_parameters(&parameters);
            debug_assert!(fits, "they were there before");
        }
        terms
    }
}

/// Some training images as they are at this step of this epoch.
fn training_batch<'a>(
    plan: &Plan,
    dataset: &'a Dataset,
    progress: &Progress,
    images: &'a [u32],
) -> TrainingBatch<'a> {
    let augmentation = plan.augmentation().map(|augmentation| (augmentation, progress.epoch));
    TrainingBatch { dataset, transform: plan.transform(), augmentation, step: progress.step, images }
}

/// Draws the first weights.
fn initialize(device: &mut dyn Device, seed: u64, output_bias: Option<&FirstBias>) {
    device.initialize(seed);
    if let Some(bias) = output_bias {
        let mut parameters = device.parameters();
        bias.put_into(&mut parameters);
        let fits = device.set_parameters(&parameters);
        debug_assert!(fits, "as many as before");
    }
}
