//! Arrays whose values are labels: numbers of any type, text, or one column per class.

use super::place::Place;
use crate::classes::{MOST_CLASSES, name_of_number, of_names};
use crate::error::DataError;
use crate::error::array_problem::ArrayProblem;
use crate::file_record::FileRecord;

/// The class of each row, and the classes' names.
pub(crate) struct ArrayLabels {
    pub labels: Vec<u32>,
    pub classes: Vec<String>,
    pub record: FileRecord,
}

/// Reads labels [n], [n, 1], or one-hot [n, classes]. Numbers and names stay what they are; NaN and empty text are
/// labels that are not known.
///
/// # Errors
/// If the array holds something else.
pub(crate) fn read(place: &Place) -> Result<ArrayLabels, DataError> {
    let (raw, record) = place.read()?;
    let (shape, element) = (raw.shape.clone(), raw.element);
    let refuse = |problem| Err(place.refuse(problem));
    let names: Vec<Option<String>> = if element.is_text() {
        let bytes = raw.in_order(place)?;
        let text = |bytes: &[u8]| element.text(bytes).filter(|text| !text.trim().is_empty());
        bytes.chunks_exact(element.width()).map(text).collect()
    } else {
        let numbers = raw.numbers(place)?;
        let numbers = match shape[..] {
            [_] | [_, 1] => numbers,
            [_, columns] => match one_hot(&numbers, columns) {
                Some(classes) => classes,
                None => {
                    return refuse(ArrayProblem::Shape {
                        found: shape,
                        allowed: "[n], or one-hot [n, classes]",
                    });
                }
            },
            _ => numbers,
        };
        if let Some(index) = numbers.iter().position(|number| number.fract() != 0.0 && !number.is_nan()) {
            return refuse(ArrayProblem::Label { index, value: numbers[index] });
        }
        numbers.into_iter().map(name_of_number).collect()
    };
    if !matches!(shape[..], [_] | [_, _]) || (element.is_text() && !matches!(shape[..], [_] | [_, 1])) {
        return refuse(ArrayProblem::Shape { found: shape, allowed: "[n]" });
    }
    match of_names(&names) {
        Some((labels, classes)) => Ok(ArrayLabels { labels, classes, record }),
        None => refuse(ArrayProblem::Classes { limit: MOST_CLASSES }),
    }
}

/// The column of the 1 in each row, if all other values are 0.
fn one_hot(numbers: &[f64], columns: usize) -> Option<Vec<f64>> {
    let class = |row: &[f64]| {
        let is_hot = row.iter().all(|value| *value == 0.0 || *value == 1.0);
        let ones = row.iter().filter(|value| **value == 1.0).count();
        let at = row.iter().position(|value| *value == 1.0)?;
        (is_hot && ones == 1).then_some(at as f64)
    };
    numbers.chunks_exact(columns.max(1)).map(class).collect()
}
