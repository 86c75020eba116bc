//! A model as its files hold it, and the recipe around it: the one that is given, or one that says what the files say.

use data::{Channels, DataSpec, ImageShape, Size, Splits};
use exchange::onnx::Layout;
use exchange::{AssemblyOptions, Imported, StoredWeights, assemble};
use network::{Kl, Latent, Loss, Network, Shape};
use serde_json::json;
use train::{ModelSpec, OptimizerSpec, Override, Recipe, SCHEMA, Training, Views, data_spec};

use super::ImportOptions;
use super::files::{Content, refused};
use super::objective::objective;
use crate::error::Error;
use crate::export::Axes;

/// A model as its files hold it, before the data are opened.
pub enum ImportedModel {
    /// A net; with a recipe whose net is another, or none yet.
    Net { net: Box<Imported>, recipe: Option<Box<Recipe>>, data: Box<DataSpec>, reasons: Vec<String> },
    /// Weights, and the recipe whose net they are of.
    Weights { weights: Box<StoredWeights>, recipe: Box<Recipe>, program: &'static str },
}

/// A model, as files, recipe and data say together.
pub struct Draft {
    /// Around the net.
    pub recipe: Recipe,
    /// The net.
    pub network: Network,
    /// Its weights.
    pub parameters: Vec<f32>,
    /// What was decided, and why.
    pub reasons: Vec<String>,
    /// What is not known.
    pub unknown: Vec<String>,
}

impl ImportedModel {
    /// Of what was read.
    pub fn new(content: Content, program: &'static str, options: &ImportOptions) -> Result<Self, Error> {
        let mut overrides = vec![Override::data(&options.data)];
        overrides.extend(options.overrides.iter().cloned());
        let recipe = options.recipe.as_deref().map(|recipe| Recipe::open(recipe, &overrides)).transpose()?;
        let recipe = recipe.map(|mut recipe| {
            recipe.data.begin();
            Box::new(recipe)
        });
        match content {
            Content::Weights(mut weights) => match (recipe, weights.net.take()) {
                // Of our own export, which says which net it is.
                (recipe, Some((network, parameters))) => {
                    Self::of_net(Imported::of(network, &parameters).map_err(refused)?, recipe, options)
                }
                (Some(recipe), None) => Ok(Self::Weights { weights, recipe, program }),
                (None, None) => Err(Error::refused(format!(
                    "the file holds weights without a net; --recipe says which net they are of, and has to describe it \
                     layer by layer ({program} keeps that in code, which is not run)"
                ))
                .hint("latentlab recipes --show mnist-conv-vae prints a recipe to start from")),
            },
            Content::Models(models) => {
                let assembly = AssemblyOptions { code: options.code.clone() };
                Self::of_net(assemble(models, &assembly).map_err(refused)?, recipe, options)
            }
        }
    }

    fn of_net(net: Imported, recipe: Option<Box<Recipe>>, options: &ImportOptions) -> Result<Self, Error> {
        let mut reasons = net.notes.clone();
        let mut data = match &recipe {
            Some(recipe) => recipe.data.clone(),
            None => data_spec(&options.data, &options.overrides)?,
        };
        reasons.extend(fit_images(&mut data, net.input));
        Ok(Self::Net { net: Box::new(net), recipe, data: Box::new(data), reasons })
    }

    /// The data that are opened.
    pub fn data(&self) -> &DataSpec {
        match self {
            Self::Net { data, .. } => data,
            Self::Weights { recipe, .. } => &recipe.data,
        }
    }

