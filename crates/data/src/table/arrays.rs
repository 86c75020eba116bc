//! NumPy's arrays, and those of HDF5 files, as tables.

use std::path::Path;

use super::columns::CellRef;
use super::contents::Table;
use super::labels::Labels;
use super::options::{LabelSource, TableOptions};
use super::roles::{FILES, LABELS, some};
use crate::array::{self, Place};
use crate::error::DataError;
use crate::error::array_problem::ArrayProblem;

/// Arrays that usually hold points, the first that is there.
const POINTS: [&str; 14] = [
    "x",
    "mean",
    "map",
    "embedding",
    "embeddings",
    "features",
    "codes",
    "z",
    "X",
    "data",
    "arr_0",
    "x_train",
    "x_test",
    "latents",
];
/// Arrays that hold labels besides those of the names that columns have.
const MORE_LABELS: [&str; 4] = ["y_train", "y_test", "train_labels", "arr_1"];
/// Arrays that are looked at in an archive without usual names.
const MOST_LOOKED_AT: usize = 64;

/// The array that is a `.npy` file.
pub(crate) fn npy(path: &Path, stem: &str, options: &TableOptions) -> Result<Table, DataError> {
    for (option, given) in
        [("--array", options.array.is_some()), ("--label", matches!(options.label, LabelSource::Named(_)))]
    {
        if given {
            let problem = format!("holds a single array: {option} goes with an .npz file");
            return Err(DataError::Table { file: path.to_path_buf(), problem });
        }
    }
    points(path, stem, &Place::file(path))
}

/// An array of an `.npz` or HDF5 file, and what the others say of its rows.
pub(crate) fn npz(path: &Path, stem: &str, options: &TableOptions) -> Result<Table, DataError> {
    let names = array::names(path)?;
    let name = points_array(path, &names, options)?;
    let mut table = points(path, stem, &Place::member(path, &name))?;
    if !POINTS[..3].contains(&name.as_str()) {
        let columns = table.columns.len();
        table.notes.push(format!("array {name} [{}, {columns}] holds the points", table.rows()));
    }
    let rows = table.rows();
    table.labels = labels(path, &names, &name, rows, options, &mut table.notes)?;
    let there = |wanted: &str| names.iter().any(|name| name == wanted);
    if there("columns") && name != "columns" {
        let columns = texts(&Place::member(path, "columns"))?;
        table.columns =
            columns.filter(|columns| columns.len() == table.columns.len()).unwrap_or(table.columns);
    }
    if let Some(file) = FILES.iter().find(|file| there(file)) {
        table.files = texts(&Place::member(path, file))?.filter(|files| files.len() == rows);
    }
    if there("index") {
        let place = Place::member(path, "index");
        let values = place.read()?.0.numbers(&place)?;
        let whole = values.len() == rows && values.iter().all(|value| *value >= 0.0 && value.fract() == 0.0);
        table.index = whole.then(|| values.iter().map(|value| *value as u64).collect());
    }
    Ok(table)
}

/// The name of the array that holds the points: the one that is asked for, of a usual name, or the only one that can.
fn points_array(path: &Path, names: &[String], options: &TableOptions) -> Result<String, DataError> {
    let is_there = |wanted: &str| names.iter().any(|name| name == wanted);
    let usual = POINTS.iter().find(|name| is_there(name)).map(ToString::to_string);
    if let Some(name) = options.array.clone().or(usual).filter(|name| is_there(name)) {
        return Ok(name);
    }
    let (mut shapes, mut able) = (Vec::new(), Vec::new());
    for name in names.iter().take(MOST_LOOKED_AT) {
        match Place::member(path, name).header() {
            Ok((shape, element)) => {
                if shape.len() >= 2 && !element.is_text() {
                    able.push(name);
                }
                shapes.push(format!("{name} {shape:?}"));
            }
            // What cannot be read says so when it is asked for.
            Err(_) => shapes.push(name.clone()),
        }
    }
    let problem = match (&options.array, able.as_slice()) {
        (None, [only]) => return Ok((*only).clone()),
        (Some(name), _) => format!("has no array {name}; it holds {}", some(&shapes)),
        (None, _) => format!("--array NAME says which array holds the points; it holds {}", some(&shapes)),
    };
    Err(DataError::Table { file: path.to_path_buf(), problem })
}

