//! Posterior collapse in plain words.

use std::fmt;

use super::kl::Dimension;
use super::posteriors::Posterior;

/// How much of the latent space is used. Displays as a sentence or two, with what to try.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Collapse {
    /// Every dimension tells images apart ([`Dimension::tells_apart`]).
    None {
        /// Latent dimensions.
        dims: usize,
        /// KL of the whole code in nats.
        kl: f64,
    },
    /// Some dimensions do not tell images apart, and the others carry the information.
    Partial {
        /// Dimensions that do.
        used: usize,
        /// Latent dimensions.
        dims: usize,
        /// KL of the whole code in nats.
        kl: f64,
    },
    /// No dimension tells images apart: the decoder cannot but ignore the code.
    Complete {
        /// Latent dimensions.
        dims: usize,
        /// KL of the whole code in nats.
        kl: f64,
    },
}

impl Collapse {
    /// The verdict on these dimensions.
    pub fn of(dimensions: &[Dimension]) -> Self {
        let dims = dimensions.len();
        let kl = dimensions.iter().map(|dimension| dimension.kl).sum();
        match dimensions.iter().filter(|dimension| dimension.tells_apart()).count() {
            used if used == dims => Self::None { dims, kl },
            0 => Self::Complete { dims, kl },
            used => Self::Partial { used, dims, kl },
        }
    }

    /// `none`, `partial` or `complete`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::None { .. } => "none",
            Self::Partial { .. } => "partial",
            Self::Complete { .. } => "complete",
        }
    }
}

impl Posterior<'_> {
    /// Whether the posterior has collapsed onto the prior: the verdict on [`dimensions`](Self::dimensions).
    ///
    /// ```
    /// use analysis::{Posterior, Table};
    ///
    /// let zeros = [0.0; 8]; // four images whose posterior is the prior
    /// let collapse = Posterior::new(Table::new(&zeros, 2)?, Table::new(&zeros, 2)?)?.collapse();
    /// assert_eq!(collapse.name(), "complete");
    /// assert!(collapse.to_string().starts_with("The posterior has collapsed: none of the 2 dimensions"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn collapse(&self) -> Collapse {
        Collapse::of(&self.dimensions())
    }
}

fn dimensions(count: usize) -> &'static str {
    if count == 1 { "dimension" } else { "dimensions" }
}

impl fmt::Display for Collapse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::None { dims: 1, kl } => {
                write!(f, "The dimension tells images apart (KL {kl:.2} nats): no collapse.")
            }
            Self::None { dims, kl } => {
                write!(f, "All {dims} dimensions tell images apart (KL {kl:.2} nats): no collapse.")
            }
            Self::Partial { used, dims, kl } => write!(
                f,
                "{idle} of {dims} dimensions say nothing about the image (their posterior means vary by less than a \
                 tenth of the posterior's deviation); {used} {do_so} (KL {kl:.2} nats). Harmless if reconstructions \
                 are good: the code is larger than needed. To use more of it, try a smaller KL weight, a KL warm-up \
                 or free bits.",
                idle = dims - used,
                do_so = if used == 1 { "does" } else { "do" },
            ),
            Self::Complete { dims, kl } => write!(
                f,
                "The posterior has collapsed: none of the {dims} {dimensions} says anything about the image (KL \
                 {kl:.2} nats), so the decoder cannot use the code. Try a smaller KL weight, a KL warm-up, free bits \
                 or a smaller decoder, and check that the reconstruction is summed over pixels as the KL is over \
                 dimensions.",
                dimensions = dimensions(dims),
            ),
        }
    }
}
