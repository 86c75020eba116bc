//! What an explorer holds, as `page/src/payload.ts` reads it. Both sides say the same; keep them together.

use serde::Serialize;

use crate::program::NetworkProgram;

/// Type of the numbers of a blob, little-endian.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum NumberType {
    /// IEEE half floats.
    F16,
    /// The upper 24 bits of IEEE floats.
    F24,
    /// IEEE floats.
    F32,
    /// Bytes.
    U8,
    /// Words of 16 bits.
    U16,
    /// Words of 32 bits.
    U32,
}

/// A blob of numbers: values in row-major order.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ArrayRef {
    /// Which blob.
    pub blob: usize,
    /// Of its numbers.
    #[serde(rename = "type")]
    pub number: NumberType,
    /// Their product is the count of numbers.
    pub shape: Vec<usize>,
}

/// A blob of UTF-8 JSON.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TextRef {
    /// Which blob.
    pub blob: usize,
}

/// A PNG or JPEG file in a blob, stored as it is.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FileRef {
    /// Which blob.
    pub blob: usize,
    /// `image/png` or `image/jpeg`.
    pub media: &'static str,
}

/// Everything of the page.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Payload<'a> {
    /// 1.
    pub version: u32,
    /// Name of the run or the study.
    pub title: &'a str,
    /// One sentence: which images, which model.
    pub what: &'a str,
    /// "Made by latentlab 0.1.0".
    pub made: &'a str,
    /// What the file is made of.
    pub contents: &'a [Content],
    /// Sentences on what was left out, for size or since it is not known.
    pub left_out: &'a [String],
    /// The images (or rows) on the map.
    pub points: &'a Points,
    /// Small images of the points.
    pub images: Option<&'a Images>,
    /// What the owner gave, the same for all models.
    pub columns: &'a [Column],
    /// The models, at least one.
    pub models: &'a [Model],
}

/// A part of the file and its bytes in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Content {
    /// What it is, for people.
    pub name: &'static str,
    /// In the file.
    pub bytes: usize,
}

/// The images (or rows) whose codes are on the map; all models see the same.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Points {
    /// How many.
    pub count: usize,
    /// "test images of mnist".
    pub what: String,
    /// Position of each in the whole set, `u32`.
    pub index: ArrayRef,
    /// File name of each, where there are files: an array of strings.
    pub files: Option<TextRef>,
    /// Class of each, as a number into `classes`; `None` where none is known.
    pub labels: Option<ArrayRef>,
    /// Names of the classes.
    pub classes: Vec<String>,
    /// Which of `classes` is "unknown".
    pub unknown_class: Option<usize>,
}

/// Small images of the points on sheets, row after row.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Images {
    /// Each holds `per_sheet` images but the last.
    pub sheets: Vec<FileRef>,
    /// Images of a full sheet.
    pub per_sheet: usize,
    /// Images of a row of a sheet.
    pub columns: usize,
    /// Of one small image, in pixels.
    pub width: usize,
    /// Of one small image, in pixels.
    pub height: usize,
    /// 1 or 3.
    pub channels: usize,
    /// Points that have one: those from 0 on.
    pub count: usize,
    /// Whether the small image is, within a rounding to 8 bits, what the network sees.
    pub exact: bool,
}

/// A column by which points can be coloured.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Column {
    /// Numbers; NaN where there is none.
    Number {
        /// Its name.
        name: String,
        /// Of its numbers; empty for none.
        unit: String,
        /// What it is, for people.
        about: String,
        /// One per point, floats.
        values: ArrayRef,
    },
    /// Categories.
    Category {
        /// Its name.
        name: String,
        /// What it is, for people.
        about: String,
        /// One per point, numbers into `names`.
        values: ArrayRef,
        /// Of the categories.
        names: Vec<String>,
    },
}

impl Column {
    /// Its name.
    pub fn name(&self) -> &str {
        match self {
            Self::Number { name, .. } | Self::Category { name, .. } => name,
        }
    }
}

