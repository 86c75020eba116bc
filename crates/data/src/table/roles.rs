//! What the columns of a table are: coordinates, labels, names of rows, or neither.

use std::collections::HashSet;
use std::path::Path;

use super::columns::{Cells, Column, Sheet, shortened};
use super::contents::Table;
use super::labels::Labels;
use super::options::{LabelSource, TableOptions};
use crate::error::DataError;

/// Columns that usually hold classes, the first that is there. (`y` beside `x` is a coordinate.)
pub(crate) const LABELS: [&str; 10] =
    ["label", "labels", "target", "targets", "y", "class", "classes", "species", "category", "categories"];
/// Columns that hold classes, where no other does and they have few whole numbers or text.
const LIKELY_LABELS: [&str; 13] = [
    "outlier",
    "is_outlier",
    "anomaly",
    "is_anomaly",
    "fraud",
    "is_fraud",
    "attack",
    "ground_truth",
    "gt",
    "class_id",
    "label_id",
    "class_name",
    "digit",
];
/// Columns that may hold classes as well as coordinates.
const DOUBTFUL_LABELS: [&str; 4] = ["outcome", "group", "cluster", "fold"];
/// More numbers than these are no classes in a column that need not hold any.
const FEW_CLASSES: usize = 50;
/// Columns that name a row's file.
pub(crate) const FILES: [&str; 7] =
    ["file", "filename", "file_name", "path", "filepath", "image", "image_path"];
/// Columns that count or name rows.
const COUNTERS: [&str; 8] =
    ["id", "index", "idx", "row", "rowid", "row_id", "unnamed: 0", "__index_level_0__"];
/// Columns `PREFIX1`, `PREFIX2`, … of tables that `embed` and `map` write: where they are, they alone are the point.
const FAMILIES: [&str; 2] = ["mean_", "map_"];
/// So many rows in a column that only counts are no accident.
const LEAST_RUN: usize = 10;

/// Whether a column of this name is usually no coordinate.
pub(crate) fn is_known(name: &str) -> bool {
    let name = name.to_lowercase();
    let known = |names: &[&str]| names.contains(&name.as_str());
    known(&LABELS) || known(&LIKELY_LABELS) || known(&FILES) || known(&COUNTERS)
}

