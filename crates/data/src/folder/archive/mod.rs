//! Tar archives of images in WebDataset's layout: the files of one sample have a common name up to its first dot, as
//! `0001.jpg` and `0001.cls`. Images stay where they are in the archive, and each is read from there when it is needed.

mod labels;

use std::fs::File;
use std::io::Read;
use std::path::Path;

use tar::{Entry, EntryType};

use self::labels::{LabelFile, Labels};
use super::tree::{IMAGE_EXTENSIONS, is_litter};
use crate::error::DataError;
use crate::guard::guarded;
use crate::picture::members::PictureMembers;
use crate::picture::source::{Member, MemberBytes, Picture};
use crate::regular_file;

/// Files of one archive at most; each takes memory for its name.
const MOST_FILES: usize = 1 << 24;

/// What is found out about one archive.
#[derive(Default)]
struct Found {
    /// A sample's name, the extension of its image, and where that lies.
    images: Vec<(String, String, u64, u64)>,
    labels: Labels,
    notes: Vec<String>,
}

/// Reads which images an archive holds, and their labels: those in files of the extension `label`, or under this key of
/// `.json` files; else `.cls`, `.json`, or `.txt`. Images are named `ARCHIVE/SAMPLE`, where `archive` names it.
///
/// # Errors
/// If it is no whole archive, or a name in it leads out of it.
pub(crate) fn read(path: &Path, archive: &str, label: Option<&str>) -> Result<PictureMembers, DataError> {
    let refuse = |problem: String| DataError::Archive { file: path.to_path_buf(), problem };
    // The reader is others' work, and what some files do to it is not foreseen.
    let gave_up = || Err(refuse("not a whole tar archive: its reader gave up".into()));
    let Found { mut images, labels, mut notes } = guarded(|| find(path)).unwrap_or_else(gave_up)?;
    let mut names: Vec<&str> = images.iter().map(|(sample, ..)| sample.as_str()).collect();
    names.sort_unstable();
    if let Some(pair) = names.windows(2).find(|pair| pair[0] == pair[1]) {
        let sample = pair[0].to_owned();
        let chosen =
            images.iter().find(|(name, ..)| *name == sample).map(|(_, extension, ..)| extension.clone());
        let chosen = chosen.unwrap_or_default();
        images.retain(|(_, extension, ..)| *extension == chosen);
        notes.push(format!("samples have several images: those that end in .{chosen} are taken"));
        let mut kept: Vec<&str> = images.iter().map(|(sample, ..)| sample.as_str()).collect();
        kept.sort_unstable();
        if let Some(pair) = kept.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(refuse(format!("holds {}.{chosen} twice", pair[0])));
        }
    }
    let samples = images.iter().map(|(sample, ..)| sample.as_str());
    let found = labels.of(samples, label).map_err(refuse)?;
    let picture = |(sample, extension, offset, length): &(String, String, u64, u64)| Picture {
        file: path.to_path_buf(),
        member: Some(Member {
            place: format!("{sample}.{extension}"),
            name: Some(format!("{archive}/{sample}")),
            bytes: MemberBytes::InPlace { offset: *offset, length: *length },
        }),
    };
    let are_texts = found.as_ref().is_some_and(|found| found.are_texts);
    let labels = found.map(|found| found.labels);
    Ok(PictureMembers {
        pictures: images.iter().map(picture).collect(),
        labels,
        names: None,
        are_texts,
        notes,
    })
}

