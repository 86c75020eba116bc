//! Where an array is: in a file of its own, or under a name in an archive.

use std::path::{Path, PathBuf};

use crate::error::DataError;
use crate::error::array_problem::ArrayProblem;

/// Names an array in messages, and finds it.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub file: PathBuf,
    pub member: Option<String>,
}

impl Place {
    pub fn file(path: &Path) -> Self {
        Self { file: path.to_path_buf(), member: None }
    }

    pub fn member(path: &Path, name: &str) -> Self {
        Self { file: path.to_path_buf(), member: Some(name.to_owned()) }
    }

    pub fn refuse(&self, problem: ArrayProblem) -> DataError {
        DataError::Array { file: self.file.clone(), member: self.member.clone(), problem }
    }

    pub fn label(&self) -> PathBuf {
        match &self.member {
            Some(member) => format!("{}: array {member}", self.file.display()).into(),
            None => self.file.clone(),
        }
    }

    /// A stream that ends or breaks inside an array is a damaged file; all else is the system's.
    pub fn read_error(&self, error: std::io::Error) -> DataError {
        use std::io::ErrorKind::{InvalidData, InvalidInput, UnexpectedEof};
        match error.kind() {
            UnexpectedEof | InvalidData | InvalidInput => {
                self.refuse(ArrayProblem::Damaged(error.to_string()))
            }
            _ => DataError::io(&self.file, "read")(error),
        }
    }
}

/// The file's name without what its format adds to it.
pub(crate) fn name_of(path: &Path) -> String {
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    name.rsplit_once('.').filter(|(stem, _)| !stem.is_empty()).map_or(name, |(stem, _)| stem).to_owned()
}

/// Names for a message, not more than one can read.
pub(crate) fn some_of(names: &[String]) -> Vec<String> {
    const MOST: usize = 12;
    let more = (names.len() > MOST).then(|| format!("… {} more", names.len() - MOST));
    names.iter().take(MOST).map(|name| name.chars().take(60).collect()).chain(more).collect()
}