/// Sorts the columns of `sheet` by what they are.
pub(crate) fn table(
    path: &Path,
    stem: &str,
    sheet: Sheet,
    options: &TableOptions,
) -> Result<Table, DataError> {
    let Sheet { columns, mut notes, first_line } = sheet;
    let refuse = |problem: String| match first_line {
        Some(line) => DataError::Csv { file: path.to_path_buf(), line, problem },
        None => DataError::Table { file: path.to_path_buf(), problem },
    };
    if options.array.is_some() {
        return Err(refuse("has no arrays: --array goes with an .npz file".into()));
    }
    let rows = columns.first().map_or(0, Column::rows);
    let label = label_column(path, &columns, &options.label)?;
    let columns: Vec<Column> = (0..)
        .zip(columns)
        .map(|(at, column)| if Some(at) == label { column } else { column.with_truth_as_numbers() })
        .collect();
    let labels = label.map(|at| (at, labels(&columns[at])));
    let named = match &labels {
        Some((_, Some(labels))) => class_names(&columns, labels),
        _ => None,
    };
    let is_asked_for = matches!(options.label, LabelSource::Named(_));
    let measured = !is_asked_for
        && named.is_none()
        && labels.iter().any(|(_, labels)| labels.as_ref().is_some_and(Labels::are_measured));
    let file = file_column(&columns);
    let taken = [label, file, named.as_ref().map(|(at, _)| *at)];
    let coordinates = coordinates(&columns, label, taken, &mut notes);
    if coordinates.is_empty() {
        return Err(refuse("no column holds numbers of a point".into()));
    }
    if let Some(at) = file.filter(|at| columns[*at].name.is_none()) {
        notes.push(format!("column {} (text) is taken for the names of the rows", at + 1));
    }
    if let Some((at, labels)) = &labels {
        let column = columns[*at].label(*at);
        match labels {
            Some(labels) if measured => notes.push(format!(
                "column {column} is left out: {} different numbers in {rows} rows are no classes (--label {column} takes \
                 them for some)",
                labels.classes.len()
            )),
            Some(_) if columns[*at].is(&LABELS[..1]) => {}
            Some(labels) => notes.push(format!("column {column} holds the classes: {}", some(&labels.classes))),
            None => {
                let why = no_classes(&columns[*at]);
                if is_asked_for {
                    return Err(refuse(format!("column {column} holds no classes: {why}")));
                }
                notes.push(format!("column {column} is left out: {why}"));
            }
        }
    }
    let names: Vec<String> = coordinates.iter().map(|at| columns[*at].label(*at)).collect();
    let mut numbers = Vec::with_capacity(coordinates.len());
    for (at, name) in coordinates.iter().zip(&names) {
        if let Some(fault) = &columns[*at].fault {
            return Err(fault.refuse(path, name));
        }
        if let Cells::Numbers(values) = &columns[*at].cells {
            numbers.push(values.as_slice());
        }
    }
    // The first column where two lack the same row.
    let missing =
        coordinates.iter().zip(&names).filter_map(|(at, name)| Some((columns[*at].missing.as_ref()?, name)));
    let missing = missing.min_by_key(|(cell, _)| cell.row).map(|(cell, name)| (cell.clone(), name.clone()));
    let values = (0..rows).flat_map(|row| numbers.iter().map(move |column| column[row])).collect();
    if label.is_none() && options.label != LabelSource::Nothing {
        notes.extend(coordinates.iter().filter_map(|at| doubt(&columns[*at])));
    }
    let labels = labels.and_then(|(_, labels)| labels).filter(|_| !measured);
    Ok(Table {
        name: stem.to_owned(),
        columns: names,
        values,
        labels: named.map(|(_, labels)| labels).or(labels),
        files: file.map(|at| text(&columns[at])),
        index: columns.iter().find(|column| column.is(&["index"])).and_then(positions),
        notes,
        path: path.to_path_buf(),
        missing,
    })
}

/// The positions of the columns that are coordinates: of a family only its members, else all that hold numbers of points
/// and are not `taken` for something else.
fn coordinates(
    columns: &[Column],
    label: Option<usize>,
    taken: [Option<usize>; 3],
    notes: &mut Vec<String>,
) -> Vec<usize> {
    let rows = columns.first().map_or(0, Column::rows);
    let family = FAMILIES.into_iter().find(|prefix| columns.iter().any(|column| is_member(column, prefix)));
    let (mut coordinates, mut strangers) = (Vec::new(), Vec::new());
    for (at, column) in columns.iter().enumerate() {
        let outside = family.is_some_and(|prefix| !is_member(column, prefix));
        match why_left_out(column, at, rows, columns, label) {
            _ if taken.contains(&Some(at)) || (outside && column.is(&["label", "class"])) => {}
            Some(why) if !outside => notes.push(format!("column {} ({why}) is left out", column.label(at))),
            _ if outside => strangers.push(column.label(at)),
            _ => coordinates.push(at),
        }
    }
    if let Some(prefix) = family.filter(|_| !strangers.is_empty()) {
        notes.push(format!("columns {prefix}… are the points; left out: {}", some(&strangers)));
    }
    coordinates
}

