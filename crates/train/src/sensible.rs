//! A recipe that suits a data set that nobody wrote one for.

use data::Survey;
use toml::Value;

use crate::error::RecipeError;

/// Sides that images of other or unequal sizes are brought to: the largest that the image in the middle fills.
const SIDES: [usize; 4] = [128, 64, 32, 16];
/// Images of one size keep it within these sides.
const KEPT: std::ops::RangeInclusive<usize> = 16..=256;
/// Filters of the convolutions of stride 2, one after the other.
const FILTERS: [usize; 6] = [32, 64, 128, 128, 128, 128];
/// Convolutions go on until the smaller side is at most this.
const SMALL: usize = 8;
/// Pixels that a training looks at, about: some minutes on two cores.
const PIXELS_SEEN: usize = 1_500_000_000;
const EPOCHS: (usize, usize) = (10, 200);

/// A recipe and why it is as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sensible {
    /// The recipe.
    pub toml: String,
    /// One sentence for each choice.
    pub reasons: Vec<String>,
}

/// A VAE for the images of `data`, a path or a name of the catalogue, which hold `found`.
///
/// Images of 16 to 256 pixels a side that are all of one size keep it; others become squares. Sides that can be
/// halved get strided convolutions, others a dense net. Grey images are reconstructed by cross-entropy, which suits
/// drawings and scans; colours by a Gaussian whose width is learned, so that nobody has to weigh it against the KL.
///
/// # Errors
/// For images too small to choose a net for.
///
/// ```
/// let found = data::Survey { images: 2_000, median: [480, 640], uniform: false, grey: false };
/// let chosen = train::sensible("photos", &found)?;
/// assert!(chosen.toml.contains("size = 128") && chosen.reasons[0].contains("128"));
/// let recipe = train::Recipe::parse(&chosen.toml, "chosen.toml", &[])?;
/// assert!(recipe.check(data::ImageShape::new(128, 128, 3)).is_ok());
/// # Ok::<(), train::RecipeError>(())
/// ```
pub fn sensible(data: &str, found: &Survey) -> Result<Sensible, RecipeError> {
    let named = data::find(data).is_some();
    let mut reasons = Vec::new();
    let [height, width] = found.median;
    let keeps = named || (found.uniform && KEPT.contains(&height) && KEPT.contains(&width));
    let [height, width] = if keeps { [height, width] } else { squared(found, &mut reasons) };
    let channels = if found.grey { 1 } else { 3 };

    let mut lines = Vec::new();
    let halvings = halvings(height, width);
    let pixels = height * width * channels;
    let latent = match height.min(width) {
        0..=32 => 16,
        33..=64 => 32,
        _ => 64,
    };
    let (encoder, decoder, net) = match halvings {
        0 | 1 => dense(height, width, channels),
        halvings => convolutional(height, width, channels, halvings),
    };
    reasons
        .push(format!("net: {net}, because images are {height} × {width} pixels; code of {latent} numbers"));
    let loss = if found.grey {
        reasons
            .push("loss: binary cross-entropy, because images are grey; a VAE, to generate as well".into());
        "{ loss = \"bce\", reduction = \"sum\", weight = 1.0 }"
    } else {
        reasons.push(
            "loss: Gaussian with a learned width, because images have colours; a VAE, to generate as well"
                .into(),
        );
        "{ loss = \"gaussian\", reduction = \"sum\", weight = 1.0, sigma = { learned = 0.2 } }"
    };
    let epochs = (PIXELS_SEEN / (found.images.max(1) * pixels)).clamp(EPOCHS.0, EPOCHS.1);
    let batch = (found.images / 20).clamp(8, 64);
    reasons.push(format!(
        "training: {epochs} epochs in batches of {batch}, because there {} (--epochs N for more or fewer)",
        match found.images {
            1 => "is 1 image".to_owned(),
            images => format!("are {images} images"),
        }
    ));

    let key = if named { "name" } else { "path" };
    let name = std::path::Path::new(data).file_stem().map_or("images".into(), |stem| stem.to_string_lossy());
    lines.push("schema = 1".into());
    lines.push(format!("name = {}", Value::String(format!("{name}-vae"))));
    lines.push("description = \"VAE chosen for the images\"".into());
    lines.push(format!("[data]\n{key} = {}", Value::String(data.to_owned())));
    if !keeps {
        lines.push(format!("size = {height}"));
    }
    lines.push(format!("[model]\nencoder = [\n{}]", rows(&encoder)));
    lines.push(format!("latent = {{ kind = \"gaussian\", size = {latent} }}"));
    lines.push(format!("decoder = [\n{}]", rows(&decoder)));
    lines.push(format!("[objective]\nreconstruction = {loss}\nkl = {{ reduction = \"sum\", weight = 1.0 }}"));
    lines.push("[optimizer]\nkind = \"adam\"\nlearning_rate = 1e-3\nschedule = { kind = \"cosine\" }\nclip_norm = 1000.0".into());
    lines.push(format!("[training]\nepochs = {epochs}\nbatch_size = {batch}\n"));
    Ok(Sensible { toml: lines.join("\n"), reasons })
}

