//! A trained network to use.

pub(crate) mod likelihood;

use network::{Device, Images, Network, Noise, Shape, Source};
use random::Stream;

use crate::embedding::Embedding;
use crate::error::{ModelError, WeightsError};
use crate::weights;

/// An autoencoder, variational or not, with its weights: encodes, decodes, generates.
///
/// Takes any number of images and works through them in batches on its device. Images and codes
/// are plain row-major `f32`, pixels in [0, 1]. Results do not depend on the number of threads.
///
/// See the [crate's example](crate).
pub struct Autoencoder {
    device: Box<dyn Device>,
}

impl From<Box<dyn Device>> for Autoencoder {
    /// The device's network with the parameters that it has now.
    fn from(device: Box<dyn Device>) -> Self {
        Self { device }
    }
}

/// A source whose image 0 is image `first` of another.
struct OffsetSource<'a> {
    source: &'a dyn Source<f32>,
    first: usize,
}

impl Source<f32> for OffsetSource<'_> {
    fn fill(&self, index: usize, input: &mut [f32], target: &mut [f32]) {
        self.source.fill(self.first + index, input, target);
    }
}

impl Autoencoder {
    /// The device's network with `parameters` in its order; as many images go through it at a time as it takes.
    ///
    /// # Errors
    /// If the network has another number of parameters.
    pub fn new(mut device: Box<dyn Device>, parameters: &[f32]) -> Result<Self, ModelError> {
        if !device.set_parameters(parameters) {
            let (found, expected) = (parameters.len(), device.parameter_count());
            return Err(WeightsError::Length { found, expected }.into());
        }
        Ok(Self { device })
    }

    /// The model as a file, which [`weights::from_bytes`] reads.
    ///
    /// # Errors
    /// If a parameter is not finite.
    pub fn to_safetensors(&self) -> Result<Vec<u8>, ModelError> {
        weights::to_bytes(self.network(), &self.parameters())
    }

    /// What it is made of.
    pub fn network(&self) -> &Network {
        self.device.network()
    }

    /// All parameters, flat.
    pub fn parameters(&self) -> Vec<f32> {
        self.device.parameters()
    }

    /// Shape of one code.
    pub fn code_shape(&self) -> Shape {
        self.device.code_shape()
    }

    /// What runs it; to evaluate with its own calls.
    pub fn device(&mut self) -> &mut dyn Device {
        self.device.as_mut()
    }

    /// Embeds `images`, `[n, …input shape]`.
    ///
    /// # Errors
    /// If the values are no whole number of images.
    pub fn encode(&mut self, images: &[f32]) -> Result<Embedding, ModelError> {
        let n = self.count_images(images)?;
        Ok(self.encode_from(&Images(images), n))
    }

    /// Embeds the first `images` images of `source` (what it gives as input).
    pub fn encode_from(&mut self, source: &dyn Source<f32>, images: usize) -> Embedding {
        let code = self.code_shape();
        let dims = code.len();
        let mut mean = vec![0.0; images * dims];
        let mut log_var = self.network().is_variational().then(|| vec![0.0; images * dims]);
        let batch = self.device.batch();
        for first in (0..images).step_by(batch) {
            let n = batch.min(images - first);
            let values = first * dims..(first + n) * dims;
            let log_var = log_var.as_mut().map(|log_var| &mut log_var[values.clone()]);
            self.device.encode(&OffsetSource { source, first }, n, &mut mean[values], log_var);
        }
        Embedding { mean, log_var, code }
    }

    /// Decodes `codes`, `[n, …code shape]`, to images `[n, …input shape]`: probabilities σ(logit) where the
    /// objective is cross-entropy, else the decoder's output as it is.
    ///
    /// # Errors
    /// If the values are no whole number of codes.
    pub fn decode(&mut self, codes: &[f32]) -> Result<Vec<f32>, ModelError> {
        let (dims, each) = (self.code_shape().len(), self.network().input.len());
        let n = count("codes", codes, self.code_shape())?;
        let mut images = vec![0.0; n * each];
        let batch = self.device.batch();
        for (codes, images) in codes.chunks(batch * dims).zip(images.chunks_mut(batch * each)) {
            self.device.decode(codes, codes.len() / dims, images);
        }
        Ok(images)
    }

    /// What becomes of `images` on their way through the code (the posterior's mean), `[n, …input shape]`.
    ///
    /// # Errors
    /// If the values are no whole number of images.
    pub fn reconstruct(&mut self, images: &[f32]) -> Result<Vec<f32>, ModelError> {
        let n = self.count_images(images)?;
        Ok(self.reconstruct_from(&Images(images), n))
    }

    /// As [`reconstruct`](Self::reconstruct), of the first `images` images of `source` (what it gives as
    /// input).
    pub fn reconstruct_from(&mut self, source: &dyn Source<f32>, images: usize) -> Vec<f32> {
        let each = self.network().input.len();
        let mut out = vec![0.0; images * each];
        let batch = self.device.batch();
        for (chunk, out) in out.chunks_mut(batch * each).enumerate() {
            let from = OffsetSource { source, first: chunk * batch };
            self.device.reconstruct(&from, out.len() / each, Noise::Mean, out);
        }
        out
    }

    /// Decodes `n` draws of N(0, I), the prior of a variational autoencoder, to `[n, …input shape]`. A pure
    /// function of the weights, `seed` and the image's position.
    ///
    /// # Errors
    /// [`ModelError::NoPrior`] for a deterministic latent; decode [`random_codes`](Self::random_codes) to see
    /// what comes of them there.
    pub fn generate(&mut self, n: usize, seed: u64) -> Result<Vec<f32>, ModelError> {
        if !self.network().is_variational() {
            return Err(ModelError::NoPrior);
        }
        self.decode(&self.random_codes(n, seed))
    }

    /// `n` draws of N(0, I) in the code's shape, `[n, …code shape]`, whatever the latent is.
    pub fn random_codes(&self, n: usize, seed: u64) -> Vec<f32> {
        let dims = self.code_shape().len();
        let mut codes = vec![0.0; n * dims];
        let stream = Stream::new(seed, "prior");
        for (index, code) in codes.chunks_mut(dims).enumerate() {
            stream.normals(0, index as u32, code);
        }
        codes
    }

    fn count_images(&self, images: &[f32]) -> Result<usize, ModelError> {
        count("images", images, self.network().input)
    }
}

fn count(what: &'static str, values: &[f32], shape: Shape) -> Result<usize, ModelError> {
    let (values, each) = (values.len(), shape.len());
    if values % each == 0 {
        return Ok(values / each);
    }
    Err(ModelError::Length { what, values, shape: shape.to_string(), each })
}