/// Why a column is neither a coordinate nor anything else; `None` for a coordinate.
fn why_left_out(
    column: &Column,
    at: usize,
    rows: usize,
    columns: &[Column],
    label: Option<usize>,
) -> Option<String> {
    let whole = column.whole_numbers();
    let counts = whole.is_some_and(|values| values.windows(2).all(|pair| pair[1] == pair[0] + 1.0));
    let unnamed = column.name.is_none();
    let headed = columns.iter().any(|column| column.name.is_some());
    let others = columns.len() > 1;
    if column.is_blank() {
        return Some("blank".into());
    }
    if let (Cells::Text(cells), None) = (&column.cells, &column.fault) {
        return Some(text_of(cells, column, at, label));
    }
    if counts && others && (rows >= LEAST_RUN || (unnamed && headed)) {
        return Some(if unnamed { "unnamed, running integers".into() } else { "running integers".into() });
    }
    let names_rows = at == 0 && unnamed && headed && others;
    if whole.is_some() && (names_rows || column.is(&COUNTERS)) {
        return Some(if unnamed { "unnamed, numbers of rows".into() } else { "numbers of rows".into() });
    }
    if whole.is_some() && column.name.as_deref().is_some_and(is_id) && !column.is(&LIKELY_LABELS) && others {
        return Some("whole numbers, by its name ids".into());
    }
    if is_likely_label(column) {
        return Some("by its name no coordinate".into());
    }
    let is_coordinate_y = column.is(&["y"]) && columns.iter().any(|column| column.is(&["x"]));
    if column.is(&LABELS) && !is_coordinate_y {
        return Some("by its name no coordinate".into());
    }
    None
}

/// Whether a column of this name says what each row belongs to: `user_id`, `customerId`.
fn is_id(name: &str) -> bool {
    let before = name.strip_suffix("Id").or(name.strip_suffix("ID"));
    let is_camel = before.is_some_and(|before| before.ends_with(|letter: char| letter.is_ascii_lowercase()));
    is_camel || name.to_lowercase().ends_with("_id")
}

/// Whether a column has the name and the values of classes, though the name alone would not say so.
fn is_likely_label(column: &Column) -> bool {
    let few = match &column.cells {
        Cells::Numbers(values) => {
            let classes = values.iter().filter(|value| !value.is_nan()).map(|value| value.to_bits());
            let whole = values.iter().all(|value| value.is_nan() || value.fract() == 0.0);
            whole && classes.collect::<HashSet<_>>().len() <= FEW_CLASSES
        }
        Cells::Text(_) => column.fault.is_none(),
    };
    column.is(&LIKELY_LABELS) && few
}

/// What to say of a coordinate that may hold classes.
fn doubt(column: &Column) -> Option<String> {
    let values = column.whole_numbers().filter(|_| column.is(&DOUBTFUL_LABELS))?;
    let name = column.name.as_deref()?;
    let two = values.iter().all(|value| *value == 0.0 || *value == 1.0);
    two.then(|| format!("column {name} holds only 0 and 1; --label {name} takes it for classes"))
}

/// What a column of text holds, and how to use it where it may hold classes.
fn text_of(cells: &[String], column: &Column, at: usize, label: Option<usize>) -> String {
    let mut distinct: Vec<&String> = cells.iter().collect();
    distinct.sort_unstable();
    distinct.dedup();
    let example = distinct.iter().find(|cell| !cell.is_empty()).map_or("", |cell| cell.as_str());
    let example = shortened(example);
    match label.is_none() && distinct.len() > 1 && distinct.len() * 2 <= cells.len() {
        true => format!("text: {example:?}, …; --label {} takes it for the classes", column.label(at)),
        false => format!("text: {example:?}, …"),
    }
}

fn is_member(column: &Column, prefix: &str) -> bool {
    let number = column.name.as_deref().and_then(|name| name.strip_prefix(prefix));
    number.is_some_and(|number| number.parse::<u32>().is_ok())
}

