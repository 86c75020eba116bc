//! What a table says of each image, as numbers and categories; nothing in it is a coordinate.

use std::collections::BTreeSet;
use std::path::Path;

use super::arrays;
use super::columns::{Cells, Column, Sheet};
use super::labels::Labels;
use super::roles::{self, FILES};
use super::text;
use crate::array::{self, Place};
use crate::error::DataError;

/// Whole numbers of so few kinds are categories.
const FEW: usize = 10;
/// Text of more kinds than this is no category.
const MOST_CATEGORIES: usize = 256;
/// An array of more columns than this is not of single values.
const MOST_COLUMNS: usize = 64;

/// What is said of each image under one name.
#[derive(Clone, Debug, PartialEq)]
pub enum Annotation {
    /// Finite numbers; NaN where there is none.
    Numbers(Vec<f64>),
    /// Categories, of which the last may be that of rows without any.
    Categories(Labels),
}

/// The columns of a table, none of them a coordinate.
#[derive(Clone, Debug, PartialEq)]
pub struct Annotations {
    /// Names and values of the columns, in their order.
    pub columns: Vec<(String, Annotation)>,
    /// Number of rows; at least 1.
    pub rows: usize,
    /// The file, or else the name, of each row, where the table says so.
    pub files: Option<Vec<String>>,
    /// The position that the table says each row has in a larger set.
    pub index: Option<Vec<u64>>,
    /// What was left out, and why: to be said to the user.
    pub notes: Vec<String>,
}

/// Reads the columns of a table, of the files that [`read_table`](super::read_table) reads. Text, truth values and whole
/// numbers of few kinds are categories. Arrays of an archive are columns by their names.
///
/// # Errors
/// Any [`DataError`], with file and place.
pub fn read_annotations(path: &Path) -> Result<Annotations, DataError> {
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().to_lowercase();
    let unzipped = name.strip_suffix(".gz").unwrap_or(&name);
    let sheet = match unzipped.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "csv" | "tsv" | "txt" | "data" => text::read(path)?,
        "npy" => of_arrays(path, vec![(None, Place::file(path))])?,
        "npz" | "h5" | "hdf5" | "hdf" => {
            let members = array::names(path)?.into_iter();
            let places = members.map(|name| (Some(name.clone()), Place::member(path, &name)));
            of_arrays(path, places.collect())?
        }
        "parquet" => super::parquet_sheet(path)?,
        _ => return Err(super::no_table(path)),
    };
    of_sheet(path, sheet)
}

fn of_sheet(path: &Path, sheet: Sheet) -> Result<Annotations, DataError> {
    let Sheet { columns, mut notes, first_line } = sheet;
    let rows = columns.first().map_or(0, Column::rows);
    let file = roles::file_column(&columns);
    let index = columns.iter().position(|column| column.is(&["index"]) && roles::positions(column).is_some());
    let mut found = Vec::new();
    for (at, column) in columns.iter().enumerate() {
        if [file, index].contains(&Some(at)) {
            continue;
        }
        let name = column.name.clone().unwrap_or_else(|| format!("column {}", at + 1));
        if let Some(fault) = &column.fault {
            return Err(fault.refuse(path, &name));
        }
        match annotation(column) {
            Ok(annotation) => found.push((name, annotation)),
            Err(why) => notes.push(format!("column {name} ({why}) is left out")),
        }
    }
    if found.is_empty() || rows == 0 {
        let problem = "no column holds numbers or categories".to_owned();
        return Err(match first_line {
            Some(line) => DataError::Csv { file: path.to_path_buf(), line, problem },
            None => DataError::Table { file: path.to_path_buf(), problem },
        });
    }
    let files = file.map(|at| roles::text(&columns[at]));
    let index = index.and_then(|at| roles::positions(&columns[at]));
    Ok(Annotations { columns: found, rows, files, index, notes })
}

/// What a column says; why it says nothing.
fn annotation(column: &Column) -> Result<Annotation, String> {
    if column.is_blank() {
        return Err("blank".into());
    }
    match &column.cells {
        Cells::Numbers(values) => {
            let whole = values.iter().all(|value| value.is_nan() || value.fract() == 0.0);
            let kinds: BTreeSet<u64> =
                values.iter().filter(|value| !value.is_nan()).map(|value| value.to_bits()).collect();
            let labels = Labels::from_numbers(values).filter(|_| whole && kinds.len() <= FEW);
            Ok(labels.map_or_else(|| Annotation::Numbers(values.clone()), Annotation::Categories))
        }
        Cells::Text(cells) => {
            let kinds = cells.iter().collect::<BTreeSet<_>>().len();
            let labels = Labels::from_names(cells).filter(|_| kinds <= MOST_CATEGORIES);
            labels
                .map(Annotation::Categories)
                .ok_or_else(|| format!("text of {kinds} kinds, and {MOST_CATEGORIES} are the most"))
        }
    }
}

