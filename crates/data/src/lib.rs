//! Image data sets: named ones that are found or downloaded and verified, folders of images, NumPy arrays,
//! synthetic digits; split, padded, noised. Knows nothing of networks.
//!
//! The way in is [`open`], which takes the `[data]` table of a recipe ([`DataSpec`]) to three [`Dataset`]s.
//!
//! ```
//! use data::{DataDirs, DataSpec};
//! let spec = DataSpec { count: Some(100), ..DataSpec::named("synthetic-digits") };
//! let splits = data::open(&spec, &DataDirs::default(), &mut |_event| ())?;
//! assert_eq!((splits.train.len(), splits.valid.len(), splits.test.len()), (81, 9, 10));
//! assert_eq!(splits.train.shape().to_string(), "28×28×1");
//! # Ok::<(), data::DataError>(())
//! ```

mod array;
mod catalogue;
mod checksum;
mod dataset;
mod digits;
mod dirs;
mod download;
mod error;
mod folder;
mod idx;
mod input;
mod jpeg;
mod open;
mod picture;
mod pixels;
mod png;
mod points;
mod published;
mod regular;
mod spec;
mod split;

pub use catalogue::{CATALOGUE, Checksum, IDX_FILES, NamedSet, Origin, PublishedFile, find};
pub use dataset::{Dataset, Factors, FileRecord, ImageShape, Verification};
pub use digits::{FACTOR_NAMES, synthetic_digits};
pub use dirs::{DATA_VARIABLE, DataDirs, MIRROR_VARIABLE, Presence, presence};
pub use download::{Attempt, Event, Events};
pub use error::{ArrayProblem, DataError, IdxProblem};
pub use folder::{Survey, load_pictures, survey};
pub use input::{Binarise, EVALUATION_STEP, InputSpec, InputTransform};
pub use open::open;
pub use picture::{Channels, Fit};
pub use points::{Points, load_points};
pub use published::Absent;
pub use spec::{DataPlan, DataSpec, HoldOut, Limits, Size, Validation};
pub use split::Splits;
