//! The list of layers, and what is made of it.

use serde::{Deserialize, Serialize};

use super::*;

/// Calls a macro with the list of layers: a variant of [`Layer`], its type, its name in recipes.
#[macro_export]
macro_rules! layers {
    ($with:path) => {
        $with! {
            Dense, "dense";
            Conv2d, "conv2d";
            Conv2dTranspose, "conv2d_transpose";
            MaxPool, "max_pool2d";
            AveragePool, "average_pool2d";
            GlobalAveragePool, "global_average_pool2d";
            UpSample, "upsample2d";
            Flatten, "flatten";
            Reshape, "reshape";
            Activate, "activation";
            GroupNorm, "group_norm";
            LayerNorm, "layer_norm";
            BatchNorm, "batch_norm";
            Dropout, "dropout";
            GatedDense, "gated_dense";
            SelfAttention, "self_attention";
            Residual, "residual";
            Branches, "branches";
        }
    };
}

macro_rules! define {
    ($($layer:ident, $kind:literal;)*) => {
        /// One layer of an encoder or a decoder.
        ///
        /// ```
        /// use network::{Layer, Shape};
        /// let layer: Layer = serde_json::from_str(
        ///     r#"{"layer": "conv2d", "filters": 32, "kernel": 3, "stride": 2, "padding": "same", "activation": "relu"}"#,
        /// )?;
        /// assert_eq!(layer.output_shape(Shape::image(28, 28, 1))?, Shape::image(14, 14, 32));
        /// # Ok::<(), Box<dyn std::error::Error>>(())
        /// ```
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(tag = "layer")]
        pub enum Layer {
            $(
                #[doc = concat!("`", $kind, "`")]
                #[serde(rename = $kind)]
                $layer($layer),
            )*
        }

        impl Layer {
            /// The names of all layers.
            pub const KINDS: &'static [&'static str] = &[$(<$layer as LayerRule>::KIND),*];

            /// The layer's name as recipes write it.
            pub fn kind(&self) -> &'static str {
                match self { $(Layer::$layer(_) => <$layer as LayerRule>::KIND,)* }
            }

            /// The keys of every layer, behind its name; see [`LayerRule::KEYS`].
            pub const KEYS: &'static [(&'static str, &'static [Key])] =
                &[$((<$layer as LayerRule>::KIND, <$layer as LayerRule>::KEYS)),*];

            fn shape_of(&self, input: Shape) -> Result<Shape, LayerError> {
                match self { $(Layer::$layer(layer) => layer.output_shape(input),)* }
            }

            /// Its own tensors; see [`LayerRule::tensors`].
            pub fn tensors(&self, input: Shape) -> Vec<Tensor> {
                match self { $(Layer::$layer(layer) => layer.tensors(input),)* }
            }

            /// The layers inside it; see [`LayerRule::chains`].
            pub fn chains(&self) -> Vec<Chain<'_>> {
                match self { $(Layer::$layer(layer) => layer.chains(),)* }
            }

            /// The function that its values went through last; see [`LayerRule::last_activation`].
            pub fn last_activation(&self) -> Option<Activation> {
                match self { $(Layer::$layer(layer) => layer.last_activation(),)* }
            }

            /// Layers of every kind, each with a shape that it takes; see [`LayerRule::examples`].
            pub fn examples() -> Vec<(Shape, Layer)> {
                let mut all = Vec::new();
                $(all.extend(<$layer as LayerRule>::examples().into_iter().map(|(shape, l)| (shape, Layer::$layer(l))));)*
                all
            }
        }

        $(
            impl From<$layer> for Layer {
                fn from(layer: $layer) -> Self {
                    Layer::$layer(layer)
                }
            }

            const _: () = assert!(same(<$layer as LayerRule>::KIND, $kind), "the list names a layer otherwise than its file");
        )*
    };
}

const fn same(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let mut i = 0;
    while i < a.len() && i < b.len() && a[i] == b[i] {
        i += 1;
    }
    i == a.len() && i == b.len()
}

layers!(define);

impl Layer {
    /// The shape this layer gives for `input`, after checking every number in it.
    ///
    /// # Errors
    /// When a number is out of range or the shapes do not fit.
    pub fn output_shape(&self, input: Shape) -> Result<Shape, LayerError> {
        let output = self.shape_of(input)?;
        match output.checked_len() {
            Some(1..=MAX_VALUES) => Ok(output),
            _ => Err(LayerError::new(
                "output",
                output,
                format!("a layer gives between 1 and {MAX_VALUES} values per image"),
            )),
        }
    }
}

/// The shapes that layers give one after the other.
///
/// # Errors
/// The first layer that does not fit, by its position.
pub fn chain(layers: &[Layer], input: Shape) -> Result<Vec<Shape>, (usize, LayerError)> {
    let mut shape = input;
    let mut shapes = Vec::with_capacity(layers.len());
    for (index, layer) in layers.iter().enumerate() {
        shape = layer.output_shape(shape).map_err(|error| (index, error))?;
        shapes.push(shape);
    }
    Ok(shapes)
}

/// The output of the layers of a chain inside a layer, which a recipe writes at `place`.
pub(super) fn inside(place: &str, layers: &[Layer], input: Shape) -> Result<Shape, LayerError> {
    let shapes = chain(layers, input).map_err(|(index, error)| {
        let LayerError { field, value, allowed } = error;
        match field.as_str() {
            "input" | "output" => {
                let value = format!("{} with {field} {value}", layers[index].kind());
                LayerError { field: format!("{place}[{index}]"), value, allowed }
            }
            _ => LayerError { field: format!("{place}[{index}].{field}"), value, allowed },
        }
    })?;
    Ok(shapes.last().copied().unwrap_or(input))
}
