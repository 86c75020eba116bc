//! Tables that hold images in their rows, and archives of images, often in several parts, in the layout of Hugging Face's
//! repositories: `data/train-00000-of-00002.parquet`, `validation-…`, `test-…`, or `train/0000.parquet`; WebDataset's is alike.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::archive;
use super::layout::{Listing, Role};
use super::tree::is_tar;
use crate::array::ArrayNames;
use crate::classes::{self, UNKNOWN_CLASS};
use crate::error::DataError;
use crate::picture::members::PictureMembers;
use crate::pixels::MemoryBudget;
use crate::table::read_pictures;

/// The images of `files`, the only table or archive or all those of `path`, part after part.
///
/// # Errors
/// Where the folder holds several sets, or a table, or all archives, hold no images.
pub(crate) fn list(
    path: &Path,
    files: &[PathBuf],
    arrays: ArrayNames<'_>,
    budget: &MemoryBudget,
) -> Result<Listing, DataError> {
    let (mut notes, mut left_out) = (Vec::new(), Vec::new());
    let one_set = |folder: &Path| folder_of(folder) == folder_of(&files[0]);
    if let Some(other) = files.iter().find(|file| !one_set(file)) {
        let problem = format!(
            "holds several sets of parts; name the folder of one: {}, {}",
            folder_of(&files[0]).display(),
            folder_of(other).display()
        );
        return Err(DataError::Folder { path: path.to_path_buf(), problem });
    }
    let has = |wanted: Role| files.iter().any(|file| role(file) == Some(wanted));
    let is_split = files.len() > 1 && has(Role::Train) && (has(Role::Valid) || has(Role::Test));
    let (mut all, mut labels, mut roles) = (Vec::new(), Vec::new(), Vec::new());
    let (mut names, mut parts, mut are_texts) = (None, Vec::new(), false);
    for wanted in Role::ALL {
        let mut count = 0;
        let of = |file: &&PathBuf| if is_split { role(file) == Some(wanted) } else { wanted == Role::Train };
        for file in files.iter().filter(of) {
            let members = match is_tar(file) {
                true => archive::read(file, &name_below(path, file), arrays.label)?,
                false => read_pictures(file, arrays, budget)?,
            };
            let PictureMembers {
                pictures,
                labels: found,
                names: found_names,
                are_texts: texts,
                notes: found_notes,
            } = members;
            are_texts |= texts;
            count += pictures.len();
            all.extend(pictures);
            labels.extend(found.unwrap_or_default());
            labels.resize(all.len(), None);
            names = names.or(found_names);
            notes.extend(found_notes);
        }
        roles.resize(all.len(), wanted);
        if is_split && count > 0 {
            parts.push(format!("{} {count}", wanted.name()));
        }
    }
    // What is said of one part holds for all.
    let mut said = HashSet::new();
    notes.retain(|note: &String| said.insert(note.clone()));
    if is_split {
        notes.push(format!("files are taken for splits by their names: {}", parts.join(", ")));
        let others: Vec<&PathBuf> = files.iter().filter(|file| role(file).is_none()).collect();
        if let Some(first) = others.first() {
            let count = others.len();
            left_out.push(format!("{count} files of no split: {}, …", first.display()));
        }
    }
    if all.is_empty() {
        let problem =
            "holds no images of a kind that is read (PNG, JPEG, WebP, TIFF, BMP, GIF, PNM)".to_owned();
        return Err(DataError::Archive { file: path.to_path_buf(), problem });
    }
    if are_texts && are_captions(&labels) {
        labels.clear();
        notes.push(
            "texts (.txt) are taken for captions, not for classes: --label txt (data.label) takes them"
                .into(),
        );
    }
    labels.resize(all.len(), None);
    let classes = classes_of(&labels, names);
    if classes.is_none() && labels.iter().any(Option::is_some) {
        notes.push("labels are left out: they have too many different values".into());
    }
    let classes = classes.filter(|(_, names)| names.iter().any(|name| name != UNKNOWN_CLASS));
    Ok(Listing { pictures: all, classes, roles: is_split.then_some(roles), left_out, notes })
}

/// Whether texts are about one image each.
fn are_captions(texts: &[Option<String>]) -> bool {
    let known: HashSet<&String> = texts.iter().flatten().collect();
    known.len() > 1 && 2 * known.len() > texts.iter().flatten().count()
}

/// The name of a part of what lies at `path`: `sub/part.tar`.
fn name_below(path: &Path, file: &Path) -> String {
    let below = file.strip_prefix(path).ok().filter(|below| !below.as_os_str().is_empty());
    below.or(file.file_name().map(Path::new)).unwrap_or(file).to_string_lossy().into_owned()
}

/// The class of each row, and the classes: in the order of `names`, where these are all that there are, else in natural
/// order. `None` where there are too many.
fn classes_of(labels: &[Option<String>], names: Option<Vec<String>>) -> Option<(Vec<u32>, Vec<String>)> {
    let (rows, found) = classes::of_names(labels)?;
    let is_known =
        |names: &Vec<String>| found.iter().all(|name| name == UNKNOWN_CLASS || names.contains(name));
    let Some(mut names) = names.filter(is_known) else { return Some((rows, found)) };
    if found.last().is_some_and(|name| name == UNKNOWN_CLASS) {
        names.push(UNKNOWN_CLASS.to_owned());
    }
    let position = |name: &String| names.iter().position(|other| other == name).unwrap_or(0) as u32;
    let positions: Vec<u32> = found.iter().map(position).collect();
    Some((rows.into_iter().map(|row| positions[row as usize]).collect(), names))
}

/// The split that a table is a part of, by what its name begins with or by its folder.
fn role(file: &Path) -> Option<Role> {
    let stem = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let first = stem.split(['-', '.']).next().unwrap_or_default();
    Role::of(first).or_else(|| Role::of(first.split('_').next()?)).or_else(|| folder_role(file))
}

fn folder_role(file: &Path) -> Option<Role> {
    Role::of(&file.parent()?.file_name()?.to_string_lossy())
}

/// The folder of the set that a table belongs to.
fn folder_of(file: &Path) -> &Path {
    let folder = file.parent().unwrap_or(file);
    match folder_role(file) {
        Some(_) => folder.parent().unwrap_or(folder),
        None => folder,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_the_split() {
        let role = |name: &str| role(Path::new(name)).map(Role::name);
        assert_eq!(role("data/train-00000-of-00002.parquet"), Some("train"));
        assert_eq!(role("data/validation-00000-of-00001.parquet"), Some("valid"));
        assert_eq!(role("default/test/0000.parquet"), Some("test"));
        assert_eq!(role("test_images.parquet"), Some("test"));
        assert_eq!(role("train.parquet"), Some("train"));
        assert_eq!(role("data/unsupervised-00000-of-00001.parquet"), None);
        assert_eq!(folder_of(Path::new("a/train/0000.parquet")), folder_of(Path::new("a/test/0000.parquet")));
        assert_ne!(
            folder_of(Path::new("a/fine/train-0.parquet")),
            folder_of(Path::new("a/coarse/train-0.parquet"))
        );
    }
}
