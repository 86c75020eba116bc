//! Tables of points that are not images: anyone's embeddings, from `.npy`, `.npz` or `.csv` files.

use std::path::Path;

use crate::array::{self, Place, Raw, in_order};
use crate::error::reserve;
use crate::{ArrayProblem, DataError, regular};

/// Rows of numbers, with what is known of their classes.
#[derive(Clone, Debug, PartialEq)]
pub struct Points {
    /// The file's name without folder and extension.
    pub name: String,
    /// Row after row, all finite, `[rows, columns]`.
    pub values: Vec<f32>,
    /// Values per row; at least 1.
    pub columns: usize,
    /// The class of each row, where the file says so.
    pub labels: Option<Vec<u32>>,
    /// Name of each class by label; empty without labels.
    pub classes: Vec<String>,
}

impl Points {
    /// Number of rows; at least 1.
    pub fn rows(&self) -> usize {
        self.values.len() / self.columns
    }
}

/// Arrays of an `.npz` file that hold points, the first that is there.
const POINTS: [&str; 3] = ["x", "mean", "map"];
/// Arrays of an `.npz` file that hold labels.
const LABELS: [&str; 2] = ["label", "y"];
/// More labels than this are no classes.
const MOST_CLASSES: u32 = 65_536;

/// Reads a table of points.
///
/// - `.npy`: one array, [rows, columns]; more dimensions are flattened into the columns.
/// - `.npz`: array `x`, `mean` or `map`, and labels in `label` or `y` where they are there.
/// - `.csv`: numbers with commas between. With a header, the column `label` (numbers or names) and `class`
///   (names) say the class, `file` is passed over, and where there are columns `mean_1`, `mean_2`, … only these
///   are the point, so that what `embed` writes can be read.
///
/// Numbers of any width come to f32; all must be finite.
///
/// # Errors
/// Any [`DataError`], with file and place.
pub fn load_points(path: &Path) -> Result<Points, DataError> {
    let extension = path.extension().map(|extension| extension.to_string_lossy().to_ascii_lowercase());
    let name = path.file_stem().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    match extension.as_deref() {
        Some("npy") => {
            let (raw, place) = array::whole_file(path)?;
            let (values, columns) = numbers(raw, &place)?;
            Ok(Points { name, values, columns, labels: None, classes: Vec::new() })
        }
        Some("npz") => load_npz(path, name),
        Some("csv") => load_csv(path, name),
        _ => Err(DataError::Folder {
            path: path.to_path_buf(),
            problem: "is no table of points: must be a .npy, .npz or .csv file".into(),
        }),
    }
}

fn load_npz(path: &Path, name: String) -> Result<Points, DataError> {
    let place = |member: &str| Place { file: path.into(), member: Some(member.into()) };
    let mut archive = array::archive(path)?;
    let there = |wanted: &[&'static str]| {
        wanted.iter().copied().find(|wanted| archive.names.iter().any(|name| name == wanted))
    };
    let label = there(&LABELS);
    let points = there(&POINTS).unwrap_or(POINTS[0]); // reading it says that it is missing
    let (raw, _) = array::member(&mut archive, &place(points))?;
    let (values, columns) = numbers(raw, &place(points))?;
    let Some(label) = label else {
        return Ok(Points { name, values, columns, labels: None, classes: Vec::new() });
    };
    let (raw, _) = array::member(&mut archive, &place(label))?;
    let labels = array::labels(raw, &place(label))?;
    let rows = values.len() / columns;
    if labels.len() != rows {
        return Err(place(label).refuse(ArrayProblem::Rows {
            found: labels.len(),
            expected: rows,
            of: points,
        }));
    }
    let classes = numerals(&labels);
    Ok(Points { name, values, columns, labels: Some(labels), classes })
}

fn numerals(labels: &[u32]) -> Vec<String> {
    (0..labels.iter().max().map_or(0, |largest| largest + 1)).map(|class| class.to_string()).collect()
}

/// Values as f32 and the columns of a row.
fn numbers(raw: Raw, place: &Place) -> Result<(Vec<f32>, usize), DataError> {
    // Where there are no bytes, the sides beside the 0 may have any product.
    if raw.shape.len() < 2 || raw.bytes.is_empty() {
        let allowed = "[rows, columns], both at least 1";
        return Err(place.refuse(ArrayProblem::Shape { found: raw.shape, allowed }));
    }
    let columns = raw.shape.iter().skip(1).product::<usize>();
    let mut values: Vec<f32> =
        reserve(raw.shape.iter().product::<usize>(), place.label().display().to_string())?;
    macro_rules! read {
        ($kind:ty) => {
            values.extend(
                raw.bytes.chunks_exact(size_of::<$kind>()).map(|bytes| {
                    bytes.try_into().map_or(f32::NAN, |bytes| <$kind>::from_le_bytes(bytes) as f32)
                }),
            )
        };
    }
    match raw.descriptor.trim_start_matches(['<', '|']) {
        "f4" => read!(f32),
        "f8" => read!(f64),
        "u1" => read!(u8),
        "u2" => read!(u16),
        "u4" => read!(u32),
        "u8" => read!(u64),
        "i1" => read!(i8),
        "i2" => read!(i16),
        "i4" => read!(i32),
        "i8" => read!(i64),
        _ => {
            let allowed = "a float or an integer type";
            return Err(place.refuse(ArrayProblem::Type { found: raw.descriptor, allowed }));
        }
    }
    let values = in_order(values, &raw.shape, raw.fortran, place)?;
    match values.iter().position(|value| !value.is_finite()) {
        Some(index) => Err(place.refuse(ArrayProblem::NonFinite { index, value: values[index] })),
        None => Ok((values, columns)),
    }
}

