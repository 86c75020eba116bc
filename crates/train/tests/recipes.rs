//! The recipes that ship, and recipes as text: read, changed, written, read again.

use data::ImageShape;
use model::Summary;
use network::CodeL1;
use train::{DEFAULT_RECIPE, Decay, Override, RECIPES, Recipe, RecipeError};

fn open(name: &str, overrides: &[&str]) -> Recipe {
    let overrides: Vec<Override> = overrides.iter().map(|text| text.parse().unwrap()).collect();
    Recipe::open(name, &overrides).unwrap()
}

#[test]
fn every_recipe_is_whole() {
    assert!(RECIPES.iter().any(|built_in| built_in.name == DEFAULT_RECIPE));
    for built_in in RECIPES {
        let recipe = open(built_in.name, &[]);
        assert_eq!(recipe.name, built_in.name);
        assert!(!recipe.description.is_empty() && recipe.description.len() < 80);
        let shape = recipe.input_shape().unwrap();
        let plan = recipe.check(shape).unwrap();
        assert_eq!(plan.network().input.len(), shape.values());
    }
}

#[test]
fn parameter_counts_are_the_references() {
    let expected = [
        ("mnist-mlp-ae", 238_510, 239_284),
        ("mnist-mlp-vae", 241_520, 239_284),
        ("mnist-conv-vae", 31_364, 65_089),
        ("mnist-deep-conv-vae", 584_308, 339_649),
        ("mnist-wide-mlp-vae", 403_972, 403_728),
        ("fashion-conv-vae", 100_868, 246_273),
        ("fashion-conv-ae", 100_868 - 4_098, 246_273), // one head less
        ("mnist-pool-vae", 69_076, 65_089),
        ("mnist-sparse-ae", 25_120, 25_872),
    ];
    let summary = |name| {
        let recipe = open(name, &[]);
        let plan = recipe.check(recipe.input_shape().unwrap()).unwrap();
        Summary::new(plan.network()).unwrap()
    };
    for (name, encoder, decoder) in expected {
        let summary = summary(name);
        let part = |name| summary.part(name).unwrap().parameters;
        assert_eq!((part("encoder"), part("decoder")), (encoder, decoder), "{name}");
    }
    let totals = [
        ("mnist-denoiser", 28_353),
        ("mnist-shallow-ae", 50_992),
        ("mnist-upsample-ae", 4_385),
        ("mnist-pool-ae", 29_723),
    ];
    for (name, parameters) in totals {
        assert_eq!(summary(name).parameters, parameters, "{name}");
    }
}

/// Losses, optimizers, batches, epochs and splits as the reference systems print them.
#[test]
fn trainings_are_the_references() {
    use network::{Loss, Reduction::*};
    // Reduction and weight of the reconstruction, reduction of the KL where there is one, batch, epochs, optimizer.
    let expected = [
        ("mnist-conv-vae", Sum, 1.0, Some(Mean), 128, 30, "adam", "valid = \"test\""),
        ("fashion-conv-ae", Mean, 1.0, None, 10, 30, "adam", "valid = \"test\""),
        ("fashion-conv-vae", Mean, 500.0, Some(Sum), 10, 30, "adam", "valid = \"test\""),
        ("mnist-pool-ae", Mean, 1.0, None, 64, 20, "adam", "valid = \"test\""),
        ("mnist-pool-vae", Sum, 1.0, Some(Sum), 128, 20, "adam", "valid = \"test\""),
        ("mnist-mlp-ae", Sum, 1.0, None, 100, 30, "adam", "valid = { last = 10000 }"),
        ("mnist-mlp-vae", Sum, 1.0, Some(Sum), 100, 30, "adam", "valid = { last = 10000 }"),
        ("mnist-deep-conv-vae", Sum, 1.0, Some(Sum), 100, 30, "adam", "valid = { last = 10000 }"),
        ("mnist-shallow-ae", Mean, 1.0, None, 256, 50, "adadelta", "valid = { fraction = 0.3 }"),
        ("mnist-upsample-ae", Mean, 1.0, None, 256, 50, "adadelta", "valid = { fraction = 0.3 }"),
        ("mnist-denoiser", Mean, 1.0, None, 256, 50, "adadelta", "valid = { fraction = 0.3 }"),
        ("mnist-wide-mlp-vae", Sum, 1.0, Some(Sum), 128, 50, "adam", "valid = \"test\""),
    ];
    for (name, reduction, weight, kl, batch, epochs, optimizer, valid) in expected {
        let recipe = open(name, &[]);
        let found = recipe.objective.reconstruction;
        assert_eq!((found.loss, found.reduction, found.weight), (Loss::Bce, reduction, weight), "{name}");
        let plan = recipe.check(recipe.input_shape().unwrap()).unwrap();
        assert_eq!(plan.network().is_variational(), kl.is_some(), "{name}");
        if let Some(kl) = kl {
            assert_eq!((recipe.objective.kl.reduction, recipe.objective.kl.weight), (kl, 1.0), "{name}");
        }
        assert_eq!((recipe.training.batch_size, recipe.training.epochs), (batch, epochs), "{name}");
        let toml = recipe.to_toml().unwrap();
        for line in [format!("kind = \"{optimizer}\""), valid.to_owned()] {
            assert!(toml.contains(&line), "{name}: {line} is not in\n{toml}");
        }
        // Every weight is written down, none left to a default.
        let text = RECIPES.iter().find(|built_in| built_in.name == name).unwrap().toml;
        let weights = if kl.is_some() { 2 } else { 1 };
        assert_eq!(text.matches("weight = ").count(), weights, "{name}");
    }
    assert_eq!(open("mnist-denoiser", &[]).data.input.noise, Some(data::Noise::gaussian(0.5)));
    assert_eq!(open("mnist-sparse-ae", &[]).objective.code_l1, CodeL1(1e-4));
}

