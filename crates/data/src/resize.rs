//! Images that came with a size and colours, as those of arrays do, brought to others.

use std::io::Write;

use image::{ImageBuffer, Luma, Rgb};
use rayon::prelude::*;

use crate::appearance::{Channels, Fit};
use crate::dataset::Dataset;
use crate::error::{DataError, reserve};
use crate::fitting::fitted;
use crate::pixels::{MemoryBudget, PixelFile, Pixels, Width};
use crate::pool::Pool;
use crate::shape::ImageShape;

/// All images of `pool` in the size and colours asked for; the pool itself where nothing changes.
pub(crate) fn pool(
    pool: Pool,
    size: Option<[usize; 2]>,
    fit: Fit,
    channels: Channels,
    budget: &MemoryBudget,
) -> Result<Pool, DataError> {
    let from = pool.set.shape();
    let [height, width] = size.unwrap_or([from.height, from.width]);
    let channels = match channels {
        Channels::Auto => from.channels,
        Channels::Grey => 1,
        Channels::Rgb => 3,
    };
    let to = ImageShape { height, width, channels };
    if to == from {
        return Ok(pool);
    }
    let resized = |set: Dataset| {
        let pixels = pixels(&set, to, fit, budget)?;
        set.with_images(to, pixels)
    };
    let (valid, test) = (pool.valid.map(resized).transpose()?, pool.test.map(resized).transpose()?);
    let mut notes = pool.notes;
    notes.push(format!("images of {from} come to {to}"));
    Ok(Pool { set: resized(pool.set)?, valid, test, notes, ..pool })
}

/// Images that are resized together.
const TOGETHER: usize = 256;

fn pixels(set: &Dataset, to: ImageShape, fit: Fit, budget: &MemoryBudget) -> Result<Pixels, DataError> {
    let (from, each, count) = (set.shape(), to.values(), set.len());
    let values = count.saturating_mul(each);
    let is_in_memory = budget.takes(values.saturating_mul(4));
    let mut all: Vec<f32> = if is_in_memory { reserve(values, set.name())? } else { Vec::new() };
    let mut file = if is_in_memory { None } else { Some(budget.file()?) };
    for first in (0..count).step_by(TOGETHER) {
        let images = TOGETHER.min(count - first);
        let mut piece = vec![0.0; images * each];
        piece.par_chunks_exact_mut(each).enumerate().for_each_init(
            || vec![0.0; from.values()],
            |image, (i, out)| {
                set.image(first + i, image);
                resize(image, from, to, fit, out);
            },
        );
        match &mut file {
            None => all.extend_from_slice(&piece),
            Some(file) => {
                let bytes: Vec<u8> = piece.iter().flat_map(|value| value.to_le_bytes()).collect();
                let writing = DataError::io(&budget.folder, "write pixels to a file in");
                file.write_all(&bytes).map_err(writing)?;
            }
        }
    }
    Ok(match file {
        None => Pixels::Floats(all),
        Some(file) => {
            let path = set.files().first().map(|file| file.path.clone()).unwrap_or_default();
            Pixels::OnDisk(PixelFile::copied(&path, file, values, Width::Float))
        }
    })
}

/// Weights of red, green and blue in luma (ITU-R BT.709), as those of image files.
const LUMA: [f32; 3] = [0.2126, 0.7152, 0.0722];

/// Brings one image, [height, width, channels] in [0, 1], to another shape.
pub fn resize(image: &[f32], from: ImageShape, to: ImageShape, fit: Fit, out: &mut [f32]) {
    let (width, height) = (from.width as u32, from.height as u32);
    let recoloured: Vec<f32> = match (from.channels, to.channels) {
        (3, 1) => image
            .as_chunks::<3>()
            .0
            .iter()
            .map(|rgb| rgb.iter().zip(LUMA).map(|(v, w)| v * w).sum())
            .collect(),
        (1, 3) => image.iter().flat_map(|grey| [*grey; 3]).collect(),
        _ => image.to_vec(),
    };
    let values = match to.channels {
        1 => ImageBuffer::<Luma<f32>, _>::from_raw(width, height, recoloured)
            .map(|image| fitted(&image, to, fit)),
        _ => ImageBuffer::<Rgb<f32>, _>::from_raw(width, height, recoloured)
            .map(|image| fitted(&image, to, fit)),
    };
    for (out, value) in out.iter_mut().zip(values.unwrap_or_default()) {
        *out = value.clamp(0.0, 1.0);
    }
}
