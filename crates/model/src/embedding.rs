//! Where images lie in latent space.

use network::Shape;
use random::Stream;

/// Codes of a number of images.
#[derive(Clone, Debug, PartialEq)]
pub struct Embedding {
    /// Mean of the posterior, `[images, dims]`; of a deterministic latent the code itself.
    pub mean: Vec<f32>,
    /// Log variance of the posterior, `[images, dims]`; `None` for a deterministic latent.
    pub log_var: Option<Vec<f32>>,
    /// Shape of one code: a vector, or an image for some convolutional autoencoders.
    pub code: Shape,
}

impl Embedding {
    /// Values of one code.
    pub fn dims(&self) -> usize {
        self.code.len()
    }

    /// Number of images.
    pub fn len(&self) -> usize {
        self.mean.len() / self.dims()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.mean.is_empty()
    }

    /// The codes of the first `count` images, or of all if there are fewer.
    pub fn first(&self, count: usize) -> Self {
        let values = count.min(self.len()) * self.dims();
        Self {
            mean: self.mean[..values].to_vec(),
            log_var: self.log_var.as_ref().map(|log_var| log_var[..values].to_vec()),
            ..*self
        }
    }

    /// One draw z = μ + σ ε of each image's posterior, `[images, dims]`; for a deterministic latent the codes.
    ///
    /// A pure function of the seed and the image's position.
    pub fn sample(&self, seed: u64) -> Vec<f32> {
        let mut z = self.mean.clone();
        if let Some(log_var) = &self.log_var {
            let stream = Stream::new(seed, "embedding sample");
            let dims = self.dims();
            stream.each_normal_of(0, 0..self.len() as u32, dims, |image, j, epsilon| {
                let at = image as usize * dims + j;
                z[at] += (0.5 * log_var[at]).exp() * epsilon;
            });
        }
        z
    }
}
