//! The pixels of a set: in memory (that of others, where they gave it), or, where that would take too much of it, in a file from which each image
//! is read when it is needed. What comes out is the same to the bit.

use std::cell::RefCell;
use std::fmt;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::SystemTime;

use crate::error::DataError;

/// Pixels, [images, height, width, channels].
#[derive(Debug)]
pub(crate) enum Pixels {
    Bytes(Vec<u8>),
    Floats(Vec<f32>),
    Shared(SharedPixels),
    OnDisk(PixelFile),
    /// Of several files, one behind the other, none of them in parts itself; each with the number of values before it.
    Parts(Vec<(usize, Pixels)>),
}

/// Bytes that others hold, too.
pub type SharedBytes = Arc<dyn AsRef<[u8]> + Send + Sync>;

/// Pixels in memory that is others', too.
pub(crate) struct SharedPixels {
    bytes: SharedBytes,
    pub(crate) width: Width,
}

impl fmt::Debug for SharedPixels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedPixels").field("len", &self.len()).field("width", &self.width).finish()
    }
}

impl SharedPixels {
    pub(crate) fn new(bytes: SharedBytes, width: Width) -> Self {
        Self { bytes, width }
    }

    fn len(&self) -> usize {
        self.all().len() / self.width.bytes()
    }

    /// The bytes of all values.
    pub(crate) fn all(&self) -> &[u8] {
        (*self.bytes).as_ref()
    }

    /// The bytes of `len` values from value `start` on.
    pub(crate) fn part(&self, start: usize, len: usize) -> &[u8] {
        let width = self.width.bytes();
        &self.all()[start * width..(start + len) * width]
    }
}

impl Pixels {
    /// Number of values.
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Bytes(values) => values.len(),
            Self::Floats(values) => values.len(),
            Self::Shared(shared) => shared.len(),
            Self::OnDisk(file) => file.len,
            Self::Parts(parts) => parts.last().map_or(0, |(before, part)| before + part.len()),
        }
    }

    /// `parts` one behind the other, each a whole number of images.
    pub(crate) fn in_parts(parts: Vec<Self>) -> Self {
        let mut end = 0;
        let behind = |part: Self| {
            let before = end;
            end += part.len();
            (before, part)
        };
        Self::Parts(parts.into_iter().map(behind).collect())
    }

    /// All of its parts; itself, where it has none.
    pub(crate) fn parts(&self) -> impl Iterator<Item = &Self> {
        let (parts, whole) = match self {
            Self::Parts(parts) => (parts.as_slice(), None),
            whole => (&[][..], Some(whole)),
        };
        parts.iter().map(|(_, part)| part).chain(whole)
    }

    /// The part that value `at` is in, and its place there.
    pub(crate) fn part_at(&self, at: usize) -> (&Self, usize) {
        let Self::Parts(parts) = self else { return (self, at) };
        let behind = parts.partition_point(|(before, _)| *before <= at);
        match parts.get(behind.saturating_sub(1)) {
            Some((before, part)) => (part, at - before),
            None => (self, at),
        }
    }
}

/// `byte` / 255, rounded as the division rounds, without its cost: 257 / 65536 has so few digits that the first product
/// is exact, and what it lacks is added last.
#[inline]
pub(crate) fn intensity(byte: u8) -> f32 {
    const MOST: f64 = 257.0 / 65536.0;
    const REST: f64 = 1.0 / 255.0 - MOST;
    let byte = f32::from(byte);
    byte * MOST as f32 + byte * REST as f32
}

/// How pixels lie in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Width {
    /// Bytes, to be divided by 255.
    Byte,
    /// Little-endian f32 in [0, 1].
    Float,
}

impl Width {
    pub(crate) fn bytes(self) -> usize {
        match self {
            Self::Byte => 1,
            Self::Float => 4,
        }
    }
}

/// Up to where pixels are held in memory, and where files of the others are made.
#[derive(Clone, Debug)]
pub(crate) struct MemoryBudget {
    /// Bytes.
    pub(crate) most: u64,
    /// Folder for files that go with the process.
    pub(crate) folder: PathBuf,
}

