//! Figures of runs: from what a model made to what `report` draws, and where they are kept.

pub mod grids;
pub mod latent_points;
pub mod latent_views;
pub mod rows;
pub mod run_figures;