/// The column that holds the classes.
fn label_column(path: &Path, columns: &[Column], label: &LabelSource) -> Result<Option<usize>, DataError> {
    let position =
        |is: &dyn Fn(&str) -> bool| columns.iter().position(|column| column.name.as_deref().is_some_and(is));
    let of_name = |wanted: &str| {
        position(&|name| name == wanted).or_else(|| position(&|name| name.eq_ignore_ascii_case(wanted)))
    };
    match label {
        LabelSource::Nothing => Ok(None),
        LabelSource::NamedOrUsual(wanted) => match of_name(wanted) {
            Some(at) => Ok(Some(at)),
            None => label_column(path, columns, &LabelSource::Usual),
        },
        LabelSource::Usual => {
            let has_x = columns.iter().any(|column| column.is(&["x"]));
            let usual = LABELS.into_iter().filter(|name| *name != "y" || !has_x);
            let of_usual_name = |name| columns.iter().position(|column| column.is(&[name]));
            let mut there = usual.filter_map(of_usual_name);
            let mut likely = LIKELY_LABELS.into_iter().filter_map(of_usual_name);
            let found = there.find(|at| !columns[*at].is_blank());
            Ok(found.or_else(|| likely.find(|at| !columns[*at].is_blank() && is_likely_label(&columns[*at]))))
        }
        LabelSource::Named(wanted) => {
            let number = wanted.parse::<usize>().ok().filter(|number| (1..=columns.len()).contains(number));
            let found = of_name(wanted).or(number.map(|number| number - 1));
            found.map(Some).ok_or_else(|| {
                let names: Vec<String> =
                    columns.iter().enumerate().map(|(at, column)| column.label(at)).collect();
                let problem = format!("has no column {wanted:?} of labels; its columns are {}", some(&names));
                DataError::Table { file: path.to_path_buf(), problem }
            })
        }
    }
}

fn labels(column: &Column) -> Option<Labels> {
    match &column.cells {
        Cells::Numbers(values) => Labels::from_numbers(values),
        Cells::Text(cells) => Labels::from_names(cells),
    }
}

fn no_classes(column: &Column) -> String {
    let fraction = match &column.cells {
        Cells::Numbers(values) => values.iter().find(|value| value.fract() != 0.0 && !value.is_nan()),
        Cells::Text(_) => None,
    };
    match fraction {
        Some(value) => format!("{value} is no class"),
        None => "it has too many different values".into(),
    }
}

/// The names that a column `class` or `class_name` gives the classes of another column.
fn class_names(columns: &[Column], labels: &Labels) -> Option<(usize, Labels)> {
    let at = columns.iter().position(|column| column.is(&["class", "class_name"]))?;
    let Cells::Text(names) = &columns[at].cells else { return None };
    Some((at, labels.named(names)?))
}

pub(super) fn file_column(columns: &[Column]) -> Option<usize> {
    let is_text = |column: &&Column| matches!(column.cells, Cells::Text(_)) && column.fault.is_none();
    let named = FILES
        .into_iter()
        .find_map(|name| columns.iter().position(|column| column.is(&[name]) && is_text(&column)));
    named.or_else(|| {
        let distinct = |column: &&Column| {
            let mut cells = text(column);
            cells.sort_unstable();
            cells.windows(2).all(|pair| pair[0] != pair[1])
        };
        columns.first().filter(|column| column.name.is_none()).filter(is_text).filter(distinct).map(|_| 0)
    })
}

pub(super) fn text(column: &Column) -> Vec<String> {
    match &column.cells {
        Cells::Text(cells) => cells.clone(),
        Cells::Numbers(values) => values.iter().map(f64::to_string).collect(),
    }
}

pub(super) fn positions(column: &Column) -> Option<Vec<u64>> {
    let values = column.whole_numbers()?;
    values.iter().all(|value| *value >= 0.0).then(|| values.iter().map(|value| *value as u64).collect())
}

/// Names for a message, not more than one can read.
pub(crate) fn some(names: &[String]) -> String {
    const MOST: usize = 8;
    let more = (names.len() > MOST).then(|| format!("… ({} in all)", names.len()));
    names.iter().take(MOST).map(|name| shortened(name)).chain(more).collect::<Vec<_>>().join(", ")
}
