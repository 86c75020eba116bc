//! Columns that the owner of the images adds, from a table of theirs.

use std::collections::HashMap;
use std::path::Path;

use data::{Annotation, Annotations, Dataset, UNKNOWN_CLASS, read_annotations};
use explorer::{Part, Precision, payload};

use super::page_parts::PageParts;
use crate::error::Error;
use crate::lab::Lab;
use crate::numbers::{count, grouped};

/// The columns of a table, and the row of each point.
pub struct OwnerColumns {
    columns: Vec<(String, Annotation)>,
    /// `None` of a point that the table has no row for.
    rows: Vec<Option<usize>>,
    file: String,
}

impl OwnerColumns {
    /// Reads the table at `path` and finds the rows of the images of `shown`, which are at even distances among `all`: by their
    /// files' names, else by their positions in the whole set, else by their order.
    pub fn read(path: &Path, shown: &Dataset, all: usize, lab: &Lab) -> Result<Self, Error> {
        let Annotations { columns, rows, files, index, notes } = read_annotations(path)?;
        let file = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        for note in notes {
            lab.note(format_args!("{file}: {note}"));
        }
        let option = format!("--columns {}", path.display());
        let found = match (files, index) {
            (Some(files), _) if shown.file_name(0).is_some() => by_name(&files, shown, &option)?,
            (_, Some(index)) => by_position(&index, shown, &option)?,
            _ if rows == all => (0..shown.len()).map(|at| Some(at * all / shown.len())).collect(),
            _ => {
                let refusal = Error::refused(format!(
                    "{option}: has {} for {}",
                    count(rows, "row"),
                    count(all, "image")
                ));
                return Err(refusal.hint("a column `file` or `index` says which image a row belongs to"));
            }
        };
        let without = found.iter().filter(|row| row.is_none()).count();
        if without > 0 {
            lab.note(format_args!("{file}: {} have no row", count(without, "point")));
        }
        Ok(Self { columns, rows: found, file })
    }

    /// Keeps the columns; one whose name is `taken` gets the file's beside it.
    pub fn kept(self, taken: &[String], page: &mut PageParts) -> Vec<payload::Column> {
        let Self { columns, rows, file } = self;
        let mut names: Vec<String> = taken.to_vec();
        let mut kept = Vec::new();
        for (name, annotation) in columns {
            let name = if names.contains(&name) { format!("{name} ({file})") } else { name };
            names.push(name.clone());
            let about = format!("From {file}.");
            kept.push(match annotation {
                Annotation::Numbers(values) => {
                    let value = |row: &Option<usize>| row.map_or(f32::NAN, |row| values[row] as f32);
                    let values: Vec<f32> = rows.iter().map(value).collect();
                    let values = page.blobs.floats(Part::Columns, &[rows.len()], &values, Precision::Single);
                    payload::Column::Number { name, unit: String::new(), about, values }
                }
                Annotation::Categories(labels) => {
                    let mut names = labels.classes;
                    let is_missing = rows.iter().any(Option::is_none);
                    if is_missing && names.last().is_none_or(|name| name != UNKNOWN_CLASS) {
                        names.push(UNKNOWN_CLASS.into());
                    }
                    let unknown = names.len() as u32 - 1;
                    let value = |row: &Option<usize>| row.map_or(unknown, |row| labels.rows[row]);
                    let values: Vec<u32> = rows.iter().map(value).collect();
                    let values = page.blobs.categories(Part::Columns, &values);
                    payload::Column::Category { name, about, values, names }
                }
            });
        }
        kept
    }
}

