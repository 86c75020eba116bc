//! Kinds of files that this build does not read.

use std::path::Path;

use crate::error::DataError;
use crate::regular_file;

/// The error for a file of such a kind, if it is there; `instead` says what else its owner can do.
pub(crate) fn missing_feature(file: &Path, kind: &str, feature: &str, instead: &str) -> DataError {
    if let Err(error) = regular_file::open(file) {
        return error;
    }
    let problem = format!(
        "this build does not read {kind} files: build it with the cargo feature `{feature}` (cargo install latentlab \
         --features {feature}), or {instead}"
    );
    DataError::Table { file: file.to_path_buf(), problem }
}
