//! A recipe that suits a data set that nobody wrote one for.

mod net;

use data::{ImageShape, Survey};
use network::{Code, GaussianLatent, Latent, Layer, Loss};
use toml::Value;

use self::net::Net;
use crate::error::RecipeError;
use crate::recipe::overrides::Override;
use crate::recipe::purpose::Purpose;
use crate::recipe::{Origin, Recipe};

/// Sides that images of unequal sizes are brought to: the largest that the image in the middle fills.
const SIDES: [usize; 4] = [128, 64, 32, 16];
/// Images of one size keep it up to this side; larger ones are halved until they have it.
const LARGEST_SIDE: usize = 256;
/// Pixels that a training looks at, about: some minutes on two cores.
const PIXELS_SEEN: usize = 1_500_000_000;
const EPOCHS: (usize, usize) = (10, 200);
/// Values of an image that takes as long as a row of a table, about.
const VALUES_OF_ROW: usize = 200;

/// What a recipe is chosen for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Demand<'a> {
    /// The data set: a name of the catalogue, or a path.
    pub data: &'a str,
    /// How many images it has.
    pub images: usize,
    /// Their shape as the network sees them, padding included.
    pub shape: ImageShape,
    /// Whether they are the rows of a table, standardised, of shape 1 × columns × 1.
    pub is_table: bool,
    /// Height and width that the recipe brings them to (`data.size`); `None` where they have their size already.
    pub size: Option<[usize; 2]>,
    /// What the network is for.
    pub purpose: Purpose,
    /// Numbers of the code; what suits the images, if absent.
    pub latent: Option<u32>,
}

/// A recipe and why it is as it is.
#[derive(Clone, Debug, PartialEq)]
pub struct ChosenRecipe {
    /// The recipe.
    pub recipe: Recipe,
    /// One sentence for each choice.
    pub reasons: Vec<String>,
}

/// A recipe for the images of `demand`, with `overrides` over it; what these say of the data is already in `demand`.
///
/// Sides above 8 are halved by strided convolutions, whether even or odd; images of few pixels get a dense net. A
/// denoiser's code is an image, unless it is to have so many numbers. The loss of grey images is cross-entropy, which
/// suits drawings and scans; colours get a Gaussian whose width is learned in a VAE, so that nobody has to weigh it
/// against the KL, and the squared error otherwise. Rows of a table get a dense net as wide as they need, and the loss
/// of colours.
///
/// # Errors
/// For overrides that cannot be used.
///
/// ```
/// use train::{Demand, Purpose, choose_recipe};
///
/// let shape = data::ImageShape::new(48, 97, 3);
/// let purpose = Purpose::Ae;
/// let demand =
///     Demand { data: "photos", images: 2_000, shape, is_table: false, size: None, purpose, latent: Some(24) };
/// let chosen = choose_recipe(&demand, &["training.epochs=3".parse()?])?;
/// assert!(chosen.reasons[0].contains("48 × 97"));
/// let plan = chosen.recipe.check(shape)?;
/// assert!(!plan.network().is_variational() && plan.recipe().training.epochs == 3);
/// # Ok::<(), train::RecipeError>(())
/// ```
pub fn choose_recipe(demand: &Demand<'_>, overrides: &[Override]) -> Result<ChosenRecipe, RecipeError> {
    let draft = Draft::of(demand);
    let toml = draft.toml(demand);
    let recipe = Recipe::of(Origin::chosen(demand.data, &toml, overrides))?;
    let of_data: Vec<Override> = overrides.iter().filter(|change| change.is_of_data()).cloned().collect();
    let chosen = Recipe::of(Origin::chosen(demand.data, &toml, &of_data))?;
    let reasons = draft.reasons(demand, &chosen, &recipe);
    Ok(ChosenRecipe { recipe, reasons })
}