/// The rows of the images by the names of their files: whole, or without folders that only one of the two names. A name that
/// is there twice, or might be of two images, is refused.
fn by_name(files: &[String], shown: &Dataset, option: &str) -> Result<Vec<Option<usize>>, Error> {
    let mut places: HashMap<&str, Option<usize>> = HashMap::new();
    let names: Vec<&str> = (0..shown.len()).filter_map(|at| shown.file_name(at)).collect();
    for (at, name) in names.iter().enumerate() {
        for ending in endings(name) {
            // An ending of several images' names is none's.
            places.entry(ending).and_modify(|place| *place = None).or_insert(Some(at));
        }
    }
    for (at, name) in names.iter().enumerate() {
        places.insert(name, Some(at));
    }
    let mut rows = vec![None; shown.len()];
    for (row, file) in files.iter().enumerate() {
        let file = file.replace('\\', "/");
        let Some(at) = endings(&file).find_map(|ending| places.get(ending).copied().flatten()) else {
            continue;
        };
        if let Some(before) = rows[at].replace(row) {
            return Err(twice(option, names[at], before, row));
        }
    }
    if rows.iter().all(Option::is_none) {
        let refusal = Error::refused(format!(
            "{option}: none of its rows is of an image on the map: it names {:?}",
            files[0]
        ));
        return Err(refusal.hint(format!("the images are called like {:?}", names[0])));
    }
    Ok(rows)
}

/// The name, and what is left of it without the first folder, the first two, ….
fn endings(name: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(name), |name| name.split_once('/').map(|(_, rest)| rest))
}

/// The rows of the images by their positions in the whole set.
fn by_position(index: &[u64], shown: &Dataset, option: &str) -> Result<Vec<Option<usize>>, Error> {
    let places: HashMap<u64, usize> = (0..shown.len()).map(|at| (shown.position(at) as u64, at)).collect();
    let mut rows = vec![None; shown.len()];
    for (row, position) in index.iter().enumerate() {
        let Some(at) = places.get(position) else { continue };
        if let Some(before) = rows[*at].replace(row) {
            return Err(twice(option, &format!("index {position}"), before, row));
        }
    }
    if rows.iter().all(Option::is_none) {
        let refusal = Error::refused(format!("{option}: none of its rows is of an image on the map"));
        let (first, last) = (shown.position(0), shown.position(shown.len() - 1));
        return Err(refusal.hint(format!(
            "column index counts images in the whole set; those on the map go from {} to {}",
            grouped(first),
            grouped(last)
        )));
    }
    Ok(rows)
}

fn twice(option: &str, what: &str, before: usize, row: usize) -> Error {
    Error::refused(format!(
        "{option}: rows {} and {}, counted from 1, are both of {what}",
        before + 1,
        row + 1
    ))
}

#[cfg(test)]
mod tests {
    use data::ImageShape;

    use super::*;

    fn named(names: &[&str]) -> Dataset {
        let pixels = vec![0; names.len()];
        let set = Dataset::from_bytes("set", ImageShape::new(1, 1, 1), pixels).unwrap();
        set.with_file_names(names.iter().map(ToString::to_string).collect()).unwrap()
    }

    fn rows(files: &[&str], names: &[&str]) -> Result<Vec<Option<usize>>, String> {
        let files: Vec<String> = files.iter().map(ToString::to_string).collect();
        by_name(&files, &named(names), "--columns t.csv").map_err(|error| error.to_string())
    }

    #[test]
    fn rows_find_their_images_by_name() {
        let images = ["a/1.png", "a/2.png", "b/1.png"];
        assert_eq!(
            rows(&["b/1.png", "2.png", "/home/x/a/1.png"], &images),
            Ok(vec![Some(2), Some(1), Some(0)])
        );
        assert_eq!(rows(&["C:\\x\\a\\2.png", "3.png"], &images), Ok(vec![None, Some(0), None]));
        // 1.png might be of two images.
        assert!(rows(&["1.png"], &images).unwrap_err().contains("none of its rows"));
        let twice = rows(&["a/2.png", "2.png"], &images).unwrap_err();
        assert!(twice.contains("rows 1 and 2, counted from 1, are both of a/2.png"), "{twice}");
    }

    #[test]
    fn positions_are_those_of_the_whole_set() {
        let set = Dataset::from_bytes("set", ImageShape::new(1, 1, 1), vec![0; 9]).unwrap();
        let shown = set.subset(&[8, 2]).unwrap();
        assert_eq!(by_position(&[2, 5, 8], &shown, "").unwrap(), [Some(2), Some(0)]);
        assert!(by_position(&[1], &shown, "").is_err());
        assert!(by_position(&[2, 2], &shown, "").is_err());
    }
}
