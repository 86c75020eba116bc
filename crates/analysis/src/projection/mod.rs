//! Tables of many columns as maps of few.

mod krylov;
mod pca;
mod quality;
mod tsne;

pub use pca::{Pca, PcaError};
pub use quality::{MapQuality, MapQualityError, map_quality};
pub use tsne::{
    Placement, Preset, Progress, Repulsion, Start, TsneError, TsneMap, TsneSettings, place, tsne,
};
