//! Layers for images of any size.

use data::ImageShape;

/// Filters of the convolutions of stride 2, one after the other: of images up to [`WIDE`] pixels, and of larger ones.
const FILTERS: [usize; 8] = [32, 64, 128, 128, 128, 128, 128, 128];
const FILTERS_OF_LARGE: [usize; 8] = [16, 32, 64, 128, 128, 128, 128, 128];
const WIDE: usize = 256 * 256;
/// Convolutions go on until both sides are at most this.
const SMALL: usize = 8;
/// Convolutions of stride 2 of a net whose code is an image: a sixteenth of the pixels, each of many values.
const OF_IMAGE_CODE: usize = 2;

/// Layers as a recipe has them, and a few words for them.
pub(super) struct Net {
    pub encoder: Vec<String>,
    pub decoder: Vec<String>,
    pub words: String,
}

impl Net {
    /// A net whose encoder ends in a vector and whose decoder begins with one.
    pub fn with_vector(shape: ImageShape) -> Self {
        let steps = halvings([shape.height, shape.width], FILTERS.len());
        if steps.len() < 2 { dense(shape) } else { convolutional(shape, &steps) }
    }

    /// A dense net for rows of so many standardised values.
    pub fn of_rows(columns: usize) -> Self {
        let wide = (4 * columns).next_power_of_two().clamp(32, 512);
        let units = [wide, wide / 2];
        let layer = |units: usize| format!("{{ layer = \"dense\", units = {units}, activation = \"relu\" }}");
        let encoder = vec!["{ layer = \"flatten\" }".into(), layer(units[0]), layer(units[1])];
        let decoder = vec![
            layer(units[1]),
            layer(units[0]),
            format!("{{ layer = \"dense\", units = {columns} }}"),
            format!("{{ layer = \"reshape\", shape = [1, {columns}, 1] }}"),
        ];
        Self { encoder, decoder, words: format!("dense layers of {} and {} units", units[0], units[1]) }
    }

    /// A net whose code is an image.
    pub fn with_image(shape: ImageShape) -> Self {
        let steps = halvings([shape.height, shape.width], OF_IMAGE_CODE);
        let (mut encoder, mut decoder) = strided(&steps, &FILTERS);
        if steps.is_empty() {
            let layer = format!(
                "{{ layer = \"conv2d\", filters = {}, kernel = 3, padding = \"same\", activation = \"relu\" }}",
                FILTERS[0]
            );
            (encoder, decoder) = (vec![layer.clone()], vec![layer]);
        }
        decoder.push(to_channels(shape.channels));
        let words = match steps.len() {
            0 => "convolutions that keep the size".to_owned(),
            1 => "1 convolution of stride 2".to_owned(),
            several => format!("{several} convolutions of stride 2"),
        };
        Self { encoder, decoder, words }
    }
}

/// A convolution after which one or both sides are about half as long, and which a transposed one takes back exactly.
struct Halving {
    kernel: [usize; 2],
    stride: [usize; 2],
    padding: &'static str,
    to: [usize; 2],
}

/// Halves the sides that are longer than [`SMALL`], at most so often.
///
/// With zeros around the image (`same`) an even side comes back from its half. An odd side n does so without: a kernel
/// of 3 gives (n − 1) / 2 and, transposed, n again; an even side beside it takes a kernel of 4.
fn halvings(mut sides: [usize; 2], most: usize) -> Vec<Halving> {
    let mut steps = Vec::new();
    while steps.len() < most && sides.iter().any(|side| *side > SMALL) {
        let halves = sides.map(|side| side > SMALL);
        let stride = halves.map(|halves| if halves { 2 } else { 1 });
        let is_even = sides.iter().zip(halves).all(|(side, halves)| !halves || side.is_multiple_of(2));
        let step = if is_even {
            let to = [sides[0] / stride[0], sides[1] / stride[1]];
            Halving { kernel: [3, 3], stride, padding: "same", to }
        } else {
            let kernel = [0, 1].map(|axis| match (halves[axis], sides[axis] % 2) {
                (false, _) => 1,
                (true, 1) => 3,
                (true, _) => 4,
            });
            let to = [0, 1].map(|axis| (sides[axis] - kernel[axis]) / stride[axis] + 1);
            Halving { kernel, stride, padding: "valid", to }
        };
        sides = step.to;
        steps.push(step);
    }
    steps
}

impl Halving {
    fn layer(&self, kind: &str, filters: usize) -> String {
        let pair = |[rows, columns]: [usize; 2]| {
            if rows == columns { rows.to_string() } else { format!("[{rows}, {columns}]") }
        };
        format!(
            "{{ layer = \"{kind}\", filters = {filters}, kernel = {}, stride = {}, padding = \"{}\", activation = \"relu\" }}",
            pair(self.kernel),
            pair(self.stride),
            self.padding
        )
    }
}

/// The convolutions, and the transposed ones that take them back.
fn strided(steps: &[Halving], filters: &[usize]) -> (Vec<String>, Vec<String>) {
    let layers = |kind: &str| -> Vec<String> {
        steps.iter().zip(filters).map(|(step, filters)| step.layer(kind, *filters)).collect()
    };
    let mut decoder = layers("conv2d_transpose");
    decoder.reverse();
    (layers("conv2d"), decoder)
}

fn convolutional(shape: ImageShape, steps: &[Halving]) -> Net {
    let filters = if shape.height * shape.width > WIDE { FILTERS_OF_LARGE } else { FILTERS };
    let (mut encoder, transposed) = strided(steps, &filters);
    encoder.push("{ layer = \"flatten\" }".into());
    let ([rows, columns], depth) = (steps[steps.len() - 1].to, filters[steps.len() - 1]);
    let mut decoder = vec![
        format!("{{ layer = \"dense\", units = {}, activation = \"relu\" }}", rows * columns * depth),
        format!("{{ layer = \"reshape\", shape = [{rows}, {columns}, {depth}] }}"),
    ];
    decoder.extend(transposed);
    decoder.push(to_channels(shape.channels));
    Net { encoder, decoder, words: format!("{} convolutions of stride 2", steps.len()) }
}

fn to_channels(channels: usize) -> String {
    format!("{{ layer = \"conv2d\", filters = {channels}, kernel = 3, padding = \"same\" }}")
}

/// For images of few pixels: two hidden layers on each side.
fn dense(ImageShape { height, width, channels }: ImageShape) -> Net {
    let layer = |units: usize| format!("{{ layer = \"dense\", units = {units}, activation = \"relu\" }}");
    let encoder = vec!["{ layer = \"flatten\" }".into(), layer(512), layer(256)];
    let decoder = vec![
        layer(256),
        layer(512),
        format!("{{ layer = \"dense\", units = {} }}", height * width * channels),
        format!("{{ layer = \"reshape\", shape = [{height}, {width}, {channels}] }}"),
    ];
    Net { encoder, decoder, words: "dense layers of 512 and 256 units".into() }
}
