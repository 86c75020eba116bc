//! What is chosen, as text, and why.

use data::ImageShape;
use network::{Code, GaussianLatent, Latent, Layer, Loss};
use toml::Value;

use super::aim::Aim;
use super::augmentation::augmentation;
use super::budget::{Fit, MOST_EPOCHS};
use super::demand::Demand;
use super::net::Net;
use super::residual::{self, WIDTHS};
use crate::recipe::Recipe;
use crate::recipe::purpose::Purpose;

/// What AdamW takes of each weight in a step, times the learning rate.
const WEIGHT_DECAY: f64 = 0.02;
/// Epochs without a better validation until training stops: a part of all, and the fewest.
const PATIENCE: (usize, usize) = (4, 10);
/// Images of a step of a denoiser, each of whose pixels is an example.
const BATCH_OF_DENOISER: usize = 4;
/// Values that a dense net looks at in all its epochs, about.
const VALUES_SEEN: usize = 1_500_000_000;
const DENSE_EPOCHS: (usize, usize) = (10, 200);
/// Values of an image that takes as long as a row of a table, about.
const VALUES_OF_ROW: usize = 200;

/// Steps that a net should make, at least, or there is not time for its width: of images that vary and end in a code, and of
/// denoisers, which learn from each pixel.
const LEAST_STEPS: usize = 12_000;
const LEAST_STEPS_OF_DENOISER: usize = 10_000;

/// What is chosen.
pub(super) struct Draft {
    net: Net,
    /// `model.latent`.
    latent: String,
    /// `objective.reconstruction`.
    loss: &'static str,
    batch: usize,
    /// Epochs, if the time were no matter.
    most_epochs: usize,
    epochs: usize,
    /// Seconds for an image, and whether a wider net would have had time.
    fit: Option<Fit>,
}

impl Draft {
    /// The drafts for `demand`, the widest first.
    pub fn candidates(demand: &Demand<'_>) -> impl Iterator<Item = Self> {
        let is_dense = demand.is_table || residual::with_vector(demand.shape, WIDTHS[0]).is_none();
        let widths = if is_dense && !has_image_code(demand) { &WIDTHS[..1] } else { &WIDTHS };
        widths.iter().map(|width| Self::of(demand, *width))
    }

    fn of(demand: &Demand<'_>, width: usize) -> Self {
        let Demand { images, shape, is_table, purpose, aim, latent: wanted, .. } = *demand;
        let usual = match shape.height * shape.width {
            columns if is_table => columns.div_ceil(4).clamp(2, 32),
            0..=1024 => 16,
            1025..=4096 => 32,
            _ => 64,
        };
        let usual = aim.map_or(usual, |aim| aim.code(usual)).min(shape.values());
        let size = wanted.map_or(usual, |size| size as usize);
        let residual = match has_image_code(demand) {
            true => Some(residual::with_image(shape, width)),
            false if is_table => None,
            false => residual::with_vector(shape, width),
        };
        let is_residual = residual.is_some();
        let mut net =
            residual.unwrap_or_else(|| if is_table { Net::of_rows(shape.width) } else { Net::dense(shape) });
        if purpose != Purpose::Vae && !has_image_code(demand) {
            net.encoder.push(format!("{{ layer = \"dense\", units = {size} }}"));
        }
        let latent = match purpose {
            Purpose::Vae => format!("{{ kind = \"gaussian\", size = {size} }}"),
            Purpose::Ae | Purpose::Denoiser => "{ kind = \"deterministic\" }".into(),
        };
        let loss = match (shape.channels, purpose) {
            _ if has_image_code(demand) => "{ loss = \"charbonnier\", reduction = \"sum\", weight = 1.0 }",
            (1, _) if !is_table => "{ loss = \"bce\", reduction = \"sum\", weight = 1.0 }",
            (_, Purpose::Vae) => {
                "{ loss = \"gaussian\", reduction = \"sum\", weight = 1.0, sigma = { learned = 0.2 } }"
            }
            _ => "{ loss = \"squared_error\", reduction = \"sum\", weight = 1.0 }",
        };
        let seen = images.max(1) * if is_table { VALUES_OF_ROW } else { shape.values() };
        let most_epochs = match is_residual {
            true => usize::MAX,
            false => (VALUES_SEEN / seen).clamp(DENSE_EPOCHS.0, DENSE_EPOCHS.1),
        };
        let batch = match is_residual {
            _ if has_image_code(demand) => BATCH_OF_DENOISER,
            true => (images / 200).clamp(16, 64),
            false => (images / 20).clamp(8, 64),
        };
        let batch = batch.min(images.max(1));
        Self { net, latent, loss, batch, most_epochs, epochs: 1, fit: None }
    }

