//! Vectors that were made of images whose channels come first: their values are put in the order of ours, by moving rows and
//! columns of the layers around them.

use std::collections::HashMap;
use std::ops::Range;

use network::{Latent, Layer, Network, ParameterView, Shape, parameter_views};

use crate::error::ExchangeError;

/// Puts the weights of a net that was trained on images with channels first in our order: those behind a flattened image, and
/// those before a vector that becomes one.
///
/// # Errors
/// If a layer stands there whose values have no order that can be changed.
pub fn reorder(network: &Network, parameters: &mut [f32]) -> Result<(), ExchangeError> {
    Moves::new(network, parameters)?.all()
}

/// The same of the first layer, where the net takes a vector of an image's values, and of the last.
///
/// # Errors
/// If those are no dense layers.
pub fn reorder_ends(network: &Network, parameters: &mut [f32]) -> Result<(), ExchangeError> {
    let mut moves = Moves::new(network, parameters)?;
    if let Some(image) = Image::of(network.input) {
        moves.ends(image)?;
    }
    Ok(())
}

/// Sides and channels of an image in which it matters what comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Image {
    height: usize,
    width: usize,
    channels: usize,
}

impl Image {
    fn of(shape: Shape) -> Option<Self> {
        match shape {
            Shape::Image { height, width, channels } if height * width > 1 && channels > 1 => {
                Some(Self { height, width, channels })
            }
            _ => None,
        }
    }

    /// Where the file has what is at `index` here.
    fn theirs(self, index: usize) -> usize {
        let (pixel, channel) = (index / self.channels, index % self.channels);
        channel * self.height * self.width + pixel
    }
}

struct Moves<'a> {
    network: &'a Network,
    code: Shape,
    views: HashMap<String, ParameterView>,
    parameters: &'a mut [f32],
}

impl<'a> Moves<'a> {
    fn new(network: &'a Network, parameters: &'a mut [f32]) -> Result<Self, ExchangeError> {
        let views = parameter_views(network)?.into_iter().map(|view| (view.name.clone(), view)).collect();
        Ok(Self { network, code: network.shapes()?.code, views, parameters })
    }

    fn all(&mut self) -> Result<(), ExchangeError> {
        let network = self.network;
        let mut pending = self.chain("encoder", &network.encoder, network.input, None)?;
        if let (Some(image), Latent::Gaussian(_)) = (pending, network.latent) {
            for head in [Latent::MEAN, Latent::LOG_VAR] {
                self.rows(&format!("{head}.kernel"), image);
            }
            pending = None;
        }
        let pending = self.chain("decoder", &network.decoder, self.code, pending)?;
        let output = network.shapes()?.decoder.last().copied().unwrap_or(self.code);
        if let (Shape::Vector(_), Some(image)) = (output, Image::of(network.input))
            && pending != Some(image)
        {
            self.columns_before("decoder", network.decoder.len(), image)?;
        }
        Ok(())
    }

    fn ends(&mut self, image: Image) -> Result<(), ExchangeError> {
        let network = self.network;
        let first = network
            .encoder
            .iter()
            .position(|layer| !is_shape_only(layer) && !matches!(layer, Layer::Dropout(_)));
        match first.map(|index| (index, &network.encoder[index])) {
            Some((index, Layer::Dense(_))) => self.rows(&format!("encoder.{index}.kernel"), image),
            None if matches!(network.latent, Latent::Gaussian(_)) => {
                [Latent::MEAN, Latent::LOG_VAR]
                    .iter()
                    .for_each(|head| self.rows(&format!("{head}.kernel"), image));
            }
            _ => return Err(stuck("encoder.0")),
        }
        let behind =
            network.decoder.iter().rposition(|layer| !is_shape_only(layer)).map_or(0, |index| index + 1);
        self.columns_before("decoder", behind, image)
    }

