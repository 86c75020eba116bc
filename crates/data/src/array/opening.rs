//! Finds an array in its file, and opens it up to its values.

use std::fs::File;
use std::io::{BufReader, Cursor, Read};
use std::path::Path;

use zip::ZipArchive;

use super::element::Element;
#[cfg(feature = "hdf5")]
use super::hdf5::{names as hdf5_names, stream as hdf5_stream};
use super::memory::{self, Contents, MemoryArray, is_in_memory};
use super::place::{Place, some_of};
use super::stream::{ArrayStream, Length, RawArray};
use crate::checksum::{self, DEFLATE_RATIO, HashedReader};
use crate::error::DataError;
use crate::error::array_problem::ArrayProblem;
use crate::file_record::FileRecord;
#[cfg(not(feature = "hdf5"))]
use crate::missing_feature::missing_feature;
use crate::pixels::SharedBytes;
use crate::regular_file;
use crate::spec::Kind;

impl Place {
    /// Opens the array up to its values and hands it to `take`.
    pub fn open<T>(
        &self,
        take: impl FnOnce(ArrayStream<'_>) -> Result<T, DataError>,
    ) -> Result<T, DataError> {
        if let Some(contents) = memory::find(&self.file)? {
            let array = self.array_of(&contents)?;
            let (shape, element) = (array.shape.clone(), array.element);
            let (bytes, _) = array.bytes(self)?;
            let length = (*bytes).as_ref().len();
            let reader = HashedReader::new(Box::new(Cursor::new(Held(bytes))) as Box<dyn Read>);
            let (fortran, in_place) = (false, false);
            return take(ArrayStream { reader, shape, fortran, element, length, in_place });
        }
        let Some(member) = &self.member else {
            let source = checksum::open(&self.file)?;
            let length =
                if source.gzipped { Length::AtMost(source.ceiling) } else { Length::Exactly(source.ceiling) };
            return take(ArrayStream::begin(source.reader, length, !source.gzipped, self)?);
        };
        if is_hdf5(&self.file) {
            return take(hdf5_stream(self, member)?);
        }
        let mut archive = archive(&self.file)?;
        let index = [format!("{member}.npy"), member.clone()]
            .iter()
            .find_map(|name| archive.zip.index_for_name(name))
            .ok_or_else(|| self.refuse(ArrayProblem::Missing { found: some_of(&archive.names) }))?;
        let file = archive
            .zip
            .by_index(index)
            .map_err(|error| self.refuse(ArrayProblem::Damaged(error.to_string())))?;
        // What the directory says of the compressed length is as little to be believed as the rest of it.
        let (size, packed) = (file.size(), file.compressed_size().min(archive.length));
        if size > packed.saturating_mul(DEFLATE_RATIO) {
            let reason = format!("{packed} compressed bytes cannot hold {size}");
            return Err(self.refuse(ArrayProblem::Damaged(reason)));
        }
        take(ArrayStream::begin(HashedReader::new(Box::new(file)), Length::Exactly(size), false, self)?)
    }

    /// The array as a whole.
    pub fn read(&self) -> Result<(RawArray, FileRecord), DataError> {
        self.open(|stream| stream.whole(self))
    }

    /// The array, if it lies in memory.
    pub fn in_memory(&self) -> Result<Option<MemoryArray>, DataError> {
        let contents = memory::find(&self.file)?;
        contents.map(|contents| self.array_of(&contents).cloned()).transpose()
    }

    /// Whether the one who gave the array says that it holds images.
    pub fn is_said_to_hold_images(&self) -> Result<bool, DataError> {
        Ok(memory::find(&self.file)?.is_some_and(|contents| contents.kind == Some(Kind::Images)))
    }

    fn array_of<'a>(&self, contents: &'a Contents) -> Result<&'a MemoryArray, DataError> {
        let found = self.member.as_deref().and_then(|member| contents.array(member));
        found.ok_or_else(|| self.refuse(ArrayProblem::Missing { found: some_of(&contents.names()) }))
    }

    /// Shape and type of the array.
    pub fn header(&self) -> Result<(Vec<usize>, Element), DataError> {
        if let Some(array) = self.in_memory()? {
            return Ok((array.shape, array.element));
        }
        self.open(|stream| Ok((stream.shape, stream.element)))
    }
}

/// Shared bytes, to be read.
struct Held(SharedBytes);

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        (*self.0).as_ref()
    }
}

/// An `.npz` file, of which only the directory is read.
pub(crate) struct Archive {
    zip: ZipArchive<BufReader<File>>,
    /// Bytes of the file.
    length: u64,
    /// The names of its arrays, in order.
    names: Vec<String>,
}

/// Whether a file is, by its name, one of HDF5.
fn is_hdf5(path: &Path) -> bool {
    let extension = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
    matches!(extension.as_str(), "h5" | "hdf5" | "hdf")
}

/// Whether there are several arrays at a path, each with a name: an `.npz` file, one of HDF5, or a set in memory.
pub(crate) fn is_archive(path: &Path) -> bool {
    is_in_memory(path)
        || is_hdf5(path)
        || path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("npz"))
}

/// The names of the arrays of an archive, in order.
pub(crate) fn names(path: &Path) -> Result<Vec<String>, DataError> {
    if let Some(contents) = memory::find(path)? {
        return Ok(contents.names());
    }
    if is_hdf5(path) { hdf5_names(path) } else { Ok(archive(path)?.names) }
}

#[cfg(not(feature = "hdf5"))]
fn hdf5_names(path: &Path) -> Result<Vec<String>, DataError> {
    Err(missing_feature(path, "HDF5", "hdf5", "save the arrays as .npz (numpy.savez)"))
}

#[cfg(not(feature = "hdf5"))]
fn hdf5_stream<'a>(place: &Place, _: &str) -> Result<ArrayStream<'a>, DataError> {
    hdf5_names(&place.file).and(Err(place.refuse(ArrayProblem::Missing { found: Vec::new() })))
}

fn archive(path: &Path) -> Result<Archive, DataError> {
    let (file, length) = regular_file::open(path)?;
    let archive = ZipArchive::new(BufReader::new(file))
        .map_err(|error| Place::file(path).refuse(ArrayProblem::Damaged(error.to_string())))?;
    let mut names: Vec<String> =
        archive.file_names().map(|name| name.trim_end_matches(".npy").to_string()).collect();
    names.sort_unstable();
    Ok(Archive { zip: archive, length, names })
}
