//! Convolutions with borders of any width, as those that there are here: a border that is "same" nowhere becomes a kernel with
//! rows and columns of zeros, which gives the same windows; what even that cannot do is done by a layer that only adds a border,
//! or only cuts.

use network::{
    Activation, Conv2d, Conv2dTranspose, ConvPadding, Initializer, Layer, Padding, Pair, Shape,
    padding_before,
};

use super::graph::{Graph, NodeId, Operation};
use crate::border::Border;
use crate::error::ExchangeError;

/// A convolution, transposed or not, as files have it.
#[derive(Clone, Debug)]
pub struct Convolution {
    /// Rows and columns of the kernel.
    pub size: Pair,
    /// Step.
    pub stride: Pair,
    /// Zeros around the image; of a transposed one what is cut off around its output.
    pub border: Border,
    /// Rows and columns behind the output of a transposed one that no kernel has to reach.
    pub more: Pair,
    /// Channels that it gives.
    pub filters: usize,
    /// HWIO; of a transposed one HWOI.
    pub kernel: Vec<f32>,
    /// One a channel.
    pub bias: Vec<f32>,
}

/// Zeros before and behind the taps of a kernel, along one axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Widened {
    before: usize,
    behind: usize,
}

impl Graph {
    /// A border around an image, for the convolution that takes it.
    ///
    /// # Errors
    /// If it is no image.
    pub fn border(
        &mut self,
        name: impl Into<String>,
        input: NodeId,
        border: Border,
        reflects: bool,
    ) -> Result<NodeId, ExchangeError> {
        let name = name.into();
        let Shape::Image { height, width, channels } = self.shape(input) else {
            return Err(ExchangeError::read(format!(
                "{name}: a border needs an image, not {}",
                self.shape(input)
            )));
        };
        let grown = |n: usize, more: [usize; 2]| more.iter().try_fold(n, |n, more| n.checked_add(*more));
        let sides = (grown(height, [border.above, border.below]), grown(width, [border.left, border.right]));
        let (Some(height), Some(width)) = sides else {
            return Err(ExchangeError::read(format!("{name}: its border is too wide")));
        };
        self.add(
            name,
            Operation::Border { border, reflects },
            vec![input],
            Shape::image(height, width, channels),
        )
    }

    /// A convolution with zeros around the image.
    ///
    /// # Errors
    /// If it does not fit its input.
    pub fn convolution(
        &mut self,
        name: &str,
        input: NodeId,
        what: Convolution,
    ) -> Result<NodeId, ExchangeError> {
        let Convolution { size, stride, mut border, filters, kernel, bias, .. } = what;
        check(name, size, stride, border)?;
        let mut from = input;
        if let Operation::Border { border: outer, reflects } = self.nodes[input].operation {
            from = self.nodes[input].inputs[0];
            if reflects {
                return self.reflected(name, from, outer, Convolution { border, kernel, bias, ..what });
            }
            border = border.plus(outer);
            check(name, size, stride, border)?;
        }
        let Shape::Image { height, width, channels } = self.shape(from) else {
            return Err(ExchangeError::read(format!("{name}: takes an image, not {}", self.shape(from))));
        };
        let axes = [
            (height, size.rows, stride.rows, border.above, border.below),
            (width, size.columns, stride.columns, border.left, border.right),
        ];
        if axes.iter().any(|(n, k, _, before, behind)| n + before + behind < *k) {
            return Err(ExchangeError::read(format!(
                "{name}: its kernel of {size} is larger than the image"
            )));
        }
        let mut padding = ConvPadding::Valid;
        let mut widened = axes.map(|(n, k, s, before, behind)| valid(n, k, s, before, behind));
        if widened.contains(&None) {
            padding = ConvPadding::Same;
            widened = axes.map(|(n, k, s, before, behind)| same(n, k, s, before, behind));
        }
        let [Some(rows), Some(columns)] = widened else {
            bound(name, channels, border)?;
            let padded = self.layer(
                format!("the border of {name}"),
                from,
                pad(channels, border),
                one_tap(channels, border),
            )?;
            let plain = Convolution { border: Border::default(), kernel, bias, ..what };
            return self.convolution(name, padded, plain);
        };
        let values = widen(&kernel, size, channels.saturating_mul(filters), rows, columns);
        let layer = Conv2d {
            filters,
            kernel: Pair {
                rows: size.rows + rows.before + rows.behind,
                columns: size.columns + columns.before + columns.behind,
            },
            stride,
            padding,
            activation: Activation::Linear,
            initializer: Initializer::default(),
        };
        self.layer(name, from, layer, named(values, bias))
    }

