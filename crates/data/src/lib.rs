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
mod classes;
mod columns;
mod dataset;
mod digits;
mod dirs;
mod download;
mod duplicates;
mod error;
mod folder;
mod guard;
mod hold_out;
mod idx;
mod idx_folder;
mod input;
mod inventory;
mod jpeg;
mod natural;
mod open;
mod picture;
mod pixels;
mod png;
mod points;
mod pool;
mod published;
mod regular;
mod resize;
mod scale;
mod spec;
mod split;
mod table;
mod tiff;

pub use catalogue::{CATALOGUE, Checksum, IDX_FILES, NamedSet, Origin, PublishedFile, find};
pub use columns::{Columns, Impute};
pub use dataset::{Dataset, Factors, FileRecord, ImageShape, UNKNOWN_CLASS, Verification, class_numbers};
pub use digits::{FACTOR_NAMES, synthetic_digits};
pub use dirs::{DATA_VARIABLE, DataDirs, MIRROR_VARIABLE, Presence, presence};
pub use download::{Attempt, Event, Events};
pub use duplicates::{NearDuplicates, near_duplicates};
pub use error::{ArrayProblem, BrokenFile, DataError, IdxProblem};
pub use folder::{ListedPicture, PictureOptions, Survey, list_pictures, load_pictures, survey};
pub use guard::is_guarded;
pub use hold_out::{HoldOut, TestImages, Validation};
pub use input::{Binarise, EVALUATION_STEP, InputSpec, InputTransform};
pub use inventory::{Inventory, Values, fingerprints};
pub use open::open;
pub use picture::{Background, Channels, Fit};
pub use points::{Points, load_points};
pub use published::Absent;
pub use spec::{DataPlan, DataSpec, Kind, Limits, Size};
pub use split::Splits;
pub use table::{LabelSource, Labels, Table, TableOptions, read_table};
