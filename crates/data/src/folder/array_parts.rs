//! Sets in several `.npy` files of one folder: `images-000.npy`, `images-001.npy`, … with `labels-000.npy`, … beside them;
//! `x_train.npy`, `y_train.npy`, `x_test.npy`, `y_test.npy`. Part after part is looked through, and those that are too many for
//! memory stay where they are.

use std::path::{Path, PathBuf};

use super::layout::Role;
use super::tree::{entries, is_image, is_tar};
use crate::array::labels::{self, ArrayLabels};
use crate::array::{ArrayImages, ArrayNames, ImageOptions, Place, read_images};
use crate::classes::{self, UNKNOWN_CLASS};
use crate::dataset::Dataset;
use crate::error::DataError;
use crate::file_record::FileRecord;
use crate::pixels::{MemoryBudget, Pixels};
use crate::pool::{Pool, align_classes};
use crate::table::roles::LABELS;

/// Words in the names of files that hold images.
const IMAGES: [&str; 9] = ["x", "image", "images", "img", "imgs", "data", "pixels", "samples", "arr"];

/// A file of images and the one of its labels.
struct Part {
    images: PathBuf,
    labels: Option<PathBuf>,
    role: Option<Role>,
}

/// The words and numbers of a file's name: `x_train-007.npy` has x, train, 007.
fn words(file: &Path) -> Vec<String> {
    let stem = file.file_stem().unwrap_or_default().to_string_lossy().to_lowercase();
    let mut words: Vec<String> = Vec::new();
    let mut before = ' ';
    for letter in stem.chars() {
        match words.last_mut() {
            Some(word)
                if letter.is_alphanumeric()
                    && before.is_alphanumeric()
                    && letter.is_numeric() == before.is_numeric() =>
            {
                word.push(letter);
            }
            _ if letter.is_alphanumeric() => words.push(letter.into()),
            _ => {}
        }
        before = letter;
    }
    words
}

/// The `.npy` files of a folder in natural order; nothing where it holds images, archives or folders, too.
///
/// # Errors
/// If the folder cannot be listed.
pub(crate) fn find(folder: &Path) -> Result<Option<Vec<PathBuf>>, DataError> {
    let all = entries(folder)?;
    let is_npy =
        |file: &&PathBuf| file.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("npy"));
    let files: Vec<PathBuf> = all.iter().filter(is_npy).cloned().collect();
    let is_other = |path: &PathBuf| path.is_dir() || is_image(path) || is_tar(path);
    Ok((!files.is_empty() && !all.iter().any(is_other)).then_some(files))
}

/// The images of `files`, which are those of the folder `path`.
///
/// # Errors
/// If a part cannot be read, is of another shape, or has no labels where others have.
pub(crate) fn open(
    path: &Path,
    files: &[PathBuf],
    arrays: ArrayNames<'_>,
    options: ImageOptions,
    budget: &MemoryBudget,
) -> Result<Pool, DataError> {
    let parts = parts(path, files, arrays)?;
    let mut values: usize = 0;
    for part in &parts {
        let (shape, element) = Place::file(&part.images).header()?;
        let of_part = shape.iter().fold(element.width().max(4), |values, side| values.saturating_mul(*side));
        values = values.saturating_add(of_part);
    }
    // All stay where they are, or none does.
    let budget = if budget.takes(values) {
        &MemoryBudget::unlimited()
    } else {
        &MemoryBudget { most: 0, ..budget.clone() }
    };
    let mut read = Vec::with_capacity(parts.len());
    for part in &parts {
        read.push(read_images(&Place::file(&part.images), options, budget)?);
    }
    // What black and white are is one thing for all parts: the widest that one of them has.
    let [low, high] = read.iter().fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], images| {
        [low.min(images.scale[0]), high.max(images.scale[1])]
    });
    for (part, images) in parts.iter().zip(&mut read) {
        if images.scale != [low, high] {
            let options = ImageOptions { range: Some([low, high]), ..options };
            *images = read_images(&Place::file(&part.images), options, budget)?;
        }
    }
    if let Some(other) = read.iter().position(|images| images.shape != read[0].shape) {
        let problem = format!(
            "its parts are of several shapes: images of {} are {}, those of {} are {}",
            name(&parts[0].images),
            read[0].shape,
            name(&parts[other].images),
            read[other].shape
        );
        return Err(DataError::Folder { path: path.to_path_buf(), problem });
    }
    let has = |wanted: Role| parts.iter().any(|part| part.role == Some(wanted));
    let is_split = has(Role::Train) && (has(Role::Valid) || has(Role::Test));
    let (mut notes, range) = (read[0].notes.clone(), read[0].range);
    let mut of_roles = Role::ALL.map(|_| Vec::new());
    for (part, images) in parts.iter().zip(read) {
        let role = part.role.filter(|_| is_split).unwrap_or(Role::Train);
        of_roles[role as usize].push((part, images));
    }
    let counts = of_roles.each_ref().map(Vec::len);
    let [train, valid, test] = of_roles.map(|parts| joined(path, parts));
    notes.insert(
        0,
        match is_split {
            true => format!(
                "files are taken for splits by their names: train {}, valid {}, test {}",
                counts[0], counts[1], counts[2]
            ),
            false => format!("{} .npy files, one behind the other", counts[0]),
        },
    );
    let Some(set) = train? else { return Err(no_parts(path)) };
    Ok(align_classes(Pool { valid: valid?, test: test?, range, notes, ..Pool::new(set) }))
}

