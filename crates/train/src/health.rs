//! What goes wrong while training, caught in the step or the epoch in which it shows: losses that are no numbers or
//! explode, a collapsed posterior, units that have died.

use data::Inventory;
use engine::{Activation, Layer, OptimizerState, Terms};
use run::Event;

use crate::error::TrainError;
use crate::observer::Observer;
use crate::progress::Progress;
use crate::recipe::OnDivergence;
use crate::record::Record;
use crate::source::Batch;
use crate::terms::are_finite;
use crate::trainer::Trainer;

/// A loss has exploded when it is this many times that of the first step.
const EXPLODED: f64 = 1e4;

/// What the learning rate is multiplied by when a training is rolled back.
const ROLLBACK_FACTOR: f64 = 0.1;

/// A code whose KL is below this, in nats per image, says nothing about its image.
const COLLAPSED: f64 = 0.05;

/// The part of a layer's units that must be silent for a warning. Half of them is usual where a last batch is small.
const MOST_SILENT: f64 = 0.8;

impl Trainer {
    /// Whether the terms are finite and in proportion to those of the training's first step.
    pub(crate) fn is_sound(&mut self, terms: &Terms) -> bool {
        let first = *self.progress.first_total.get_or_insert(terms.total);
        are_finite(terms) && terms.total < EXPLODED * first.abs().max(1.0)
    }

    /// Deals with a loss that is not sound: goes back once to what was saved last, with a smaller learning rate.
    ///
    /// # Errors
    /// [`TrainError::Diverged`] the second time, or if the recipe says to stop.
    pub(crate) fn recover(
        &mut self,
        terms: &Terms,
        split: &'static str,
        record: &mut Record<'_>,
        observer: &mut dyn Observer,
    ) -> Result<(), TrainError> {
        let kept = match self.progress.epoch {
            0 => "nothing was saved yet".to_owned(),
            epoch => format!("the weights after epoch {epoch} are kept"),
        };
        let (epoch, step) = (self.progress.epoch + 1, self.progress.step + 1);
        let place = self.broken_tensor();
        let error = TrainError::Diverged { epoch, step, split, terms: Box::new(*terms), place, kept };
        record.push(Event::Warning { message: error.to_string() })?;
        let has_tried = self.progress.divergence_factor < 1.0;
        if has_tried || self.plan.recipe().training.on_divergence == OnDivergence::Stop {
            return Err(error);
        }
        let from = self.settings().learning_rate;
        match record.run().map(|run| self.resume(run)) {
            Some(Ok(_)) => {}
            None => self.restart(),
            Some(Err(TrainError::Run(run::Error::NoCheckpoint { tried, .. }))) if tried.is_empty() => {
                self.restart();
            }
            Some(Err(error)) => return Err(error),
        }
        self.progress.divergence_factor = ROLLBACK_FACTOR;
        let Progress { epoch: done, step: steps, .. } = self.progress;
        let to = from * ROLLBACK_FACTOR;
        observer.notice(&format!(
            "{error}; once more from the end of epoch {done} with {ROLLBACK_FACTOR} times the learning rate"
        ));
        record.push(Event::LearningRate {
            epoch: done,
            step: steps,
            from,
            to,
            reason: "divergence".to_owned(),
        })
    }

    /// Back to the beginning.
    fn restart(&mut self) {
        let recipe = self.plan.recipe();
        self.executor.initialize(recipe.seed);
        self.optimizer = OptimizerState::new(recipe.optimizer.rule, self.executor.parameters().len());
        self.progress = Progress::default();
        if let Some(first) = self.first_weights.take() {
            let again = self.begin_with(first);
            debug_assert!(again.is_ok(), "it began with them before");
        }
    }

