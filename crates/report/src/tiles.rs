//! Small images in rows and columns: the grid of samples, and labelled rows that are compared.

use crate::canvas::{Anchor, Canvas, Rect, Type};
use crate::error::FigureError;
use crate::figure::Figure;
use crate::font;
use crate::raster::{Images, Picture};

const MARGIN: f64 = 16.0;
const GAP: f64 = 4.0;
const CAPTION: Type = Type::SMALL.sized(10.0).anchored(Anchor::Middle);

/// Images side by side in reading order: samples, a data set's preview, the most anomalous images.
#[derive(Clone, Copy, Debug)]
pub struct ImageGrid<'a> {
    /// The images, drawn row by row.
    pub images: Images<'a>,
    /// Images per row; at least 1 is used.
    pub columns: usize,
    /// One caption under each image; empty for none.
    pub captions: &'a [String],
    /// One label left of each row; empty for none.
    pub row_labels: &'a [String],
    /// Written above the figure.
    pub title: Option<&'a str>,
}

impl<'a> ImageGrid<'a> {
    /// A grid without captions, labels or title.
    pub fn new(images: Images<'a>, columns: usize) -> Self {
        Self { images, columns, captions: &[], row_labels: &[], title: None }
    }

    /// Draws the figure. For the bare pixels without any text see [`Images::mosaic`].
    ///
    /// # Errors
    /// [`FigureError::Empty`] without images, [`FigureError::Count`] when captions or labels do not fit.
    pub fn draw(&self) -> Result<Figure, FigureError> {
        let count = self.images.count();
        let columns = self.columns.clamp(1, count.max(1));
        check_count("captions", self.captions.len(), count)?;
        check_count("row labels", self.row_labels.len(), count.div_ceil(columns))?;
        let rows: Vec<Row> = (0..count)
            .step_by(columns)
            .enumerate()
            .map(|(row, start)| {
                let end = (start + columns).min(count);
                Row {
                    label: self.row_labels.get(row).map_or("", String::as_str),
                    pictures: (start..end).filter_map(|index| self.images.picture(index)).collect(),
                    captions: self.captions.get(start..end).unwrap_or(&[]),
                }
            })
            .collect();
        draw_rows(&rows, &[], self.title, &format!("Grid of {count} images"))
    }
}

/// One row of [`ComparisonRows`].
#[derive(Clone, Copy, Debug)]
pub struct ImageRow<'a> {
    /// Written left of the row: `original`, `noisy`, `denoised`, …
    pub label: &'a str,
    /// The row's images; rows may differ in image size.
    pub images: Images<'a>,
    /// One caption under each image, a metric for example; empty for none.
    pub captions: &'a [String],
}

/// Labelled rows of images to be compared column by column: originals over reconstructions, noisy over
/// denoised, decoded centroids of several models.
#[derive(Clone, Copy, Debug)]
pub struct ComparisonRows<'a> {
    /// The rows from top to bottom, each with the same number of images.
    pub rows: &'a [ImageRow<'a>],
    /// One title above each column, a class name for example; empty for none.
    pub column_titles: &'a [String],
    /// Written above the figure.
    pub title: Option<&'a str>,
}

impl<'a> ComparisonRows<'a> {
    /// Rows without column titles and title.
    pub fn new(rows: &'a [ImageRow<'a>]) -> Self {
        Self { rows, column_titles: &[], title: None }
    }

    /// Draws the figure.
    ///
    /// # Errors
    /// [`FigureError::Empty`] without rows or images, [`FigureError::Count`] when rows, captions or titles
    /// differ in number.
    pub fn draw(&self) -> Result<Figure, FigureError> {
        let first = self.rows.first().ok_or(FigureError::Empty("rows"))?;
        let count = first.images.count();
        check_count("column titles", self.column_titles.len(), count)?;
        for row in self.rows {
            if row.images.count() != count {
                return Err(FigureError::Count {
                    what: "images in a row",
                    got: row.images.count(),
                    expected: count,
                });
            }
            check_count("captions of a row", row.captions.len(), count)?;
        }
        let rows: Vec<Row> = self
            .rows
            .iter()
            .map(|row| Row {
                label: row.label,
                pictures: (0..count).filter_map(|index| row.images.picture(index)).collect(),
                captions: row.captions,
            })
            .collect();
        let labels: Vec<&str> = self.rows.iter().map(|row| row.label).collect();
        draw_rows(
            &rows,
            self.column_titles,
            self.title,
            &format!("{count} images each: {}", labels.join(", ")),
        )
    }
}