    /// A convolution of an image with its reflection around it.
    fn reflected(
        &mut self,
        name: &str,
        input: NodeId,
        outer: Border,
        what: Convolution,
    ) -> Result<NodeId, ExchangeError> {
        let layer = Conv2d {
            filters: what.filters,
            kernel: what.size,
            stride: what.stride,
            padding: ConvPadding::Reflect,
            activation: Activation::Linear,
            initializer: Initializer::default(),
        };
        let from = self.shape(input);
        let fits = Layer::from(layer.clone()).output_shape(from).is_ok_and(|output| {
            what.border.is_empty() && Border::of(from, output, what.size, what.stride, Padding::Same) == outer
        });
        if !fits {
            return Err(ExchangeError::read(format!(
                "{name}: of reflections there is the border here that \"same\" has, and no other"
            )));
        }
        self.layer(name, input, layer, named(what.kernel, what.bias))
    }

    /// A transposed convolution of which a border is cut off.
    ///
    /// # Errors
    /// If it does not fit its input.
    pub fn transposed(
        &mut self,
        name: &str,
        input: NodeId,
        what: Convolution,
    ) -> Result<NodeId, ExchangeError> {
        let Convolution { size, stride, border, more, filters, kernel, bias } = what;
        check(name, size, stride, border)?;
        let Shape::Image { height, width, channels } = self.shape(input) else {
            return Err(ExchangeError::read(format!("{name}: takes an image, not {}", self.shape(input))));
        };
        let axes = [
            (height, size.rows, stride.rows, border.above, border.below, more.rows),
            (width, size.columns, stride.columns, border.left, border.right, more.columns),
        ];
        let too_much = |(n, k, s, before, behind, more): &(usize, usize, usize, usize, usize, usize)| {
            let whole = (n - 1).checked_mul(*s).and_then(|whole| whole.checked_add(k + more));
            whole.is_none_or(|whole| whole <= before.saturating_add(*behind)) || *more >= (*s).max(*k)
        };
        if axes.iter().any(too_much) {
            return Err(ExchangeError::read(format!("{name}: its border leaves nothing of its output")));
        }
        let mut padding = Padding::Valid;
        let mut widened = axes.map(|(_, k, s, before, behind, more)| whole(k, s, before, behind, more));
        if widened.contains(&None) {
            padding = Padding::Same;
            widened =
                axes.map(|(n, k, s, before, behind, more)| same_transposed(n, k, s, before, behind, more));
        }
        let layer = |kernel: Pair, padding| Conv2dTranspose {
            filters,
            kernel,
            stride,
            padding,
            activation: Activation::Linear,
            initializer: Initializer::default(),
        };
        if let [Some(rows), Some(columns)] = widened {
            let values = widen(&kernel, size, channels.saturating_mul(filters), rows, columns);
            let size = Pair {
                rows: size.rows + rows.before + rows.behind,
                columns: size.columns + columns.before + columns.behind,
            };
            return self.layer(name, input, layer(size, padding), named(values, bias));
        }
        // All of it, and what is too much cut off.
        let behind =
            |k: usize, s: usize, more: usize| Widened { before: 0, behind: more.max(s.saturating_sub(k)) };
        let (rows, columns) =
            (behind(size.rows, stride.rows, more.rows), behind(size.columns, stride.columns, more.columns));
        let values = widen(&kernel, size, channels.saturating_mul(filters), rows, columns);
        let wide = Pair { rows: size.rows + rows.behind, columns: size.columns + columns.behind };
        let all = self.layer(name, input, layer(wide, Padding::Valid), named(values, bias))?;
        let cut = Border {
            below: border.below + rows.behind - more.rows,
            right: border.right + columns.behind - more.columns,
            ..border
        };
        bound(name, filters, cut)?;
        self.layer(format!("what cuts the border off {name}"), all, crop(filters, cut), one_tap(filters, cut))
    }
}

fn check(name: &str, size: Pair, stride: Pair, border: Border) -> Result<(), ExchangeError> {
    const MOST: usize = 1024;
    let is_sound = |pair: Pair| (1..=MOST).contains(&pair.rows) && (1..=MOST).contains(&pair.columns);
    let Border { above, left, below, right } = border;
    if is_sound(size) && is_sound(stride) && [above, left, below, right].iter().all(|n| *n <= MOST) {
        return Ok(());
    }
    Err(ExchangeError::read(format!(
        "{name}: a kernel of {size} with steps of {stride} and a border of {above}, {left}, {below}, {right} is none here"
    )))
}

