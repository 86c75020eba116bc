//! What training minimises: a sum of terms.
//!
//! A term has a file here and a line in the [`registry`]; whoever computes, prints or draws terms goes through the same
//! list. Every term is computed per image in nats, reduced and weighted as its file states, and averaged over images. The
//! reported terms are the weighted ones, so they add up to the total.

mod code_l1;
mod code_l2;
mod kl;
mod mmd;
mod reconstruction;
mod reduction;
mod registry;
mod ssim;
mod term_rule;
mod terms;

pub use code_l1::CodeL1;
pub use code_l2::CodeL2;
pub use kl::Kl;
pub use mmd::Mmd;
pub use reconstruction::{Loss, Reconstruction, Sigma};
pub use reduction::Reduction;
pub use registry::{Objective, Term};
pub use ssim::{MsSsim, SSIM_CONSTANTS, SSIM_WINDOW, Ssim, ssim_window};
pub use term_rule::{Codes, TermDescription, TermRole, ValueCounts};
pub use terms::{TermValues, Terms};