/// Nothing, or as many as there are places.
fn check_count(what: &'static str, got: usize, expected: usize) -> Result<(), FigureError> {
    if got == 0 || got == expected { Ok(()) } else { Err(FigureError::Count { what, got, expected }) }
}

struct Row<'a> {
    label: &'a str,
    pictures: Vec<Picture>,
    captions: &'a [String],
}

fn draw_rows(
    rows: &[Row],
    column_titles: &[String],
    title: Option<&str>,
    description: &str,
) -> Result<Figure, FigureError> {
    let pictures = || rows.iter().flat_map(|row| &row.pictures);
    let largest = pictures()
        .map(|picture| picture.width().max(picture.height()))
        .max()
        .ok_or(FigureError::Empty("images"))?;
    let scale = display_scale(largest);

    let texts = rows.iter().flat_map(|row| row.captions).chain(column_titles).map(String::as_str);
    let text_width = font::widest(texts, CAPTION.size.max(Type::SMALL.size), CAPTION.weight);
    let picture_width = pictures().map(|picture| picture.width() as f64 * scale).fold(0.0, f64::max);
    let cell = picture_width.max((text_width + 4.0).ceil());
    let columns = rows.iter().map(|row| row.pictures.len()).max().unwrap_or(0) as f64;
    let label_width = rows.iter().map(|row| Type::LABEL.width(row.label)).fold(0.0, f64::max);
    let label_space = if label_width > 0.0 { label_width.ceil() + 12.0 } else { 0.0 };

    let title_height = if title.is_some() { 30.0 } else { 0.0 };
    let heads_height = if column_titles.is_empty() { 0.0 } else { 18.0 };
    let heights: Vec<f64> = rows
        .iter()
        .map(|row| row.pictures.iter().map(|picture| picture.height() as f64 * scale).fold(0.0, f64::max))
        .collect();
    let caption_height = |row: &Row| if row.captions.is_empty() { 0.0 } else { 17.0 };
    let rows_height: f64 =
        rows.iter().zip(&heights).map(|(row, height)| height + caption_height(row) + GAP).sum();

    let content = label_space + columns * (cell + GAP) - GAP;
    let width = content.max(title.map_or(0.0, |title| Type::TITLE.width(title))) + 2.0 * MARGIN;
    let mut canvas = Canvas::new(width, title_height + heads_height + rows_height - GAP + 2.0 * MARGIN);
    if let Some(title) = title {
        canvas.text((MARGIN, MARGIN + 7.0), Type::TITLE, title);
    }
    let left = MARGIN + label_space;
    let middle = |column: usize| left + column as f64 * (cell + GAP) + cell / 2.0;
    let mut y = MARGIN + title_height;
    for (column, head) in column_titles.iter().enumerate() {
        canvas.text((middle(column), y + 6.0), Type::SMALL.anchored(Anchor::Middle), head);
    }
    y += heads_height;
    let mut number = 0;
    for (row, height) in rows.iter().zip(&heights) {
        if !row.label.is_empty() {
            canvas.text((left - 12.0, y + height / 2.0), Type::LABEL.anchored(Anchor::End), row.label);
        }
        for (column, picture) in row.pictures.iter().enumerate() {
            let (width, tall) = (picture.width() as f64 * scale, picture.height() as f64 * scale);
            let place =
                Rect { x: middle(column) - width / 2.0, y: y + (height - tall) / 2.0, width, height: tall };
            canvas.image(place, &picture.png()?, scale >= 1.0);
            let texts = [row.label, column_titles.get(column).map_or("", String::as_str)];
            let caption = row.captions.get(column).map_or("", String::as_str);
            let texts: Vec<&str> =
                texts.into_iter().chain([caption]).filter(|text| !text.is_empty()).collect();
            number += 1;
            let text = if texts.is_empty() { format!("image {number}") } else { texts.join(", ") };
            canvas.mark(place.center(), text);
        }
        for (column, caption) in row.captions.iter().enumerate() {
            canvas.text((middle(column), y + height + 9.0), CAPTION, caption);
        }
        y += height + caption_height(row) + GAP;
    }
    Ok(canvas.finish(description))
}

/// CSS pixels per image pixel: a whole number for small images, so that pixels stay square and even; large
/// images are shown 128 pixels wide.
fn display_scale(largest_side: usize) -> f64 {
    if largest_side <= 64 {
        (56.0 / largest_side as f64).round().max(1.0)
    } else {
        (128.0 / largest_side as f64).min(1.0)
    }
}
