//! The points of the map: which images they are, and how these look.

use data::{Dataset, UNKNOWN_CLASS};
use explorer::{ImageSheets, Part, Precision, payload};

use super::page_parts::PageParts;
use super::subject::SubjectImages;
use crate::error::Error;
use crate::numbers::grouped;
use crate::row_names::RowNames;

/// Position, file and class of each point.
pub fn points(images: &SubjectImages, shown: &Dataset, page: &mut PageParts) -> payload::Points {
    let names = RowNames::of(shown);
    let index: Vec<u32> = names.index.iter().map(|index| *index as u32).collect();
    let unknown_class = names.classes.iter().position(|name| name == UNKNOWN_CLASS);
    payload::Points {
        count: shown.len(),
        what: images.counted(shown),
        index: page.blobs.positions(Part::Points, &index),
        files: names.files.map(|files| page.blobs.texts(Part::Points, &files)),
        labels: names.labels.map(|labels| page.blobs.categories(Part::Points, &labels)),
        classes: names.classes,
        unknown_class,
    }
}

/// What is known to have made the images, as columns.
pub fn factors(shown: &Dataset, page: &mut PageParts) -> Vec<payload::Column> {
    let Some(factors) = shown.factors() else { return Vec::new() };
    let each = factors.names.len();
    let column = |(at, name): (usize, &String)| {
        let values: Vec<f32> = factors.values.iter().skip(at).step_by(each).copied().collect();
        payload::Column::Number {
            name: name.clone(),
            unit: String::new(),
            about: "known factor of the image".into(),
            values: page.blobs.floats(Part::Columns, &[values.len()], &values, Precision::Single),
        }
    };
    // The class is there already, by its name.
    factors.names.iter().enumerate().filter(|(_, name)| *name != "class").map(column).collect()
}

/// Small images of the points in about `budget` bytes of the page; none of tables, and of images of other than 1 or 3
/// channels.
pub fn images(
    shown: &Dataset,
    budget: usize,
    page: &mut PageParts,
) -> Result<Option<payload::Images>, Error> {
    let set = shown;
    if set.columns().is_some() {
        return Ok(None);
    }
    let shape = set.shape();
    let sides = [shape.height, shape.width, shape.channels];
    let Some(sheets) = ImageSheets::new(set.len(), sides, |index, image| set.image(index, image)) else {
        page.leave_out(format!("Small images: there is no picture of {} channels.", shape.channels));
        return Ok(None);
    };
    // Four characters of base64 hold three bytes.
    let images = sheets.store(budget / 4 * 3, &mut page.blobs)?;
    if sheets.are_shrunk() {
        let [height, width] = sheets.sides();
        page.leave_out(format!(
            "Small images are {height} × {width} pixels instead of {} × {}.",
            shape.height, shape.width
        ));
    }
    if images.count < set.len() {
        page.leave_out(format!(
            "Small images are there of the first {} points alone.",
            grouped(images.count)
        ));
    }
    Ok(Some(images))
}
