//! Opening a published set: find its files or download them, read, compare with what was published.

use std::path::PathBuf;

use crate::catalogue::{CATALOGUE, Checksum, IDX_FILES, NamedSet, Origin, PublishedFile};
use crate::dataset::Dataset;
use crate::dirs::{DataDirs, find_file, find_set};
use crate::download::bounds::Bounds;
use crate::download::event::{Event, Events};
use crate::error::DataError;
use crate::error::idx_problem::IdxProblem;
use crate::error::missing_set::MissingSet;
use crate::file_record::{FileRecord, Verification};
use crate::idx::{self, IdxImages, IdxLabels};
use crate::{checksum, download};

/// Training and test images of `set`, which must be of [`Origin::Published`].
pub(crate) fn open(
    set: &'static NamedSet,
    dirs: &DataDirs,
    events: &mut Events<'_>,
) -> Result<(Dataset, Option<Dataset>), DataError> {
    let Origin::Published { files, mirrors, .. } = &set.origin else {
        return Err(DataError::field("name", set.name, "is drawn, not read from files"));
    };
    let paths = match find_set(dirs, set.name) {
        Some(paths) => paths,
        None => download_all(set, files, mirrors, dirs, events)?,
    };
    let part = |at: usize| -> Result<(IdxImages, IdxLabels), DataError> {
        let mut images = idx::read_images(&paths[at], &dirs.memory_budget())?;
        if images.shape != set.shape {
            let problem = IdxProblem::Shape { found: images.shape, expected: set.shape };
            return Err(DataError::Idx { file: paths[at].clone(), offset: 8, problem });
        }
        let mut labels = idx::read_labels(&paths[at + 1])?;
        images.file.verification = verify(set, &files[at], &images.file)?;
        labels.file.verification = verify(set, &files[at + 1], &labels.file)?;
        Ok((images, labels))
    };
    let (train, test) = rayon::join(|| part(0), || part(2));
    let mut finish = |(images, labels): (IdxImages, IdxLabels)| {
        for record in [&images.file, &labels.file] {
            if record.verification == Verification::Differs {
                events(Event::Differs { file: &record.path, set: set.name });
            }
        }
        idx::dataset(set.name, images, Some(labels), Some(set.class_names()))
    };
    Ok((finish(train?)?, Some(finish(test?)?)))
}

fn download_all(
    set: &'static NamedSet,
    files: &[PublishedFile; 4],
    mirrors: &[&str],
    dirs: &DataDirs,
    events: &mut Events<'_>,
) -> Result<[PathBuf; 4], DataError> {
    let absent = |attempts| {
        let first = |name: &&str| dirs.addresses(set.name, mirrors, name).into_iter().next();
        DataError::Absent(Box::new(MissingSet {
            set: set.name,
            folders: dirs.candidates(set.name),
            attempts,
            urls: IDX_FILES.iter().filter_map(first).collect(),
            place: dirs.download_folder(set.name),
        }))
    };
    let folder = match dirs.download_folder(set.name) {
        Some(folder) if !dirs.offline => folder,
        _ => return Err(absent(Vec::new())),
    };
    let mut paths: [PathBuf; 4] = Default::default();
    for (file, path) in files.iter().zip(&mut paths) {
        *path = match find_file(&folder, file.name) {
            Some(there) => there,
            None => {
                let addresses = dirs.addresses(set.name, mirrors, file.name);
                download::fetch(file, &addresses, &folder, &Bounds::default(), events)?.map_err(&absent)?
            }
        };
    }
    Ok(paths)
}

/// How a file on disk compares with the published one. Only bytes that are those of another published file
/// are refused: a set of one's own under a known name is allowed, and reported.
fn verify(set: &NamedSet, published: &PublishedFile, found: &FileRecord) -> Result<Verification, DataError> {
    if let Some((other, file)) = published_as(&found.sha256)
        && (other, file) != (set.name, published.name)
    {
        return Err(DataError::OtherFile {
            file: found.path.clone(),
            wanted: format!("{}/{}", set.name, published.name),
            actual: format!("{other}/{file}"),
        });
    }
    Ok(match published.checksum {
        Checksum::Sha256(sum) if sum == found.sha256 => Verification::Verified,
        Checksum::Sha256(_) => Verification::Differs,
        // A file that was unpacked or packed anew keeps its contents, but not this checksum.
        Checksum::GzipMd5(sum) if checksum::md5_of_file(&found.path)? == sum => Verification::Verified,
        Checksum::GzipMd5(_) => Verification::Unknown,
    })
}

/// The set and name under which bytes with this SHA-256 were published.
fn published_as(sha256: &str) -> Option<(&'static str, &'static str)> {
    CATALOGUE.iter().find_map(|set| {
        let Origin::Published { files, .. } = &set.origin else { return None };
        let same = |file: &&PublishedFile| matches!(file.checksum, Checksum::Sha256(sum) if sum == sha256);
        files.iter().find(same).map(|file| (set.name, file.name))
    })
}
