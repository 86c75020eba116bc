//! `.npz` and HDF5 files: which of their arrays are images, of which split, and which are labels.

use std::path::Path;

use super::images::{self, ImageOptions};
use super::labels;
use super::layout::Layout;
use super::opening::names;
use super::place::{Place, name_of, some_of};
use crate::dataset::{Dataset, Factors};
use crate::error::DataError;
use crate::error::array_problem::ArrayProblem;
use crate::file_record::FileRecord;
use crate::pixels::MemoryBudget;
use crate::pool::{Pool, align_classes};

/// Names of arrays of images, in the order in which they are looked for, each with those that its labels have: a set
/// without splits first, then Keras's and MedMNIST's. Capitals do not matter.
const IMAGES: [(&str, &[&str]); 11] = [
    ("x", LABELS),
    ("x_train", &["y_train", "labels_train", "train_labels"]),
    ("train_images", &["train_labels", "y_train"]),
    ("train_x", &["train_y", "train_labels"]),
    ("images", LABELS),
    ("imgs", LABELS), // dSprites
    ("image", LABELS),
    ("data", LABELS),
    ("pixels", LABELS),
    ("samples", LABELS),
    ("arr_0", &["arr_1"]),
];
/// Names of labels of a set without splits.
const LABELS: &[&str] = &["y", "label", "labels", "target", "targets", "class", "classes"];
/// Other parts of the sets above, with their labels.
const TEST: [(&str, &[&str]); 3] = [
    ("x_test", &["y_test", "labels_test", "test_labels"]),
    ("test_images", &["test_labels", "y_test"]),
    ("test_x", &["test_y", "test_labels"]),
];
const VALID: [(&str, &[&str]); 5] = [
    ("x_val", &["y_val"]),
    ("x_valid", &["y_valid"]),
    ("val_images", &["val_labels"]),
    ("valid_images", &["valid_labels"]),
    ("val_x", &["val_y"]),
];

/// Arrays that are looked at in an archive without usual names.
const MOST_LOOKED_AT: usize = 64;

/// Which arrays a recipe names.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ArrayNames<'a> {
    /// Of images.
    pub array: Option<&'a str>,
    /// Of labels; `none` for none.
    pub label: Option<&'a str>,
}

/// One array of images and the one of its labels.
struct Part {
    images: String,
    labels: Option<String>,
}

/// The images of an `.npz` file, with those that validate and test where it has some.
pub(crate) fn open_npz(
    path: &Path,
    arrays: ArrayNames<'_>,
    options: ImageOptions,
    budget: &MemoryBudget,
) -> Result<Pool, DataError> {
    let names = names(path)?;
    let mut notes = Vec::new();
    let train = main_part(path, &names, arrays, &mut notes)?;
    // Splits belong to the names that Keras and MedMNIST give, not to an array that was asked for.
    let other = |parts: &[(&str, &[&str])]| match arrays.array {
        Some(_) => None,
        None => part(&names, parts),
    };
    let (valid, test) = (other(&VALID), other(&TEST));
    let (mut pool, scale) = read_part(path, &train, options, budget, &mut notes)?;
    // What black and white are is one thing for all parts.
    let options = ImageOptions { range: Some(scale), ..options };
    let mut parts = Vec::new();
    for part in [&valid, &test] {
        let read = part.as_ref().map(|part| read_part(path, part, options, budget, &mut Vec::new()));
        parts.push(read.transpose()?.map(|(pool, _)| pool.set));
    }
    (pool.test, pool.valid) = (parts.pop().flatten(), parts.pop().flatten());
    for set in [&pool.valid, &pool.test].into_iter().flatten() {
        if set.shape() != pool.set.shape() {
            let problem = format!("images to train are {}, others are {}", pool.set.shape(), set.shape());
            return Err(DataError::Folder { path: path.to_path_buf(), problem });
        }
    }
    let named: Vec<&str> = [Some(&train), valid.as_ref(), test.as_ref()]
        .into_iter()
        .flatten()
        .flat_map(|part| [Some(part.images.as_str()), part.labels.as_deref()])
        .flatten()
        .collect();
    if named.first() != Some(&"x") || named.len() != names.len() {
        notes.insert(0, format!("arrays read: {}", named.join(", ")));
    }
    pool.notes = notes;
    Ok(align_classes(pool))
}

/// Whether what would be taken for the images of an `.npz` file are the rows of a table.
pub(crate) fn is_table(path: &Path, arrays: ArrayNames<'_>) -> Result<bool, DataError> {
    let names = names(path)?;
    match main_part(path, &names, arrays, &mut Vec::new()) {
        Ok(part) => Ok(!images::rows_are_images(&Place::member(path, &part.images))?),
        // Arrays of rows have names of their own.
        Err(DataError::Array { problem: ArrayProblem::NoImages { .. }, .. }) => {
            Ok(first(&names, &ROWS).is_some())
        }
        Err(error) => Err(error),
    }
}

