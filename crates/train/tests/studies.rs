//! The studies that ship, and what a study refuses.

use train::{STUDIES, Study};

#[test]
fn every_study_names_recipes_that_open() {
    for built_in in STUDIES {
        let study = Study::open(built_in.name).unwrap();
        assert_eq!(study.name, built_in.name);
        assert!(!study.description.is_empty());
        let models = study.models();
        assert!(models.len() > 1);
        for model in models {
            let recipe = model.recipe(&["training.epochs=2".parse().unwrap()]).unwrap();
            assert_eq!(recipe.training.epochs, 2);
        }
        let again = Study::parse(&study.to_toml().unwrap(), "again").unwrap();
        assert_eq!(again, study);
    }
}

#[test]
fn a_sweep_takes_other_values() {
    let study = Study::open("kl-weight").unwrap();
    let models = study.clone().with_values(&["0.5".into(), "2".into()]).unwrap().models();
    assert_eq!(models[0].name, "KL weight 0.5");
    assert_eq!(models[1].recipe(&[]).unwrap().objective.kl.weight, 2.0);
    assert_eq!(study.models()[1].published["valid_total"], 154.14);
    let error = Study::open("latent-space").unwrap().with_values(&["1".into()]).unwrap_err();
    assert_eq!(error.to_string(), "latent-space: has no sweep of one key that could take other values");
}

#[test]
fn a_study_is_refused_with_its_line_and_what_is_allowed() {
    let model = "[[model]]\nname = \"a\"\nrecipe = \"mnist-mlp-ae\"\n";
    for (toml, message) in [
        ("name = \"s\"\nmodell = 1".to_owned(), "s.toml:2: unknown field `modell`"),
        ("name = \"s\"".to_owned(), "s.toml: model = none: must list at least one model"),
        (
            format!("name = \"s\"\n{model}{model}"),
            "s.toml: model.name = \"a\": must be given, and be different",
        ),
        (format!("name = \"s\"\nschema = 2\n{model}"), "s.toml: schema = 2: this program reads schema 1"),
        (
            format!("name = \"s\"\n{model}[show]\nstrips = [{{ model = \"b\", z1 = [0, 1], z2 = [0, 1] }}]"),
            "s.toml: show.strips.model = \"b\": must be the name of a model",
        ),
        (
            format!("name = \"s\"\n{model}[show]\nmanifold = {{ range = [2.0, -2.0], steps = 15 }}"),
            "show.manifold = { range = [2, -2], steps = 15 }: must have a range of two finite numbers, the smaller first",
        ),
    ] {
        let error = Study::parse(&toml, "s.toml").unwrap_err().to_string();
        assert!(error.contains(message), "{error}");
    }
    let error = Study::open("kl-weigth").unwrap_err().to_string();
    assert!(error.contains("built-in studies: fashion-ae-vs-vae, kl-weight, latent-space"), "{error}");
}
