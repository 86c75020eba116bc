//! Posterior collapse in plain words.

use std::fmt;

use super::{ACTIVE_UNIT_THRESHOLD, Dimension, Posterior};

/// How much of the latent space is used. Displays as a sentence or two, with what to try.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Collapse {
    /// Every dimension is active.
    None {
        /// Latent dimensions.
        dims: usize,
        /// KL of the whole code in nats.
        kl: f64,
    },
    /// Some dimensions are not active, and the others carry the information.
    Partial {
        /// Active dimensions.
        active: usize,
        /// Latent dimensions.
        dims: usize,
        /// KL of the whole code in nats.
        kl: f64,
    },
    /// No dimension is active: the decoder ignores the code.
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
        match dimensions.iter().filter(|dimension| dimension.active).count() {
            active if active == dims => Self::None { dims, kl },
            0 => Self::Complete { dims, kl },
            active => Self::Partial { active, dims, kl },
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
        let threshold = ACTIVE_UNIT_THRESHOLD;
        match *self {
            Self::None { dims: 1, kl } => {
                write!(f, "The dimension is active (KL {kl:.2} nats): no collapse.")
            }
            Self::None { dims, kl } => {
                write!(f, "All {dims} dimensions are active (KL {kl:.2} nats): no collapse.")
            }
            Self::Partial { active, dims, kl } => write!(
                f,
                "{idle} of {dims} dimensions carry nothing (their posterior means vary by no more than \
                 {threshold}); {active} {are} active (KL {kl:.2} nats). Harmless if reconstructions are good: \
                 the code is larger than needed. To use more of it, try a smaller KL weight, a KL warm-up or \
                 free bits.",
                idle = dims - active,
                are = if active == 1 { "is" } else { "are" },
            ),
            Self::Complete { dims, kl } => write!(
                f,
                "The posterior has collapsed: none of the {dims} {dimensions} is active (KL {kl:.2} nats), and \
                 the decoder ignores the code. Try a smaller KL weight, a KL warm-up, free bits or a smaller \
                 decoder, and check that the reconstruction is summed over pixels as the KL is over \
                 dimensions.",
                dimensions = dimensions(dims),
            ),
        }
    }
}
