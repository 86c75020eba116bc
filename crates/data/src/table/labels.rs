//! Labels: the class of each row, with the number and the name that its owner gave it.

use std::collections::HashSet;

use crate::classes::{UNKNOWN_CLASS, class_numbers, name_of_number, of_names};

/// The class of each row.
#[derive(Clone, Debug, PartialEq)]
pub struct Labels {
    /// Position of each row's class in `classes`.
    pub rows: Vec<u32>,
    /// Names of the classes in natural order (2 before 10); [`UNKNOWN_CLASS`] last, where a label is blank.
    pub classes: Vec<String>,
    /// The number of each class as the file has it, else its position; `None` for [`UNKNOWN_CLASS`].
    pub numbers: Vec<Option<i64>>,
}

impl Labels {
    /// From whole numbers, NaN where a row has none. `None` where a number is not whole, or there are too many classes.
    pub(crate) fn from_numbers(cells: &[f64]) -> Option<Self> {
        const EXACT: f64 = 9_007_199_254_740_992.0; // 2⁵³
        let whole = |value: &f64| value.is_nan() || (value.fract() == 0.0 && value.abs() <= EXACT);
        if !cells.iter().all(whole) {
            return None;
        }
        Self::new(&cells.iter().map(|value| name_of_number(*value)).collect::<Vec<_>>())
    }

    /// From names, empty where a row has none; numbers that are written as text are numbers. `None` where there are too
    /// many classes.
    pub(crate) fn from_names(cells: &[String]) -> Option<Self> {
        let number = |cell: &String| match is_unknown(cell) {
            true => Some(f64::NAN),
            false => cell.parse::<f64>().ok().filter(|value| value.is_finite()),
        };
        let numbers: Option<Vec<f64>> = cells.iter().map(number).collect();
        if let Some(labels) = numbers.and_then(|numbers| Self::from_numbers(&numbers)) {
            return Some(labels);
        }
        let name = |cell: &String| (!is_unknown(cell)).then(|| cell.clone());
        Self::new(&cells.iter().map(name).collect::<Vec<_>>())
    }

    fn new(names: &[Option<String>]) -> Option<Self> {
        let (rows, classes) = of_names(names)?;
        Some(Self::of_classes(rows, classes))
    }

    /// Whether they are rather numbers to predict: many, and few rows of each.
    pub(crate) fn are_measured(&self) -> bool {
        const MOST_CLASSES: usize = 50;
        const LEAST_ROWS: usize = 10;
        let kinds = self.numbers.iter().flatten().count();
        kinds > MOST_CLASSES && kinds * LEAST_ROWS > self.rows.len() && kinds + 1 >= self.classes.len()
    }

    /// Of rows whose classes are found already.
    pub(crate) fn of_classes(rows: Vec<u32>, classes: Vec<String>) -> Self {
        let numbers = class_numbers(&classes);
        Self { rows, classes, numbers }
    }

    /// The same numbers under the names that a second column gives; `None` where a class would get two names, or two
    /// classes one.
    pub(crate) fn named(&self, names: &[String]) -> Option<Self> {
        let mut classes: Vec<Option<&String>> = vec![None; self.classes.len()];
        for (row, name) in self.rows.iter().zip(names) {
            let class = &mut classes[*row as usize];
            match class {
                Some(other) if *other != name => return None,
                _ => *class = Some(name),
            }
        }
        let named: Vec<String> = classes
            .iter()
            .zip(&self.classes)
            .map(|(name, number)| match (number.as_str(), name) {
                (UNKNOWN_CLASS, _) | (_, None) => number.clone(),
                (_, Some(name)) => (*name).clone(),
            })
            .collect();
        let distinct: HashSet<&str> = named.iter().map(String::as_str).collect();
        let all_differ = distinct.len() == named.len();
        all_differ.then(|| Self { classes: named, ..self.clone() })
    }
}

/// What says that a row has no label. (`none` may be a class: no defect.)
fn is_unknown(cell: &str) -> bool {
    let cell = cell.to_ascii_lowercase();
    ["", "na", "n/a", "#n/a", "nan", "null", "<na>", "?"].contains(&cell.as_str()) || cell == UNKNOWN_CLASS
}