/// Usual names of arrays of rows that are none of images.
const ROWS: [&str; 8] = ["mean", "map", "embedding", "embeddings", "features", "codes", "z", "points"];

/// The array of images that is asked for, has a usual name, or is the only one that can hold images.
fn main_part(
    path: &Path,
    names: &[String],
    arrays: ArrayNames<'_>,
    notes: &mut Vec<String>,
) -> Result<Part, DataError> {
    let label = match arrays.label {
        Some("none") => Some(None),
        Some(label) => Some(Some(label.to_owned())),
        None => None,
    };
    let found = match arrays.array {
        Some(array) => {
            let usual =
                IMAGES.iter().chain(&TEST).chain(&VALID).find(|(name, _)| name.eq_ignore_ascii_case(array));
            let labels = first(names, usual.map_or(LABELS, |(_, labels)| labels));
            Some(Part { images: array.to_owned(), labels })
        }
        None => part(names, &IMAGES),
    };
    if let Some(found) = found {
        return Ok(Part { labels: label.unwrap_or(found.labels), ..found });
    }
    let mut described = Vec::new();
    let mut fitting = Vec::new();
    for name in names.iter().take(MOST_LOOKED_AT) {
        // An array that cannot be read says so when it is asked for.
        let Ok((shape, element)) = Place::member(path, name).header() else { continue };
        if shape.len() >= 3 && Layout::of(&shape).is_some() && !element.is_text() {
            fitting.push(name.clone());
        }
        described.push(format!("{name} {shape:?}"));
    }
    match fitting.as_slice() {
        [only] => {
            notes.push(format!("array {only} is taken for the images, because no other can be (data.array)"));
            Ok(Part { images: only.clone(), labels: label.unwrap_or_else(|| first(names, LABELS)) })
        }
        _ => {
            let found = if described.is_empty() { some_of(names) } else { some_of(&described) };
            Err(Place::file(path).refuse(ArrayProblem::NoImages { found }))
        }
    }
}

/// The first of the usual parts that is there.
fn part(names: &[String], usual: &[(&str, &[&str])]) -> Option<Part> {
    usual.iter().find_map(|(images, labels)| {
        Some(Part { images: first(names, &[images])?, labels: first(names, labels) })
    })
}

/// The first of `usual` that is among `names`, whatever its capitals; `train/images` of a group is `train_images`.
fn first(names: &[String], usual: &[&str]) -> Option<String> {
    let is = |name: &str, usual: &str| name.replace('/', "_").eq_ignore_ascii_case(usual);
    usual.iter().find_map(|usual| names.iter().find(|name| is(name, usual)).cloned())
}

/// One part with its labels, and the values that became black and white.
fn read_part(
    path: &Path,
    part: &Part,
    options: ImageOptions,
    budget: &MemoryBudget,
    notes: &mut Vec<String>,
) -> Result<(Pool, [f64; 2]), DataError> {
    let place = Place::member(path, &part.images);
    let read = images::read(&place, options, budget)?;
    notes.extend(read.notes);
    let mut set = Dataset::from_pixels(name_of(path), read.shape, read.pixels)?;
    let mut records = vec![read.record];
    if let Some(labels) = &part.labels {
        let at = Place::member(path, labels);
        match labels::read(&at) {
            Ok(found) => {
                set = with_labels(set, found, &place, &at, &mut records)?;
            }
            // What has the name of labels and is none is left out, unless the file is broken.
            Err(DataError::Array {
                problem: problem @ (ArrayProblem::Label { .. } | ArrayProblem::Shape { .. }),
                ..
            }) => {
                notes.push(format!("array {labels} holds no classes and is left out: {problem}"));
            }
            Err(error) => return Err(error),
        }
    }
    if part.images.eq_ignore_ascii_case("imgs") {
        set = with_factors(path, set)?;
    }
    Ok((Pool { range: read.range, ..Pool::new(set.with_files(records)) }, read.scale))
}

fn with_labels(
    set: Dataset,
    found: labels::ArrayLabels,
    images: &Place,
    labels: &Place,
    records: &mut Vec<FileRecord>,
) -> Result<Dataset, DataError> {
    if found.labels.len() != set.len() {
        return Err(DataError::CountMismatch {
            images_file: images.label(),
            images: set.len(),
            labels_file: labels.label(),
            labels: found.labels.len(),
        });
    }
    records.push(found.record);
    set.with_labels(found.labels, found.classes)
}

/// dSprites' factors, where they are: columns of `latents_classes` (Matthey et al. 2017).
fn with_factors(path: &Path, set: Dataset) -> Result<Dataset, DataError> {
    const NAMES: [&str; 6] = ["color", "shape", "scale", "orientation", "position_x", "position_y"];
    let place = Place::member(path, "latents_classes");
    let Ok((shape, _)) = place.header() else { return Ok(set) };
    if shape != [set.len(), NAMES.len()] {
        return Ok(set);
    }
    let values = place.read()?.0.numbers(&place)?.into_iter().map(|value| value as f32).collect();
    set.with_factors(Factors { names: NAMES.map(String::from).to_vec(), values })
}
