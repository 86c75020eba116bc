//! The images of a picture, and what their headers say.

use std::io::{BufRead, Cursor, Read, Seek};
use std::path::Path;

use image::ImageDecoder;
use image::metadata::Orientation;

use super::decoder::{broken, decoder, orientation, refuse};
use super::source::Picture;
use crate::error::DataError;
use crate::tiff;

/// What the header of an image says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    /// Height and width when held upright.
    pub(crate) sides: [usize; 2],
    /// Whether it has no colours.
    pub(crate) grey: bool,
}

/// One image of a picture: the only one, or a page.
#[derive(Clone, Debug)]
pub(crate) struct Page {
    pub(crate) picture: Picture,
    /// Counted from 0.
    pub(crate) page: usize,
    /// How many the picture has.
    pub(crate) of: usize,
}

/// The images of a picture, each with what its header says. Only a TIFF has several: its pages, without thumbnails.
pub(crate) fn headers(picture: &Picture) -> Result<Vec<(Page, Header)>, DataError> {
    let label = picture.label();
    let (mut source, length) = picture.open()?;
    let mut start = Vec::new();
    source.by_ref().take(8).read_to_end(&mut start).map_err(DataError::io(&label, "read"))?;
    let page = |page, of| Page { picture: picture.clone(), page, of };
    if !tiff::is_tiff(&start) {
        source.rewind().map_err(DataError::io(&label, "read"))?;
        return Ok(vec![(page(0, 1), header(&label, source, length)?)]);
    }
    let mut bytes = picture.bytes()?;
    let pages = tiff::pages(&bytes).map_err(|fault| broken(&label, &fault))?;
    let of = pages.len();
    pages
        .into_iter()
        .enumerate()
        .map(|(index, offset)| {
            if let Some(fault) = tiff::fault(&bytes, offset) {
                let reason = format!("an image of a kind that is not read: {fault}");
                return Err(DataError::Picture { file: label.clone(), reason });
            }
            tiff::begin_with(&mut bytes, offset);
            Ok((page(index, of), header(&label, Cursor::new(&bytes), length)?))
        })
        .collect()
}

fn header(path: &Path, source: impl BufRead + Seek, length: u64) -> Result<Header, DataError> {
    let mut decoder = decoder(path, source, length)?;
    let (width, height) = decoder.dimensions();
    let orientation = orientation(&mut decoder).map_err(|error| refuse(path, error))?;
    let turned = matches!(
        orientation,
        Orientation::Rotate90
            | Orientation::Rotate270
            | Orientation::Rotate90FlipH
            | Orientation::Rotate270FlipH
    );
    let sides = if turned { [width, height] } else { [height, width] };
    Ok(Header { sides: sides.map(|side| side as usize), grey: !decoder.color_type().has_color() })
}
