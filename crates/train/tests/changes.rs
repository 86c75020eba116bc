//! What goes when a setting gives a table another kind, the recipe another data set, or the code another form.

use data::Validation;
use network::{Activation, CodeL1, Latent, Layer, Optimizer, RmsProp};
use train::{Decay, Override, Purpose, Recipe};

fn open(name: &str, overrides: &[&str]) -> Recipe {
    let overrides: Vec<Override> = overrides.iter().map(|text| text.parse().unwrap()).collect();
    Recipe::open(name, &overrides).unwrap_or_else(|error| panic!("{name} {overrides:?}: {error}"))
}

fn changed(name: &str, first: Override, more: &[&str]) -> Result<Recipe, String> {
    let more = more.iter().map(|text| text.parse().unwrap());
    let overrides: Vec<Override> = std::iter::once(first).chain(more).collect();
    Recipe::open(name, &overrides).map_err(|error| error.to_string())
}

#[test]
fn another_optimizer_has_its_own_numbers() {
    let recipe = open("mnist-denoiser", &["optimizer.kind=adam"]);
    assert_eq!(recipe.optimizer.rule, Optimizer::default());
    assert_eq!(recipe.optimizer.learning_rate, 1e-3);
    assert_eq!(
        recipe.notes(),
        [
            "optimizer.rho = 0.95 is dropped: it belonged to adadelta",
            "optimizer.learning_rate = 0.001, as is usual for adam; 1.0 was for adadelta",
        ]
    );
    // What the user gives stays, before or behind.
    for order in
        [["optimizer.kind=rmsprop", "optimizer.rho=0.8"], ["optimizer.rho=0.8", "optimizer.kind=rmsprop"]]
    {
        let rule = open("mnist-denoiser", &order).optimizer.rule;
        assert!(matches!(rule, Optimizer::RmsProp(RmsProp { rho: 0.8, .. })), "{rule:?}");
    }
    // The same kind changes nothing.
    assert_eq!(open("mnist-denoiser", &["optimizer.kind=adadelta"]), open("mnist-denoiser", &[]));
}

#[test]
fn another_schedule_layer_loss_and_activation_too() {
    let falling = "optimizer.schedule={ kind = \"cosine\", end_factor = 0.1, warmup_epochs = 2 }";
    let schedule = open("mnist-mlp-vae", &[falling]).to_toml().unwrap();
    let again = |more: &[&str]| {
        let more: Vec<Override> = more.iter().map(|text| text.parse().unwrap()).collect();
        Recipe::parse(&schedule, "r.toml", &more).unwrap()
    };
    let constant = again(&["optimizer.schedule.kind=constant"]).optimizer.schedule;
    assert_eq!((constant.decay, constant.warmup_epochs), (Decay::Constant {}, 2.0));

    let pooled = open("mnist-mlp-vae", &["model.encoder[1].activation.name=relu"]);
    let Layer::Dense(dense) = &pooled.model.encoder[1] else { panic!("{:?}", pooled.model.encoder) };
    assert_eq!(dense.activation, Activation::Relu);

    let missing = changed("mnist-conv-vae", "model.encoder[0].layer=max_pool2d".parse().unwrap(), &[]);
    let message = "recipe mnist-conv-vae:12:5: model.encoder[0].size: is missing and must be given";
    assert_eq!(missing.unwrap_err(), message);

    let learned = "objective.reconstruction={ loss = \"gaussian\", sigma = { learned = 0.2 } }";
    let learned = open("mnist-mlp-vae", &[learned]).to_toml().unwrap();
    let other = ["objective.reconstruction.loss=squared_error".parse().unwrap()];
    assert_eq!(Recipe::parse(&learned, "r.toml", &other).unwrap().objective.reconstruction.sigma, None);
}