fn no_parts(path: &Path) -> DataError {
    let problem = "holds .npy files of labels, but none of images".to_owned();
    DataError::Folder { path: path.to_path_buf(), problem }
}

fn name(file: &Path) -> String {
    file.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// Which files are images, and which are their labels: those of the same name but for what says so.
fn parts(path: &Path, files: &[PathBuf], arrays: ArrayNames<'_>) -> Result<Vec<Part>, DataError> {
    let is_label = |word: &String| match arrays.label {
        Some("none") | None => LABELS.contains(&word.as_str()),
        Some(label) => word == label,
    };
    let key = |file: &PathBuf, is_left_out: &dyn Fn(&String) -> bool| -> Vec<String> {
        words(file).into_iter().filter(|word| !is_left_out(word)).collect()
    };
    let is_image = |word: &String| IMAGES.contains(&word.as_str());
    let (of_labels, of_images): (Vec<&PathBuf>, Vec<&PathBuf>) =
        files.iter().partition(|file| words(file).iter().any(is_label));
    if of_images.is_empty() {
        return Err(no_parts(path));
    }
    let wants_labels = arrays.label != Some("none");
    let labels_of = |images: &PathBuf| {
        let of = key(images, &is_image);
        let labels =
            of_labels.iter().find(|labels| key(labels, &|word| is_label(word) || is_image(word)) == of);
        labels.filter(|_| wants_labels).map(|labels| (*labels).clone())
    };
    let parts: Vec<Part> = of_images
        .into_iter()
        .map(|images| Part {
            labels: labels_of(images),
            role: words(images).iter().find_map(|word| Role::of(word)),
            images: images.clone(),
        })
        .collect();
    let unlabelled = parts.iter().find(|part| part.labels.is_none());
    if let (Some(without), Some(with)) = (unlabelled, parts.iter().find(|part| part.labels.is_some())) {
        let problem = format!(
            "{} has no labels beside it, as {} has in {}; --label none takes no labels",
            name(&without.images),
            name(&with.images),
            with.labels.as_deref().map(name).unwrap_or_default()
        );
        return Err(DataError::Folder { path: path.to_path_buf(), problem });
    }
    Ok(parts)
}

/// Parts one behind the other, with their labels; `None` of none.
fn joined(path: &Path, parts: Vec<(&Part, ArrayImages)>) -> Result<Option<Dataset>, DataError> {
    let Some(shape) = parts.first().map(|(_, images)| images.shape) else { return Ok(None) };
    let (mut pixels, mut records, mut names) = (Vec::new(), Vec::<FileRecord>::new(), Vec::new());
    for (part, images) in parts {
        let count = images.pixels.len() / shape.values();
        pixels.push(images.pixels);
        records.push(images.record);
        let Some(file) = &part.labels else { continue };
        let ArrayLabels { labels, classes, record } = labels::read(&Place::file(file))?;
        if labels.len() != count {
            let (images_file, labels_file) = (part.images.clone(), file.clone());
            return Err(DataError::CountMismatch {
                images_file,
                images: count,
                labels_file,
                labels: labels.len(),
            });
        }
        let class = |label: &u32| Some(classes[*label as usize].clone()).filter(|name| name != UNKNOWN_CLASS);
        names.extend(labels.iter().map(class));
        records.push(record);
    }
    let set_name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    let set = Dataset::from_pixels(set_name, shape, Pixels::in_parts(pixels))?.with_files(records);
    match classes::of_names(&names).filter(|_| !names.is_empty()) {
        Some((labels, classes)) => Ok(Some(set.with_labels(labels, classes)?)),
        None => Ok(Some(set)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_numbers_of_names_are_told_apart() {
        let of = |name: &str| words(Path::new(name)).join(" ");
        assert_eq!(of("a/x_train-007.npy"), "x train 007");
        assert_eq!(of("Images12.labels.npy"), "images 12 labels");
    }
}