/// Height and width that images of a folder should be brought to, and why; `None` where they are of one size, and
/// not larger than what a net trains on in minutes.
pub fn choose_size(found: &Survey) -> Option<([usize; 2], String)> {
    let Survey { median: [height, width], uniform, .. } = *found;
    if !uniform {
        let smaller = height.min(width);
        let side = SIDES.into_iter().find(|side| *side <= smaller).unwrap_or(SIDES[SIDES.len() - 1]);
        let reason = format!(
            "size: all images become {side} × {side} pixels, because they are of several sizes (--set data.size=N \
             or [HEIGHT, WIDTH]; data.fit=crop or pad keeps proportions)"
        );
        return Some(([side, side], reason));
    }
    let mut sides = [height, width];
    while sides[0].max(sides[1]) > LARGEST_SIDE {
        sides = sides.map(|side| (side / 2).max(1));
    }
    let [rows, columns] = sides;
    let reason = format!(
        "size: images of {height} × {width} become {rows} × {columns} pixels, to train in minutes (--set \
         data.size=[{height}, {width}] keeps them)"
    );
    (sides != [height, width]).then_some((sides, reason))
}

/// What is chosen.
struct Draft {
    net: Net,
    /// `model.latent`.
    latent: String,
    /// `objective.reconstruction`.
    loss: &'static str,
    epochs: usize,
    batch: usize,
}

impl Draft {
    fn of(demand: &Demand<'_>) -> Self {
        let Demand { images, shape, is_table, purpose, latent: wanted, .. } = *demand;
        let usual = match shape.height * shape.width {
            columns if is_table => columns.div_ceil(4).clamp(2, 32),
            0..=1024 => 16,
            1025..=4096 => 32,
            _ => 64,
        };
        let size = wanted.map_or(usual.min(shape.values()), |size| size as usize);
        let mut net = match (purpose, wanted) {
            _ if is_table => Net::of_rows(shape.width),
            (Purpose::Denoiser, None) => Net::with_image(shape),
            _ => Net::with_vector(shape),
        };
        if purpose == Purpose::Ae || purpose == Purpose::Denoiser && (wanted.is_some() || is_table) {
            net.encoder.push(format!("{{ layer = \"dense\", units = {size} }}"));
        }
        let latent = match purpose {
            Purpose::Vae => format!("{{ kind = \"gaussian\", size = {size} }}"),
            Purpose::Ae | Purpose::Denoiser => "{ kind = \"deterministic\" }".into(),
        };
        let loss = match (shape.channels, purpose) {
            (1, _) if !is_table => "{ loss = \"bce\", reduction = \"sum\", weight = 1.0 }",
            (_, Purpose::Vae) => {
                "{ loss = \"gaussian\", reduction = \"sum\", weight = 1.0, sigma = { learned = 0.2 } }"
            }
            _ => "{ loss = \"squared_error\", reduction = \"sum\", weight = 1.0 }",
        };
        let seen = images.max(1) * if is_table { VALUES_OF_ROW } else { shape.values() };
        let epochs = (PIXELS_SEEN / seen).clamp(EPOCHS.0, EPOCHS.1);
        let batch = (images / 20).clamp(8, 64).min(images.max(1));
        Self { net, latent, loss, epochs, batch }
    }

    fn toml(&self, demand: &Demand<'_>) -> String {
        let Demand { data, size, purpose, .. } = *demand;
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
        if purpose == Purpose::Denoiser {
            lines.push(format!("input = {{ noise = {} }}", Purpose::NOISE));
        }
        lines.push(format!("[model]\nencoder = [\n{}]", rows(&self.net.encoder)));
        lines.push(format!("latent = {}", self.latent));
        lines.push(format!("decoder = [\n{}]", rows(&self.net.decoder)));
        lines.push(format!("[objective]\nreconstruction = {}", self.loss));
        if purpose == Purpose::Vae {
            lines.push("kl = { reduction = \"sum\", weight = 1.0 }".into());
        }
        lines.push("[optimizer]\nkind = \"adam\"\nlearning_rate = 1e-3".into());
        lines.push("schedule = { kind = \"cosine\" }\nclip_norm = 1000.0".into());
        lines.push(format!("[training]\nepochs = {}\nbatch_size = {}\n", self.epochs, self.batch));
        lines.join("\n")
    }

