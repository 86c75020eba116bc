//! The planned operations: each knows its buffers and tables, and runs forward and backward over one shard.
//!
//! What several layers are made of has its file here; what belongs to one layer stands with it in
//! [`layers`](crate::layers).

pub(crate) mod activation;
pub(crate) mod add;
pub(crate) mod interpolation;
pub(crate) mod kernel_gradient;
pub(crate) mod linear;
pub(crate) mod linear_plan;
pub(crate) mod mmd;
pub(crate) mod packed_sweep;
mod propagation;
pub(crate) mod reflect;
pub(crate) mod sample;
mod shard_gradient;
mod sparse;
pub(crate) mod sweeps;
pub(crate) mod transfer;
pub(crate) mod view;
pub(crate) mod window;
pub(crate) mod winograd;
pub(crate) mod winograd_rows;
