//! How an image of the user's own becomes what a network sees.

use data::{Background, Columns, Dataset, Fit};
use explorer::payload::{InputRules, TableRules};

use crate::runs::Run;

/// The rules of `run`; `set` are images as it sees them.
pub fn input_rules(run: &Run, set: &Dataset) -> InputRules {
    let data = &run.trained.recipe.data;
    let shape = run.image_shape();
    let table = run.columns().map(|Columns { names, mean, deviation }| TableRules {
        names: names.clone(),
        mean: mean.clone(),
        deviation: deviation.clone(),
    });
    InputRules {
        shape: match &table {
            Some(table) => vec![table.names.len()],
            None => vec![shape.height, shape.width, shape.channels],
        },
        pad: data.pad,
        fit: match data.fit.unwrap_or_default() {
            Fit::Resize => "resize",
            Fit::Crop | Fit::Tiles => "crop",
            Fit::Pad => "pad",
        },
        range: range(data.range, set),
        invert: data.invert,
        background: u8::from(data.background == Some(Background::White)),
        binarise: data.input.binarise.is_some(),
        is_digits: is_digits(set, data.pad),
        table,
    }
}

/// The values of a file that become 0 and 1, as shares of the largest that it can hold. The range of a recipe is one of
/// files where the images were files, and of 16 bits where no byte reaches it.
fn range(range: Option<[f64; 2]>, set: &Dataset) -> [f64; 2] {
    match range {
        Some([low, high]) if set.file_name(0).is_some() => {
            let most = if low.max(high) <= 255.0 { 255.0 } else { 65_535.0 };
            [low / most, high / most]
        }
        _ => [0.0, 1.0],
    }
}

/// Whether the images are light strokes on black, brought into the middle 20 × 20 of 28 × 28 pixels, as MNIST's are.
fn is_digits(set: &Dataset, pad: usize) -> bool {
    const SIDE: usize = 28;
    const MARGIN: usize = 2;
    const LOOKED_AT: usize = 500;
    /// Of the margin's pixels, on average.
    const MOST_LIGHT: f32 = 0.01;
    let shape = set.shape();
    if [shape.height, shape.width] != [SIDE + 2 * pad; 2] || shape.channels != 1 {
        return false;
    }
    let (side, margin) = (SIDE + 2 * pad, MARGIN + pad);
    let mut image = vec![0.0; shape.values()];
    let (mut light, mut ink) = (0.0, 0.0);
    let count = set.len().min(LOOKED_AT);
    for index in 0..count {
        set.image(index, &mut image);
        for (at, pixel) in image.iter().enumerate() {
            let is_margin = [at / side, at % side].iter().any(|at| *at < margin || *at >= side - margin);
            *(if is_margin { &mut light } else { &mut ink }) += pixel;
        }
    }
    let in_margin = count * (SIDE * SIDE - (SIDE - 2 * MARGIN).pow(2));
    ink > 0.0 && light / (in_margin as f32) < MOST_LIGHT
}
