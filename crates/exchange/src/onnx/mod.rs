//! ONNX files, opset 18: a network's encoder, decoder, reconstruction and anomaly score as graphs with a dynamic batch.

mod graph;
mod layers;
mod messages;
mod reading;

use network::{Latent, Loss, Network, NetworkError, Shape};
use prost::Message;

use self::graph::{Attribute, Graph, Value};
use self::messages::{
    DimensionProto, FLOAT, GraphProto, ModelProto, OperatorSetIdProto, StringStringEntryProto,
    TensorShapeProto, TensorTypeProto, TypeProto, ValueInfoProto,
};
use crate::parameters::Parameters;

pub use self::reading::read_onnx;
pub use crate::layout::Layout;

const OPSET: i64 = 18;
/// Of the format itself; what came with opset 18.
const IR_VERSION: i64 = 8;

/// What a graph computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// `image` to `mean` and `log_var` of its posterior; of a plain autoencoder to `code`.
    Encoder,
    /// `code` to `image`.
    Decoder,
    /// `image` to `reconstruction`, by the posterior's mean.
    Reconstruction,
    /// `image` to `reconstruction_error`, summed over its values, and `kl` in nats, where there is one.
    Score,
}

impl Part {
    /// All of them.
    pub const ALL: [Part; 4] = [Part::Encoder, Part::Decoder, Part::Reconstruction, Part::Score];

    /// `encoder`, `decoder`, `reconstruction`, `score`.
    pub fn name(self) -> &'static str {
        match self {
            Part::Encoder => "encoder",
            Part::Decoder => "decoder",
            Part::Reconstruction => "reconstruction",
            Part::Score => "score",
        }
    }
}

/// How graphs are written.
#[derive(Clone, Debug, Default)]
pub struct OnnxOptions {
    /// The order of the axes of images.
    pub layout: Layout,
    /// Whether decoders give what the last layer gives, before the sigmoid, where the objective takes logits.
    pub logits: bool,
    /// What the file says of itself, for people.
    pub description: String,
    /// What programs may ask: names and values.
    pub metadata: Vec<(String, String)>,
}

/// The ONNX file of one part of `network`, whose tensors are `parameters`.
///
/// # Errors
/// If the network does not fit together.
///
/// # Panics
/// If there are fewer parameters than the network has.
///
/// ```
/// use exchange::onnx::{OnnxOptions, Part, onnx};
/// use network::{Dense, Latent, Network, Objective, Shape};
///
/// let dense = |units| network::Layer::from(Dense { units, activation: Default::default(), initializer: Default::default() });
/// let network = Network {
///     input: Shape::Vector(4),
///     encoder: vec![dense(3)],
///     latent: Latent::gaussian(2),
///     decoder: vec![dense(4)],
///     objective: Objective::default(),
/// };
/// let parameters = vec![0.1; network::parameter_views(&network)?.last().unwrap().range.end];
/// let file = onnx(&network, &parameters, Part::Encoder, &OnnxOptions::default())?;
/// assert!(file.len() > 200);
/// # Ok::<(), network::NetworkError>(())
/// ```
pub fn onnx(
    network: &Network,
    parameters: &[f32],
    part: Part,
    options: &OnnxOptions,
) -> Result<Vec<u8>, NetworkError> {
    let parameters = Parameters::new(network, parameters)?;
    let writer = Writer {
        network,
        code: network.shapes()?.code,
        layout: options.layout,
        graph: Graph::new(&parameters),
        outputs: Vec::new(),
    };
    let graph = writer.write(part, options.logits);
    let entry =
        |(key, value): &(String, String)| StringStringEntryProto { key: key.clone(), value: value.clone() };
    let model = ModelProto {
        ir_version: IR_VERSION,
        producer_name: "latentlab".into(),
        producer_version: env!("CARGO_PKG_VERSION").into(),
        doc_string: options.description.clone(),
        graph: Some(graph),
        opset_import: vec![OperatorSetIdProto { domain: String::new(), version: OPSET }],
        metadata_props: options.metadata.iter().map(entry).collect(),
    };
    Ok(model.encode_to_vec())
}

struct Writer<'a> {
    network: &'a Network,
    code: Shape,
    layout: Layout,
    graph: Graph<'a>,
    outputs: Vec<ValueInfoProto>,
}

/// Mean and log variance of a posterior; the code where there is none.
struct Posterior {
    mean: Value,
    log_var: Option<Value>,
}