/// What a column of a CSV file is.
#[derive(Clone, Copy, PartialEq)]
enum Column {
    Value,
    Label,
    Class,
    Other,
}

fn load_csv(path: &Path, name: String) -> Result<Points, DataError> {
    let refuse = |line: u64, problem: String| DataError::Csv { file: path.to_path_buf(), line, problem };
    let (file, _) = regular::open(path)?;
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).trim(csv::Trim::All).flexible(true).from_reader(file);
    let mut columns: Vec<Column> = Vec::new();
    let mut names: Vec<String> = Vec::new();
    let (mut values, mut labels, mut classes) = (Vec::new(), Vec::new(), Vec::new());
    for record in reader.records() {
        let record = record.map_err(|error| {
            let line = error.position().map_or(0, csv::Position::line);
            match error.into_kind() {
                csv::ErrorKind::Io(source) => {
                    DataError::Io { path: path.to_path_buf(), action: "read", source }
                }
                _ => refuse(line, "is not text in UTF-8".into()),
            }
        })?;
        let line = record.position().map_or(0, csv::Position::line);
        if columns.is_empty() {
            let is_header = record.iter().any(|cell| cell.parse::<f64>().is_err());
            columns = if is_header { roles(&record) } else { vec![Column::Value; record.len()] };
            names = record.iter().map(str::to_owned).collect();
            if !columns.contains(&Column::Value) {
                return Err(refuse(line, "no column holds numbers of a point".into()));
            }
            if is_header {
                continue;
            }
            names = (1..=columns.len()).map(|column| column.to_string()).collect();
        }
        if record.len() != columns.len() {
            let problem = format!("{} cells where the first line has {}", record.len(), columns.len());
            return Err(refuse(line, problem));
        }
        for (index, (cell, column)) in record.iter().zip(&columns).enumerate() {
            match column {
                Column::Value => match cell.parse::<f32>() {
                    Ok(value) if value.is_finite() => values.push(value),
                    _ => {
                        let problem = format!("column {} is {cell:?}: must be a finite number", names[index]);
                        return Err(refuse(line, problem));
                    }
                },
                Column::Label => labels.push(cell.to_owned()),
                Column::Class => classes.push(cell.to_owned()),
                Column::Other => {}
            }
        }
    }
    if values.is_empty() {
        return Err(refuse(1, "holds no rows of numbers".into()));
    }
    let columns = columns.iter().filter(|column| **column == Column::Value).count();
    let (labels, classes) = label_rows(labels, classes);
    Ok(Points { name, values, columns, labels, classes })
}

/// What the columns of a header are.
fn roles(header: &csv::StringRecord) -> Vec<Column> {
    let is_mean = |name: &str| name.strip_prefix("mean_").is_some_and(|rest| rest.parse::<u32>().is_ok());
    let from_embed = header.iter().any(is_mean);
    header
        .iter()
        .map(|name| match name.to_ascii_lowercase().as_str() {
            "label" => Column::Label,
            "class" => Column::Class,
            "file" => Column::Other,
            name if from_embed && !is_mean(name) => Column::Other,
            _ => Column::Value,
        })
        .collect()
}

/// Labels as numbers and the classes' names, from the cells of `label` and `class`, each of which may be absent.
fn label_rows(labels: Vec<String>, names: Vec<String>) -> (Option<Vec<u32>>, Vec<String>) {
    let label = |cell: &String| cell.parse::<u32>().ok().filter(|label| *label < MOST_CLASSES);
    let numbered: Option<Vec<u32>> = labels.iter().map(label).collect();
    match numbered {
        Some(labels) if !labels.is_empty() => {
            let mut classes = numerals(&labels);
            for (label, name) in labels.iter().zip(names) {
                classes[*label as usize] = name;
            }
            (Some(labels), classes)
        }
        // Names: numbered in alphabetical order.
        _ => {
            let cells = if labels.is_empty() { names } else { labels };
            if cells.is_empty() {
                return (None, Vec::new());
            }
            let mut classes = cells.clone();
            classes.sort_unstable();
            classes.dedup();
            let number = |cell: &String| classes.partition_point(|class| class < cell) as u32;
            (Some(cells.iter().map(number).collect()), classes)
        }
    }
}