/// A model and what it makes of the points.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Model {
    /// As the switch between models calls it.
    pub name: String,
    /// One sentence: encoder, code, decoder, parameters.
    pub about: String,
    /// What the page computes.
    pub network: WeightedProgram,
    /// `[count, dims]`, means of the posteriors, or the codes.
    pub codes: Codes,
    /// `[n]` or `[height, width, channels]`.
    pub code_shape: Vec<usize>,
    /// Whether it has a prior.
    pub is_variational: bool,
    /// Per dimension of the code, in the code's order.
    pub dims: Vec<Dimension>,
    /// The maps.
    pub layers: Vec<MapLayer>,
    /// Of this model: losses, clusters.
    pub columns: Vec<Column>,
    /// Name of the column that an own image's reconstruction loss is compared with.
    pub score: Option<String>,
    /// Where codes are drawn from.
    pub samplers: Vec<Sampler>,
    /// How an image of the user's own becomes what the network sees.
    pub input: InputRules,
}

/// A network and its tensors.
#[derive(Clone, Debug, Serialize)]
pub struct WeightedProgram {
    /// Layers, output and loss.
    #[serde(flatten)]
    pub program: NetworkProgram,
    /// All tensors one after the other; operations name offsets into it.
    pub weights: ArrayRef,
}

/// Codes of the points.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub enum Codes {
    /// `[count, dims]`, as they are.
    Whole(ArrayRef),
    /// As principal components, where all numbers would take too much room: code = mean + scores · components.
    Components {
        /// `[dims]`
        mean: ArrayRef,
        /// `[count, components]`
        scores: ArrayRef,
        /// `[components, dims]`
        components: ArrayRef,
    },
}

/// A dimension of the code.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Dimension {
    /// Mean KL divergence in nats where the model is variational, else the variance: what dimensions are sorted by.
    pub information: f32,
    /// Of the aggregate posterior over the points.
    pub mean: f32,
    /// Of the aggregate posterior over the points.
    pub deviation: f32,
    /// 1st percentile of the aggregate posterior, for the end of a slider.
    pub low: f32,
    /// 99th percentile.
    pub high: f32,
    /// Shares of the aggregate posterior in equal bins from `low` to `high`.
    pub histogram: Vec<f32>,
}

/// Which map.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LayerKind {
    /// Two dimensions of the code.
    Plane,
    /// Principal components.
    Pca,
    /// t-SNE.
    Tsne,
}

/// A map.
#[derive(Clone, Debug, Serialize)]
pub struct MapLayer {
    /// Which.
    pub kind: LayerKind,
    /// Over it.
    pub title: String,
    /// Names of its axes.
    pub axes: [String; 2],
    /// One sentence on how faithful it is.
    pub note: String,
    /// `[count, 2]`; `None` for the plane.
    pub positions: Option<ArrayRef>,
    /// Of principal components: code = mean + x · components\[0\] + y · components\[1\].
    pub inverse: Option<Inverse>,
}

/// From a map back to codes.
#[derive(Clone, Debug, Serialize)]
pub struct Inverse {
    /// `[dims]`
    pub mean: ArrayRef,
    /// `[2, dims]`
    pub components: ArrayRef,
}

/// A Gaussian mixture over codes; the prior has one component, mean 0 and the identity.
#[derive(Clone, Debug, Serialize)]
pub struct Sampler {
    /// `prior`, `gaussian` or `gmm`.
    pub name: &'static str,
    /// What it is, for people.
    pub about: String,
    /// `[components]`
    pub weights: ArrayRef,
    /// `[components, dims]`
    pub means: ArrayRef,
    /// Lower Cholesky factors of the covariances, `[components, dims, dims]`; `None` for identities.
    pub factors: Option<ArrayRef>,
}

/// How an image of the user's own becomes what the network sees.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct InputRules {
    /// `[height, width, channels]`, or `[n]` of a table's row.
    pub shape: Vec<usize>,
    /// Border of zeros already counted in `shape`.
    pub pad: usize,
    /// `resize`, `crop` or `pad`.
    pub fit: &'static str,
    /// The values of a file that become 0 and 1, as shares of the largest that it can hold.
    pub range: [f64; 2],
    /// Black and white are swapped.
    pub invert: bool,
    /// 0 or 1: what lies behind transparent pixels.
    pub background: u8,
    /// Pixels become 0 or 1 at ½.
    pub binarise: bool,
    /// Whether drawings are centred and scaled as MNIST's were.
    pub is_digits: bool,
    /// Of a table.
    pub table: Option<TableRules>,
}

/// The columns' names of a table, and what brings values back to the owner's units.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TableRules {
    /// Of the columns.
    pub names: Vec<String>,
    /// Of each column.
    pub mean: Vec<f64>,
    /// Of each column.
    pub deviation: Vec<f64>,
}