/// Goes through the headers of an archive.
fn find(path: &Path) -> Result<Found, DataError> {
    let refuse = |problem: String| DataError::Archive { file: path.to_path_buf(), problem };
    let damaged = |error: std::io::Error| refuse(format!("not a whole tar archive: {error}"));
    let (mut file, length) = regular_file::open(path)?;
    let mut start = [0; 6];
    let is_packed = |start: &[u8]| {
        [&b"\x1f\x8b"[..], b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd"]
            .iter()
            .any(|magic| start.starts_with(magic))
    };
    if file.read_exact(&mut start).is_ok() && is_packed(&start) {
        return Err(refuse(
            "is compressed, so that images cannot be read from where they lie: unpack it to a .tar".into(),
        ));
    }
    let file = File::open(path).map_err(DataError::io(path, "open"))?;
    let mut archive = tar::Archive::new(file);
    let mut found = Found::default();
    let (mut files, mut links, mut end) = (0, false, 0);
    for entry in archive.entries_with_seek().map_err(damaged)? {
        let mut entry = entry.map_err(damaged)?;
        let (offset, size) = (entry.raw_file_position(), entry.size());
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        end = match offset.checked_add(size).filter(|end| *end <= length) {
            Some(end) => end,
            None => {
                let left = length.saturating_sub(offset);
                return Err(refuse(format!(
                    "is cut short: {name} should have {size} bytes, and {left} are left"
                )));
            }
        };
        match entry.header().entry_type() {
            EntryType::Regular | EntryType::Continuous => {}
            EntryType::Symlink | EntryType::Link => {
                links = true;
                continue;
            }
            EntryType::GNUSparse => return Err(refuse(format!("{name} is sparse, which is not read"))),
            _ => continue,
        }
        files += 1;
        if files > MOST_FILES {
            return Err(refuse(format!("holds more than {MOST_FILES} files: make several archives of it")));
        }
        let Some((sample, extension)) = sample_of(&name).map_err(&refuse)? else { continue };
        if is_image(&extension) {
            found.images.push((sample, extension, offset, size));
        } else if LabelFile::is_one(&extension) {
            found.labels.add(sample, extension, text_of(&mut entry).map_err(damaged)?);
        }
    }
    if links {
        found.notes.push("links in archives are not followed".into());
    }
    // Two blocks of zeros end an archive; one that lacks them may lack more.
    if length < end.next_multiple_of(512) + 512 {
        found.notes.push(format!("{} has no mark at its end: it may have been cut short", path.display()));
    }
    Ok(found)
}

/// Whether the last part of an extension, as `left.png`, is that of an image.
fn is_image(extension: &str) -> bool {
    IMAGE_EXTENSIONS.contains(&extension.rsplit('.').next().unwrap_or(extension))
}

/// A name up to the first dot behind its folders, and what stands behind that, in lower case; nothing of a file that systems
/// leave behind, and of one without extension.
///
/// # Errors
/// Of a name that leads out of the archive.
fn sample_of(name: &str) -> Result<Option<(String, String)>, String> {
    let name = name.strip_prefix("./").unwrap_or(name);
    let is_out = |part: &str| part == ".." || part.contains(['\0', '\\']);
    if name.starts_with('/') || name.split('/').any(is_out) {
        return Err(format!(
            "holds {name:?}: a name that leads out of the archive, or that no file has, is not read"
        ));
    }
    if name.split('/').any(is_litter) {
        return Ok(None);
    }
    let (folder, file) = name.rsplit_once('/').map_or(("", name), |(folder, file)| (folder, file));
    let Some((stem, extension)) = file.split_once('.') else { return Ok(None) };
    let sample = if folder.is_empty() { stem.to_owned() } else { format!("{folder}/{stem}") };
    Ok(Some((sample, extension.to_lowercase())))
}

/// What a small file says; nothing of one that is too large for a label, or no text.
fn text_of(entry: &mut Entry<'_, File>) -> std::io::Result<Option<String>> {
    const LONGEST: u64 = 1 << 16;
    if entry.size() > LONGEST {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    entry.take(LONGEST).read_to_end(&mut bytes)?;
    Ok(String::from_utf8(bytes).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_is_named_up_to_the_first_dot_of_its_file() {
        let of = |name: &str| {
            let found = sample_of(name).unwrap();
            found.map(|(sample, extension)| format!("{sample} {extension}"))
        };
        assert_eq!(of("0001.JPG").as_deref(), Some("0001 jpg"));
        assert_eq!(of("./a.b/0001.left.png").as_deref(), Some("a.b/0001 left.png"));
        assert_eq!([of("a/._0001.png"), of("__MACOSX/0001.png"), of("README")], [None, None, None]);
        assert!(is_image("left.png") && !is_image("png.txt"));
        for out in ["../a.png", "/etc/a.png", "a/../../b.png", "a\\b.png", "a\0.png"] {
            assert!(sample_of(out).unwrap_err().contains("leads out of the archive"), "{out}");
        }
    }
}
