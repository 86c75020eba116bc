//! Studies and comparisons, in a small form: what they leave behind, and that they go on where they were.

use std::fs;
use std::time::SystemTime;

use serde_json::Value;

use crate::harness::{Place, TINY, png_size, trained, write_plain_recipe};
use crate::report::{check_file, check_in_browser};

/// Settings that make any study of small grey images train in seconds.
const SMALL: [&str; 12] = [
    "--epochs",
    "2",
    "--data",
    "synthetic-digits",
    "--set",
    "data.count=400",
    "--set",
    "data.test={ fraction = 0.3 }",
    "--set",
    "data.valid={ fraction = 0.2 }",
    "--set",
    "training.batch_size=20",
];

fn check_study(name: &str, figures: &[&str]) -> (Place, Value) {
    let place = Place::new();
    let result = place.json(&[&["study", name, "--out", "study"], &SMALL[..]].concat());
    for figure in figures {
        let (width, height) = png_size(&place.path(&format!("study/figures/{figure}.png")));
        assert!(width > 300 && height > 100, "{figure}: {width} × {height}");
        assert!(place.path(&format!("study/figures/{figure}.svg")).is_file(), "{figure}");
    }
    let drawn: Vec<&str> = result["figures"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert_eq!(drawn, figures);
    let html = check_file(&place.path("study/report.html"));
    for model in result["models"].as_array().unwrap() {
        assert!(html.contains(model["name"].as_str().unwrap()));
        assert!(model["numbers"]["psnr"]["mean"].as_f64().unwrap() > 0.0);
        assert_eq!(model["silhouette_by_class"].as_object().unwrap().len(), 10);
    }
    check_in_browser(&place.path("study/report.html"));
    let stored: Value =
        serde_json::from_str(&fs::read_to_string(place.path("study/results.json")).unwrap()).unwrap();
    assert_eq!(stored["models"], result["models"]);
    (place, result)
}

#[test]
fn autoencoder_against_vae() {
    let figures = [
        "losses",
        "reconstructions",
        "samples",
        "centroids",
        "points",
        "manifolds",
        "strips-1",
        "strips-2",
        "strips-3",
        "strips-4",
        "strips-5",
        "strips-6",
        "maps",
        "silhouettes",
    ];
    let (_, result) = check_study("fashion-ae-vs-vae", &figures);
    let words = result["words"].as_str().unwrap();
    assert!(words.contains("Where codes lie: those of autoencoder from"), "{words}");
}

#[test]
fn kl_weights_side_by_side_and_a_study_that_goes_on() {
    let figures = [
        "losses",
        "totals",
        "rate-distortion",
        "reconstructions",
        "samples",
        "centroids",
        "manifolds",
        "maps",
        "silhouettes",
    ];
    let (place, result) = check_study("kl-weight", &figures);
    let words = result["words"].as_str().unwrap();
    assert!(words.contains("weight") && words.contains("KL weight 5"), "{words}");
    let models = result["models"].as_array().unwrap();
    let rate = |at: usize| models[at]["numbers"]["rate"]["mean"].as_f64().unwrap();
    assert!(rate(0) > rate(2), "a larger weight leaves less in the code");

    // What is complete is not trained again; another value is.
    let weights =
        |name: &str| place.path(&format!("study/runs/{name}-seed-0/checkpoints/best/weights.safetensors"));
    let changed = |name: &str| -> SystemTime { fs::metadata(weights(name)).unwrap().modified().unwrap() };
    let before = changed("kl-weight-1");
    let again = [&["study", "kl-weight", "--out", "study", "--values", "1,2"], &SMALL[..]].concat();
    let ran = place.ok(&again);
    assert!(ran.stderr.contains("complete: study/runs/kl-weight-1-seed-0"), "{}", ran.stderr);
    assert_eq!(changed("kl-weight-1"), before);
    assert!(weights("kl-weight-2").is_file());
    // The report can be written once more, from where the study lies now.
    fs::rename(place.path("study"), place.path("moved")).unwrap();
    fs::remove_file(place.path("moved/report.html")).unwrap();
    let told = place.json(&["report", "moved"]);
    let names: Vec<&str> =
        told["models"].as_array().unwrap().iter().filter_map(|m| m["name"].as_str()).collect();
    assert_eq!(names, ["KL weight 1", "KL weight 2"]);
    check_file(&place.path("moved/report.html"));
    fs::rename(place.path("moved"), place.path("study")).unwrap();
    // A run of other settings is none of this study.
    let other = [&again[..], &["--set", "optimizer.learning_rate=2e-3"]].concat();
    place.ok(&other);
    assert!(changed("kl-weight-1") > before);
}

#[test]
fn three_latent_spaces_over_two_seeds() {
    let place = Place::new();
    let small = [&SMALL[..], &["--seeds", "2", "--out", "study"]].concat();
    fs::write(
        place.path("two.toml"),
        "name = \"two\"\n[[model]]\nname = \"plain\"\nrecipe = \"mnist-mlp-ae\"\n\
         [[model]]\nname = \"VAE\"\nrecipe = \"mnist-mlp-vae\"\npublished = { valid_total = 111.77 }\n",
    )
    .unwrap();
    let result = place.json(&[&["study", "two.toml"], &small[..]].concat());
    let model = &result["models"][1];
    let of = |at: usize| model["runs"][at]["numbers"]["valid_total"].as_f64().unwrap();
    let (mean, half) = ((of(0) + of(1)) / 2.0, (of(0) - of(1)).abs() / 2.0);
    let summary = &model["numbers"]["valid_total"];
    assert!((summary["mean"].as_f64().unwrap() - mean).abs() < 1e-9);
    assert!((summary["sd"].as_f64().unwrap() - half * 2.0_f64.sqrt()).abs() < 1e-9 && half > 0.0);
    let table = place.ok(&[&["study", "two.toml"], &small[..]].concat()).stdout;
    assert!(table.contains("±") && table.contains("(111.77)"), "{table}");
}

#[test]
fn latent_spaces_of_three_models() {
    let figures = [
        "losses",
        "totals",
        "rate-distortion",
        "reconstructions",
        "samples",
        "centroids",
        "maps",
        "silhouettes",
    ];
    let (_, result) = check_study("latent-space", &figures);
    assert!(result["words"].as_str().unwrap().contains("published 0.1117"));
}

/// A learning rate is no KL weight, and says nothing about one.
#[test]
fn words_are_about_what_differs() {
    let place = Place::new();
    fs::write(
        place.path("rates.toml"),
        "name = \"rates\"\n[sweep]\nname = \"rate\"\nrecipe = \"mnist-mlp-vae\"\nkey = \"optimizer.learning_rate\"\nvalues = [1e-3, 3e-3]\n",
    )
    .unwrap();
    let result = place.json(&[&["study", "rates.toml", "--out", "study"], &SMALL[..]].concat());
    let words = result["words"].as_str().unwrap();
    assert!(!words.contains("weight") && !words.contains("blur"), "{words}");
    let numbers = &result["models"][0]["numbers"];
    assert!(numbers["pca_psnr"]["mean"].as_f64().unwrap() > 5.0, "{numbers}");
}

#[test]
fn any_runs_are_compared() {
    let place = Place::new();
    write_plain_recipe(&place);
    place.ok(&[&["train", "plain.toml", "--out", "plain", "--no-report"], &TINY[..]].concat());
    let vae = trained().path("vae");
    let result = place.json(&["compare", "plain", vae.to_str().unwrap(), "--names", "AE,VAE"]);
    assert_eq!((&result["models"][0]["name"], &result["models"][1]["name"]), (&"AE".into(), &"VAE".into()));
    check_file(&place.path("comparisons/comparison-1/report.html"));
    let ran = place.run(&["compare", "plain", "plain", "--names", "one"]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.stderr.contains("--names: 1 names for 2 runs"), "{}", ran.stderr);
    let ran = place.run(&["study", "kl-weigth"]);
    assert!(ran.stderr.contains("did you mean kl-weight?"), "{}", ran.stderr);
    assert!(place.ok(&["study"]).stdout.contains("latent-space"));
}
