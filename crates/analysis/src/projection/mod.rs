//! Tables of many columns as maps of few.

mod pca;
mod tsne;

pub use pca::{Pca, PcaError};
pub use tsne::{
    Placement, Preset, Progress, Repulsion, Start, TsneError, TsneMap, TsneSettings, place, tsne,
};
