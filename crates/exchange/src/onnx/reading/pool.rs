//! `MaxPool`, `AveragePool`, `GlobalAveragePool`, `Resize`

use network::{AveragePool, GlobalAveragePool, Interpolation, Layer, MaxPool, Padding, Pair, UpSample};

use super::convolution::{border, pair};
use super::reader::{Operator, Reader, Side, Value};
use super::view::View;
use crate::border::Border;
use crate::error::ExchangeError;

/// Pools with windows.
pub fn read(reader: &mut Reader, operator: &Operator<'_>) -> Result<Value, ExchangeError> {
    let input = operator.data(0)?.clone();
    let node = reader.image(&operator.name, &input)?;
    let (size, stride) = (pair(operator, "kernel_shape")?, pair(operator, "strides")?);
    if operator.int("ceil_mode", 0) != 0 || pair(operator, "dilations")? != Pair::square(1) {
        return Err(operator.refuse("has windows that are not whole, or have gaps"));
    }
    let is_max = operator.node.op_type == "MaxPool";
    let wanted = border(operator)?;
    let layer = |padding| -> Layer {
        let stride = (stride != size).then_some(stride);
        match is_max {
            true => MaxPool { size, stride, padding }.into(),
            false => AveragePool { size, stride, padding }.into(),
        }
    };
    let from = reader.graph.shape(node);
    let fits = |padding: &Padding| match wanted {
        Err(named) => named == *padding,
        Ok(border) => layer(*padding).output_shape(from).is_ok_and(|output| {
            Border::of(from, output, size, stride, *padding) == border
                && matches(from, border, size, stride, output)
        }),
    };
    let padding = [Padding::Valid, Padding::Same].into_iter().find(fits).ok_or_else(|| {
        operator.refuse("has a border that is neither none nor \"same\", the odd row below and right")
    })?;
    let counts = operator.int("count_include_pad", 0) != 0;
    if !is_max && counts && wanted.is_ok_and(|border| !border.is_empty()) {
        return Err(operator.refuse("counts its border, and averages here do not"));
    }
    let output = reader.graph.layer(&operator.name, node, layer(padding), Vec::new())?;
    Ok(Value::Data(View::channels_first(output, reader.graph.shape(output).pixels())))
}

/// Whether windows with this border are as many as the output has.
fn matches(from: network::Shape, border: Border, size: Pair, stride: Pair, output: network::Shape) -> bool {
    let ((height, width, _), (rows, columns, _)) = (from.pixels(), output.pixels());
    let count = |n: usize, more: usize, size: usize, stride: usize| {
        (n + more).checked_sub(size).map(|rest| rest / stride.max(1) + 1)
    };
    count(height, border.above + border.below, size.rows, stride.rows) == Some(rows)
        && count(width, border.left + border.right, size.columns, stride.columns) == Some(columns)
}

/// `GlobalAveragePool`, and `ReduceMean` of rows and columns.
pub fn global(reader: &mut Reader, operator: &Operator<'_>) -> Result<Value, ExchangeError> {
    let input = operator.data(0)?.clone();
    let mut keeps = true;
    if operator.node.op_type == "ReduceMean" {
        let axes = operator.ints_of(1, "axes")?.unwrap_or_default();
        if ![vec![2, 3], vec![-2, -1], vec![-1, -2]].contains(&axes) {
            return Err(operator.refuse("takes the mean over other axes than rows and columns"));
        }
        keeps = operator.int("keepdims", 1) != 0;
    }
    let node = reader.image(&operator.name, &input)?;
    let output = reader.graph.layer(&operator.name, node, GlobalAveragePool {}, Vec::new())?;
    let channels = reader.graph.shape(output).len();
    let sides: &[usize] = if keeps { &[channels, 1, 1] } else { &[channels] };
    Ok(Value::Data(View::plain(output, sides)))
}

/// `Resize` and `Upsample` to whole multiples.
pub fn resize(reader: &mut Reader, operator: &Operator<'_>) -> Result<Value, ExchangeError> {
    let input = operator.data(0)?.clone();
    let node = reader.image(&operator.name, &input)?;
    let (height, width, _) = reader.graph.shape(node).pixels();
    let place = if operator.node.op_type == "Upsample" { 1 } else { 2 };
    let scales =
        operator.constant(place)?.map(|scales| scales.values.clone()).filter(|scales| !scales.is_empty());
    let whole =
        |scale: f32| (scale >= 1.0 && scale.fract() == 0.0 && scale < 4096.0).then_some(scale as usize);
    let size = match (scales.as_deref(), operator.sides(3)?.as_deref()) {
        (Some(&[1.0, 1.0, rows, columns]), _) => whole(rows).zip(whole(columns)),
        (None, Some(&[_, _, Side::Known(rows), Side::Known(columns)])) => {
            let times = |to: i64, from: usize| {
                usize::try_from(to).ok().filter(|to| from > 0 && to.is_multiple_of(from)).map(|to| to / from)
            };
            times(rows, height).zip(times(columns, width))
        }
        _ => None,
    };
    let (rows, columns) =
        size.ok_or_else(|| operator.refuse("makes images no whole number of times as large"))?;
    let coordinates = operator.text("coordinate_transformation_mode").unwrap_or_else(|| "half_pixel".into());
    let interpolation = match (operator.text("mode").as_deref(), coordinates.as_str()) {
        (None | Some("nearest"), "asymmetric")
            if operator.text("nearest_mode").as_deref() == Some("floor") =>
        {
            Interpolation::Nearest
        }
        // Of whole multiples, the nearest centre is that of the pixel above it.
        (None | Some("nearest"), "half_pixel" | "pytorch_half_pixel" | "tf_half_pixel_for_nn") => {
            Interpolation::Nearest
        }
        (None | Some("nearest"), _) if place == 1 => Interpolation::Nearest,
        (Some("linear"), "half_pixel" | "pytorch_half_pixel") => Interpolation::Bilinear,
        (mode, _) => {
            let mode = mode.unwrap_or("nearest");
            return Err(
                operator.refuse(&format!("enlarges by {mode:?} with {coordinates:?}, as no layer here does"))
            );
        }
    };
    let layer = UpSample { size: Pair { rows, columns }, interpolation };
    let output = reader.graph.layer(&operator.name, node, layer, Vec::new())?;
    Ok(Value::Data(View::channels_first(output, reader.graph.shape(output).pixels())))
}