#[test]
fn a_code_keeps_its_size_in_either_form() {
    for setting in ["model.latent.kind=deterministic", "model.latent={ kind = \"deterministic\" }"] {
        let recipe = open("mnist-conv-vae", &[setting]);
        let plan = recipe.check(data::ImageShape::new(28, 28, 1)).unwrap();
        assert_eq!(plan.network().shapes().unwrap().code.len(), 2);
        assert!(recipe.notes()[0].starts_with("the code keeps its 2 numbers"), "{:?}", recipe.notes());
    }
    let vae = open("mnist-sparse-ae", &["model.latent.kind=gaussian"]);
    assert!(matches!(vae.model.latent, Latent::Gaussian(_)));
    let size = vae.check(data::ImageShape::new(28, 28, 1)).unwrap().network().shapes().unwrap().code.len();
    let plain = open("mnist-sparse-ae", &[]).check(data::ImageShape::new(28, 28, 1)).unwrap();
    assert_eq!(size, plain.network().shapes().unwrap().code.len());
    assert_eq!(vae.objective.code_l1, CodeL1(0.0));
    // An encoder that the user gives is left alone.
    let own = "model.encoder=[{ layer = \"flatten\" }, { layer = \"dense\", units = 2 }]";
    assert_eq!(
        open(
            "mnist-mlp-vae",
            &["model.latent={ kind = \"deterministic\" }", own, "model.decoder[0].units=300"]
        )
        .model
        .encoder
        .len(),
        2
    );
}

#[test]
fn each_built_in_recipe_becomes_each_kind_or_says_why_not() {
    for built_in in train::RECIPES {
        for purpose in [Purpose::Ae, Purpose::Vae, Purpose::Denoiser] {
            match changed(built_in.name, Override::purpose(purpose), &[]) {
                Ok(recipe) => {
                    let is_gaussian = matches!(recipe.model.latent, Latent::Gaussian(_));
                    assert_eq!(is_gaussian, purpose == Purpose::Vae, "{} {purpose:?}", built_in.name);
                    assert!(purpose != Purpose::Denoiser || recipe.data.input.noise.is_some());
                }
                Err(message) => assert!(
                    message.starts_with("command line: --as vae: the size of this recipe's code follows"),
                    "{}: {message}",
                    built_in.name
                ),
            }
        }
        if let Ok(recipe) = changed(built_in.name, Override::latent(5), &[]) {
            let plan = recipe.check(recipe.input_shape().unwrap()).unwrap();
            assert_eq!(plan.network().shapes().unwrap().code.len(), 5, "{}", built_in.name);
        }
    }
}

#[test]
fn what_belonged_to_another_data_set_goes() {
    let with = |name: &str, data: &str, more: &[&str]| changed(name, Override::data(data), more).unwrap();
    let last = Some(Validation::Last(10_000));
    assert_eq!(with("mnist-mlp-vae", "fashion-mnist", &[]).data.valid, last);
    assert_eq!(with("mnist-mlp-vae", "mnist", &[]).data.valid, last);
    let other = with("mnist-mlp-vae", "photos", &[]);
    assert_eq!(other.data.valid, None);
    assert_eq!(
        other.notes(),
        ["data.valid = { last = 10000 } is dropped: it belonged to mnist (--set data.valid=… sets another)"]
    );
    assert_eq!(with("mnist-denoiser", "photos", &[]).data.valid, Some(Validation::Fraction(0.3)));
    let given = with("mnist-mlp-vae", "photos", &["data.valid={ first = 3 }"]);
    assert_eq!((given.data.valid, given.notes().len()), (Some(Validation::First(3)), 0));
    let excluding = open("mnist-mlp-vae", &["data.exclude_classes=[\"9\"]", "data.limit={ train = 9 }"]);
    let there =
        Recipe::parse(&excluding.to_toml().unwrap(), "r.toml", &[Override::data("fashion-mnist")]).unwrap();
    assert!(there.data.exclude_classes.is_empty() && there.data.limit.train == Some(9));
}