/// Refuses borders for which a kernel would be absurd.
fn bound(name: &str, channels: usize, border: Border) -> Result<(), ExchangeError> {
    const MOST: usize = 1 << 24;
    let area = (border.above + border.below + 1).saturating_mul(border.left + border.right + 1);
    if area.saturating_mul(channels).saturating_mul(channels) <= MOST {
        return Ok(());
    }
    Err(ExchangeError::read(format!("{name}: there is no layer here with its border")))
}

fn named(kernel: Vec<f32>, bias: Vec<f32>) -> Vec<(String, Vec<f32>)> {
    vec![("kernel".into(), kernel), ("bias".into(), bias)]
}

/// A convolution along an axis without a border: only whole windows.
fn valid(n: usize, k: usize, s: usize, before: usize, behind: usize) -> Option<Widened> {
    let out = (n + before + behind - k) / s + 1;
    (before == 0 && n >= k && (n - k) / s + 1 == out).then_some(Widened { before: 0, behind: 0 })
}

/// The zeros that make the windows of "same" those of this border.
fn same(n: usize, k: usize, s: usize, before: usize, behind: usize) -> Option<Widened> {
    let out = (n + before + behind - k) / s + 1;
    if out != n.div_ceil(s) {
        return None;
    }
    widths(k + 2 * before).find(|zeros| {
        padding_before(n, out, k + zeros.before + zeros.behind, s, Padding::Same) == before + zeros.before
    })
}

/// All of what a transposed convolution gives along an axis.
fn whole(k: usize, s: usize, before: usize, behind: usize, more: usize) -> Option<Widened> {
    (before == 0 && behind <= more && k + more - behind >= s)
        .then(|| Widened { before: 0, behind: more - behind })
}

/// The zeros with which the part of a transposed convolution that "same" keeps is this one.
fn same_transposed(
    n: usize,
    k: usize,
    s: usize,
    before: usize,
    behind: usize,
    more: usize,
) -> Option<Widened> {
    let out = (n - 1) * s + k + more - before - behind;
    if out != n * s {
        return None;
    }
    widths(k + 2 * before).find(|zeros| {
        padding_before(out, n, k + zeros.before + zeros.behind, s, Padding::Same) == before + zeros.before
    })
}

/// Zeros around a kernel, fewest first.
fn widths(most: usize) -> impl Iterator<Item = Widened> {
    (0..=most).flat_map(|sum| (0..=sum).map(move |before| Widened { before, behind: sum - before }))
}

/// The kernel `[rows, columns, rest]` with zeros around it.
fn widen(kernel: &[f32], size: Pair, rest: usize, rows: Widened, columns: Widened) -> Vec<f32> {
    let none = Widened { before: 0, behind: 0 };
    if (rows, columns) == (none, none) || kernel.len() != size.rows * size.columns * rest {
        return kernel.to_vec();
    }
    let wide = size.columns + columns.before + columns.behind;
    let mut values = vec![0.0; (size.rows + rows.before + rows.behind) * wide * rest];
    for row in 0..size.rows {
        let from = row * size.columns * rest;
        let to = ((row + rows.before) * wide + columns.before) * rest;
        values[to..to + size.columns * rest].copy_from_slice(&kernel[from..from + size.columns * rest]);
    }
    values
}

/// A transposed convolution that puts a border of zeros around an image.
fn pad(channels: usize, border: Border) -> Conv2dTranspose {
    Conv2dTranspose {
        filters: channels,
        kernel: Pair { rows: border.above + border.below + 1, columns: border.left + border.right + 1 },
        stride: Pair::square(1),
        padding: Padding::Valid,
        activation: Activation::Linear,
        initializer: Initializer::default(),
    }
}

/// A convolution that cuts a border off an image.
fn crop(channels: usize, border: Border) -> Conv2d {
    Conv2d {
        filters: channels,
        kernel: Pair { rows: border.above + border.below + 1, columns: border.left + border.right + 1 },
        stride: Pair::square(1),
        padding: ConvPadding::Valid,
        activation: Activation::Linear,
        initializer: Initializer::default(),
    }
}

/// A kernel that passes each channel on, from one place.
fn one_tap(channels: usize, border: Border) -> Vec<(String, Vec<f32>)> {
    let (rows, columns) = (border.above + border.below + 1, border.left + border.right + 1);
    let mut kernel = vec![0.0; rows * columns * channels * channels];
    let tap = (border.above * columns + border.left) * channels * channels;
    (0..channels).for_each(|channel| kernel[tap + channel * channels + channel] = 1.0);
    named(kernel, vec![0.0; channels])
}
