//! Figures as pure functions: a table comes in, SVG text goes out, and a PNG rasterised from that same text.
//!
//! Nothing here knows training, runs or networks, and nothing depends on the machine: the typeface is
//! bundled and numbers are written with fixed decimals, so the same table always gives the same bytes.
//! [`FIGURES`] lists what can be drawn.
//!
//! ```
//! use report::{ComparisonRows, ImageRow, Images};
//!
//! let (originals, decoded) = (vec![0.9; 4 * 28 * 28], vec![0.7; 4 * 28 * 28]); // NHWC, [0, 1]
//! let shape = [4, 28, 28, 1];
//! let rows = [
//!     ImageRow { label: "original", images: Images::new(&originals, shape)?, captions: &[] },
//!     ImageRow { label: "reconstruction", images: Images::new(&decoded, shape)?, captions: &[] },
//! ];
//! let figure = ComparisonRows::new(&rows).draw()?;
//! let (svg, png) = (figure.svg(), figure.png(2.0)?);
//!
//! // The bare pixels, without any text: two images a row, two white pixels apart, three times as large.
//! let picture = Images::new(&decoded, shape)?.mosaic(2, 2)?.enlarged(3)?;
//! assert_eq!((picture.width(), picture.height()), (3 * 58, 3 * 58));
//! # assert!(svg.contains("reconstruction") && !png.is_empty());
//! # Ok::<(), report::FigureError>(())
//! ```

mod axis;
mod bars;
mod canvas;
mod color_key;
mod column_scatter;
mod error;
mod figure;
mod font;
mod gallery;
mod loss_curves;
mod manifold;
mod page;
mod palette;
mod panels;
mod parallel_coordinates;
mod plot;
mod points;
mod posterior_panels;
mod raster;
mod rate_distortion;
mod roc;
mod scatter;
mod score_histogram;
mod silhouette;
mod tiles;
mod value_column;

pub use axis::latent_axis;
pub use bars::{ExplainedVariance, KlBars};
pub use color_key::PointColors;
pub use column_scatter::ColumnScatter;
pub use error::FigureError;
pub use figure::{Figure, Mark};
pub use gallery::{FIGURES, FigureKind};
pub use loss_curves::{LossCurves, LossTerm};
pub use manifold::{LatentGrid, Manifold};
pub use page::{
    ColumnPlots, ExplorerLink, KeyNumber, MOST_PAGE_BYTES, Page, PageFigure, PageItem, PageSection,
    PageTable, PlotColumn, SortableCell, SortableTable, Thumbnails,
};
pub use panels::Panels;
pub use parallel_coordinates::ParallelCoordinates;
pub use posterior_panels::{PosteriorPanel, PosteriorPanels};
pub use raster::{Images, Picture};
pub use rate_distortion::{RateDistortion, RatedModel};
pub use roc::{RocCurve, RocCurves};
pub use scatter::LatentScatter;
pub use score_histogram::{ScoreGroup, ScoreHistogram};
pub use silhouette::SilhouettePlot;
pub use tiles::{ComparisonRows, ImageGrid, ImageRow};
pub use value_column::ValueColumn;
