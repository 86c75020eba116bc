//! `group_norm`, `layer_norm`, `batch_norm`

use network::{Activation, BatchNorm, GroupNorm, LayerNorm};

use super::Forward;
use crate::activation::activate;
use crate::batch::Batch;
use crate::pass::{Mode, Pass};
use crate::tape::{Tape, Var};

/// Mean and variance of each of `sets` sets of values of `x`, of one size; value i is in `set`(i).
fn moments(
    tape: &mut Tape,
    x: Batch,
    sets: usize,
    set: impl Fn(usize) -> usize + Copy + 'static,
) -> (Var, Var) {
    let part = sets as f64 / x.len() as f64;
    let sum = tape.sums(x.values, sets, set);
    let mean = tape.scale(sum, part);
    let means = tape.spread(mean, x.len(), set);
    let centred = tape.subtract(x.values, means);
    let squares = tape.square(centred);
    let sum = tape.sums(squares, sets, set);
    (mean, tape.scale(sum, part))
}

/// act(γ (x − mean) / √(variance + ε) + β), with γ and β of the layer at `path`.
fn normalize(
    pass: &mut Pass<'_>,
    path: &str,
    x: Batch,
    (mean, variance): (Var, Var),
    set: impl Fn(usize) -> usize + Copy,
    (epsilon, activation): (f32, Activation),
) -> Batch {
    let (gamma, beta) = (pass.parameter(path, "gamma"), pass.parameter(path, "beta"));
    let tape = &mut pass.tape;
    let epsilon = f64::from(epsilon);
    let deviation = tape.map(variance, |v| (v + epsilon).sqrt(), move |v| 0.5 / (v + epsilon).sqrt());
    let (mean, deviation) = (tape.spread(mean, x.len(), set), tape.spread(deviation, x.len(), set));
    let centred = tape.subtract(x.values, mean);
    let standard = tape.divide(centred, deviation);
    let (gamma, beta) = (x.at_all_pixels(tape, gamma), x.at_all_pixels(tape, beta));
    let scaled = tape.multiply(gamma, standard);
    let shifted = tape.add(scaled, beta);
    x.with(activate(tape, activation, shifted), x.shape)
}

impl Forward for GroupNorm {
    fn forward(&self, pass: &mut Pass<'_>, path: &str, x: Batch) -> Batch {
        let (values, channels, groups) = (x.shape.len(), x.channels(), self.groups);
        let set = move |i: usize| i / values * groups + i % channels / (channels / groups);
        let moments = moments(&mut pass.tape, x, x.rows * groups, set);
        normalize(pass, path, x, moments, set, (self.epsilon, self.activation))
    }
}

impl Forward for LayerNorm {
    fn forward(&self, pass: &mut Pass<'_>, path: &str, x: Batch) -> Batch {
        let channels = x.channels();
        let set = move |i: usize| i / channels;
        let moments = moments(&mut pass.tape, x, x.pixels(), set);
        normalize(pass, path, x, moments, set, (self.epsilon, self.activation))
    }
}

impl Forward for BatchNorm {
    fn forward(&self, pass: &mut Pass<'_>, path: &str, x: Batch) -> Batch {
        let channels = x.channels();
        let set = move |i: usize| i % channels;
        let names = ["moving_mean", "moving_variance"];
        let averages = names.map(|name| pass.parameter(path, name));
        let moments = match pass.mode {
            Mode::Inference => (averages[0], averages[1]),
            Mode::Training { .. } => {
                let (mean, variance) = moments(&mut pass.tape, x, channels, set);
                let keep = f64::from(self.momentum);
                for (name, (average, batch)) in
                    std::iter::zip(names, std::iter::zip(averages, [mean, variance]))
                {
                    let (average, batch) = (pass.tape.value(average), pass.tape.value(batch));
                    let moved = std::iter::zip(average.iter(), batch.iter());
                    let moved = moved.map(|(average, batch)| keep * average + (1.0 - keep) * batch).collect();
                    pass.set_state(path, name, moved);
                }
                (mean, variance)
            }
        };
        normalize(pass, path, x, moments, set, (self.epsilon, self.activation))
    }
}
