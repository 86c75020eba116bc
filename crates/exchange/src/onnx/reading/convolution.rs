//! `Conv`, `ConvTranspose`, `Pad`

use network::{Padding, Pair, Shape};

use super::reader::{Operator, Reader, Value};
use super::view::View;
use crate::assembly::Convolution;
use crate::border::Border;
use crate::error::ExchangeError;

/// The border of a window operator that is written out, or else the padding that it names.
pub fn border(operator: &Operator<'_>) -> Result<Result<Border, Padding>, ExchangeError> {
    match operator.text("auto_pad").as_deref() {
        None | Some("NOTSET") => {}
        Some("VALID") => return Ok(Err(Padding::Valid)),
        Some("SAME_UPPER") => return Ok(Err(Padding::Same)),
        Some(_) => {
            return Err(operator
                .refuse("puts the odd zero of a border above and left, and here it goes below and right"));
        }
    }
    let [above, left, below, right] = operator.sizes("pads", [0; 4])?;
    Ok(Ok(Border { above, left, below, right }))
}

/// A pair of whole numbers.
pub fn pair(operator: &Operator<'_>, name: &str) -> Result<Pair, ExchangeError> {
    let [rows, columns] = operator.sizes(name, [1, 1])?;
    Ok(Pair { rows, columns })
}

/// The border of `shape` that "same" means.
pub fn same(shape: Shape, size: Pair, stride: Pair) -> Border {
    let (height, width, _) = shape.pixels();
    let out = |n: usize, step: usize| n.div_ceil(step.max(1)).max(1);
    let output = Shape::image(out(height, stride.rows), out(width, stride.columns), 1);
    Border::of(shape, output, size, stride, Padding::Same)
}

/// Either convolution.
pub fn read(reader: &mut Reader, operator: &Operator<'_>) -> Result<Value, ExchangeError> {
    let is_transposed = operator.node.op_type == "ConvTranspose";
    if operator.int("group", 1) != 1 {
        return Err(operator.refuse("has groups of channels, and convolutions here have one group"));
    }
    if pair(operator, "dilations")? != Pair::square(1) {
        return Err(operator.refuse("has gaps in its kernel, and convolutions here have none"));
    }
    if operator.attribute("output_shape").is_some() {
        return Err(
            operator.refuse("has an output_shape, whose border is read in different ways; write pads")
        );
    }
    let input = operator.data(0)?.clone();
    let node = reader.image(&operator.name, &input)?;
    let weights = operator.weights(1)?;
    let [outer, inner, rows, columns] = weights.shape[..] else {
        return Err(operator.refuse("is no convolution of images"));
    };
    let filters = if is_transposed { inner } else { outer };
    let size = Pair { rows, columns };
    let stride = pair(operator, "strides")?;
    let more = match operator.sizes("output_padding", [0, 0])? {
        [rows, columns] => Pair { rows, columns },
    };
    let border = match (border(operator)?, is_transposed) {
        (Ok(border), _) => border,
        (Err(Padding::Valid), _) => Border::default(),
        (Err(Padding::Same), false) => same(reader.graph.shape(node), size, stride),
        (Err(Padding::Same), true) => {
            return Err(operator.refuse("names its border, which is read in different ways; write pads"));
        }
    };
    let bias = operator.constant(2)?.map_or_else(|| vec![0.0; filters], |bias| bias.values.clone());
    let kernel = weights.permuted(&[2, 3, 1, 0]); // OIHW to HWIO, IOHW to HWOI
    let what = Convolution { size, stride, border, more, filters, kernel, bias };
    let output = match is_transposed {
        true => reader.graph.transposed(&operator.name, node, what)?,
        false => reader.graph.convolution(&operator.name, node, what)?,
    };
    Ok(Value::Data(View::channels_first(output, reader.graph.shape(output).pixels())))
}

/// `Pad`, which the convolution behind it takes for its border.
pub fn pad(reader: &mut Reader, operator: &Operator<'_>) -> Result<Value, ExchangeError> {
    let pads = operator.ints_of(1, "pads")?.unwrap_or_default();
    let reflects = match operator.text("mode").as_deref() {
        None | Some("constant") => false,
        Some("reflect") => true,
        Some(_) => return Err(operator.refuse("repeats the edge, and borders here are zeros or reflections")),
    };
    if operator.constant(2)?.and_then(|value| value.number()).is_some_and(|value| value != 0.0) {
        return Err(operator.refuse("has a border of other values than 0"));
    }
    let input = operator.data(0)?.clone();
    if pads.iter().all(|n| *n == 0) {
        return Ok(Value::Data(input));
    }
    let sizes: Option<Vec<usize>> = pads.iter().map(|n| usize::try_from(*n).ok()).collect();
    let Some(&[0, 0, above, left, 0, 0, below, right]) = sizes.as_deref() else {
        return Err(operator.refuse(&format!("has a border {pads:?}, and here rows and columns have one")));
    };
    let node = reader.image(&operator.name, &input)?;
    let output = reader.graph.border(&operator.name, node, Border { above, left, below, right }, reflects)?;
    Ok(Value::Data(View::channels_first(output, reader.graph.shape(output).pixels())))
}
