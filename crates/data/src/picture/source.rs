//! Where the bytes of a picture are: in a file, or in a row of a table.

use std::io::{BufRead, BufReader, Cursor, Read, Seek};
use std::path::PathBuf;

use crate::error::DataError;
use crate::pixels::FileRange;
use crate::regular_file;

/// The most bytes of an image, as its file has them and as they are decoded.
pub(super) const MOST_MEMORY: u64 = 1 << 29;

/// A picture, not yet read.
#[derive(Clone, Debug)]
pub(crate) struct Picture {
    /// Its file, or the table that holds it.
    pub(crate) file: PathBuf,
    /// Its row, where a table holds it.
    pub(crate) row: Option<PictureRow>,
}

/// A picture in a table.
#[derive(Clone, Debug)]
pub(crate) struct PictureRow {
    /// Counted from 0.
    pub(crate) row: usize,
    /// What the table calls it.
    pub(crate) name: Option<String>,
    /// A copy of its bytes.
    pub(crate) bytes: FileRange,
}

/// The bytes of a picture, from anywhere in it.
pub(crate) trait ByteSource: BufRead + Seek {}

impl<T: BufRead + Seek> ByteSource for T {}

impl Picture {
    /// The picture that is a file.
    pub(crate) fn file(file: PathBuf) -> Self {
        Self { file, row: None }
    }

    /// As messages name it.
    pub(crate) fn label(&self) -> PathBuf {
        match &self.row {
            None => self.file.clone(),
            Some(PictureRow { row, name: None, .. }) => {
                format!("{}: row {}", self.file.display(), row + 1).into()
            }
            Some(PictureRow { row, name: Some(name), .. }) => {
                format!("{}: row {} ({name})", self.file.display(), row + 1).into()
            }
        }
    }

    /// Its bytes and how many they are.
    pub(crate) fn open(&self) -> Result<(Box<dyn ByteSource>, u64), DataError> {
        match &self.row {
            None => {
                let (file, length) = regular_file::open(&self.file)?;
                Ok((Box::new(BufReader::new(file)), length))
            }
            Some(row) => {
                let bytes = row.bytes.read().map_err(DataError::io(&self.file, "read a copy of"))?;
                let length = bytes.len() as u64;
                Ok((Box::new(Cursor::new(bytes)), length))
            }
        }
    }

    /// All of its bytes.
    pub(crate) fn bytes(&self) -> Result<Vec<u8>, DataError> {
        let (source, _) = self.open()?;
        let mut bytes = Vec::new();
        source.take(MOST_MEMORY + 1).read_to_end(&mut bytes).map_err(DataError::io(&self.file, "read"))?;
        if bytes.len() as u64 > MOST_MEMORY {
            let reason = format!("more than {} MiB", MOST_MEMORY >> 20);
            return Err(DataError::Picture { file: self.label(), reason });
        }
        Ok(bytes)
    }
}
