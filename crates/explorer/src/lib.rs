//! The page in which one walks through a latent space: networks, codes and images in, one HTML file out.
//!
//! Its script and its worker are written in TypeScript, in `page/`, and committed as a bundle. [`payload`] says what the page
//! is told, [`Blobs`] and [`ImageSheets`] hold what is large, and [`Explorer::html`] makes the file.
//!
//! ```
//! use explorer::{Blobs, Explorer, Part, payload};
//!
//! let mut blobs = Blobs::default();
//! let index = blobs.positions(Part::Points, &[0, 1, 2]);
//! let points = payload::Points {
//!     count: 3,
//!     what: "three points".into(),
//!     index,
//!     files: None,
//!     labels: None,
//!     classes: Vec::new(),
//!     unknown_class: None,
//! };
//! let page = Explorer {
//!     title: "nothing yet".into(),
//!     what: "Three points without a model.".into(),
//!     made: "Made by hand".into(),
//!     left_out: Vec::new(),
//!     points,
//!     images: None,
//!     columns: Vec::new(),
//!     models: Vec::new(),
//!     blobs,
//! };
//! assert!(page.html()?.text.starts_with("<!doctype html>"));
//! # Ok::<(), explorer::ExplorerError>(())
//! ```

mod blobs;
mod error;
mod page;
pub mod payload;
pub mod program;
mod sheets;

pub use blobs::{Blobs, Part, Precision, in_24_bits};
pub use error::ExplorerError;
pub use page::{Explorer, Html};
pub use sheets::ImageSheets;