impl MemoryBudget {
    /// No limit, for files that are known to be small.
    pub(crate) fn unlimited() -> Self {
        Self { most: u64::MAX, folder: std::env::temp_dir() }
    }

    /// Whether so many bytes may be held in memory.
    pub(crate) fn takes(&self, bytes: usize) -> bool {
        bytes as u64 <= self.most
    }

    /// A file that is gone when it is closed, however the process ends.
    pub(crate) fn file(&self) -> Result<File, DataError> {
        std::fs::create_dir_all(&self.folder).map_err(DataError::io(&self.folder, "create the folder"))?;
        tempfile::tempfile_in(&self.folder)
            .map_err(DataError::io(&self.folder, "create a file for pixels in"))
    }
}

/// Pixels in a file. Read by position and not mapped into memory: a file that someone cuts short is then an
/// error, not the end of the process.
#[derive(Debug)]
pub(crate) struct PixelFile {
    file: File,
    /// Names it in messages: the file of the set, or the set whose pixels were written to a file without a name.
    path: PathBuf,
    /// Offset of the first value, in bytes.
    first: u64,
    /// Number of values.
    len: usize,
    pub(crate) width: Width,
    /// Length and time of the last change of a file that is not our own.
    stamp: Option<Stamp>,
    /// The first read that failed.
    fault: OnceLock<io::Error>,
}

type Stamp = (u64, Option<SystemTime>);

fn stamp(file: &File) -> io::Result<Stamp> {
    let metadata = file.metadata()?;
    Ok((metadata.len(), metadata.modified().ok()))
}

thread_local! {
    /// One image as it lies in its file.
    static ROW: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

impl PixelFile {
    /// `len` values where they lie in the user's own file, from byte `first` on.
    pub(crate) fn in_place(path: &Path, first: u64, len: usize, width: Width) -> Result<Self, DataError> {
        let file = File::open(path).map_err(DataError::io(path, "open"))?;
        let stamp = Some(stamp(&file).map_err(DataError::io(path, "open"))?);
        Ok(Self { file, path: path.to_path_buf(), first, len, width, stamp, fault: OnceLock::new() })
    }

    /// `len` values that were written to `file`; `path` is where they came from.
    pub(crate) fn copied(path: &Path, file: File, len: usize, width: Width) -> Self {
        Self { file, path: path.to_path_buf(), first: 0, len, width, stamp: None, fault: OnceLock::new() }
    }

    /// Hands the bytes of `len` values from value `start` on to `take`. Of a file that cannot be read these are
    /// zeros, and [`check`](Self::check) tells.
    pub(crate) fn with(&self, start: usize, len: usize, take: impl FnOnce(&[u8])) {
        ROW.with_borrow_mut(|row| {
            row.resize(len * self.width.bytes(), 0);
            let offset = self.first + (start * self.width.bytes()) as u64;
            if let Err(error) = read_exact_at(&self.file, row, offset) {
                row.fill(0);
                let _ = self.fault.set(error); // only the first is told
            }
            take(row);
        });
    }

    /// Whether all that was read so far could be read, from a file that is still what it was.
    pub(crate) fn check(&self) -> Result<(), DataError> {
        if let Some(fault) = self.fault.get() {
            let source = io::Error::new(fault.kind(), fault.to_string());
            return Err(DataError::Io { path: self.path.clone(), action: "read", source });
        }
        match (&self.stamp, stamp(&self.file)) {
            (Some(before), Ok(now)) if *before != now => Err(DataError::Changed { path: self.path.clone() }),
            _ => Ok(()),
        }
    }
}

/// Bytes of a file that others are read from, too.
#[derive(Clone, Debug)]
pub(crate) struct FileRange {
    pub(crate) file: Arc<File>,
    pub(crate) offset: u64,
    pub(crate) length: usize,
}

impl FileRange {
    /// A copy of the bytes.
    pub(crate) fn read(&self) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; self.length];
        read_exact_at(&self.file, &mut bytes, self.offset)?;
        Ok(bytes)
    }
}

