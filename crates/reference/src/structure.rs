//! SSIM and MS-SSIM (the formulas are [`network::Ssim`]'s and [`network::MsSsim`]'s), as products with whole matrices.

use network::{MsSsim, SSIM_CONSTANTS, SSIM_WINDOW, Shape, ssim_window};

use crate::tape::{Product, Tape, Var};

/// Images of one channel each, `[count, height, width]`.
#[derive(Clone, Copy)]
struct Planes {
    values: Var,
    count: usize,
    height: usize,
    width: usize,
}

/// A matrix for each side of an image: what a row, or a column, of the result is made of.
struct Sides {
    rows: Vec<Vec<f64>>,
    columns: Vec<Vec<f64>>,
}

impl Sides {
    fn new(planes: Planes, of_side: impl Fn(usize) -> Vec<Vec<f64>>) -> Self {
        Self { rows: of_side(planes.height), columns: of_side(planes.width) }
    }
}

/// The window at each place within a side.
fn windows(side: usize) -> Vec<Vec<f64>> {
    let window = ssim_window();
    let at = |place: usize| -> Vec<f64> {
        (0..side).map(|i| i.checked_sub(place).and_then(|i| window.get(i)).copied().unwrap_or(0.0)).collect()
    };
    (0..=side - SSIM_WINDOW).map(at).collect()
}

/// Means of neighbours; of an odd side the last stands twice.
fn halves(side: usize) -> Vec<Vec<f64>> {
    let at = |pair: usize| {
        let mut row = vec![0.0; side];
        row[2 * pair] += 0.5;
        row[(2 * pair + 1).min(side - 1)] += 0.5;
        row
    };
    (0..side.div_ceil(2)).map(at).collect()
}

impl Planes {
    fn through(self, tape: &mut Tape, sides: &Sides) -> Planes {
        let Planes { values, count: batch, height, width } = self;
        let (rows, columns) = (sides.rows.len(), sides.columns.len());
        let left = tape.given(sides.rows.concat().repeat(batch));
        let turned: Vec<f64> =
            (0..width).flat_map(|i| sides.columns.iter().map(move |column| column[i])).collect();
        let right = tape.given(turned.repeat(batch));
        let halfway = tape.product(left, values, Product { batch, rows, inner: height, columns: width });
        let values = tape.product(halfway, right, Product { batch, rows, inner: width, columns });
        Planes { values, count: batch, height: rows, width: columns }
    }

    /// The mean of each plane.
    fn means(self, tape: &mut Tape) -> Var {
        let each = self.height * self.width;
        let sums = tape.sums(self.values, self.count, move |i| i / each);
        tape.scale(sums, 1.0 / each as f64)
    }
}

/// (2 a + c) / (b + c)
fn ratio(tape: &mut Tape, (a, b): (Var, Var), c: f64) -> Var {
    let above = tape.map(a, move |a| 2.0 * a + c, |_| 2.0);
    let below = tape.map(b, move |b| b + c, |_| 1.0);
    tape.divide(above, below)
}

/// Mean similarity of each plane: the whole one, or that of contrast alone.
fn mean_similarity(tape: &mut Tape, [x, y]: [Planes; 2], is_whole: bool) -> Var {
    let [c_1, c_2] = SSIM_CONSTANTS;
    let sides = Sides::new(x, windows);
    let squares = |tape: &mut Tape, a: Var, b: Var| {
        let [a, b] = [a, b].map(|values| tape.square(values));
        tape.add(a, b)
    };
    let smooth = |tape: &mut Tape, values: Var| Planes { values, ..x }.through(tape, &sides);
    let [mean_x, mean_y] = [x, y].map(|planes| smooth(tape, planes.values));
    let (both, cross) = (squares(tape, x.values, y.values), tape.multiply(x.values, y.values));
    let [both, cross] = [both, cross].map(|values| smooth(tape, values).values);
    let (of_means, product) =
        (squares(tape, mean_x.values, mean_y.values), tape.multiply(mean_x.values, mean_y.values));
    let (variances, covariance) = (tape.subtract(both, of_means), tape.subtract(cross, product));
    let contrast = ratio(tape, (covariance, variances), c_2);
    let values = match is_whole {
        true => {
            let luminance = ratio(tape, (product, of_means), c_1);
            tape.multiply(luminance, contrast)
        }
        false => contrast,
    };
    Planes { values, ..mean_x }.means(tape)
}

/// Images of this shape, one after the other, as planes.
fn planes(tape: &mut Tape, images: Var, rows: usize, shape: Shape) -> Planes {
    let (height, width, channels) = shape.pixels();
    let table = (0..channels)
        .flat_map(|channel| (0..height * width).map(move |pixel| Some(pixel * channels + channel)))
        .collect();
    let values = tape.pick(images, rows, table, 0.0);
    Planes { values, count: rows * channels, height, width }
}

/// The mean of each image's channels.
fn over_channels(tape: &mut Tape, channels: Var, rows: usize) -> Var {
    let each = tape.len(channels) / rows;
    let sums = tape.sums(channels, rows, move |i| i / each);
    tape.scale(sums, 1.0 / each as f64)
}

/// SSIM of each of `rows` outputs and its target.
pub fn ssim(tape: &mut Tape, both: [Var; 2], rows: usize, shape: Shape) -> Var {
    let both = both.map(|images| planes(tape, images, rows, shape));
    let similarity = mean_similarity(tape, both, true);
    over_channels(tape, similarity, rows)
}

/// MS-SSIM of each of `rows` outputs and its target.
pub fn ms_ssim(tape: &mut Tape, both: [Var; 2], rows: usize, shape: Shape) -> Var {
    let mut both = both.map(|images| planes(tape, images, rows, shape));
    let weights = MsSsim::scales(both[0].height.min(both[0].width));
    let mut product = None;
    for (scale, weight) in weights.iter().copied().enumerate() {
        if scale > 0 {
            let sides = Sides::new(both[0], halves);
            both = both.map(|planes| planes.through(tape, &sides));
        }
        let similarity = mean_similarity(tape, both, scale + 1 == weights.len());
        let is_counted = |mean: f64| mean > 1e-6;
        let power = tape.map(
            similarity,
            move |mean| if is_counted(mean) { mean.powf(weight) } else { 0.0 },
            move |mean| if is_counted(mean) { weight * mean.powf(weight - 1.0) } else { 0.0 },
        );
        product = Some(product.map_or(power, |product| tape.multiply(product, power)));
    }
    over_channels(tape, product.expect("the window has room"), rows)
}
