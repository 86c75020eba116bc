//! Residual nets with normalisation, for images of any size.
//!
//! Convolutions of stride 2 bring the image to few pixels, and residual blocks work where there are few: there they cost
//! little and see much. A block is normalisation, activation, convolution, twice (He et al. 2016, *Identity mappings*).

use data::ImageShape;

use super::halving::halvings;
use super::net::Net;

/// Channels after each convolution of stride 2, in units of the first's. More than five are made in strips alone, which have
/// few pixels left by then.
const GROWTH: [usize; 8] = [1, 2, 4, 4, 4, 2, 2, 2];
/// Images of more pixels begin with half as many channels.
const WIDE: usize = 96 * 96;
/// Pixels of an image in which blocks work, at most, and after how many of the last convolutions.
const PIXELS_OF_BLOCKS: usize = 20 * 20;
const LEVELS_OF_BLOCKS: usize = 2;
/// Convolutions of stride 2 in a net that keeps the image.
const OF_IMAGE_CODE: usize = 2;

const NORM: &str = "{ layer = \"batch_norm\", momentum = 0.9, activation = \"silu\" }";

/// First widths, the widest first.
pub(super) const WIDTHS: [usize; 3] = [48, 32, 16];

/// A net whose encoder ends in a vector, and whose decoder begins with one; `None` for images of few pixels.
pub(super) fn with_vector(shape: ImageShape, width: usize) -> Option<Net> {
    let steps = halvings([shape.height, shape.width], GROWTH.len());
    if steps.len() < 2 {
        return None;
    }
    let width = if shape.height * shape.width > WIDE { width / 2 } else { width };
    let channels = |step: usize| GROWTH[step] * width;
    let has_block = |step: usize| {
        let [rows, columns] = steps[step].to;
        rows * columns <= PIXELS_OF_BLOCKS && step + LEVELS_OF_BLOCKS >= steps.len()
    };
    let (mut encoder, mut decoder) = (Vec::new(), Vec::new());
    for (i, step) in steps.iter().enumerate() {
        encoder.push(step.down(channels(i)));
        encoder.push(if has_block(i) { block(channels(i)) } else { NORM.to_owned() });
    }
    let last = steps.len() - 1;
    if has_block(last) {
        encoder.push(NORM.to_owned());
    }
    encoder.push("{ layer = \"flatten\" }".to_owned());
    let [rows, columns] = steps[last].to;
    decoder.push(format!("{{ layer = \"dense\", units = {} }}", rows * columns * channels(last)));
    decoder.push(format!("{{ layer = \"reshape\", shape = [{rows}, {columns}, {}] }}", channels(last)));
    for (i, step) in steps.iter().enumerate().rev() {
        if has_block(i) {
            decoder.push(block(channels(i)));
        }
        decoder.push(NORM.to_owned());
        decoder.push(step.up(if i == 0 { shape.channels } else { channels(i - 1) }));
    }
    let blocks = (0..steps.len()).filter(|step| has_block(*step)).count();
    let words = format!(
        "residual, normalised, {} convolutions of stride 2 to {} channels, {blocks} residual block{} on each side",
        steps.len(),
        channels(last),
        if blocks == 1 { "" } else { "s" },
    );
    Some(Net { encoder, decoder, words })
}

/// A net that adds to an image what is wrong with it (Zhang et al. 2017, *Beyond a Gaussian denoiser*): a U of residual
/// blocks at half of its sides and, where these are long enough, at a quarter. Its code is the clean image. Without
/// normalisation, which would take from an image how far it is from others (Lim et al. 2017, *EDSR*).
pub(super) fn with_image(shape: ImageShape, width: usize) -> Net {
    let ImageShape { height, width: columns, channels } = shape;
    let steps = halvings([height, columns], OF_IMAGE_CODE);
    let keep = |filters: usize| {
        format!("{{ layer = \"conv2d\", filters = {filters}, kernel = 3, padding = \"same\" }}")
    };
    let plain = plain_block(width);
    let middle = match steps.get(1) {
        Some(step) => {
            let wide = plain_block(2 * width);
            residual(&[step.down(2 * width), wide.clone(), wide, step.up(width)])
        }
        None => plain.clone(),
    };
    let (down, up) = match steps.first() {
        Some(step) => (step.down(width), step.up(channels)),
        None => (keep(width), keep(channels)),
    };
    let encoder = vec![residual(&[down, plain.clone(), middle, plain, up])];
    let decoder = vec![format!("{{ layer = \"reshape\", shape = [{height}, {columns}, {channels}] }}")];
    let scales = match steps.len() {
        0 => "at its own scale".to_owned(),
        1 => "at half of its sides".to_owned(),
        _ => "at a half and a quarter of its sides".to_owned(),
    };
    let words = format!(
        "residual: what is wrong with an image is found {scales}, in {width} channels, and taken off"
    );
    Net { encoder, decoder, words }
}

fn residual(layers: &[String]) -> String {
    format!("{{ layer = \"residual\", layers = [{}] }}", layers.join(", "))
}

fn plain_block(channels: usize) -> String {
    let conv = |activation: &str| {
        format!("{{ layer = \"conv2d\", filters = {channels}, kernel = 3, padding = \"same\"{activation} }}")
    };
    residual(&[conv(", activation = \"silu\""), conv("")])
}

fn block(channels: usize) -> String {
    let conv = format!("{{ layer = \"conv2d\", filters = {channels}, kernel = 3, padding = \"same\" }}");
    residual(&[NORM.to_owned(), conv.clone(), NORM.to_owned(), conv])
}
