//! From the labels that owners give, numbers or names, to classes.

use std::collections::{BTreeSet, HashMap};

use crate::natural_order;

/// The class of what has no label: a blank cell, NaN. Always the last one of a set's classes; it takes part in no
/// measure of classes.
pub const UNKNOWN_CLASS: &str = "(unknown)";

/// The number that tables write for each class: that of its name, where all names but [`UNKNOWN_CLASS`] are whole
/// numbers (so that −1, 4 and 10 stay what they are), else its position. `None` for [`UNKNOWN_CLASS`].
///
/// ```
/// let names = |names: &[&str]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
/// assert_eq!(data::class_numbers(&names(&["-1", "4", "(unknown)"])), [Some(-1), Some(4), None]);
/// assert_eq!(data::class_numbers(&names(&["cat", "7"])), [Some(0), Some(1)]);
/// ```
pub fn class_numbers(classes: &[String]) -> Vec<Option<i64>> {
    let known = |name: &&String| *name != UNKNOWN_CLASS;
    let numbered = classes.iter().filter(known).all(|name| name.parse::<i64>().is_ok());
    let number = |(position, name): (i64, &String)| match (name == UNKNOWN_CLASS, numbered) {
        (true, _) => None,
        (false, true) => name.parse().ok(),
        (false, false) => Some(position),
    };
    (0..).zip(classes).map(number).collect()
}

/// More classes than this are no classes.
pub(crate) const MOST_CLASSES: usize = 65_536;

/// The position of each label among the classes, and the classes' names in natural order. `None` is
/// [`UNKNOWN_CLASS`], the last one. Gives nothing where there are more than [`MOST_CLASSES`].
pub(crate) fn of_names(labels: &[Option<String>]) -> Option<(Vec<u32>, Vec<String>)> {
    let known: BTreeSet<&str> = labels.iter().flatten().map(String::as_str).collect();
    if known.len() > MOST_CLASSES {
        return None;
    }
    let mut classes: Vec<String> = known.into_iter().map(str::to_owned).collect();
    classes.sort_by(|a, b| natural_order::compare(a, b));
    if labels.iter().any(Option::is_none) {
        classes.push(UNKNOWN_CLASS.to_owned());
    }
    let positions: HashMap<&str, u32> = classes.iter().map(String::as_str).zip(0..).collect();
    let position = |label: &Option<String>| positions[label.as_deref().unwrap_or(UNKNOWN_CLASS)];
    Some((labels.iter().map(position).collect(), classes.clone()))
}

/// A whole number as a label; nothing for NaN.
pub(crate) fn name_of_number(number: f64) -> Option<String> {
    (!number.is_nan()).then(|| format!("{number}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_keep_their_names_and_numbers() {
        let label = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let classes = |labels: &[&str]| of_names(&labels.iter().map(|text| label(text)).collect::<Vec<_>>());
        let (labels, names) = classes(&["10", "-1", "4", "10"]).unwrap();
        assert_eq!((labels, names), (vec![2, 0, 1, 2], ["-1", "4", "10"].map(String::from).to_vec()));
        let (labels, names) = classes(&["cat", "", "ant"]).unwrap();
        assert_eq!(labels, [1, 2, 0]);
        assert_eq!(names, ["ant", "cat", UNKNOWN_CLASS]);
        let many: Vec<String> = (0..=MOST_CLASSES).map(|i| i.to_string()).collect();
        assert!(of_names(&many.into_iter().map(Some).collect::<Vec<_>>()).is_none());
    }
}
