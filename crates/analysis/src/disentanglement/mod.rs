//! Disentanglement: whether single latent dimensions stand for single factors of variation that are known.
//!
//! Four definitions, since they disagree and each has been criticised (Locatello et al., *Challenging common
//! assumptions in the unsupervised learning of disentangled representations*, ICML 2019): report them together.

mod dci;
mod error;
mod factor_vae;
mod factors;
mod forest;
mod gap;

pub use dci::{Dci, ForestSettings, dci};
pub use error::DisentanglementError;
pub use factor_vae::{FactorVaeScore, FactorVaeSettings, factor_vae_score};
pub use factors::{FactorKind, KnownFactors};
pub use gap::{Gaps, mutual_information_gap, separated_predictability};