impl Writer<'_> {
    fn write(mut self, part: Part, logits: bool) -> GraphProto {
        let (name, shape) = match part {
            Part::Decoder => ("code", self.code),
            _ => ("image", self.network.input),
        };
        let input = self.info(name, shape);
        let x = self.inside(name, shape);
        match part {
            Part::Encoder => {
                let Posterior { mean, log_var } = self.encode(x);
                self.output(&mean, if log_var.is_some() { "mean" } else { "code" });
                if let Some(log_var) = log_var {
                    self.output(&log_var, "log_var");
                }
            }
            Part::Decoder => self.decoded(x, logits, "image"),
            Part::Reconstruction => {
                let mean = self.encode(x).mean;
                self.decoded(mean, logits, "reconstruction");
            }
            Part::Score => self.score(x),
        }
        GraphProto {
            node: self.graph.nodes,
            name: part.name().into(),
            initializer: self.graph.initializers,
            doc_string: String::new(),
            input: vec![input],
            output: self.outputs,
        }
    }

    /// Name and shape of an input or an output as they are outside.
    fn info(&self, name: &str, shape: Shape) -> ValueInfoProto {
        let dims = match (shape, self.layout) {
            (Shape::Image { height, width, channels }, Layout::ChannelsFirst) => {
                vec![channels, height, width]
            }
            _ => shape.dims(),
        };
        self.info_of(name, &dims)
    }

    fn info_of(&self, name: &str, dims: &[usize]) -> ValueInfoProto {
        let batch = DimensionProto { dim_param: Some("batch".into()), dim_value: None };
        let fixed = |n: &usize| DimensionProto { dim_param: None, dim_value: Some(*n as i64) };
        let dim = std::iter::once(batch).chain(dims.iter().map(fixed)).collect();
        let tensor_type = Some(TensorTypeProto { elem_type: FLOAT, shape: Some(TensorShapeProto { dim }) });
        ValueInfoProto {
            name: name.into(),
            r#type: Some(TypeProto { tensor_type }),
            doc_string: String::new(),
        }
    }

    /// An input as the layers take it.
    fn inside(&mut self, name: &str, shape: Shape) -> Value {
        let name = match (shape, self.layout) {
            (Shape::Image { .. }, Layout::ChannelsLast) => self.graph.channels_first(name),
            _ => name.to_owned(),
        };
        Value { name, shape }
    }

    /// Makes `value` an output of this name.
    fn output(&mut self, value: &Value, name: &str) {
        match (value.shape, self.layout) {
            (Shape::Image { .. }, Layout::ChannelsLast) => {
                let perm = [("perm", Attribute::Ints(&[0, 2, 3, 1]))];
                self.graph.named_node("Transpose", &[&value.name], &perm, name);
            }
            _ => self.graph.named_node("Identity", &[&value.name], &[], name),
        }
        let info = self.info(name, value.shape);
        self.outputs.push(info);
    }

    fn encode(&mut self, image: Value) -> Posterior {
        let features = layers::chain(&self.network.encoder, &mut self.graph, "encoder", image);
        match self.network.latent {
            Latent::Deterministic {} => Posterior { mean: features, log_var: None },
            Latent::Gaussian(_) => {
                let head = |writer: &mut Self, path| Value {
                    name: match writer.code {
                        Shape::Vector(_) => writer.graph.affine(path, "", &features.name),
                        Shape::Image { .. } => {
                            let kernel = writer.graph.permuted_parameter(path, "kernel", &[3, 2, 0, 1]);
                            let bias = writer.graph.parameter(path, "bias");
                            writer.graph.node("Conv", &[&features.name, &kernel, &bias], &[])
                        }
                    },
                    shape: writer.code,
                };
                Posterior { mean: head(self, Latent::MEAN), log_var: Some(head(self, Latent::LOG_VAR)) }
            }
        }
    }

    /// What the decoder's last layer gives, in the shape of the input: a vector of as many values is as good.
    fn decode(&mut self, code: Value) -> Value {
        let output = layers::chain(&self.network.decoder, &mut self.graph, "decoder", code);
        let shape = self.network.input;
        let name = match (output.shape, shape) {
            (Shape::Vector(_), Shape::Image { .. }) => self.graph.image(&output.name, shape),
            (Shape::Image { .. }, Shape::Vector(_)) => self.graph.flat(&output),
            _ => output.name,
        };
        Value { name, shape }
    }

    fn takes_logits(&self) -> bool {
        self.network.objective.reconstruction.loss == Loss::Bce
    }

    /// Makes the decoded code an output.
    fn decoded(&mut self, code: Value, logits: bool, name: &str) {
        let mut output = self.decode(code);
        if self.takes_logits() && !logits {
            output.name = self.graph.node("Sigmoid", &[&output.name], &[]);
        }
        self.output(&output, name);
    }

    /// The terms of each image's loss, from its posterior's mean.
    fn score(&mut self, image: Value) {
        let Posterior { mean, log_var } = self.encode(image.clone());
        let output = self.decode(mean.clone());
        let error = self.reconstruction_error(&output, &image);
        self.number_of_each(&error, "reconstruction_error");
        if let Some(log_var) = log_var {
            let kl = self.kl(&mean, &log_var);
            self.number_of_each(&kl, "kl");
        }
    }

    /// Loss of each value of the output, and the sum over them.
    fn reconstruction_error(&mut self, output: &Value, image: &Value) -> String {
        let spec = self.network.objective.reconstruction;
        match spec.loss {
            // ln(1 + eˡ) − l t
            Loss::Bce => {
                let softplus = self.graph.node("Softplus", &[&output.name], &[]);
                let product = self.graph.node("Mul", &[&output.name, &image.name], &[]);
                let losses = self.graph.node("Sub", &[&softplus, &product], &[]);
                self.sum(&losses)
            }
            Loss::SquaredError => self.squared_error(output, image),
            Loss::L1 => {
                let difference = self.graph.node("Sub", &[&output.name, &image.name], &[]);
                let losses = self.graph.node("Abs", &[&difference], &[]);
                self.sum(&losses)
            }
            Loss::Charbonnier => {
                let difference = self.graph.node("Sub", &[&output.name, &image.name], &[]);
                let square = self.graph.node("Mul", &[&difference, &difference], &[]);
                let epsilon = self.graph.floats(&[], &[spec.epsilon_or_default().powi(2)]);
                let sum = self.graph.node("Add", &[&square, &epsilon], &[]);
                let losses = self.graph.node("Sqrt", &[&sum], &[]);
                self.sum(&losses)
            }
            // ½ (y − t)² / σ² + ln σ + ½ ln 2π
            Loss::Gaussian => {
                let sigma = match spec.learns_sigma() {
                    true => self.graph.number("objective.log_sigma").exp(),
                    false => spec.sigma_or_default().initial(),
                };
                let sum = self.squared_error(output, image);
                let (sigma, values) = (f64::from(sigma), self.network.input.len() as f64);
                let scale = self.graph.floats(&[], &[(0.5 / (sigma * sigma)) as f32]);
                let constant = values * (sigma.ln() + 0.5 * std::f64::consts::TAU.ln());
                let constant = self.graph.floats(&[], &[constant as f32]);
                let scaled = self.graph.node("Mul", &[&sum, &scale], &[]);
                self.graph.node("Add", &[&scaled, &constant], &[])
            }
        }
    }

    /// Σ (y − t)²
    fn squared_error(&mut self, output: &Value, image: &Value) -> String {
        let difference = self.graph.node("Sub", &[&output.name, &image.name], &[]);
        let squares = self.graph.node("Mul", &[&difference, &difference], &[]);
        self.sum(&squares)
    }

    /// ½ Σ (μ² + σ² − 1 − ln σ²)
    fn kl(&mut self, mean: &Value, log_var: &Value) -> String {
        let graph = &mut self.graph;
        let (half, one) = (graph.floats(&[], &[0.5]), graph.floats(&[], &[1.0]));
        let square = graph.node("Mul", &[&mean.name, &mean.name], &[]);
        let variance = graph.node("Exp", &[&log_var.name], &[]);
        let both = graph.node("Add", &[&square, &variance], &[]);
        let less = graph.node("Sub", &[&both, &log_var.name], &[]);
        let terms = graph.node("Sub", &[&less, &one], &[]);
        let sum = self.sum(&terms);
        self.graph.node("Mul", &[&sum, &half], &[])
    }

    /// The sum over the values of each sample, `[batch]`.
    fn sum(&mut self, x: &str) -> String {
        let flat = self.graph.node("Flatten", &[x], &[]);
        let axes = self.graph.ints(&[1]);
        self.graph.node("ReduceSum", &[&flat, &axes], &[("keepdims", Attribute::Int(0))])
    }

    /// Makes one number for each sample an output.
    fn number_of_each(&mut self, x: &str, name: &str) {
        self.graph.named_node("Identity", &[x], &[], name);
        let info = self.info_of(name, &[]);
        self.outputs.push(info);
    }
}