    /// What the net comes to at `pace` seconds an image, with the epochs that the user wants, if any.
    pub fn fit(&self, demand: &Demand<'_>, pace: f64, asked: Option<u64>) -> Fit {
        let steps = if has_image_code(demand) { LEAST_STEPS_OF_DENOISER } else { LEAST_STEPS };
        let usual = ((steps * self.batch) as f64 / demand.images.max(1) as f64).min(MOST_EPOCHS);
        Fit::new(pace, demand.images, demand.budget, asked.map_or(usual, |epochs| epochs as f64))
    }

    /// Takes the epochs that fit.
    pub fn settle(&mut self, fit: Fit) {
        self.epochs = fit.epochs.min(self.most_epochs);
        self.fit = Some(fit);
    }

    pub fn toml(&self, demand: &Demand<'_>) -> String {
        let Demand { data, size, are_tiles, noise, purpose, is_table, .. } = *demand;
        let key = if data::find(data).is_some() { "name" } else { "path" };
        let stem =
            std::path::Path::new(data).file_stem().map_or("images".into(), |stem| stem.to_string_lossy());
        let what = match purpose {
            Purpose::Ae => "Autoencoder",
            Purpose::Vae => "VAE",
            Purpose::Denoiser => "Denoiser",
        };
        let mut lines = vec!["schema = 1".to_owned()];
        lines.push(format!("name = {}", Value::String(format!("{stem}-{}", purpose.name()))));
        lines.push(format!("description = \"{what} chosen for the data\""));
        lines.push(format!("[data]\n{key} = {}", Value::String(data.to_owned())));
        lines.extend(size.map(|[height, width]| match height == width {
            true => format!("size = {height}"),
            false => format!("size = [{height}, {width}]"),
        }));
        if are_tiles {
            lines.push("fit = \"tiles\"".into());
        }
        lines.extend(augmentation(demand).map(|(text, _)| format!("augment = {text}")));
        if let Some(noise) = noise.filter(|_| purpose == Purpose::Denoiser) {
            lines.push(format!("input = {{ noise = {} }}", noise.to_toml()));
        }
        lines.push(format!("[model]\nencoder = [\n{}]", rows(&self.net.encoder)));
        lines.push(format!("latent = {}", self.latent));
        lines.push(format!("decoder = [\n{}]", rows(&self.net.decoder)));
        if !is_table && !has_image_code(demand) {
            lines.push("output_bias = \"data_mean\"".into());
        }
        lines.push(format!("[objective]\nreconstruction = {}", self.loss));
        if purpose == Purpose::Vae {
            lines.push("kl = { reduction = \"sum\", weight = 1.0 }".into());
        }
        lines.push(match decays(demand) {
            true => format!("[optimizer]\nkind = \"adamw\"\nweight_decay = {WEIGHT_DECAY}"),
            false => "[optimizer]\nkind = \"adam\"".into(),
        });
        lines.push("learning_rate = 1e-3".into());
        lines.push("schedule = { kind = \"cosine\" }\nclip_norm = 1000.0".into());
        lines.push(format!("[training]\nepochs = {}\nbatch_size = {}", self.epochs, self.batch));
        if stops_early(demand) {
            lines.push(format!("early_stopping = {{ patience = {} }}", self.patience()));
        }
        lines.join("\n") + "\n"
    }

    fn patience(&self) -> usize {
        (self.epochs / PATIENCE.0).max(PATIENCE.1)
    }

    /// Why `chosen` is as it is; of `recipe`, which is that with the user's settings, where these have changed it.
    pub fn reasons(&self, demand: &Demand<'_>, chosen: &Recipe, recipe: &Recipe) -> Vec<String> {
        let mut reasons = vec![
            self.reason_of_net(demand, chosen, recipe),
            reason_of_loss(demand, chosen, recipe),
            self.reason_of_training(demand, chosen, recipe),
        ];
        if let Some((text, why)) = augmentation(demand).filter(|_| recipe.data.augment == chosen.data.augment)
        {
            reasons.push(format!("augmentation: {text}, {why} (--set 'data.augment={{}}' for none)"));
        }
        let (before, now) = (&chosen.training.early_stopping, &recipe.training.early_stopping);
        if stops_early(demand)
            && now.is_some()
            && before == now
            && chosen.optimizer.rule == recipe.optimizer.rule
        {
            reasons.push(format!(
                "overfitting: {}training stops after {} epochs without a better validation, because there {} (the best \
                 epoch is what is used)",
                if decays(demand) { "weights decay, and " } else { "" },
                self.patience(),
                if demand.images == 1 { "is 1 image".into() } else { format!("are only {} images", demand.images) }
            ));
        }
        reasons
    }