    /// The first tensor that holds something that is no number, or whose gradient over the epoch's first batch does;
    /// else the one with the largest gradient.
    fn broken_tensor(&mut self) -> String {
        let order = self.shuffle.permutation(self.progress.epoch, self.train.len());
        let images = &order[..self.executor.batch().min(order.len())];
        let (transform, step, noise) = (self.plan.transform(), self.progress.step, self.settings().noise);
        let batch = Batch { dataset: &self.train, transform, step, images };
        self.executor.differentiate(&batch, images.len(), noise);
        let (parameters, gradient) = (self.executor.parameters(), self.executor.gradient());
        let is_broken = |values: &[f32]| values.iter().any(|value| !value.is_finite());
        let views = self.executor.views();
        // What flows through a net breaks forwards; what flows back has broken every layer before it.
        if let Some(view) = views.iter().find(|view| is_broken(&parameters[view.range.clone()])) {
            return format!("{} holds numbers that are not finite", view.name);
        }
        if let Some(view) = views.iter().rev().find(|view| is_broken(&gradient[view.range.clone()])) {
            return format!("the gradient of {} is not finite", view.name);
        }
        let largest = |view: &&engine::ParameterView| {
            gradient[view.range.clone()].iter().fold(0.0f32, |largest, value| largest.max(value.abs()))
        };
        match views.iter().max_by(|a, b| largest(a).total_cmp(&largest(b))) {
            Some(view) => format!("the largest gradient is that of {}", view.name),
            None => "the net has no parameters".to_owned(),
        }
    }

    /// Looks, after an epoch, for what training on will not mend, and says so once.
    pub(crate) fn watch_health(
        &mut self,
        valid: &Terms,
        record: &mut Record<'_>,
        observer: &mut dyn Observer,
    ) -> Result<(), TrainError> {
        let mut messages = Vec::new();
        let epoch = self.progress.epoch;
        // Data from which nothing can be learned come before all else that may be the cause.
        let fault = self.train.inventory().and_then(Inventory::fault);
        let advice = |usual: &str| {
            fault.as_ref().map_or_else(|| usual.to_owned(), |fault| format!("the cause: {fault}"))
        };
        // In its first epoch many a net has not found out yet what a code is good for.
        let is_warm = epoch >= 2 && self.kl_factor(self.progress.step.saturating_sub(1)) == 1.0;
        let learns_kl = self.plan.network().is_variational() && self.plan.network().objective.kl.weight > 0.0;
        if learns_kl && is_warm && valid.kl_nats < COLLAPSED && !self.progress.warned.collapse {
            self.progress.warned.collapse = true;
            messages.push(format!(
                "posterior collapse: after epoch {epoch} the code carries {:.3} nats per image, so the decoder does \
                 not use it; {}",
                valid.kl_nats,
                advice("try a smaller objective.kl.weight, objective.kl.warmup_epochs or objective.kl.free_bits")
            ));
        }
        if !self.progress.warned.dead_units
            && let Some((layer, silent, units)) = self.silent_layer()
        {
            self.progress.warned.dead_units = true;
            messages.push(format!(
                "dead units: in the last step of epoch {epoch}, {silent} of the {units} units of {layer} gave 0 for \
                 every image and so did not learn; {}",
                advice("try a lower optimizer.learning_rate or activation = \"leaky_relu\"")
            ));
        }
        for message in messages {
            observer.notice(&message);
            record.push(Event::Warning { message })?;
        }
        Ok(())
    }

    /// The first layer with a ReLU most of whose units gave 0 for all images of the last step: exactly those have
    /// a bias whose gradient is exactly 0.
    fn silent_layer(&self) -> Option<(String, usize, usize)> {
        let network = self.plan.network();
        let gradient = self.executor.gradient();
        let parts = [("encoder", &network.encoder), ("decoder", &network.decoder)];
        let layers = parts.into_iter().flat_map(|(part, layers)| {
            layers.iter().enumerate().map(move |(i, layer)| (format!("{part}.{i}"), layer))
        });
        for (name, _) in layers.filter(|(_, layer)| is_relu(layer)) {
            let view = self.executor.views().iter().find(|view| view.name == format!("{name}.bias"))?;
            let units = view.range.len();
            let silent = gradient[view.range.clone()].iter().filter(|slope| **slope == 0.0).count();
            if silent as f64 > MOST_SILENT * units as f64 {
                return Some((name, silent, units));
            }
        }
        None
    }
}

fn is_relu(layer: &Layer) -> bool {
    layer.activation() == Activation::Relu
}
