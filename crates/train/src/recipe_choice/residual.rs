//! Residual nets with normalisation, for images of any size.
//!
//! Convolutions of stride 2 bring the image to few pixels, and residual blocks work where there are few: there they cost
//! little and see much. A block is normalisation, activation, convolution, twice (He et al. 2016, *Identity mappings*).

use data::ImageShape;

use super::halving::{Halving, halvings};
use super::net::Net;

/// Channels after each convolution of stride 2, in units of the first's. More than five are made in strips alone, which have
/// few pixels left by then.
const GROWTH: [usize; 8] = [1, 2, 4, 4, 4, 2, 2, 2];
/// Images of more pixels begin with half as many channels.
const WIDE: usize = 96 * 96;
/// Pixels of an image in which blocks work, at most, and after how many of the last convolutions.
const PIXELS_OF_BLOCKS: usize = 20 * 20;
const LEVELS_OF_BLOCKS: usize = 2;
/// Convolutions of a net that keeps the image, at half its sides: each pixel of the clean one comes from some 30 × 30 around
/// it.
const OF_IMAGE_CODE: usize = 6;

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
        encoder.push(step.down(channels(i), "linear"));
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
        decoder.push(step.up(if i == 0 { shape.channels } else { channels(i - 1) }, "linear"));
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

/// A net that takes from an image what is wrong with it, which added to the image gives the clean one (Zhang et al. 2017,
/// *Beyond a Gaussian denoiser*). It works at half the image's sides, where it sees twice as far at a quarter of the cost
/// (Zhang et al. 2018, *FFDNet*), and without normalisation, which would take from an image how far it is from others (Lim et
/// al. 2017, *EDSR*). `width` is that of a net at the image's own sides.
pub(super) fn with_image(shape: ImageShape, width: usize) -> Net {
    let ImageShape { height, width: columns, channels } = shape;
    let half = Halving::even_handed([height, columns]);
    let width = 2 * width;
    let conv = format!(
        "{{ layer = \"conv2d\", filters = {width}, kernel = 3, padding = \"same\", activation = \"silu\" }}"
    );
    let mut layers = vec![half.down(width, "silu")];
    layers.extend(vec![conv; OF_IMAGE_CODE]);
    layers.push(half.up(channels, "linear"));
    let words = format!(
        "residual: {OF_IMAGE_CODE} convolutions in {width} channels, at half the sides, find what is wrong with an image, \
         which is taken off"
    );
    Net {
        encoder: vec![format!("{{ layer = \"residual\", layers = [{}] }}", layers.join(", "))],
        decoder: vec![format!("{{ layer = \"reshape\", shape = [{height}, {columns}, {channels}] }}")],
        words,
    }
}

fn block(channels: usize) -> String {
    let conv = format!("{{ layer = \"conv2d\", filters = {channels}, kernel = 3, padding = \"same\" }}");
    format!("{{ layer = \"residual\", layers = [{NORM}, {conv}, {NORM}, {conv}] }}")
}
