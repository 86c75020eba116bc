//! What training and inference share: images and noise to their places, and the way forward.

use std::ops::Range;

use super::Runtime;
use crate::graph::buffers::SampleBuffers;
use crate::graph::environment::Environment;
use crate::profile::Part;
use crate::simd::Scalar;
use crate::workspace::{Images, Shard};
use network::{Noise, Source};

impl<T: Scalar> Runtime<T> {
    /// The shard's images and targets, in a pass that begins at image `first` of the source.
    pub(super) fn load(&self, source: &dyn Source<T>, first: usize, shard: &mut Shard<'_, T>) {
        let n = self.network.input.len();
        let (first, images) = (first + shard.first, shard.images);
        let (plain, input) = (self.plan.plain_input, self.plan.input);
        let ([], [values, target]) = shard.borrow([], [plain, self.plan.target]);
        for image in 0..images {
            let at = image * n..(image + 1) * n;
            source.fill(first + image, &mut values[at.clone()], &mut target[at]);
        }
        if plain != input {
            let (from, to) = (shard.layout(plain), shard.layout(input));
            let ([plain], [input]) = shard.borrow([plain], [input]);
            from.copy(plain, to, input, images);
        }
    }

    /// The noise of the shard's codes, where the latent is Gaussian, in a pass that begins at image `first` of the step.
    pub(super) fn draw(&self, noise: Noise<'_, T>, first: usize, shard: &mut Shard<'_, T>) {
        let Some(SampleBuffers { noise: buffer, .. }) = self.plan.sample else { return };
        let d = self.plan.shapes.code.len();
        let Images { rows: each, .. } = shard.images_of(buffer);
        let first = first * each + shard.first_row(buffer);
        let ([], [values]) = shard.borrow([], [buffer]);
        match noise {
            Noise::Mean => values.fill(T::ZERO),
            Noise::Given(given) => values.copy_from_slice(&given[first * d..first * d + values.len()]),
            Noise::Drawn { stream, step } => {
                let first = first as u32;
                stream.each_normal_of(
                    step,
                    first..first + (values.len() / d) as u32,
                    d,
                    |sample, j, draw| {
                        values[(sample - first) as usize * d + j] = T::from_f64(f64::from(draw));
                    },
                );
            }
        }
    }

    /// Runs some operations, one after the other.
    pub(super) fn forward(&self, env: Environment<'_, T>, ops: Range<usize>, shard: &mut Shard<'_, T>) {
        for i in ops {
            env.enter(i);
            self.plan.ops[i].forward(env, shard);
            env.lap(Part::Forward);
        }
        env.enter(self.plan.ops.len());
    }
}