    /// Why `chosen` is as it is; of `recipe`, which is that with the user's settings, where these have changed it.
    fn reasons(&self, demand: &Demand<'_>, chosen: &Recipe, recipe: &Recipe) -> Vec<String> {
        let Demand { images, shape: ImageShape { height, width, channels }, is_table, .. } = *demand;
        let (thing, things) = if is_table { ("row", "rows") } else { ("image", "images") };
        const ASKED: &str = "as it was asked for";
        let because = |is_chosen: bool, reason: String| if is_chosen { reason } else { ASKED.into() };

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
            _ => "the code is a smaller image (--latent N for a vector)".to_owned(),
        };

        let loss = recipe.objective.reconstruction.loss;
        let name = match loss {
            Loss::Bce => "binary cross-entropy",
            Loss::SquaredError => "squared error",
            Loss::Gaussian if recipe.objective.reconstruction.learns_sigma() => {
                "Gaussian with a learned width"
            }
            Loss::Gaussian => "Gaussian",
        };
        let pixels = match channels {
            _ if is_table => "because standardised values have no bounds",
            1 => "because images are grey",
            _ => "because images have colours",
        };
        let why = because(loss == chosen.objective.reconstruction.loss, pixels.to_owned());
        let purpose = match (recipe.model.latent, recipe.data.input.noise) {
            (Latent::Gaussian(_), _) => {
                "a VAE, to generate as well (--as ae or denoiser for another)".to_owned()
            }
            (_, None) => "an autoencoder, which does not generate".to_owned(),
            (_, Some(noise)) => {
                format!("a denoiser, for noise of standard deviation {noise} (--set data.input.noise=S)")
            }
        };

        let there = if images == 1 { format!("is 1 {thing}") } else { format!("are {images} {things}") };
        let (before, now) = (&chosen.training, &recipe.training);
        let is_chosen = (before.epochs, before.batch_size) == (now.epochs, now.batch_size);
        let training = because(is_chosen, format!("because there {there} (--epochs N for more or fewer)"));
        let epochs = if now.epochs == 1 { "epoch" } else { "epochs" };
        vec![
            format!("net: {words}, {net}; {code}"),
            format!("loss: {name}, {why}; {purpose}"),
            format!("training: {} {epochs} in batches of {}, {training}", now.epochs, now.batch_size),
        ]
    }
}

