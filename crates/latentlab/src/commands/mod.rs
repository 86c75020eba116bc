//! One module per verb: its arguments, and `run`, which does it.

pub mod anomalies;
pub mod augment;
pub mod bench;
pub mod clusters;
pub mod compare;
pub mod completions;
pub mod data;
pub mod decode;
pub mod denoise;
pub mod embed;
pub mod evaluate;
pub mod explore;
pub mod export;
pub mod generate;
pub mod interpolate;
pub mod manifold;
pub mod map;
pub mod recipes;
pub mod reconstruct;
pub mod report;
pub mod study;
pub mod summary;
pub mod train;
pub mod traverse;
pub mod verify;