    fn reason_of_net(&self, demand: &Demand<'_>, chosen: &Recipe, recipe: &Recipe) -> String {
        let Demand { shape: ImageShape { height, width, .. }, is_table, .. } = *demand;
        let is_chosen =
            chosen.model.encoder == recipe.model.encoder && chosen.model.decoder == recipe.model.decoder;
        let words = if is_chosen { self.net.words.as_str() } else { "layers" };
        let net = because(
            is_chosen,
            match is_table {
                true => format!("because rows have {width} columns"),
                false => format!("because images are {height} × {width} pixels"),
            },
        );
        let code = match (recipe.model.latent, recipe.model.encoder.last()) {
            (Latent::Gaussian(GaussianLatent { code: Code::Vector(size), .. }), _) => {
                format!("code of {size} numbers (--latent N for more or fewer)")
            }
            (_, Some(Layer::Dense(last))) => {
                format!("code of {} numbers (--latent N for more or fewer)", last.units)
            }
            _ => "the code is the clean image (--latent N for a vector)".to_owned(),
        };
        format!("net: {words}, {net}; {code}")
    }

    fn reason_of_training(&self, demand: &Demand<'_>, chosen: &Recipe, recipe: &Recipe) -> String {
        let Demand { images, is_table, budget, .. } = *demand;
        let (thing, things) = if is_table { ("row", "rows") } else { ("image", "images") };
        let there = if images == 1 { format!("is 1 {thing}") } else { format!("are {images} {things}") };
        let (before, now) = (&chosen.training, &recipe.training);
        let is_chosen = (before.epochs, before.batch_size) == (now.epochs, now.batch_size);
        let pace = self.fit.map_or(String::new(), |fit| {
            let limit = if self.epochs < fit.epochs { "are enough" } else { "fit" };
            format!(
                " and at {:.2} ms a {thing} so many {limit} into {} s (--budget TIME, --epochs N)",
                1e3 * fit.pace,
                budget.as_secs()
            )
        });
        let training = because(is_chosen, format!("because there {there}{pace}"));
        let epochs = if now.epochs == 1 { "epoch" } else { "epochs" };
        format!("training: {} {epochs} in batches of {}, {training}", now.epochs, now.batch_size)
    }
}

fn has_image_code(demand: &Demand<'_>) -> bool {
    demand.purpose == Purpose::Denoiser && demand.latent.is_none() && !demand.is_table
}

/// Whether weights decay: not where every look at an image brings new noise, which no weights can remember.
fn decays(demand: &Demand<'_>) -> bool {
    demand.has_few_images() && !has_image_code(demand)
}

/// Whether training stops where validation gets no better: not where every look brings new noise, which makes validation
/// waver, and never worse for good.
fn stops_early(demand: &Demand<'_>) -> bool {
    demand.has_few_images() && (!has_image_code(demand) || demand.noise.is_none())
}

fn because(is_chosen: bool, reason: String) -> String {
    if is_chosen { reason } else { "as it was asked for".into() }
}

fn reason_of_loss(demand: &Demand<'_>, chosen: &Recipe, recipe: &Recipe) -> String {
    let loss = recipe.objective.reconstruction.loss;
    let name = match loss {
        Loss::Bce => "binary cross-entropy",
        Loss::SquaredError => "squared error",
        Loss::Gaussian if recipe.objective.reconstruction.learns_sigma() => "Gaussian with a learned width",
        Loss::Gaussian => "Gaussian",
        Loss::L1 => "absolute error",
        Loss::Charbonnier => "Charbonnier",
    };
    let pixels = match demand.shape.channels {
        _ if has_image_code(demand) => "because a few large errors must not blur the rest",
        _ if demand.is_table => "because standardised values have no bounds",
        1 => "because images are grey",
        _ => "because images have colours",
    };
    let why = because(loss == chosen.objective.reconstruction.loss, pixels.to_owned());
    let aim = demand.aim.filter(|_| recipe.model.latent == chosen.model.latent).map(Aim::words);
    let purpose = match (recipe.model.latent, recipe.data.input.noise) {
        _ if recipe.data.clean.is_some() => "a denoiser, which learns from pairs".to_owned(),
        (_, Some(noise)) => {
            format!("a denoiser, for noise {noise}")
        }
        _ if let Some(words) = aim => words.to_owned(),
        (Latent::Gaussian(_), None) => {
            "a VAE, to generate as well (--as ae or denoiser, or --for USE, for another)".to_owned()
        }
        (_, None) => "an autoencoder, which does not generate".to_owned(),
    };
    format!("loss: {name}, {why}; {purpose}")
}

fn rows(layers: &[String]) -> String {
    layers.iter().map(|layer| format!("    {layer},\n")).collect()
}
