//! What a folder of images holds, by the headers of its files.

use std::path::Path;

use rayon::prelude::*;

use super::layout::Listing;
use super::listing::list;
use crate::array::ArrayNames;
use crate::error::DataError;
use crate::picture::page;
use crate::pixels::MemoryBudget;

/// What a folder of images holds, by the headers of its files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Survey {
    /// How many images.
    pub images: usize,
    /// Height and width of the image in the middle, by its smaller side.
    pub median: [usize; 2],
    /// Whether all images have these sides.
    pub uniform: bool,
    /// Whether none has colours.
    pub grey: bool,
}

/// Looks at a folder of images, or at the images in a Parquet file, without reading their pixels; `array` names the
/// column that holds them, where it has none of the usual names. With `skip_broken` passes over files that are no images.
///
/// # Errors
/// If it holds no image, or a file in it is none.
pub fn survey(path: &Path, array: Option<&str>, skip_broken: bool) -> Result<Survey, DataError> {
    let arrays = ArrayNames { array, label: Some("none") };
    let Listing { pictures, .. } = list(path, arrays, &MemoryBudget::unlimited())?;
    let all_headers: Vec<_> = pictures.par_iter().map(page::headers).collect();
    let (mut headers, mut first_fault) = (Vec::new(), None);
    for of_picture in all_headers {
        match of_picture {
            Ok(found) => headers.extend(found.into_iter().map(|(_, header)| header)),
            Err(error) => first_fault = first_fault.or(Some(error)),
        }
    }
    if let Some(fault) = first_fault.filter(|_| headers.is_empty() || !skip_broken) {
        return Err(fault);
    }
    let mut sides: Vec<[usize; 2]> = headers.iter().map(|header| header.sides).collect();
    sides.sort_unstable_by_key(|[height, width]| (*height.min(width), *height, *width));
    let uniform = sides.first() == sides.last();
    let grey = headers.iter().all(|header| header.grey);
    Ok(Survey { images: headers.len(), median: sides[sides.len() / 2], uniform, grey })
}
