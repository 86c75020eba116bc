//! A network that was read from a file, before data and objective are known.

use network::{
    Activate, Activation, Flatten, Latent, Layer, Loss, Network, Objective, Reduction, Reshape, Shape,
};

use super::graph::dims;
use super::tidy::set_activation;
use super::weighted_layer::WeightedLayer;
use crate::error::ExchangeError;
use crate::layout::Layout;
use crate::order::reorder_ends;

/// A loss that a file says the model was trained with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImportedLoss {
    /// Of one value.
    pub loss: Loss,
    /// Over the values of an image.
    pub reduction: Reduction,
}

/// A network that was read from a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Imported {
    /// What the encoder takes.
    pub input: Shape,
    /// From the input to the features.
    pub encoder: Vec<WeightedLayer>,
    /// From the features to the code.
    pub latent: Latent,
    /// Kernels and biases of the heads of a Gaussian, as `latent.mean.kernel`.
    pub heads: Vec<(String, Vec<f32>)>,
    /// From the code to the output, a sigmoid at its end left out.
    pub decoder: Vec<WeightedLayer>,
    /// Whether that sigmoid was there.
    pub ends_in_sigmoid: bool,
    /// All that was minimised, where the file says it.
    pub objective: Option<Objective>,
    /// The loss that the file names.
    pub loss: Option<ImportedLoss>,
    /// The optimizer that the file names, and its learning rate.
    pub optimizer: Option<(String, Option<f64>)>,
    /// The order in which an image's values were a vector, where the net takes one.
    pub layout: Layout,
    /// Whether they are put in ours.
    pub reorders_ends: bool,
    /// What was decided, and by what.
    pub notes: Vec<String>,
}

impl Imported {
    /// Of a network and its parameters.
    ///
    /// # Errors
    /// If the network does not fit together.
    ///
    /// # Panics
    /// If it has another number of parameters.
    pub fn of(network: Network, parameters: &[f32]) -> Result<Self, ExchangeError> {
        let views = network::parameter_views(&network)?;
        let weighted = |layers: Vec<Layer>| layers.into_iter().map(WeightedLayer::from).collect::<Vec<_>>();
        let (mut encoder, mut decoder, mut heads) =
            (weighted(network.encoder), weighted(network.decoder), Vec::new());
        for view in views {
            let values = parameters[view.range].to_vec();
            let mut parts = view.name.splitn(3, '.');
            let place =
                (parts.next(), parts.next().and_then(|index| index.parse::<usize>().ok()), parts.next());
            match place {
                (Some("encoder"), Some(index), Some(name)) => {
                    encoder[index].tensors.push((name.to_owned(), values))
                }
                (Some("decoder"), Some(index), Some(name)) => {
                    decoder[index].tensors.push((name.to_owned(), values))
                }
                _ if view.owner == "objective" => {}
                _ => heads.push((view.name, values)),
            }
        }
        Ok(Self {
            input: network.input,
            encoder,
            latent: network.latent,
            heads,
            decoder,
            ends_in_sigmoid: network.objective.reconstruction.loss == Loss::Bce,
            objective: Some(network.objective),
            loss: None,
            optimizer: None,
            layout: Layout::ChannelsLast,
            reorders_ends: false,
            notes: Vec::new(),
        })
    }

    /// The same for `images`, where the net took their values as a vector, in `layout` or the one that the file's program
    /// has, or without an axis of one channel.
    ///
    /// # Errors
    /// If it takes something else.
    pub fn fit(mut self, images: Shape, layout: Option<Layout>) -> Result<Self, ExchangeError> {
        if self.input == images {
            return Ok(self);
        }
        if self.input.len() != images.len() {
            let input = self.input;
            return Err(ExchangeError::read(format!(
                "the net takes {input}, and the images of the data are {images}"
            )));
        }
        let layout = layout.unwrap_or(self.layout);
        self.reorders_ends = layout == Layout::ChannelsFirst && matches!(self.input, Shape::Vector(_));
        let first: Layer = match self.input {
            Shape::Vector(_) => Flatten {}.into(),
            shape @ Shape::Image { .. } => Reshape { shape }.into(),
        };
        let starts_flat = matches!(
            self.encoder.first(),
            Some(WeightedLayer { layer: Layer::Flatten(_) | Layer::Reshape(_), .. })
        );
        if !starts_flat {
            self.encoder.insert(0, WeightedLayer { layer: first, tensors: Vec::new() });
        }
        self.input = images;
        Ok(self)
    }

    /// The decoder's layers for a loss: one that takes logits has its sigmoid in itself.
    pub fn decoder_for(&self, loss: Loss) -> Vec<WeightedLayer> {
        let mut decoder = self.decoder.clone();
        if self.ends_in_sigmoid && loss != Loss::Bce {
            let is_set =
                decoder.last_mut().is_some_and(|last| set_activation(&mut last.layer, Activation::Sigmoid));
            if !is_set {
                decoder.push(Activate { activation: Activation::Sigmoid }.into());
            }
        }
        decoder
    }

    /// The network with an objective.
    pub fn network(&self, objective: Objective) -> Network {
        let layers = |chain: &[WeightedLayer]| chain.iter().map(|weighted| weighted.layer.clone()).collect();
        Network {
            input: self.input,
            encoder: layers(&self.encoder),
            latent: self.latent,
            decoder: layers(&self.decoder_for(objective.reconstruction.loss)),
            objective,
        }
    }

    /// The values of all parameters of `network`, whose layers are those of [`network`](Self::network); what the objective
    /// has of its own begins as it would.
    ///
    /// # Errors
    /// If it is another network, or a value is not finite.
    pub fn parameters(&self, network: &Network) -> Result<Vec<f32>, ExchangeError> {
        let mut named: std::collections::HashMap<String, &[f32]> = std::collections::HashMap::new();
        let decoder = self.decoder_for(network.objective.reconstruction.loss);
        for (part, chain) in [("encoder", &self.encoder), ("decoder", &decoder)] {
            for (index, weighted) in chain.iter().enumerate() {
                for (name, values) in &weighted.tensors {
                    named.insert(format!("{part}.{index}.{name}"), values);
                }
            }
        }
        named.extend(self.heads.iter().map(|(name, values)| (name.clone(), values.as_slice())));
        let mut parameters = Vec::new();
        for view in network::parameter_views(network)? {
            if view.owner == "objective" {
                view.first_values(0, |value| parameters.push(value as f32));
                continue;
            }
            let values =
                named.get(&view.name).filter(|values| values.len() == view.range.len()).ok_or_else(|| {
                    let shape = dims(&view.shape);
                    ExchangeError::read(format!("there are no {shape} values for {} in it", view.name))
                })?;
            if let Some(value) = values.iter().find(|value| !value.is_finite()) {
                return Err(ExchangeError::read(format!(
                    "{} holds {value}: the training had diverged",
                    view.name
                )));
            }
            parameters.extend_from_slice(values);
        }
        if self.reorders_ends {
            reorder_ends(network, &mut parameters)?;
        }
        Ok(parameters)
    }
}
