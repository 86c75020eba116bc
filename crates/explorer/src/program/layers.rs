//! What each layer's operation says besides kind and shapes; `page/src/inference/layers/` has a file for each.

use network::{
    Activate, AveragePool, BatchNorm, Branches, Conv2d, Conv2dTranspose, ConvPadding, Dense, Dropout,
    Flatten, GatedDense, GlobalAveragePool, GroupNorm, Layer, LayerNorm, MaxPool, Padding, Pair,
    ParameterView, Reshape, Residual, SelfAttention, Shape, Shortcut, UpSample, padding_before,
};
use serde_json::{Value, json};

use super::operation::{Operation, Place, activation, pair};

/// A layer as an operation.
trait Operate {
    /// An object of all that the page needs to know.
    fn fields(&self, place: &Place<'_>) -> Value;
}

macro_rules! operate {
    ($($layer:ident, $kind:literal;)*) => {
        /// The fields of a layer's operation.
        pub fn fields(layer: &Layer, place: &Place<'_>) -> Value {
            match layer { $(Layer::$layer(layer) => layer.fields(place),)* }
        }
    };
}

network::layers!(operate);

/// The operations of layers that fit together, whose tensors' names begin with `path`.
pub fn chain(views: &[ParameterView], path: &str, chain: &[Layer], input: Shape) -> Vec<Operation> {
    let mut shape = input;
    let operation = |(index, layer): (usize, &Layer)| {
        let input = shape;
        shape = layer.output_shape(input).expect("the network was checked");
        let place = Place { views, path: format!("{path}.{index}"), input, output: shape };
        place.operation(layer.kind(), fields(layer, &place))
    };
    chain.iter().enumerate().map(operation).collect()
}

/// The operations of layers inside the one at `place`.
fn inside(place: &Place<'_>, name: &str, layers: &[Layer]) -> Vec<Operation> {
    chain(place.views, &format!("{}.{name}", place.path), layers, place.input)
}

impl Operate for Dense {
    fn fields(&self, place: &Place<'_>) -> Value {
        json!({
            "kernel": place.tensor("kernel"), // [in, units]
            "bias": place.tensor("bias"),
            "activation": activation(self.activation),
        })
    }
}

/// Rows and columns of padding before the first pixel, where windows sweep over `big` and give `small`.
fn padding_at(big: Shape, small: Shape, size: Pair, stride: Pair, padding: Padding) -> Value {
    let ((height, width, _), (rows, columns, _)) = (big.pixels(), small.pixels());
    json!([
        padding_before(height, rows, size.rows, stride.rows, padding),
        padding_before(width, columns, size.columns, stride.columns, padding),
    ])
}

impl Operate for Conv2d {
    fn fields(&self, place: &Place<'_>) -> Value {
        let windows = self.padding.windows();
        json!({
            "kernel": place.tensor("kernel"), // [kernel_h, kernel_w, in, filters]
            "bias": place.tensor("bias"),
            "stride": pair(self.stride),
            "padding": padding_at(place.input, place.output, self.kernel, self.stride, windows),
            "reflects": self.padding == ConvPadding::Reflect,
            "activation": activation(self.activation),
        })
    }
}

/// The padding is that of the convolution from its output to its input.
impl Operate for Conv2dTranspose {
    fn fields(&self, place: &Place<'_>) -> Value {
        json!({
            "kernel": place.tensor("kernel"), // [kernel_h, kernel_w, filters, in]
            "bias": place.tensor("bias"),
            "stride": pair(self.stride),
            "padding": padding_at(place.output, place.input, self.kernel, self.stride, self.padding),
            "activation": activation(self.activation),
        })
    }
}

fn pool(place: &Place<'_>, size: Pair, stride: Option<Pair>, padding: Padding) -> Value {
    let stride = stride.unwrap_or(size);
    let padding = padding_at(place.input, place.output, size, stride, padding);
    json!({ "size": pair(size), "stride": pair(stride), "padding": padding })
}

impl Operate for MaxPool {
    fn fields(&self, place: &Place<'_>) -> Value {
        pool(place, self.size, self.stride, self.padding)
    }
}

impl Operate for AveragePool {
    fn fields(&self, place: &Place<'_>) -> Value {
        pool(place, self.size, self.stride, self.padding)
    }
}

impl Operate for GlobalAveragePool {
    fn fields(&self, _place: &Place<'_>) -> Value {
        json!({})
    }
}

impl Operate for UpSample {
    fn fields(&self, _place: &Place<'_>) -> Value {
        json!({ "size": pair(self.size), "interpolation": self.interpolation })
    }
}

impl Operate for Flatten {
    fn fields(&self, _place: &Place<'_>) -> Value {
        json!({})
    }
}

impl Operate for Reshape {
    fn fields(&self, _place: &Place<'_>) -> Value {
        json!({})
    }
}

impl Operate for Activate {
    fn fields(&self, _place: &Place<'_>) -> Value {
        json!({ "activation": activation(self.activation) })
    }
}

impl Operate for GroupNorm {
    fn fields(&self, place: &Place<'_>) -> Value {
        json!({
            "groups": self.groups,
            "epsilon": self.epsilon,
            "gamma": place.tensor("gamma"),
            "beta": place.tensor("beta"),
            "activation": activation(self.activation),
        })
    }
}

impl Operate for LayerNorm {
    fn fields(&self, place: &Place<'_>) -> Value {
        json!({
            "epsilon": self.epsilon,
            "gamma": place.tensor("gamma"),
            "beta": place.tensor("beta"),
            "activation": activation(self.activation),
        })
    }
}

/// By its running averages, as everywhere but in training.
impl Operate for BatchNorm {
    fn fields(&self, place: &Place<'_>) -> Value {
        json!({
            "epsilon": self.epsilon,
            "gamma": place.tensor("gamma"),
            "beta": place.tensor("beta"),
            "mean": place.tensor("moving_mean"),
            "variance": place.tensor("moving_variance"),
            "activation": activation(self.activation),
        })
    }
}

/// The identity, as everywhere but in training.
impl Operate for Dropout {
    fn fields(&self, _place: &Place<'_>) -> Value {
        json!({})
    }
}

impl Operate for GatedDense {
    fn fields(&self, place: &Place<'_>) -> Value {
        json!({
            "value": place.affine("value."),
            "gate": place.affine("gate."),
            "activation": activation(self.activation),
        })
    }
}

impl Operate for SelfAttention {
    fn fields(&self, place: &Place<'_>) -> Value {
        json!({
            "heads": self.heads,
            "keySize": self.key_size(place.input.pixels().2),
            "query": place.affine("query."), // [channels, heads, key_size]
            "key": place.affine("key."),
            "value": place.affine("value."),
            "result": place.affine("output."), // [heads, key_size, channels]
        })
    }
}

impl Operate for Residual {
    fn fields(&self, place: &Place<'_>) -> Value {
        let shortcut = match self.shortcut {
            Shortcut::Identity => None,
            Shortcut::Projection => Some(place.projection("shortcut.")),
        };
        json!({
            "layers": inside(place, "layers", &self.layers),
            "shortcut": shortcut,
            "activation": activation(self.activation),
        })
    }
}

impl Operate for Branches {
    fn fields(&self, place: &Place<'_>) -> Value {
        let branch =
            |(index, layers): (usize, &Vec<Layer>)| inside(place, &format!("branches.{index}"), layers);
        let branches: Vec<_> = self.branches.iter().enumerate().map(branch).collect();
        json!({ "merge": self.merge, "branches": branches })
    }
}