/// The side of the squares that images become.
fn squared(found: &Survey, reasons: &mut Vec<String>) -> [usize; 2] {
    let smaller = found.median[0].min(found.median[1]);
    let side = SIDES.into_iter().find(|side| *side <= smaller).unwrap_or(SIDES[SIDES.len() - 1]);
    let why = if found.uniform { "theirs is outside of 16 to 256" } else { "they are of several sizes" };
    reasons
        .push(format!("size: all images become {side} × {side} pixels, because {why} (--set data.size=N)"));
    [side, side]
}

/// How often both sides can be halved until the smaller is small.
fn halvings(mut height: usize, mut width: usize) -> usize {
    let mut count = 0;
    while height.min(width) > SMALL
        && height.is_multiple_of(2)
        && width.is_multiple_of(2)
        && count < FILTERS.len()
    {
        (height, width, count) = (height / 2, width / 2, count + 1);
    }
    count
}

fn convolutional(
    height: usize,
    width: usize,
    channels: usize,
    halvings: usize,
) -> (Vec<String>, Vec<String>, String) {
    let filters = &FILTERS[..halvings];
    let layer = |kind: &str, filters: usize| {
        format!(
            "{{ layer = \"{kind}\", filters = {filters}, kernel = 3, stride = 2, padding = \"same\", activation = \"relu\" }}"
        )
    };
    let mut encoder: Vec<String> = filters.iter().map(|filters| layer("conv2d", *filters)).collect();
    encoder.push("{ layer = \"flatten\" }".into());
    let (rows, columns, depth) = (height >> halvings, width >> halvings, filters[halvings - 1]);
    let mut decoder = vec![
        format!("{{ layer = \"dense\", units = {}, activation = \"relu\" }}", rows * columns * depth),
        format!("{{ layer = \"reshape\", shape = [{rows}, {columns}, {depth}] }}"),
    ];
    decoder.extend(filters.iter().rev().map(|filters| layer("conv2d_transpose", *filters)));
    decoder.push(format!("{{ layer = \"conv2d\", filters = {channels}, kernel = 3, padding = \"same\" }}"));
    (encoder, decoder, format!("{halvings} convolutions of stride 2"))
}

fn dense(height: usize, width: usize, channels: usize) -> (Vec<String>, Vec<String>, String) {
    let layer = |units: usize| format!("{{ layer = \"dense\", units = {units}, activation = \"relu\" }}");
    let encoder = vec!["{ layer = \"flatten\" }".into(), layer(512), layer(256)];
    let decoder = vec![
        layer(256),
        layer(512),
        format!("{{ layer = \"dense\", units = {} }}", height * width * channels),
        format!("{{ layer = \"reshape\", shape = [{height}, {width}, {channels}] }}"),
    ];
    (encoder, decoder, "dense, whose sides need not be halved".into())
}

fn rows(layers: &[String]) -> String {
    layers.iter().map(|layer| format!("    {layer},\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Recipe;

    #[test]
    fn every_size_and_both_kinds_of_colour_get_a_net_that_fits() {
        for side in 16..=256 {
            for (width, grey) in [(side, true), (side, false), (side + 8, false)] {
                let uniform = width <= 256;
                let found = Survey { images: 500, median: [side, width], uniform, grey };
                let chosen = sensible("photos", &found).unwrap();
                let recipe = Recipe::parse(&chosen.toml, "chosen.toml", &[]).unwrap();
                let [height, width] = recipe.data.size.map_or([side, width], data::Size::sides);
                let shape = data::ImageShape::new(height, width, if grey { 1 } else { 3 });
                assert!(recipe.check(shape).is_ok(), "{shape}: {}", chosen.toml);
            }
        }
    }

    #[test]
    fn a_single_image_is_one() {
        let chosen =
            sensible("p", &Survey { images: 1, median: [28, 28], uniform: true, grey: true }).unwrap();
        assert!(chosen.reasons[2].contains("because there is 1 image ("), "{:?}", chosen.reasons);
    }

    #[test]
    fn other_sizes_become_squares_and_it_is_said_why() {
        let side = |median, uniform| {
            let chosen = sensible("p", &Survey { images: 90_000, median, uniform, grey: true }).unwrap();
            let size = chosen.toml.lines().find_map(|line| line.strip_prefix("size = ").map(str::to_owned));
            (size, chosen.reasons.len())
        };
        assert_eq!(side([300, 300], true), (Some("128".into()), 4));
        assert_eq!(side([100, 90], false), (Some("64".into()), 4));
        assert_eq!(side([8, 8], true), (Some("16".into()), 4));
        assert_eq!(side([28, 28], true), (None, 3));
    }
}
