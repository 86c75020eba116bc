//! What a chosen net is to be used for.

use crate::recipe::purpose::Purpose;

/// What a net is to be used for: the kind of network, its code, its loss, and how its images are augmented follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aim {
    /// To find and compare images by their codes.
    Embedding,
    /// To make new images.
    Generation,
    /// To tell images that are like those of the training from those that are not.
    Anomalies,
    /// To take noise off images.
    Denoising,
}

impl Aim {
    /// The kind of network that it takes.
    pub fn purpose(self) -> Purpose {
        match self {
            Self::Embedding | Self::Anomalies => Purpose::Ae,
            Self::Generation => Purpose::Vae,
            Self::Denoising => Purpose::Denoiser,
        }
    }

    /// As a command line has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Embedding => "embedding",
            Self::Generation => "generation",
            Self::Anomalies => "anomalies",
            Self::Denoising => "denoising",
        }
    }

    /// Numbers of a code where `usual` are usual.
    pub(super) fn code(self, usual: usize) -> usize {
        match self {
            Self::Embedding => 2 * usual,
            Self::Generation | Self::Denoising => usual,
            // What a narrow code cannot hold shows.
            Self::Anomalies => usual.div_ceil(2),
        }
    }

    /// What is said of it.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Embedding => "for embedding: an autoencoder, whose codes are compared",
            Self::Generation => "for generation: a VAE, whose prior is drawn from",
            Self::Anomalies => {
                "for anomalies: an autoencoder with a narrow code, which unusual images do not fit through"
            }
            Self::Denoising => "for denoising",
        }
    }
}
