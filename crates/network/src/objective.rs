//! What training minimises: a reconstruction term, the KL divergence of the posterior, a penalty on the code.
//!
//! Every term is computed per image in nats, reduced and weighted as stated here, and averaged over images.
//! The reported terms are the weighted ones, so they add up to the total.

use serde::{Deserialize, Serialize};

/// The terms and their weights.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Objective {
    /// How far the output is from the target.
    pub reconstruction: Reconstruction,
    /// KL(q(z|x) ‖ N(0, I)); only with a Gaussian latent.
    #[serde(default)]
    pub kl: Kl,
    /// Weight of Σ|z| over the code (a sparse autoencoder); only with a deterministic latent.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub code_l1: f32,
}

fn is_zero(value: &f32) -> bool {
    *value == 0.0
}

fn one() -> f32 {
    1.0
}

/// The reconstruction term.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reconstruction {
    /// Loss of one value.
    #[serde(default)]
    pub loss: Loss,
    /// Over the values of one image.
    #[serde(default)]
    pub reduction: Reduction,
    /// Multiplies the reduced loss.
    #[serde(default = "one")]
    pub weight: f32,
    /// Standard deviation of the Gaussian loss, in units of pixel value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sigma: Option<Sigma>,
}

impl Default for Reconstruction {
    fn default() -> Self {
        Self { loss: Loss::Bce, reduction: Reduction::Sum, weight: 1.0, sigma: None }
    }
}

/// Loss of one output value y against its target t ∈ [0, 1].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Loss {
    /// Binary cross-entropy; the decoder gives logits. A likelihood only where targets are 0 or 1.
    #[default]
    Bce,
    /// (y − t)²
    SquaredError,
    /// −ln N(t; y, σ²), constants included.
    Gaussian,
}

/// Standard deviation of [`Loss::Gaussian`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Sigma {
    /// Stays at this value.
    Fixed(f32),
    /// One σ for all values, learned as ln σ from this start (Rybkin et al. 2021, *σ-VAE*).
    Learned(f32),
}

impl Sigma {
    /// Its first value.
    pub fn initial(self) -> f32 {
        match self {
            Sigma::Fixed(sigma) | Sigma::Learned(sigma) => sigma,
        }
    }
}

impl Reconstruction {
    /// σ of the Gaussian loss; 1 where the recipe leaves it out.
    pub fn sigma_or_default(&self) -> Sigma {
        self.sigma.unwrap_or(Sigma::Fixed(1.0))
    }

    /// Whether ln σ is a parameter.
    pub fn learns_sigma(&self) -> bool {
        self.loss == Loss::Gaussian && matches!(self.sigma, Some(Sigma::Learned(_)))
    }
}

/// How a term is reduced over the values (or latent dimensions) of one image.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reduction {
    /// Σ
    #[default]
    Sum,
    /// Σ / n
    Mean,
}

impl Reduction {
    /// What a sum over `n` values is multiplied with.
    pub fn factor(self, n: usize) -> f64 {
        match self {
            Reduction::Sum => 1.0,
            Reduction::Mean => 1.0 / n as f64,
        }
    }
}

/// The KL term, −½ Σ_j (1 + log σ²_j − μ²_j − σ²_j) (Kingma & Welling 2014).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kl {
    /// Over the latent dimensions.
    #[serde(default)]
    pub reduction: Reduction,
    /// β (Higgins et al. 2017).
    #[serde(default = "one")]
    pub weight: f32,
    /// The weight rises linearly from 0 over this many epochs (Bowman et al. 2016); 0 for none.
    #[serde(default)]
    pub warmup_epochs: f32,
    /// Each dimension of each image counts at least this many nats, without gradient below
    /// (after Kingma et al. 2016, per image instead of per batch); 0 for none.
    #[serde(default)]
    pub free_bits: f32,
}

impl Default for Kl {
    fn default() -> Self {
        Self { reduction: Reduction::Sum, weight: 1.0, warmup_epochs: 0.0, free_bits: 0.0 }
    }
}

/// Loss terms averaged over images. `total = reconstruction + kl + code_l1`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Terms {
    /// What is minimised.
    pub total: f64,
    /// The reconstruction term, reduced and weighted.
    pub reconstruction: f64,
    /// The KL term, reduced and weighted (free bits and warm-up included).
    pub kl: f64,
    /// KL(q(z|x) ‖ p(z)) itself in nats: summed over dimensions, unweighted, no free bits.
    pub kl_nats: f64,
    /// The penalty on the code, weighted.
    pub code_l1: f64,
    /// Images averaged over.
    pub images: usize,
}

impl Terms {
    /// The mean over both sets of images.
    pub fn merge(self, other: Terms) -> Terms {
        let images = self.images + other.images;
        if images == 0 {
            return self;
        }
        let mean = |a: f64, b: f64| (a * self.images as f64 + b * other.images as f64) / images as f64;
        Terms {
            total: mean(self.total, other.total),
            reconstruction: mean(self.reconstruction, other.reconstruction),
            kl: mean(self.kl, other.kl),
            kl_nats: mean(self.kl_nats, other.kl_nats),
            code_l1: mean(self.code_l1, other.code_l1),
            images,
        }
    }
}
