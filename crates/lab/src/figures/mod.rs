//! Figures of runs: from what a model made to what `report` draws, and where they are kept.

pub mod coordinates;
pub mod files;
pub mod gallery;
pub mod grids;
pub mod latent_views;
pub mod rows;
