//! What tells the rows of a table apart: position, file, class.

use data::{Dataset, UNKNOWN_CLASS, class_numbers};

use crate::arrays::{RowTable, Values};

/// What is known of each row besides its values.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RowNames {
    /// Position in the whole set.
    pub index: Vec<u64>,
    /// File, where there is one.
    pub files: Option<Vec<String>>,
    /// Class of each row.
    pub labels: Option<Vec<u32>>,
    /// Name of each class.
    pub classes: Vec<String>,
    /// Its owner's number of each class; `None` for the unknown one.
    pub numbers: Vec<Option<i64>>,
}

impl RowNames {
    /// Those of the images of `set`.
    pub fn of(set: &Dataset) -> Self {
        let file = |i: usize| set.file_name(i).map(str::to_owned);
        Self {
            index: (0..set.len()).map(|i| set.position(i) as u64).collect(),
            files: (0..set.len()).map(file).collect(),
            labels: set.labels(),
            classes: set.classes().to_vec(),
            numbers: class_numbers(set.classes()),
        }
    }

    /// The same of some rows.
    pub fn subset(&self, rows: &[u32]) -> Self {
        let pick = |row: &u32| *row as usize;
        Self {
            index: rows.iter().map(|row| self.index[pick(row)]).collect(),
            files: self.files.as_ref().map(|files| rows.iter().map(|row| files[pick(row)].clone()).collect()),
            labels: self.labels.as_ref().map(|labels| rows.iter().map(|row| labels[pick(row)]).collect()),
            ..self.clone()
        }
    }

    /// Whether the class of each row is known; `None` where there are no labels.
    pub fn known(&self) -> Option<Vec<bool>> {
        let labels = self.labels.as_ref()?;
        let is_known =
            |label: &u32| self.classes.get(*label as usize).is_none_or(|name| name != UNKNOWN_CLASS);
        Some(labels.iter().map(is_known).collect())
    }

    /// Adds `index` and `file`.
    pub fn add_places(&self, table: &mut RowTable) {
        table.add("index", Values::Whole(self.index.iter().map(|index| *index as i64).collect()));
        if let Some(files) = &self.files {
            table.add("file", Values::Text(files.clone()));
        }
    }

    /// Adds `label` (the owner's numbers, NaN where there is none), `class` (names) and beside them `classes` (all names).
    pub fn add_classes(&self, table: &mut RowTable) {
        let Some(labels) = &self.labels else { return };
        let number =
            |label: &u32| self.numbers.get(*label as usize).copied().unwrap_or(Some(i64::from(*label)));
        let numbers: Option<Vec<i64>> = labels.iter().map(number).collect();
        let with_gaps =
            || labels.iter().map(|label| number(label).map_or(f64::NAN, |number| number as f64)).collect();
        table.add("label", numbers.map_or_else(|| Values::Doubles(with_gaps()), Values::Whole));
        let name = |label: &u32| self.classes.get(*label as usize).cloned().unwrap_or_default();
        table.add("class", Values::Text(labels.iter().map(name).collect()));
        table.add_aside("classes", Values::Text(self.classes.clone()));
    }
}

/// What image `i` of `set` is called: its file, or its position, `#12`.
pub fn name_of(set: &Dataset, i: usize) -> String {
    match set.file_name(i) {
        Some(file) => file.to_owned(),
        None => format!("#{}", set.position(i)),
    }
}

/// The end of a file's name, by which files of a folder differ, short enough to stand below an image.
pub fn ending(file: &str) -> String {
    const LONGEST: usize = 18;
    match file.chars().count() {
        length if length > LONGEST => {
            format!("…{}", file.chars().skip(length - LONGEST + 1).collect::<String>())
        }
        _ => file.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::ending;

    #[test]
    fn long_names_keep_their_ends() {
        assert_eq!(ending("cats/00017.png"), "cats/00017.png");
        assert_eq!(ending("a-photograph-of-été-2026.png"), "…h-of-été-2026.png");
        assert_eq!(ending("a-photograph-of-été-2026.png").chars().count(), 18);
    }
}
