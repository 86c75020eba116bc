//! Finds an array in its file, and opens it up to its values.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use zip::ZipArchive;

use super::element::Element;
#[cfg(feature = "hdf5")]
use super::hdf5::{names as hdf5_names, stream as hdf5_stream};
use super::place::{Place, some_of};
use super::stream::{ArrayStream, Length, RawArray};
use crate::checksum::{self, DEFLATE_RATIO, HashedReader};
use crate::error::DataError;
use crate::error::array_problem::ArrayProblem;
use crate::file_record::FileRecord;
#[cfg(not(feature = "hdf5"))]
use crate::missing_feature::missing_feature;
use crate::regular_file;

impl Place {
    /// Opens the array up to its values and hands it to `take`.
    pub fn open<T>(
        &self,
        take: impl FnOnce(ArrayStream<'_>) -> Result<T, DataError>,
    ) -> Result<T, DataError> {
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

    /// Shape and type of the array.
    pub fn header(&self) -> Result<(Vec<usize>, Element), DataError> {
        self.open(|stream| Ok((stream.shape, stream.element)))
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
pub(crate) fn is_hdf5(path: &Path) -> bool {
    let extension = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
    matches!(extension.as_str(), "h5" | "hdf5" | "hdf")
}

/// The names of the arrays of an `.npz` or HDF5 file, in order.
pub(crate) fn names(path: &Path) -> Result<Vec<String>, DataError> {
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
