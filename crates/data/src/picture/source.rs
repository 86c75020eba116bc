//! Where the bytes of a picture are: in a file, in a row of a table, or in an archive.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read, Seek, SeekFrom};
use std::path::PathBuf;

use crate::error::DataError;
use crate::pixels::FileRange;
use crate::regular_file;

/// The most bytes of an image, as its file has them and as they are decoded.
pub(super) const MOST_MEMORY: u64 = 1 << 29;

/// A picture, not yet read.
#[derive(Clone, Debug)]
pub(crate) struct Picture {
    /// Its file, or the table or archive that holds it.
    pub(crate) file: PathBuf,
    /// What it is there, where it is not a file of its own.
    pub(crate) member: Option<Member>,
}

/// A picture in a table or an archive.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    /// How messages name it after its file: `row 3 (red.png)`.
    pub(crate) place: String,
    /// What it is called as an image of a set.
    pub(crate) name: Option<String>,
    pub(crate) bytes: MemberBytes,
}

/// Where the bytes of a member are.
#[derive(Clone, Debug)]
pub(crate) enum MemberBytes {
    /// In a copy of our own, as those of tables are.
    #[cfg_attr(not(feature = "parquet"), expect(dead_code, reason = "what reads such tables is left out"))]
    Copied(FileRange),
    /// As they are in the file that holds it, from `offset` on.
    InPlace { offset: u64, length: u64 },
}

/// The bytes of a picture, from anywhere in it.
pub(crate) trait ByteSource: BufRead + Seek {}

impl<T: BufRead + Seek> ByteSource for T {}

impl Picture {
    /// The picture that is a file.
    pub(crate) fn file(file: PathBuf) -> Self {
        Self { file, member: None }
    }

    /// As messages name it.
    pub(crate) fn label(&self) -> PathBuf {
        match &self.member {
            None => self.file.clone(),
            Some(member) => format!("{}: {}", self.file.display(), member.place).into(),
        }
    }

    /// Its bytes and how many they are.
    pub(crate) fn open(&self) -> Result<(Box<dyn ByteSource>, u64), DataError> {
        match self.member.as_ref().map(|member| &member.bytes) {
            None => {
                let (file, length) = regular_file::open(&self.file)?;
                Ok((Box::new(BufReader::new(file)), length))
            }
            Some(MemberBytes::InPlace { offset, length }) => {
                let (file, _) = regular_file::open(&self.file)?;
                let window = Window { file, first: *offset, length: *length, at: 0 };
                Ok((Box::new(BufReader::new(window)), *length))
            }
            Some(MemberBytes::Copied(range)) => {
                let bytes = range.read().map_err(DataError::io(&self.file, "read a copy of"))?;
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

/// Part of a file as if it were all of it.
struct Window {
    file: File,
    first: u64,
    length: u64,
    /// Bytes of it before the one that is read next.
    at: u64,
}

impl Read for Window {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        self.file.seek(SeekFrom::Start(self.first + self.at))?;
        let found = self.file.by_ref().take(self.length.saturating_sub(self.at)).read(bytes)?;
        self.at += found as u64;
        Ok(found)
    }
}

impl Seek for Window {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(offset) => self.length.checked_add_signed(offset),
            SeekFrom::Current(offset) => self.at.checked_add_signed(offset),
        };
        // A file's end is no border for what is only sought.
        let is_within = |at: &u64| self.first.checked_add(*at).is_some();
        self.at = at.filter(is_within).ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}
