//! The file: constants, what the graph takes, its operators in their order, what it gives.

use network::Shape;
use prost::Message;

use super::array::{Array, Beside, Constant, constant};
use super::pattern::{Operators, Pattern};
use super::reader::{Operator, Reader, Value};
use super::view::View;
use super::{convolution, elementwise, norm, pool, product, shape};
use crate::assembly::{Model, ModelFile, NodeId};
use crate::error::ExchangeError;
use crate::layout::Layout;
use crate::onnx::messages::{GraphProto, ModelProto, NodeProto, ValueInfoProto};

type Read = fn(&mut Reader, &Operator<'_>) -> Result<Value, ExchangeError>;

/// The operators that are read.
const OPERATORS: &[(&str, Read)] = &[
    ("Conv", convolution::read),
    ("ConvTranspose", convolution::read),
    ("Pad", convolution::pad),
    ("Gemm", product::gemm),
    ("MatMul", product::product),
    ("Add", elementwise::add),
    ("Sum", elementwise::add),
    ("Mul", elementwise::multiply),
    ("Div", elementwise::divide),
    ("Concat", elementwise::concat),
    ("Relu", elementwise::activate),
    ("LeakyRelu", elementwise::activate),
    ("Elu", elementwise::activate),
    ("Sigmoid", elementwise::activate),
    ("Tanh", elementwise::activate),
    ("Softplus", elementwise::activate),
    ("Gelu", elementwise::activate),
    ("Swish", elementwise::activate),
    ("Exp", elementwise::arithmetic),
    ("Sqrt", elementwise::arithmetic),
    ("BatchNormalization", norm::batch),
    ("LayerNormalization", norm::layer),
    ("GroupNormalization", norm::group),
    ("InstanceNormalization", norm::group),
    ("MaxPool", pool::read),
    ("AveragePool", pool::read),
    ("GlobalAveragePool", pool::global),
    ("ReduceMean", pool::global),
    ("Resize", pool::resize),
    ("Upsample", pool::resize),
    ("Flatten", shape::flatten),
    ("Reshape", shape::reshape),
    ("Transpose", shape::transpose),
    ("Squeeze", shape::squeeze),
    ("Unsqueeze", shape::squeeze),
    ("Shape", shape::shape),
    ("Gather", shape::gather),
    ("Slice", shape::slice),
    ("Mod", shape::remainder),
    ("Identity", shape::pass),
    ("Dropout", shape::pass),
    ("Cast", shape::pass),
    ("Constant", shape::pass),
];

/// Operators and constants of a model.
const MOST: usize = 1 << 14;
/// Values of an image.
const LARGEST_IMAGE: usize = 1 << 22;

/// The graph in an ONNX file, which messages call `name`; `beside` gives other files of its folder, in which weights may lie.
///
/// # Errors
/// If it is none, or has an operator that no layer here does: with its name, its place, and what is known.
pub fn read_onnx(bytes: &[u8], name: &str, beside: Beside<'_>) -> Result<ModelFile, ExchangeError> {
    read(bytes, name, beside).map_err(|error| error.in_file(name))
}

fn read(bytes: &[u8], name: &str, beside: Beside<'_>) -> Result<ModelFile, ExchangeError> {
    let model = ModelProto::decode(bytes)
        .map_err(|error| ExchangeError::read(format!("is no ONNX file, or a damaged one: {error}")))?;
    let layout = match model.producer_name.contains("pytorch") {
        true => Layout::ChannelsFirst,
        false => Layout::ChannelsLast,
    };
    let graph = model.graph.ok_or_else(|| ExchangeError::read("is no ONNX file: it has no graph"))?;
    if graph.node.len() > MOST || graph.initializer.len() > MOST || graph.output.len() > 64 {
        return Err(ExchangeError::read(format!("has more than {MOST} operators or constants")));
    }
    let mut reader = Reader::default();
    for tensor in &graph.initializer {
        let value = constant(tensor, beside)?;
        reader.values.insert(tensor.name.clone(), value.into());
    }
    for (node, tensor) in graph.node.iter().filter(|node| node.op_type == "Constant").filter_map(value_of) {
        let value = constant(tensor, beside)?;
        reader.values.insert(node.to_owned(), value.into());
    }
    for node in graph.node.iter().filter(|node| node.op_type == "Constant") {
        if let (Some(name), Some(value)) = (node.output.first(), plain_value_of(node)) {
            reader.values.entry(name.clone()).or_insert(value);
        }
    }
    let mut inputs = Vec::new();
    for input in
        graph.input.iter().filter(|input| !reader.values.contains_key(&input.name)).collect::<Vec<_>>()
    {
        let view = input_view(&mut reader, &graph, input)?;
        inputs.push(view.node);
        reader.values.insert(input.name.clone(), Value::Data(view));
    }
    let operators = Operators::new(&graph.node);
    let patterns = operators.patterns(&|name| matches!(reader.values.get(name), Some(Value::Constant(_))));
    for (index, node) in graph.node.iter().enumerate() {
        apply(&mut reader, node, index, patterns.get(&index));
    }
    let outputs = graph.output.iter().map(|output| output_of(&mut reader, &output.name));
    let outputs = outputs.collect::<Result<Vec<NodeId>, _>>()?;
    if inputs.is_empty() || outputs.is_empty() {
        return Err(ExchangeError::read("has no inputs, or no outputs"));
    }
    let model = Model { graph: reader.graph, inputs, outputs, parts: Vec::new() };
    Ok(ModelFile { file: name.to_owned(), model, loss: None, optimizer: None, layout, notes: Vec::new() })
}

/// The constant that an operator of that kind gives.
fn value_of(node: &NodeProto) -> Option<(&str, &crate::onnx::messages::TensorProto)> {
    let value = node.attribute.iter().find(|attribute| attribute.name == "value")?;
    Some((node.output.first()?.as_str(), value.t.as_ref()?))
}

/// The same where it is written as a number, or as some.
fn plain_value_of(node: &NodeProto) -> Option<Value> {
    let attribute = |name: &str| node.attribute.iter().find(|attribute| attribute.name == name);
    let ints = |values: &[i64], has_axis| Value::from(Constant::Ints(values.to_vec(), has_axis));
    attribute("value_float")
        .and_then(|attribute| attribute.f)
        .map(|value| Value::Constant(Array { shape: Vec::new(), values: vec![value] }))
        .or_else(|| {
            attribute("value_int").and_then(|attribute| attribute.i).map(|value| ints(&[value], false))
        })
        .or_else(|| attribute("value_ints").map(|attribute| ints(&attribute.ints, true)))
}

/// What a graph takes: axes behind the batch are fixed.
fn input_view(
    reader: &mut Reader,
    graph: &GraphProto,
    input: &ValueInfoProto,
) -> Result<View, ExchangeError> {
    let name = format!("input {:?}", input.name);
    let sides =
        input.r#type.as_ref().and_then(|kind| kind.tensor_type.as_ref()).and_then(|kind| kind.shape.as_ref());
    let sides: Vec<i64> = sides
        .map(|shape| shape.dim.iter().map(|dim| dim.dim_value.unwrap_or(-1)).collect())
        .unwrap_or_default();
    let fixed: Option<Vec<usize>> =
        sides.iter().skip(1).map(|n| usize::try_from(*n).ok().filter(|n| *n > 0)).collect();
    let fixed = fixed.filter(|sides| {
        let count = sides.iter().try_fold(1usize, |n, m| n.checked_mul(*m));
        (1..=3).contains(&sides.len()) && count.is_some_and(|n| n <= LARGEST_IMAGE)
    });
    let fixed = fixed.ok_or_else(|| {
        ExchangeError::read(format!(
            "{name} has the sides {sides:?}: behind the batch there have to be those of a vector or an image"
        ))
    })?;
    Ok(match fixed[..] {
        [n] => View::plain(reader.graph.input(name, Shape::Vector(n))?, &[n]),
        [height, width] => {
            View::plain(reader.graph.input(name, Shape::image(height, width, 1))?, &[height, width])
        }
        [a, b, c] => match is_channels_first(graph, &input.name, [a, b, c]) {
            true => View::channels_first(reader.graph.input(name, Shape::image(b, c, a))?, (b, c, a)),
            false => View::plain(reader.graph.input(name, Shape::image(a, b, c))?, &[a, b, c]),
        },
        _ => return Err(ExchangeError::read(format!("{name} is no image"))),
    })
}

/// Whether an image's channels come first: as the first operators take it that care, or else by how few there are.
fn is_channels_first(graph: &GraphProto, name: &str, [first, _, last]: [usize; 3]) -> bool {
    /// Operators that are followed.
    const FAR: usize = 32;
    let few = |n: usize| matches!(n, 1 | 3 | 4);
    let mut names = vec![name];
    for _ in 0..FAR {
        let mut behind = Vec::new();
        for node in graph
            .node
            .iter()
            .filter(|node| node.input.first().is_some_and(|input| names.contains(&input.as_str())))
        {
            match node.op_type.as_str() {
                "Conv" | "ConvTranspose" | "MaxPool" | "AveragePool" | "GlobalAveragePool"
                | "BatchNormalization" | "Resize" => {
                    return true;
                }
                "Transpose" => {
                    let order = node.attribute.iter().find(|attribute| attribute.name == "perm");
                    match order.map(|order| &order.ints[..]) {
                        Some([0, 3, 1, 2]) => return false,
                        Some([0, 2, 3, 1]) => return true,
                        _ => {}
                    }
                }
                "Flatten" | "Reshape" | "MatMul" | "Gemm" => {}
                _ => behind.extend(node.output.iter().map(String::as_str)),
            }
        }
        if behind.is_empty() || behind.len() > FAR {
            break;
        }
        names = behind;
    }
    few(first) || !few(last)
}

/// What a graph gives, as a value of ours.
fn output_of(reader: &mut Reader, name: &str) -> Result<NodeId, ExchangeError> {
    match reader.values.get(name).cloned() {
        Some(Value::Data(view)) => match view.image() {
            Some(_) => reader.image(&format!("output {name:?}"), &view),
            None => match view.sides()[..] {
                [height, width, channels] if view.is_plain() => reader.shaped(
                    &format!("output {name:?}"),
                    view.node,
                    Shape::image(height, width, channels),
                ),
                _ => Ok(view.node),
            },
        },
        Some(Value::Lost(why)) => Err(ExchangeError::read(why)),
        _ => Err(ExchangeError::read(format!("output {name:?} is made of no image"))),
    }
}

/// Reads an operator; what it gives is lost where it cannot be, which is missed only where it is needed.
fn apply(reader: &mut Reader, node: &NodeProto, index: usize, pattern: Option<&Pattern>) {
    let Some(output) = node.output.first().filter(|name| !reader.values.contains_key(*name)).cloned() else {
        return;
    };
    let called = if node.name.is_empty() { &output } else { &node.name };
    let name = format!("operator {called:?} ({})", node.op_type);
    let mut inputs = Vec::new();
    let mut lost = None;
    for input in &node.input {
        let value = reader.values.get(input).cloned();
        match (&value, input.is_empty()) {
            (Some(Value::Lost(why)), _) => lost = Some(why.clone()),
            (None, false) => lost = Some(format!("{name} takes {input:?}, which nothing gives")),
            _ => {}
        }
        inputs.push(value);
    }
    let operator = Operator { node, name, inputs };
    let read = match (pattern, lost, OPERATORS.iter().find(|(kind, _)| *kind == node.op_type)) {
        (Some(pattern), ..) => reader.pattern(&operator, pattern),
        (None, Some(why), _) => Err(ExchangeError::read(why)),
        (None, None, _) if node.op_type.starts_with("Random") || node.op_type == "Bernoulli" => {
            Ok(noise(reader, &operator))
        }
        (None, None, Some((_, read))) => read(reader, &operator),
        (None, None, None) => unknown(reader, &operator, index),
    };
    let value = read.unwrap_or_else(|error| Value::Lost(error.to_string()));
    reader.values.insert(output, value);
}

/// Random numbers, in the shape of a value where they take one.
fn noise(reader: &mut Reader, operator: &Operator<'_>) -> Value {
    match operator.data(0) {
        Ok(view) => {
            let what = crate::assembly::Arithmetic::Other(operator.node.op_type.clone());
            let made = reader.arithmetic(&operator.name, what, &view.clone(), &[]);
            made.unwrap_or(Value::Noise)
        }
        Err(_) => Value::Noise,
    }
}

/// An operator that no layer here does: perhaps part of how a code is drawn, if it keeps the shape of what it takes.
fn unknown(reader: &mut Reader, operator: &Operator<'_>, index: usize) -> Result<Value, ExchangeError> {
    const OF_DRAWS: [&str; 4] = ["Sub", "Neg", "Pow", "Reciprocal"];
    if OF_DRAWS.contains(&operator.node.op_type.as_str()) {
        return elementwise::arithmetic(reader, operator);
    }
    let known: Vec<&str> = OPERATORS.iter().map(|(name, _)| *name).collect();
    Err(ExchangeError::read(format!(
        "{}, number {} of the graph: latentlab has no such layer; known are {}",
        operator.name,
        index + 1,
        known.join(", ")
    )))
}