/// Arrays of one value or a few for each row, as columns.
fn of_arrays(path: &Path, places: Vec<(Option<String>, Place)>) -> Result<Sheet, DataError> {
    let (mut columns, mut notes) = (Vec::new(), Vec::new());
    // What says which image a row belongs to says how many rows there are, else the first array.
    let names_rows =
        |name: &Option<String>| name.as_deref().is_some_and(|name| name == "index" || FILES.contains(&name));
    let (first, others): (Vec<_>, Vec<_>) = places.into_iter().partition(|(name, _)| names_rows(name));
    let mut rows = None;
    for (name, place) in first.into_iter().chain(others) {
        let (shape, element) = place.header()?;
        let label = name.clone().unwrap_or_else(|| "the array".into());
        let width = shape.iter().skip(1).product::<usize>();
        let why = match shape.first() {
            None => Some("a single value".to_owned()),
            Some(found) if rows.is_some_and(|rows| rows != *found) => Some(format!("{found} rows")),
            Some(_) if width == 0 || width > MOST_COLUMNS || (element.is_text() && width > 1) => {
                Some(format!("{shape:?}"))
            }
            Some(_) => None,
        };
        if let Some(why) = why {
            notes.push(format!("{label} ({why}) is left out"));
            continue;
        }
        rows = shape.first().copied();
        if element.is_text() {
            if let Some(cells) = arrays::texts(&place)? {
                columns.push(Column { name, cells: Cells::Text(cells), missing: None, fault: None });
            }
            continue;
        }
        let values = place.read()?.0.numbers(&place)?;
        for at in 0..width {
            let cells = values.iter().skip(at).step_by(width);
            let cells = cells.map(|value| if value.is_finite() { *value } else { f64::NAN }).collect();
            let title = match (&name, width) {
                (Some(name), 1) => Some(name.clone()),
                (Some(name), _) => Some(format!("{name}_{}", at + 1)),
                (None, _) => None,
            };
            columns.push(Column { name: title, cells: Cells::Numbers(cells), missing: None, fault: None });
        }
    }
    if rows.is_none_or(|rows| rows == 0) {
        let problem = "holds no array with a value for each row".into();
        return Err(DataError::Table { file: path.to_path_buf(), problem });
    }
    Ok(Sheet { columns, notes, first_line: None })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(csv: &str) -> Annotations {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("table.csv");
        std::fs::write(&path, csv).unwrap();
        read_annotations(&path).unwrap()
    }

    #[test]
    fn few_whole_numbers_truth_and_text_are_categories() {
        let rows: Vec<String> = (0..40)
            .map(|i| format!("p/{i}.png,{},{},{},{i}", i % 3, ["true", "false"][i % 2], i as f32 / 8.0))
            .collect();
        let found = read(&format!("file,kind,glasses,age,count\n{}\n", rows.join("\n")));
        let kinds: Vec<(&str, usize)> = found
            .columns
            .iter()
            .map(|(name, annotation)| match annotation {
                Annotation::Numbers(_) => (name.as_str(), 0),
                Annotation::Categories(labels) => (name.as_str(), labels.classes.len()),
            })
            .collect();
        assert_eq!(kinds, [("kind", 3), ("glasses", 2), ("age", 0), ("count", 0)]);
        assert_eq!(found.files.unwrap()[39], "p/39.png");
        assert_eq!((found.rows, found.index), (40, None));
    }

    #[test]
    fn missing_cells_stay_missing() {
        let found = read("index,age,city\n7,1.5,Oslo\n9,,\n8,2.25,Rome\n");
        assert_eq!(found.index, Some(vec![7, 9, 8]));
        let [(_, Annotation::Numbers(ages)), (_, Annotation::Categories(cities))] = &found.columns[..] else {
            panic!("{found:?}")
        };
        assert!(ages[1].is_nan() && ages[2] == 2.25);
        assert_eq!(cities.classes, ["Oslo", "Rome", crate::UNKNOWN_CLASS]);
        assert_eq!(cities.rows, [0, 2, 1]);
    }
}