#[test]
fn a_recipe_survives_being_written_and_read() {
    let odd = [
        "optimizer.schedule={ kind = \"reduce_on_plateau\", factor = 0.3, warmup_epochs = 0.5 }",
        "training.early_stopping={ patience = 4, monitor = \"train_total\" }",
        "data.valid={ fraction = 0.123456789 }",
        "data.input={ noise = 0.1, binarise = \"stochastic\" }",
        "data.limit.train=77",
        "objective.reconstruction={ loss = \"gaussian\", sigma = { learned = 0.1 } }",
        "optimizer.kind=rmsprop",
        "optimizer.rho=0.7",
        "description=two\nlines and \"quotes\"",
        "seed=9223372036854775807",
    ];
    let recipes = RECIPES.iter().map(|built_in| open(built_in.name, &[]));
    for recipe in recipes.chain([open("mnist-mlp-vae", &odd)]) {
        let text = recipe.to_toml().unwrap();
        let again = Recipe::parse(&text, "again.toml", &[]).unwrap();
        assert_eq!(again, recipe, "{text}");
        assert_eq!(again.to_toml().unwrap(), text);
    }
}

#[test]
fn a_recipe_is_written_as_a_person_would() {
    let expected = r#"schema = 1
name = "mnist-mlp-ae"
description = "Autoencoder on MNIST, 784-300-10-300-784, leaky ReLU"
seed = 0

[data]
name = "mnist"
valid = { last = 10000 }

[model]
encoder = [
    { layer = "flatten" },
    { layer = "dense", units = 300, activation = { name = "leaky_relu", slope = 0.3 } },
    { layer = "dense", units = 10, activation = "linear" },
]
latent = { kind = "deterministic" }
decoder = [
    { layer = "dense", units = 300, activation = { name = "leaky_relu", slope = 0.3 } },
    { layer = "dense", units = 784, activation = "linear" },
    { layer = "reshape", shape = [28, 28, 1] },
]

[objective]
reconstruction = { loss = "bce", reduction = "sum", weight = 1.0 }

[optimizer]
kind = "adam"
beta_1 = 0.9
beta_2 = 0.999
epsilon = 0.0000001
learning_rate = 0.001
schedule = { kind = "constant" }

[training]
epochs = 30
batch_size = 100
"#;
    assert_eq!(open("mnist-mlp-ae", &[]).to_toml().unwrap(), expected);
}

#[test]
fn settings_go_over_the_file() {
    let recipe = open(
        "mnist-conv-vae",
        &[
            "training.epochs = 2",
            "seed=7",
            "data.name=fashion-mnist",
            "model.encoder[1].filters=8",
            "optimizer.schedule.kind=exponential",
            "optimizer.schedule.factor=0.5",
        ],
    );
    assert_eq!((recipe.training.epochs, recipe.seed), (2, 7));
    assert_eq!(recipe.data.name.as_deref(), Some("fashion-mnist"));
    assert_eq!(recipe.optimizer.schedule.decay, Decay::Exponential { factor: 0.5 });
    let plan = recipe.check(ImageShape::new(28, 28, 1)).unwrap();
    assert_eq!(network::parameter_views(plan.network()).unwrap()[2].shape, [3, 3, 32, 8]);
    let set = Override::set("training.batch_size", 10).unwrap();
    assert_eq!(Recipe::open("mnist-mlp-ae", &[set]).unwrap().training.batch_size, 10);
}

#[test]
fn another_data_set_drops_the_options_of_the_former() {
    let named = Recipe::open(DEFAULT_RECIPE, &[Override::data("mnist")]).unwrap();
    assert_eq!(named.data, data::DataSpec::named("mnist"));
    let folder = Recipe::open(DEFAULT_RECIPE, &[Override::data("my/pictures")]).unwrap();
    assert_eq!((folder.data.name.clone(), folder.data.count), (None, None));
    assert_eq!(folder.input_shape(), None);
    let message = folder.check(ImageShape::new(10, 10, 1)).unwrap_err().to_string();
    let expected =
        "model.decoder = 28 × 28 × 1: its output must hold the 100 values of the input 10 × 10 × 1";
    assert!(message.ends_with(expected), "{message}");
}

#[test]
fn a_recipe_made_in_rust_is_checked_without_a_file_to_point_to() {
    let mut recipe = open("mnist-mlp-vae", &[]);
    recipe.origin = train::Origin::default();
    recipe.training.batch_size = 0;
    let message = recipe.check(ImageShape::new(28, 28, 1)).unwrap_err().to_string();
    assert_eq!(message, "training.batch_size = 0: must be at least 1");
}

#[test]
fn a_name_that_is_no_recipe_lists_those_that_are() {
    let error = Recipe::open("mnist-vae", &[]).unwrap_err();
    let names: Vec<_> = RECIPES.iter().map(|built_in| built_in.name).collect();
    let names = names.join(", ");
    let expected = format!("mnist-vae: no recipe of this name, and no file; built-in recipes: {names}");
    assert_eq!(error.to_string(), expected);
    let error = Recipe::open("no/such.toml", &[]).unwrap_err();
    assert!(matches!(&error, RecipeError::Read { .. }), "{error}");
}
