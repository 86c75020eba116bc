//! A figure as it stands in a page.

use std::io::Cursor;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use image::codecs::jpeg::JpegEncoder;
use serde::Serialize;

use super::parts::PageFigure;
use super::thumbnails::Thumbnails;
use crate::error::FigureError;
use crate::figure::Figure;

/// A figure of more bytes than this (large colour images) stands in the page as one JPEG.
const MOST_SVG_BYTES: usize = 900_000;
/// Pixels of such a JPEG's longer side: the first that makes a small file.
const LONGEST_SIDES: [f64; 4] = [1_800.0, 1_300.0, 900.0, 600.0];
/// A small file, in bytes.
const MOST_JPEG_BYTES: usize = 600_000;
const JPEG_QUALITY: u8 = 82;

/// What the template needs of a figure.
pub(super) struct EmbeddedFigure {
    pub name: String,
    pub caption: String,
    /// For readers who do not see it.
    pub alternative: String,
    /// CSS pixels.
    pub width: f64,
    /// `<svg …>` or `<img …>`.
    pub markup: String,
    /// What stands where, as JSON; empty where there is nothing to point at.
    pub marks: String,
    /// Whether it can be saved as a vector file.
    pub is_vector: bool,
}

/// Marks as the script reads them: columns, so that ten thousand of them stay small.
#[derive(Serialize)]
struct Marks<'a> {
    w: f64,
    h: f64,
    x: Vec<f64>,
    y: Vec<f64>,
    t: Vec<&'a str>,
    /// Place of each mark's image on its sheet, −1 for none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    p: Vec<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sheet: Option<Sheet>,
}

#[derive(Serialize)]
struct Sheet {
    index: usize,
    columns: usize,
    width: usize,
    height: usize,
}

impl EmbeddedFigure {
    pub fn new(
        PageFigure { name, figure, caption, .. }: &PageFigure,
        sheet: Option<(usize, &Thumbnails)>,
    ) -> Result<Self, FigureError> {
        let is_vector = figure.svg().len() <= MOST_SVG_BYTES;
        Ok(Self {
            name: name.clone(),
            caption: caption.clone(),
            alternative: figure.description(),
            width: figure.width(),
            markup: if is_vector { figure.svg().to_owned() } else { as_jpeg(figure)? },
            marks: marks(figure, sheet)?,
            is_vector,
        })
    }
}

fn as_jpeg(figure: &Figure) -> Result<String, FigureError> {
    let failed = |error: image::ImageError| FigureError::Raster(error.to_string());
    let (width, height) = (figure.width(), figure.height());
    let mut encoded = String::new();
    for side in LONGEST_SIDES {
        let scale = (side / width.max(height)).clamp(0.1, 2.0);
        let pixels = image::load_from_memory(&figure.png(scale)?).map_err(failed)?.to_rgb8();
        let mut file = Cursor::new(Vec::new());
        pixels.write_with_encoder(JpegEncoder::new_with_quality(&mut file, JPEG_QUALITY)).map_err(failed)?;
        encoded = STANDARD.encode(file.into_inner());
        if encoded.len() <= MOST_JPEG_BYTES {
            break;
        }
    }
    Ok(format!(
        "<img width=\"{width}\" height=\"{height}\" alt=\"\" src=\"data:image/jpeg;base64,{encoded}\">"
    ))
}

fn marks(figure: &Figure, sheet: Option<(usize, &Thumbnails)>) -> Result<String, FigureError> {
    if figure.marks().is_empty() {
        return Ok(String::new());
    }
    let tenth = |value: f64| (10.0 * value).round() / 10.0;
    let marks = figure.marks();
    let place = |point: Option<u32>| match (point, sheet) {
        (Some(point), Some((_, sheet))) if (point as usize) < sheet.count() => i64::from(point),
        _ => -1,
    };
    let columns = Marks {
        w: figure.width(),
        h: figure.height(),
        x: marks.iter().map(|mark| tenth(mark.x)).collect(),
        y: marks.iter().map(|mark| tenth(mark.y)).collect(),
        t: marks.iter().map(|mark| mark.text.as_str()).collect(),
        p: sheet.map_or_else(Vec::new, |_| marks.iter().map(|mark| place(mark.point)).collect()),
        sheet: sheet.map(|(index, sheet)| Sheet {
            index,
            columns: sheet.columns(),
            width: sheet.width(),
            height: sheet.height(),
        }),
    };
    // In a script element no text may look like its end.
    let json = serde_json::to_string(&columns).map_err(|error| FigureError::Marks(error.to_string()))?;
    Ok(json.replace('<', "\\u003c"))
}
