//! Tables whose rows are images, as Kaggle gives MNIST and Fashion-MNIST: a label, then the pixels one by one.

use super::contents::Table;
use crate::array::square;
use crate::classes::{name_of_number, of_names};
use crate::dataset::Dataset;
use crate::error::DataError;
use crate::pixels::Pixels;
use crate::pool::Pool;
use crate::shape::ImageShape;

/// The least side of images in tables; shorter rows may as well be anything.
const LEAST_SIDE: usize = 8;
/// The largest number of a class in a first column without a name.
const LARGEST_CLASS: f64 = 99.0;

/// The images that the rows of `table` are; `None` where they are numbers like any others. Rows are images if all values
/// are bytes, there are as many as a square has pixels, and the columns are called after pixels; or if a table without
/// names has one column more, the first, with few whole numbers.
pub(crate) fn images(table: &Table) -> Result<Option<Pool>, DataError> {
    let columns = table.columns.len();
    let is_byte = |value: &f64| value.fract() == 0.0 && (0.0..=255.0).contains(value);
    if !table.values.iter().all(is_byte) {
        return Ok(None);
    }
    let side = |pixels: usize| square(pixels).filter(|side| *side >= LEAST_SIDE);
    let firsts = || table.values.iter().step_by(columns).copied();
    let (side, skipped) = match (side(columns), columns.checked_sub(1).and_then(side)) {
        (Some(side), _) if table.columns.iter().all(|name| is_pixel(name)) => (side, 0),
        (_, Some(side))
            if table.labels.is_none()
                && table.columns.iter().zip(1..).all(|(name, at)| *name == at.to_string())
                && firsts().all(|first| first <= LARGEST_CLASS) =>
        {
            (side, 1)
        }
        _ => return Ok(None),
    };
    let rows = table.values.chunks_exact(columns);
    let bytes = rows.flat_map(|row| row[skipped..].iter().map(|value| *value as u8)).collect();
    let shape = ImageShape::new(side, side, 1);
    let mut set = Dataset::from_pixels(table.name.clone(), shape, Pixels::Bytes(bytes))?;
    let mut notes =
        vec![format!("rows of {} columns of pixels are taken as images of {side}×{side}", side * side)];
    if let Some(labels) = &table.labels {
        set = set.with_labels(labels.rows.clone(), labels.classes.clone())?;
    } else if skipped == 1
        && let Some((labels, classes)) = of_names(&firsts().map(name_of_number).collect::<Vec<_>>())
    {
        notes.push("the first column is taken for the classes".into());
        set = set.with_labels(labels, classes)?;
    }
    notes.extend(table.notes.iter().cloned());
    Ok(Some(Pool { notes, ..Pool::new(set) }))
}

/// Whether a column is called after a pixel: `pixel17`, `px17`, `3x28`.
fn is_pixel(name: &str) -> bool {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let name = name.to_lowercase();
    let numbered = ["pixel", "pix", "px"].iter().find_map(|word| name.strip_prefix(word));
    let sides = name.split_once('x').is_some_and(|(row, column)| is_number(row) && is_number(column));
    numbered.is_some_and(|rest| is_number(rest.trim_start_matches(['_', '-', ' ']))) || sides
}
