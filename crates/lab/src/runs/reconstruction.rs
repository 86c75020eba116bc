//! Images on their way through a run's network.

use data::Dataset;
use network::Source;
use train::ImageSource;

use crate::pictures::Pictures;
use crate::runs::Run;

impl Run {
    /// The first `count` images of `set` as reconstructions are compared with them.
    pub fn targets(&self, set: &Dataset, count: usize) -> Vec<f32> {
        let (seen, pixels) = (self.trained.source(set), self.trained.model.network().input.len());
        let (mut input, mut targets) = (vec![0.0; pixels], vec![0.0; count * pixels]);
        for (index, target) in targets.chunks_exact_mut(pixels).enumerate() {
            seen.fill(index, &mut input, target);
        }
        targets
    }

    /// What becomes of the first `count` images of `seen`.
    pub fn reconstruct(&mut self, seen: &ImageSource<'_>, count: usize) -> Reconstruction {
        let first: Vec<usize> = (0..count).collect();
        self.reconstruct_at(seen, &first)
    }

    /// What becomes of the images of `seen` at `indices`.
    pub fn reconstruct_at(&mut self, seen: &ImageSource<'_>, indices: &[usize]) -> Reconstruction {
        let input = self.trained.model.network().input;
        let mut inputs = vec![0.0; indices.len() * input.len()];
        let mut targets = inputs.clone();
        let images = inputs.chunks_exact_mut(input.len()).zip(targets.chunks_exact_mut(input.len()));
        for (index, (image, target)) in indices.iter().zip(images) {
            seen.fill(*index, image, target);
        }
        let selected = SelectedImages { seen, indices };
        let outputs = self.trained.model.reconstruct_from(&selected, indices.len());
        Reconstruction {
            targets: Pictures::new(targets, input),
            inputs: Pictures::new(inputs, input),
            outputs: Pictures::new(outputs, input),
        }
    }
}

/// Some images of a set.
struct SelectedImages<'a> {
    seen: &'a ImageSource<'a>,
    indices: &'a [usize],
}

impl Source<f32> for SelectedImages<'_> {
    fn fill(&self, index: usize, input: &mut [f32], target: &mut [f32]) {
        self.seen.fill(self.indices[index], input, target);
    }
}

/// Images on their way through a network.
pub struct Reconstruction {
    /// What the network should give.
    pub targets: Pictures,
    /// What it was given.
    pub inputs: Pictures,
    /// What it gave.
    pub outputs: Pictures,
}
