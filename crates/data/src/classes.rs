//! From the labels that owners give, numbers or names, to classes.

use std::collections::{BTreeSet, HashMap};

use crate::dataset::UNKNOWN_CLASS;
use crate::natural;

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
    classes.sort_by(|a, b| natural::compare(a, b));
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
