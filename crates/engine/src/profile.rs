//! Where the time of a training step goes, layer by layer and part by part.
//!
//! `latentlab bench --profile` prints it, with the GFLOP/s of every product. What share of the measured peak
//! ([`peak_gflops`](crate::peak_gflops)) products of the reference networks reach:
//!
//! | machine | convolutions | through the third-level cache | kernel gradients over the batch |
//! |---|---|---|---|
//! | Zen 4, AVX-512 | 90–98 % | | |
//! | Zen 3, AVX2 | 90–98 % | 70–80 % | 58–68 % |

use std::cell::RefCell;
use std::time::{Duration, Instant};

/// What a layer spends time on in a training step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Gathering the images and drawing the noise.
    Input,
    /// The forward product, with its bias and a piecewise linear activation; or the whole layer without one.
    Forward,
    /// Any other activation.
    Activation,
    /// The terms of the loss and their gradient.
    Loss,
    /// The derivative of the activation.
    ActivationGradient,
    /// The gradient of the bias.
    BiasGradient,
    /// The gradient of the kernel.
    KernelGradient,
    /// The gradient of the layer's input.
    InputGradient,
    /// Adding up the groups' gradients, and the optimizer.
    Update,
    /// Bringing the kernel into the order in which products read it.
    Pack,
}

impl Part {
    /// All of them, in the order of a step.
    pub const ALL: [Part; 10] = [
        Part::Input,
        Part::Forward,
        Part::Activation,
        Part::Loss,
        Part::ActivationGradient,
        Part::BiasGradient,
        Part::KernelGradient,
        Part::InputGradient,
        Part::Update,
        Part::Pack,
    ];

    /// As reports print it.
    pub fn name(self) -> &'static str {
        match self {
            Part::Input => "input",
            Part::Forward => "forward",
            Part::Activation => "activation",
            Part::Loss => "loss",
            Part::ActivationGradient => "activation gradient",
            Part::BiasGradient => "bias gradient",
            Part::KernelGradient => "kernel gradient",
            Part::InputGradient => "input gradient",
            Part::Update => "update",
            Part::Pack => "pack",
        }
    }
}

/// The time that one part of one layer takes of a step on one thread.
#[derive(Clone, Debug, PartialEq)]
pub struct Share {
    /// `encoder.0`, `latent`, `decoder.2`, …; empty for what belongs to no layer.
    pub layer: String,
    /// Which part.
    pub part: Part,
    /// Seconds per image: the least of the repeats.
    pub seconds: f64,
    /// Floating-point operations per image of its product; 0 where there is none. Padding counts as work.
    pub flops: f64,
}

/// A stopwatch that books every lap on a part of the current layer.
pub(crate) struct Clock(RefCell<Laps>);

struct Laps {
    last: Instant,
    layer: usize,
    times: Vec<[Duration; Part::ALL.len()]>,
}

impl Clock {
    /// For layers numbered below `layers`.
    pub fn new(layers: usize) -> Self {
        let times = vec![Default::default(); layers];
        Self(RefCell::new(Laps { last: Instant::now(), layer: 0, times }))
    }

    /// The next laps belong to this layer.
    pub fn enter(&self, layer: usize) {
        self.0.borrow_mut().layer = layer;
    }

    /// Books the time since the last lap.
    pub fn lap(&self, part: Part) {
        let laps = &mut *self.0.borrow_mut();
        let now = Instant::now();
        laps.times[laps.layer][part as usize] += now - laps.last;
        laps.last = now;
    }

    pub fn times(self) -> Vec<[Duration; Part::ALL.len()]> {
        self.0.into_inner().times
    }
}

/// Books the time since the last lap where a step is profiled.
pub(crate) fn lap(clock: Option<&Clock>, part: Part) {
    if let Some(clock) = clock {
        clock.lap(part);
    }
}
