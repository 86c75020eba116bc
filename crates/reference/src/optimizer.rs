//! The update rules as their papers and Keras 3 write them, one number at a time.

use network::*;

/// One update of one number.
pub struct Update {
    /// As the schedule gives it.
    pub learning_rate: f64,
    /// Its number, counted from 1.
    pub step: u64,
    /// The parameter before it.
    pub parameter: f64,
    /// The parameter's gradient.
    pub gradient: f64,
}

/// A rule's formula.
trait Rule {
    /// The parameter after the update. `slots` are its running means, in the order of [`Optimizer::slots`].
    fn apply(&self, update: &Update, slots: &mut [&mut f64]) -> f64;
}

macro_rules! apply {
    ($($rule:ident, $kind:literal;)*) => {
        /// The parameter after the update. `slots` are its running means, in the order of [`Optimizer::slots`].
        pub fn apply(rule: &Optimizer, update: &Update, slots: &mut [&mut f64]) -> f64 {
            match rule { $(Optimizer::$rule(rule) => rule.apply(update, slots),)* }
        }
    };
}

network::optimizers!(apply);

/// mean ← decay · mean + (1 − decay) · value
fn average(mean: &mut f64, decay: f32, value: f64) -> f64 {
    *mean = f64::from(decay) * *mean + (1.0 - f64::from(decay)) * value;
    *mean
}

/// 1 − decayᵗ, what a mean that began with 0 has seen after t steps.
fn seen(decay: f32, step: u64) -> f64 {
    1.0 - f64::from(decay).powf(step as f64)
}

impl Rule for Adam {
    fn apply(&self, update: &Update, slots: &mut [&mut f64]) -> f64 {
        let Update { learning_rate, step, parameter, gradient } = *update;
        let [first, second] = slots else { panic!("adam has two running means") };
        let first = average(first, self.beta_1, gradient);
        let second = average(second, self.beta_2, gradient * gradient);
        let rate = learning_rate * seen(self.beta_2, step).sqrt() / seen(self.beta_1, step);
        parameter - rate * first / (second.sqrt() + f64::from(self.epsilon))
    }
}

impl Rule for AdamW {
    fn apply(&self, update: &Update, slots: &mut [&mut f64]) -> f64 {
        let parameter = update.parameter * (1.0 - update.learning_rate * f64::from(self.weight_decay));
        self.adam().apply(&Update { parameter, ..*update }, slots)
    }
}

impl Rule for Adamax {
    fn apply(&self, update: &Update, slots: &mut [&mut f64]) -> f64 {
        let Update { learning_rate, step, parameter, gradient } = *update;
        let [first, largest] = slots else { panic!("adamax has a running mean and a largest gradient") };
        let first = average(first, self.beta_1, gradient);
        **largest = (f64::from(self.beta_2) * **largest).max(gradient.abs());
        let rate = learning_rate / seen(self.beta_1, step);
        parameter - rate * first / (**largest + f64::from(self.epsilon))
    }
}

impl Rule for Lion {
    fn apply(&self, update: &Update, slots: &mut [&mut f64]) -> f64 {
        let Update { learning_rate, parameter, gradient, .. } = *update;
        let [momentum] = slots else { panic!("lion has one running mean") };
        let beta_1 = f64::from(self.beta_1);
        let mixed = beta_1 * **momentum + (1.0 - beta_1) * gradient;
        average(momentum, self.beta_2, gradient);
        let sign = if mixed == 0.0 { 0.0 } else { mixed.signum() };
        parameter * (1.0 - learning_rate * f64::from(self.weight_decay)) - learning_rate * sign
    }
}

impl Rule for Sgd {
    fn apply(&self, update: &Update, slots: &mut [&mut f64]) -> f64 {
        let Update { learning_rate, parameter, gradient, .. } = *update;
        let [velocity] = slots else { return parameter - learning_rate * gradient };
        let momentum = f64::from(self.momentum);
        **velocity = momentum * **velocity - learning_rate * gradient;
        match self.nesterov {
            true => parameter + momentum * **velocity - learning_rate * gradient,
            false => parameter + **velocity,
        }
    }
}

impl Rule for RmsProp {
    fn apply(&self, update: &Update, slots: &mut [&mut f64]) -> f64 {
        let Update { learning_rate, parameter, gradient, .. } = *update;
        let mut slots = slots.iter_mut();
        let mut next = || slots.next().expect("as many as the rule has");
        let second = average(next(), self.rho, gradient * gradient);
        let velocity = (self.momentum != 0.0).then(&mut next);
        let mean = if self.centered { average(next(), self.rho, gradient) } else { 0.0 };
        let by = learning_rate * gradient / (second - mean * mean + f64::from(self.epsilon)).sqrt();
        let Some(velocity) = velocity else { return parameter - by };
        **velocity = f64::from(self.momentum) * **velocity + by;
        parameter - **velocity
    }
}

impl Rule for Adadelta {
    fn apply(&self, update: &Update, slots: &mut [&mut f64]) -> f64 {
        let Update { learning_rate, parameter, gradient, .. } = *update;
        let [squared_gradient, squared_step] = slots else { panic!("adadelta has two running means") };
        let epsilon = f64::from(self.epsilon);
        let second = average(squared_gradient, self.rho, gradient * gradient);
        let by = ((**squared_step + epsilon) / (second + epsilon)).sqrt() * gradient;
        average(squared_step, self.rho, by * by);
        parameter - learning_rate * by
    }
}
