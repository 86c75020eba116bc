//! The layers of Keras that are read, by their classes.

use super::{activate, attention, chains, convolution, dense, dropout, norm, pool, shape, upsample};
use crate::assembly::Graph;
use crate::error::ExchangeError;
use crate::keras::reading::{KerasLayer, Value};

/// How a layer of Keras is read.
#[derive(Clone, Copy)]
pub enum Reader {
    /// As layers of ours, behind its inputs.
    Layer(fn(&KerasLayer<'_>, &mut Graph, &[Value]) -> Result<Value, ExchangeError>),
    /// As nothing, with a reason where that is worth one.
    Nothing(Option<&'static str>),
}

const IN_TRAINING: Reader = Reader::Nothing(Some("does something in training only, and is left out"));

/// What is read, by its class: layers, then operations.
const READERS: &[(&str, Reader)] = &[
    ("Dense", Reader::Layer(dense::read)),
    ("Conv2D", Reader::Layer(convolution::read)),
    ("Conv2DTranspose", Reader::Layer(convolution::read_transposed)),
    ("ZeroPadding2D", Reader::Layer(convolution::border)),
    ("MaxPooling2D", Reader::Layer(pool::read_max)),
    ("AveragePooling2D", Reader::Layer(pool::read_average)),
    ("GlobalAveragePooling2D", Reader::Layer(pool::read_global)),
    ("UpSampling2D", Reader::Layer(upsample::read)),
    ("Flatten", Reader::Layer(shape::read_flatten)),
    ("Reshape", Reader::Layer(shape::read_reshape)),
    ("Activation", Reader::Layer(activate::read)),
    ("ReLU", Reader::Layer(activate::read)),
    ("LeakyReLU", Reader::Layer(activate::read)),
    ("ELU", Reader::Layer(activate::read)),
    ("BatchNormalization", Reader::Layer(norm::read_batch)),
    ("LayerNormalization", Reader::Layer(norm::read_layer)),
    ("GroupNormalization", Reader::Layer(norm::read_group)),
    ("Dropout", Reader::Layer(dropout::read)),
    ("MultiHeadAttention", Reader::Layer(attention::read)),
    ("Add", Reader::Layer(chains::add)),
    ("Concatenate", Reader::Layer(chains::concatenate)),
    ("Multiply", Reader::Layer(chains::multiply)),
    ("Rescaling", Reader::Layer(activate::rescale)),
    ("SpatialDropout2D", IN_TRAINING),
    ("GaussianDropout", IN_TRAINING),
    ("AlphaDropout", IN_TRAINING),
    ("GaussianNoise", IN_TRAINING),
    ("ActivityRegularization", IN_TRAINING),
    ("Identity", Reader::Nothing(None)),
    ("Exp", Reader::Layer(activate::exponential)),
    ("Sqrt", Reader::Layer(activate::root)),
    ("TrueDivide", Reader::Layer(activate::scale)),
    ("Divide", Reader::Layer(activate::scale)),
    ("Relu", Reader::Layer(activate::read)),
    ("LeakyRelu", Reader::Layer(activate::read)),
    ("Elu", Reader::Layer(activate::read)),
    ("Silu", Reader::Layer(activate::read)),
    ("Gelu", Reader::Layer(activate::read)),
    ("Tanh", Reader::Layer(activate::read)),
    ("Sigmoid", Reader::Layer(activate::read)),
    ("Softplus", Reader::Layer(activate::read)),
    ("Pad", Reader::Layer(convolution::border)),
];

/// How a class is read; `None` of one that is not known.
pub fn reader(class: &str) -> Option<Reader> {
    READERS.iter().find(|(name, _)| *name == class).map(|(_, reader)| *reader)
}

/// The layers that are read; operations, which people do not write as layers, left out.
pub fn known() -> Vec<&'static str> {
    let layers = READERS.iter().map(|(name, _)| *name);
    std::iter::once("Input")
        .chain(layers.take_while(|name| *name != "Exp"))
        .chain(["Lambda and own layers that draw codes"])
        .collect()
}
