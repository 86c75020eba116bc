//! What goes into a pass over a batch: images, the posterior's noise, the settings of a step.

use random::Stream;

/// Where the images of a batch come from.
pub trait Source<T>: Sync {
    /// Writes image `index` of the batch: what the network sees, and what it should give. Both have the
    /// network's input shape (NHWC order) and values in [0, 1].
    fn fill(&self, index: usize, input: &mut [T], target: &mut [T]);
}

/// Images in memory, `[n, …input shape]`; input and target are the same.
#[derive(Clone, Copy, Debug)]
pub struct Images<'a, T>(pub &'a [T]);

impl<T: Copy + Sync> Source<T> for Images<'_, T> {
    fn fill(&self, index: usize, input: &mut [T], target: &mut [T]) {
        let n = input.len();
        input.copy_from_slice(&self.0[index * n..(index + 1) * n]);
        target.copy_from_slice(input);
    }
}

/// ε of the reparameterised sample z = μ + σ ε.
#[derive(Clone, Copy, Debug)]
pub enum Noise<'a, T> {
    /// N(0, I): of each sample a pure function of (stream, step, image · samples + sample).
    Drawn {
        /// Which numbers.
        stream: Stream,
        /// Step, or any number that makes the draw this one.
        step: u64,
    },
    /// Given, `[images, samples, code]`.
    Given(&'a [T]),
    /// ε = 0: z is the posterior's mean.
    Mean,
}

impl<T> Noise<'_, T> {
    /// Whether there is any: whether codes are drawn.
    pub fn is_drawn(&self) -> bool {
        !matches!(self, Noise::Mean)
    }
}

/// What layers that draw while training (dropout) draw by: their numbers are a pure function of it, the layer's name and
/// the place of the image, or of its sample, in the batch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Draw {
    /// Seed of the run.
    pub seed: u64,
    /// Step, or any number that makes the draw this one.
    pub step: u64,
}

/// What a training step needs besides the images.
#[derive(Clone, Copy, Debug)]
pub struct StepSettings<'a, T> {
    /// For the posterior's sample.
    pub noise: Noise<'a, T>,
    /// For layers that draw.
    pub draw: Draw,
    /// The learning rate of this step.
    pub learning_rate: f64,
    /// Multiplies the recipe's KL weight (warm-up); 1 for none. The importance-weighted bound has no such weight.
    pub kl_factor: f64,
    /// Largest global norm of the gradient; longer ones are scaled down to it.
    pub clip_norm: Option<f64>,
}
