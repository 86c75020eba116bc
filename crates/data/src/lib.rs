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
//!
//! To follow a set from its path to the splits, begin at `open`. It asks `spec` what a recipe says, and gives the path
//! to its reader: `folder` for images, `array` for NumPy (in files, or in memory) and HDF5, `idx_folder`, `table`; or a name of the `catalogue`
//! to `published_set`, which may `download` it, or to `digits`. A reader makes a `pool`: a [`Dataset`] with what was
//! found out about it. `split` cuts it in three, `resize` and `standardisation` bring it to the size and the units that
//! a network takes. Pixels lie in `pixels`, in memory or on disk; one image at a time goes through `picture`.

mod appearance;
mod array;
mod augmentation;
mod catalogue;
mod checksum;
mod classes;
mod columns;
mod dataset;
mod digits;
mod dirs;
mod download;
mod environment;
mod error;
mod file_record;
mod fitting;
mod folder;
mod guard;
mod hold_out;
mod idx;
mod idx_folder;
mod input;
mod jpeg;
#[cfg(not(all(feature = "hdf5", feature = "parquet")))]
mod missing_feature;
mod natural_order;
mod near_copies;
mod noise;
mod open;
mod pairs;
mod parts;
mod picture;
mod pixels;
mod png;
mod points;
mod pool;
mod published_set;
mod regular_file;
mod resize;
mod scale;
mod shape;
mod spec;
mod split;
mod standardisation;
mod table;
mod thumbnails;
mod tiff;

pub use appearance::{Background, Channels, Fit};
pub use array::memory::{Lender, MemoryArray, MemorySet, is_in_memory, is_there};
pub use augmentation::{AugmentSpec, Augmentation, Flip};
pub use catalogue::{CATALOGUE, Checksum, IDX_FILES, NamedSet, Origin, PublishedFile, find};
pub use classes::{UNKNOWN_CLASS, class_numbers};
pub use columns::{Columns, Impute};
pub use dataset::appraisal::fingerprints;
pub use dataset::inventory::Inventory;
pub use dataset::values::Values;
pub use dataset::{Dataset, Factors};
pub use digits::{FACTOR_NAMES, synthetic_digits};
pub use dirs::{DataDirs, Presence, presence};
pub use download::event::{Event, Events};
pub use environment::{DATA_VARIABLE, MIRROR_VARIABLE};
pub use error::DataError;
pub use error::array_problem::ArrayProblem;
pub use error::broken_file::BrokenFile;
pub use error::idx_problem::IdxProblem;
pub use error::missing_set::{Attempt, MissingSet};
pub use file_record::{FileRecord, Verification};
pub use folder::original::OriginalPicture;
pub use folder::pictures::{PictureEntry, PictureOptions, list_pictures, list_whole_pictures, load_pictures};
pub use folder::survey::{Survey, survey};
pub use folder::tree::IMAGE_EXTENSIONS;
pub use guard::is_guarded;
pub use hold_out::{HoldOut, TestImages, Validation};
pub use input::{Binarise, EVALUATION_STEP, InputSpec, InputTransform};
pub use near_copies::NearCopy;
pub use noise::Noise;
pub use open::{open, open_whole};
pub use pairs::clean_pictures;
pub use pixels::SharedBytes;
pub use points::{Points, load_points};
pub use shape::ImageShape;
pub use spec::{DataPlan, DataSpec, Kind, Limits, Size};
pub use split::Splits;
pub use table::annotations::{Annotation, Annotations, read_annotations};
pub use table::contents::Table;
pub use table::labels::Labels;
pub use table::options::{LabelSource, TableOptions};
pub use table::read_table;
pub use thumbnails::{Thumbnails, thumbnail_difference};