#[cfg(unix)]
fn read_exact_at(file: &File, bytes: &mut [u8], offset: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, bytes, offset)
}

#[cfg(windows)]
fn read_exact_at(file: &File, mut bytes: &mut [u8], mut offset: u64) -> io::Result<()> {
    while !bytes.is_empty() {
        match std::os::windows::fs::FileExt::seek_read(file, bytes, offset) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(count) => (bytes, offset) = (&mut bytes[count..], offset + count as u64),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Bytes that are looked at together; a whole number of f32.
const PIECE: usize = 1 << 20;

/// Reads `length` bytes piece by piece: each goes to `look` with the number of bytes before it, and into `copy`.
/// Gives the number of bytes that were there.
pub(crate) fn pass<E>(
    reader: &mut impl Read,
    length: usize,
    mut copy: Option<&mut File>,
    mut look: impl FnMut(usize, &[u8]) -> Result<(), E>,
) -> Result<usize, PassError<E>> {
    let (mut piece, mut done) = (Vec::with_capacity(PIECE.min(length)), 0);
    while done < length {
        piece.clear();
        let wanted = PIECE.min(length - done);
        reader.by_ref().take(wanted as u64).read_to_end(&mut piece).map_err(PassError::Read)?;
        look(done, &piece).map_err(PassError::Look)?;
        if let Some(file) = &mut copy {
            file.write_all(&piece).map_err(PassError::Write)?;
        }
        done += piece.len();
        if piece.len() < wanted {
            break;
        }
    }
    Ok(done)
}

/// Why a [`pass`] ended early.
#[derive(Debug)]
pub(crate) enum PassError<E> {
    Read(io::Error),
    Write(io::Error),
    Look(E),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes_of(file: &PixelFile, start: usize, len: usize) -> Vec<u8> {
        let mut bytes = Vec::new();
        file.with(start, len, |row| bytes.extend(row));
        bytes
    }

    #[test]
    fn values_are_read_from_where_they_lie() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        std::fs::write(&path, (0..40).collect::<Vec<u8>>()).unwrap();
        let bytes = PixelFile::in_place(&path, 8, 32, Width::Byte).unwrap();
        assert_eq!(bytes_of(&bytes, 2, 3), [10, 11, 12]);
        let floats = PixelFile::in_place(&path, 8, 8, Width::Float).unwrap();
        assert_eq!(bytes_of(&floats, 1, 1), [12, 13, 14, 15]);
        assert!(bytes.check().is_ok() && floats.check().is_ok());
    }

    #[test]
    fn a_file_cut_short_is_told_not_a_crash() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        std::fs::write(&path, [7; 40]).unwrap();
        let file = PixelFile::in_place(&path, 0, 40, Width::Byte).unwrap();
        std::fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(10).unwrap();
        assert!(matches!(file.check(), Err(DataError::Changed { .. })));
        assert_eq!(bytes_of(&file, 8, 4), [0; 4]);
        let error = file.check().unwrap_err().to_string();
        assert_eq!(error, format!("{}: cannot read: failed to fill whole buffer", path.display()));
    }

    #[test]
    fn a_pass_sees_every_byte_once() {
        let bytes: Vec<u8> = (0..PIECE * 2 + 5).map(|i| i as u8).collect();
        let (mut seen, mut copy) = (Vec::<u8>::new(), tempfile::tempfile().unwrap());
        let look = |at: usize, piece: &[u8]| {
            assert_eq!(at, seen.len());
            seen.extend(piece);
            Ok::<(), ()>(())
        };
        assert_eq!(pass(&mut bytes.as_slice(), bytes.len() + 9, Some(&mut copy), look).unwrap(), bytes.len());
        assert_eq!(seen, bytes);
        let copied = PixelFile::copied(Path::new("x"), copy, bytes.len(), Width::Byte);
        assert_eq!(bytes_of(&copied, PIECE - 1, 3), bytes[PIECE - 1..PIECE + 2]);
    }
}