    /// All of it, for these data.
    pub fn draft(self, splits: &Splits, options: &ImportOptions) -> Result<Draft, Error> {
        let images = splits.train.shape();
        let mut unknown = vec![
            "losses of its training, by epoch".to_owned(),
            "which images it was trained on: test images may be among them".to_owned(),
        ];
        match self {
            Self::Weights { weights, recipe, program } => {
                let network = recipe.check(images)?.network().clone();
                let channels_first = match options.axes {
                    Some(axes) => axes == Axes::Nchw,
                    None => program == "PyTorch",
                };
                let layout = if channels_first { Layout::ChannelsFirst } else { Layout::ChannelsLast };
                let fitted = weights.fit(&network, layout).map_err(refused)?;
                Ok(Draft {
                    recipe: *recipe,
                    network,
                    parameters: fitted.parameters,
                    reasons: fitted.notes,
                    unknown,
                })
            }
            Self::Net { net, recipe, data, mut reasons } => {
                let layout = options.axes.map(|axes| match axes {
                    Axes::Nhwc => Layout::ChannelsLast,
                    Axes::Nchw => Layout::ChannelsFirst,
                });
                let net = net.fit(shape(images), layout).map_err(refused)?;
                let recipe = match recipe {
                    Some(recipe) => Recipe { data: *data, ..*recipe },
                    None => {
                        let (recipe, why, guessed) = around(&net, *data, options)?;
                        reasons.push(why);
                        unknown.extend(guessed);
                        if recipe.objective.kl == Kl::default()
                            && net.objective.is_none()
                            && net.latent != (Latent::Deterministic {})
                        {
                            unknown.push(
                                "the weight of the KL in its loss, which is code: it is 1 here (--set objective.kl.weight=…)".into(),
                            );
                        }
                        recipe
                    }
                };
                let recipe = with_net(recipe, &net);
                let network = recipe.check(images)?.network().clone();
                let parameters = net.parameters(&network).map_err(refused)?;
                Ok(Draft { recipe, network, parameters, reasons, unknown })
            }
        }
    }
}

fn shape(images: ImageShape) -> Shape {
    Shape::image(images.height, images.width, images.channels)
}

/// Has images read as the net takes them: sets of the catalogue get a border, files are resized.
fn fit_images(data: &mut DataSpec, input: Shape) -> Option<String> {
    let (height, width, channels) = match input {
        Shape::Vector(_) => return None,
        // Rows of values without an axis of channels.
        Shape::Image { height, width: 1, channels } if channels != 1 && channels != 3 => {
            (height, channels, 1)
        }
        Shape::Image { height, width, channels } => (height, width, channels),
    };
    if let Some(set) = data.name.as_deref().and_then(data::find) {
        let missing = height.saturating_sub(set.shape.height);
        let is_even = missing.is_multiple_of(2) && width.saturating_sub(set.shape.width) == missing;
        if data.pad > 0 || missing == 0 || !is_even || data.size.is_some() {
            return None;
        }
        data.pad = missing / 2;
        return Some(format!(
            "data: {} zeros around the {} × {} pixels of {}, because the net takes {height} × {width} (data.pad)",
            data.pad, set.shape.height, set.shape.width, set.name
        ));
    }
    if data.size.is_some() || data.kind == Some(data::Kind::Table) {
        return None;
    }
    data.size = Some(Size::Sides([height.saturating_sub(2 * data.pad), width.saturating_sub(2 * data.pad)]));
    data.channels.get_or_insert(if channels == 1 { Channels::Grey } else { Channels::Rgb });
    Some(format!(
        "data: images become {height} × {width} × {channels}, as the net takes them (data.size, data.channels)"
    ))
}

/// A recipe that says what the files say; why its loss is what it is; and what stands in it without being known.
fn around(
    net: &Imported,
    data: DataSpec,
    options: &ImportOptions,
) -> Result<(Recipe, String, Option<String>), Error> {
    let (objective, why) = objective(net);
    let known = net.optimizer.as_ref().and_then(|(class, rate)| optimizer(class, *rate));
    let guessed = known.is_none().then(|| {
        "its optimizer, batch size and seed: the recipe has Adam with a learning rate of 0.001 in their place, for \
         trainings that go on from here"
            .to_owned()
    });
    let usual = || optimizer("Adam", None);
    let optimizer = known.or_else(usual).ok_or_else(|| Error::fault("there is no optimizer"))?;
    let name =
        options.folder.file_name().map_or("imported".into(), |name| name.to_string_lossy().into_owned());
    let recipe = Recipe {
        schema: SCHEMA,
        name,
        description: "An imported model".into(),
        seed: 0,
        data,
        // Without the sigmoid at its end, which fits any loss.
        model: spec(net, Loss::Bce),
        objective,
        optimizer,
        training: Training {
            epochs: 1,
            batch_size: 128,
            accumulate: 1,
            average: None,
            early_stopping: None,
            on_divergence: Default::default(),
        },
        show: Views::default(),
        origin: Default::default(),
    };
    let of_recipe: Vec<Override> = options.overrides.clone();
    let amended = Recipe::parse(&recipe.to_toml()?, "the recipe around the imported net", &of_recipe)?;
    let is_other = amended.objective != objective;
    let why = if is_other { "loss: as --loss and --set say".to_owned() } else { why };
    Ok((amended, why, guessed))
}

/// An optimizer of Keras, with the rate that the file says.
fn optimizer(class: &str, rate: Option<f64>) -> Option<OptimizerSpec> {
    let (kind, usual) = match class {
        "Adam" => ("adam", 1e-3),
        "AdamW" => ("adamw", 1e-3),
        "Adamax" => ("adamax", 1e-3),
        "Adadelta" => ("adadelta", 1e-3),
        "RMSprop" => ("rmsprop", 1e-3),
        "SGD" => ("sgd", 1e-2),
        _ => return None,
    };
    // What a file has in single precision reads as it was written: 0.001, not 0.0010000000474974513.
    let rate = rate.map(|rate| (rate as f32).to_string().parse::<f64>().unwrap_or(rate));
    serde_json::from_value(json!({ "kind": kind, "learning_rate": rate.unwrap_or(usual) })).ok()
}

/// The recipe with the net in it; one whose net it is but for first values keeps its own.
fn with_net(recipe: Recipe, net: &Imported) -> Recipe {
    let mut model = spec(net, recipe.objective.reconstruction.loss);
    model.output_bias = recipe.model.output_bias;
    if let (Latent::Gaussian(own), Latent::Gaussian(of_recipe)) = (&mut model.latent, recipe.model.latent)
        && own.code == of_recipe.code
    {
        *own = of_recipe;
    }
    let is_same = plain(&model) == plain(&recipe.model);
    Recipe { model: if is_same { recipe.model } else { model }, ..recipe }
}

/// A net without first values.
fn plain(model: &ModelSpec) -> Option<serde_json::Value> {
    fn strip(value: &mut serde_json::Value) {
        match value {
            serde_json::Value::Object(object) => {
                object.remove("initializer");
                object.values_mut().for_each(strip);
            }
            serde_json::Value::Array(list) => list.iter_mut().for_each(strip),
            _ => {}
        }
    }
    let mut value = serde_json::to_value(model).ok()?;
    strip(&mut value);
    Some(value)
}

fn spec(net: &Imported, loss: Loss) -> ModelSpec {
    let layers =
        |chain: &[exchange::WeightedLayer]| chain.iter().map(|weighted| weighted.layer.clone()).collect();
    ModelSpec {
        encoder: layers(&net.encoder),
        latent: net.latent,
        decoder: layers(&net.decoder_for(loss)),
        output_bias: Default::default(),
    }
}
