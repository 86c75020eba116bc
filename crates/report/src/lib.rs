//! Figures as pure functions: a table comes in, SVG text goes out, and a PNG rasterised from that same text.
//!
//! Nothing here knows training, runs or networks, and nothing depends on the machine: the typeface is
//! bundled and numbers are written with fixed decimals, so the same table always gives the same bytes.
//! [`FIGURES`] lists what can be drawn.

mod axis;
mod canvas;
mod color_key;
mod error;
mod figure;
mod font;
mod gallery;
mod loss_curves;
mod manifold;
mod palette;
mod points;
mod raster;
mod scatter;
mod tiles;

pub use color_key::PointColors;
pub use error::FigureError;
pub use figure::Figure;
pub use gallery::{FIGURES, FigureKind};
pub use loss_curves::{LossCurves, LossTerm};
pub use manifold::{LatentGrid, Manifold};
pub use raster::{Images, Picture};
pub use scatter::LatentScatter;
pub use tiles::{ComparisonRows, ImageGrid, ImageRow};