/// The labels of the rows of array `points`: of the array that is asked for, or of one with a usual name.
fn labels(
    path: &Path,
    names: &[String],
    points: &str,
    rows: usize,
    options: &TableOptions,
    notes: &mut Vec<String>,
) -> Result<Option<Labels>, DataError> {
    let there = |name: &str| names.iter().find(|other| other.eq_ignore_ascii_case(name)).cloned();
    let candidates: Vec<String> = match &options.label {
        LabelSource::Nothing => return Ok(None),
        LabelSource::Usual => {
            let usual = LABELS.iter().chain(&MORE_LABELS).filter_map(|name| there(name));
            usual.filter(|name| name != points).collect()
        }
        LabelSource::Named(name) | LabelSource::NamedOrUsual(name) => vec![there(name).ok_or_else(|| {
            let problem = format!("has no array {name:?} of labels; it holds {}", some(names));
            DataError::Table { file: path.to_path_buf(), problem }
        })?],
    };
    let mut refused = None;
    for name in &candidates {
        let place = Place::member(path, name);
        let found = array::labels::read(&place).and_then(|found| match found.labels.len() {
            found if found != rows => {
                Err(place.refuse(ArrayProblem::Rows { found, expected: rows, of: points.to_owned() }))
            }
            _ => Ok(found),
        });
        match found {
            Ok(found) => {
                let labels = Labels::of_classes(found.labels, found.classes);
                let named = named(path, names, &labels)?;
                if options.label == LabelSource::Usual && named.is_none() && labels.are_measured() {
                    notes.push(format!(
                        "array {name} is left out: {} different numbers in {rows} rows are no classes (--label {name} \
                         takes them for some)",
                        labels.classes.len()
                    ));
                    return Ok(None);
                }
                if name != LABELS[0] {
                    notes.push(format!("array {name} holds the classes: {}", some(&labels.classes)));
                }
                return Ok(Some(named.unwrap_or(labels)));
            }
            Err(error) => refused = refused.or(Some(error)),
        }
    }
    match (refused, candidates.len()) {
        // One array of a usual name is meant; of several that do not fit, none may be.
        (Some(error), 1) => Err(error),
        _ => Ok(None),
    }
}

/// The names that an array `class` gives the classes, where it has one for each row.
fn named(path: &Path, names: &[String], labels: &Labels) -> Result<Option<Labels>, DataError> {
    if !names.iter().any(|name| name == "class") {
        return Ok(None);
    }
    let names = texts(&Place::member(path, "class"))?.filter(|names| names.len() == labels.rows.len());
    Ok(names.and_then(|names| labels.named(&names)))
}

/// The table that an array of [rows, …] is.
fn points(path: &Path, stem: &str, place: &Place) -> Result<Table, DataError> {
    let (raw, _) = place.read()?;
    // Where there are no bytes, the sides beside the 0 may have any product.
    if raw.shape.len() < 2 || raw.bytes.is_empty() {
        let allowed = "[rows, columns], both at least 1";
        return Err(place.refuse(ArrayProblem::Shape { found: raw.shape, allowed }));
    }
    if raw.element.is_text() {
        let problem = "holds text, where points are numbers".into();
        return Err(DataError::Table { file: place.label(), problem });
    }
    let columns = raw.shape.iter().skip(1).product::<usize>();
    let values = raw.numbers(place)?;
    if let Some(index) = values.iter().position(|value| value.is_infinite()) {
        return Err(place.refuse(ArrayProblem::NonFinite { index, value: values[index] }));
    }
    let missing = values.iter().position(|value| value.is_nan()).map(|index| {
        let cell = CellRef { row: index / columns, line: None, text: "nan".into() };
        (cell, (index % columns + 1).to_string())
    });
    Ok(Table {
        name: stem.to_owned(),
        columns: (1..=columns).map(|column| column.to_string()).collect(),
        values,
        labels: None,
        files: None,
        index: None,
        notes: Vec::new(),
        path: path.to_path_buf(),
        missing,
    })
}

/// The texts of an array of text with one value per row; `None` for any other.
pub(super) fn texts(place: &Place) -> Result<Option<Vec<String>>, DataError> {
    let (raw, _) = place.read()?;
    let element = raw.element;
    if !matches!(raw.shape[..], [_] | [_, 1]) || !element.is_text() {
        return Ok(None);
    }
    let bytes = raw.in_order(place)?;
    Ok(bytes.chunks_exact(element.width()).map(|bytes| element.text(bytes)).collect())
}