    /// The layers of a chain, first to last; `pending` is the image of which the vector was made that they take. Gives that
    /// of the vector that they give.
    fn chain(
        &mut self,
        part: &str,
        layers: &[Layer],
        input: Shape,
        mut pending: Option<Image>,
    ) -> Result<Option<Image>, ExchangeError> {
        let mut shape = input;
        for (index, layer) in layers.iter().enumerate() {
            let (from, place) = (shape, format!("{part}.{index}"));
            shape =
                layer.output_shape(from).map_err(|error| ExchangeError::read(format!("{place}: {error}")))?;
            match (layer, from, shape) {
                (Layer::Flatten(_) | Layer::Reshape(_), Shape::Image { .. }, Shape::Vector(_)) => {
                    pending = Image::of(from);
                }
                (Layer::Reshape(_), Shape::Vector(_), Shape::Image { .. }) => {
                    let image = Image::of(shape);
                    if let (None, Some(image)) = (pending, image) {
                        self.columns_before(part, index, image)?;
                    } else if pending != image {
                        return Err(stuck(&place));
                    }
                    pending = None;
                }
                (Layer::Flatten(_) | Layer::Reshape(_) | Layer::Activate(_) | Layer::Dropout(_), ..) => {}
                (_, Shape::Image { .. }, _) => {}
                (layer, ..) => {
                    let Some(image) = pending else { continue };
                    match layer {
                        Layer::Dense(_) => {
                            self.rows(&format!("{place}.kernel"), image);
                            pending = None;
                        }
                        Layer::GatedDense(_) => {
                            ["value", "gate"]
                                .iter()
                                .for_each(|half| self.rows(&format!("{place}.{half}.kernel"), image));
                            pending = None;
                        }
                        Layer::BatchNorm(_) | Layer::LayerNorm(_) => self.norm(&place, image),
                        _ => return Err(stuck(&place)),
                    }
                }
            }
        }
        Ok(pending)
    }

    /// Moves the outputs of the dense layer before `index`, and what norms between have of each.
    fn columns_before(&mut self, part: &str, index: usize, image: Image) -> Result<(), ExchangeError> {
        let network = self.network;
        let layers = if part == "encoder" { &network.encoder } else { &network.decoder };
        for before in (0..index).rev() {
            let place = format!("{part}.{before}");
            match &layers[before] {
                Layer::Activate(_) | Layer::Dropout(_) => {}
                Layer::BatchNorm(_) | Layer::LayerNorm(_) => self.norm(&place, image),
                Layer::Dense(_) => {
                    self.columns(&place, image);
                    return Ok(());
                }
                Layer::GatedDense(_) => {
                    ["value", "gate"].iter().for_each(|half| self.columns(&format!("{place}.{half}"), image));
                    return Ok(());
                }
                _ => return Err(stuck(&place)),
            }
        }
        match (part, network.latent) {
            ("decoder", Latent::Gaussian(_)) => {
                [Latent::MEAN, Latent::LOG_VAR].iter().for_each(|head| self.columns(head, image));
                Ok(())
            }
            ("decoder", Latent::Deterministic {}) => {
                self.columns_before("encoder", network.encoder.len(), image)
            }
            _ => Err(stuck(part)),
        }
    }

    fn norm(&mut self, place: &str, image: Image) {
        for name in ["gamma", "beta", "moving_mean", "moving_variance"] {
            self.rows(&format!("{place}.{name}"), image);
        }
    }

    fn columns(&mut self, place: &str, image: Image) {
        let Some(range) = self.range(&format!("{place}.kernel")) else { return };
        let count = image.height * image.width * image.channels;
        for row in range.step_by(count) {
            move_values(&mut self.parameters[row..row + count], 1, image);
        }
        self.rows(&format!("{place}.bias"), image);
    }

    /// Moves the first axis of a tensor; one that is not there is left.
    fn rows(&mut self, name: &str, image: Image) {
        let Some(range) = self.range(name) else { return };
        let each = range.len() / (image.height * image.width * image.channels);
        move_values(&mut self.parameters[range], each, image);
    }

    fn range(&self, name: &str) -> Option<Range<usize>> {
        self.views.get(name).map(|view| view.range.clone())
    }
}

fn is_shape_only(layer: &Layer) -> bool {
    matches!(layer, Layer::Flatten(_) | Layer::Reshape(_) | Layer::Activate(_))
}

fn move_values(values: &mut [f32], each: usize, image: Image) {
    let theirs = values.to_vec();
    for index in 0..values.len() / each.max(1) {
        let from = image.theirs(index) * each;
        values[index * each..][..each].copy_from_slice(&theirs[from..from + each]);
    }
}

fn stuck(place: &str) -> ExchangeError {
    ExchangeError::read(format!(
        "{place}: a vector of an image with channels first goes through it, whose values cannot be put in another order here; \
         export the net as ONNX"
    ))
}