fn rows(layers: &[String]) -> String {
    layers.iter().map(|layer| format!("    {layer},\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(shape: ImageShape, purpose: Purpose, latent: Option<u32>) -> ChosenRecipe {
        let demand =
            Demand { data: "photos", images: 500, shape, is_table: false, size: None, purpose, latent };
        choose_recipe(&demand, &[]).unwrap_or_else(|error| panic!("{shape}: {error}"))
    }

    #[test]
    fn every_size_and_number_of_channels_gets_a_net_that_fits() {
        let sides =
            (1..=40).chain([48, 63, 64, 65, 70, 96, 97, 127, 128, 255, 257, 300, 333, 640, 1023, 1024]);
        for (side, other) in sides.clone().flat_map(|side| sides.clone().map(move |other| (side, other))) {
            let shape = ImageShape::new(side, other, 1 + (side + other) % 4);
            let ChosenRecipe { recipe, reasons } = chosen(shape, Purpose::Vae, None);
            let plan = recipe.check(shape).unwrap_or_else(|error| panic!("{shape}: {error}"));
            assert!(reasons[0].contains(&format!("{side} × {other}")), "{reasons:?}");
            let views = network::parameter_views(plan.network()).unwrap();
            let parameters = views.last().unwrap().range.end;
            assert!(parameters < 6_000_000, "{shape}: {parameters} parameters");
        }
    }

    #[test]
    fn each_purpose_has_its_code_and_its_loss() {
        for shape in
            [(5, 7, 1), (28, 28, 1), (17, 40, 3), (300, 300, 3)].map(|(h, w, c)| ImageShape::new(h, w, c))
        {
            let ae = chosen(shape, Purpose::Ae, Some(7)).recipe.check(shape).unwrap();
            let shapes = ae.network().shapes().unwrap();
            assert!(shapes.code.len() == 7 && !ae.network().is_variational());
            let denoiser = chosen(shape, Purpose::Denoiser, None).recipe;
            assert_eq!(denoiser.data.input.noise, Some(0.2));
            let code = denoiser.check(shape).unwrap().network().shapes().unwrap().code;
            assert!(matches!(code, network::Shape::Image { .. }), "{shape}: {code}");
            let small = chosen(shape, Purpose::Denoiser, Some(9)).recipe.check(shape).unwrap();
            assert_eq!(small.network().shapes().unwrap().code.len(), 9);
        }
    }

    #[test]
    fn batches_are_not_larger_than_what_there_is() {
        for (images, batch, there) in [(1, 1, "is 1 image ("), (5, 5, "are 5 images ("), (90, 8, "are 90")] {
            let shape = ImageShape::new(28, 28, 1);
            let demand = Demand {
                data: "p",
                images,
                shape,
                is_table: false,
                size: None,
                purpose: Purpose::Vae,
                latent: None,
            };
            let ChosenRecipe { recipe, reasons } = choose_recipe(&demand, &[]).unwrap();
            assert_eq!(recipe.training.batch_size, batch);
            assert!(reasons[2].contains(&format!("because there {there}")), "{reasons:?}");
        }
    }

    #[test]
    fn unequal_sizes_become_squares_and_large_ones_are_halved_and_it_is_said_why() {
        let size = |median, uniform| {
            let survey = Survey { images: 90_000, median, uniform, grey: true };
            choose_size(&survey).map(|(size, reason)| {
                assert!(reason.contains(&format!("become {} × {} pixels", size[0], size[1])), "{reason}");
                size
            })
        };
        assert_eq!(size([100, 90], false), Some([64, 64]));
        assert_eq!(size([8, 9], false), Some([16, 16]));
        assert_eq!(size([300, 300], true), Some([150, 150]));
        assert_eq!(size([480, 640], true), Some([120, 160]));
        for own in [[4, 5], [8, 8], [28, 28], [70, 70], [48, 96], [256, 256]] {
            assert_eq!(size(own, true), None);
        }
    }

    #[test]
    fn reasons_are_of_what_is_trained() {
        let shape = ImageShape::new(28, 28, 3);
        let demand = Demand {
            data: "p",
            images: 90,
            shape,
            is_table: false,
            size: None,
            purpose: Purpose::Vae,
            latent: Some(8),
        };
        let reasons = |settings: &[&str]| {
            let settings: Vec<Override> = settings.iter().map(|setting| setting.parse().unwrap()).collect();
            choose_recipe(&demand, &settings).unwrap().reasons
        };
        let own = reasons(&[]);
        assert!(own[0].contains("code of 8 numbers") && own[1].contains("learned width, because"), "{own:?}");
        let asked = reasons(&[
            "training.epochs=1",
            "objective.reconstruction.loss=squared_error",
            "model.latent.kind=deterministic",
        ]);
        assert_eq!(asked[2], "training: 1 epoch in batches of 8, as it was asked for");
        assert_eq!(
            asked[1],
            "loss: squared error, as it was asked for; an autoencoder, which does not generate"
        );
        assert!(asked[0].contains("code of 8 numbers"), "{asked:?}");
    }

    #[test]
    fn faults_are_told_of_what_was_typed() {
        let shape = ImageShape::new(28, 28, 1);
        let demand = Demand {
            data: "photos",
            images: 9,
            shape,
            is_table: false,
            size: None,
            purpose: Purpose::Vae,
            latent: None,
        };
        let message = |setting: &str| {
            let error =
                choose_recipe(&demand, &[setting.parse().unwrap()]).map(|chosen| chosen.recipe.check(shape));
            match error {
                Err(error) | Ok(Err(error)) => error.to_string(),
                Ok(Ok(_)) => panic!("accepted: {setting}"),
            }
        };
        assert_eq!(
            message("training.epochs=0"),
            "command line: training.epochs = 0: must lie between 1 and 1000000"
        );
        let misfit = message("model.decoder[0].units=7");
        assert!(misfit.starts_with("the recipe chosen for photos: model.decoder[1].shape = "), "{misfit}");
    }
}
