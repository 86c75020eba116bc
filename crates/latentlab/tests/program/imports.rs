//! Models of other programs become runs. That the numbers are those programs' is what `exchange/tests` and
//! `scripts/check_imports.py` find.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::harness::{Place, trained, write_plain_recipe};

/// A file that Keras wrote.
fn keras(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../exchange/tests/keras");
    folder.join(name).canonicalize().unwrap().to_str().unwrap().to_owned()
}

fn close(a: &Value, b: &Value, largest: f64) {
    for term in ["total", "reconstruction", "kl", "mse"] {
        let (Some(a), Some(b)) = (a[term].as_f64(), b[term].as_f64()) else { continue };
        assert!((a - b).abs() <= largest * b.abs().max(1e-3), "{term}: {a} beside {b}");
    }
}

#[test]
fn what_was_exported_comes_back_as_the_same_run() {
    let (vae, place) = (trained(), Place::new());
    let run = vae.path("vae");
    let run = run.to_str().unwrap();
    let recipe = format!("{run}/recipe.toml");
    let before = place.json(&["evaluate", run]);
    for (format, files) in [
        ("keras", &["encoder.keras", "decoder.keras"][..]),
        ("keras", &["autoencoder.keras"]),
        ("keras", &["encoder.weights.h5", "decoder.weights.h5"]),
        ("onnx", &["decoder.onnx", "encoder.onnx"]),
        ("torch", &["model.safetensors"]),
    ] {
        place.ok(&["export", run, "--to", format, "--out", format, "--force"]);
        let files: Vec<String> = files.iter().map(|file| format!("{format}/{file}")).collect();
        let mut arguments = vec!["import"];
        arguments.extend(files.iter().map(String::as_str));
        arguments.extend(["--data", "synthetic-digits", "--recipe", &recipe, "--out", "again", "--force"]);
        place.ok(&arguments);
        close(&place.json(&["evaluate", "again"]), &before, 1e-6);
        place.ok(&["verify", "again"]);
        // The same net, so the same recipe.
        let plain = |path: &Path| {
            let text = fs::read_to_string(path).unwrap();
            text.lines().filter(|line| line.contains("layer = ")).map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(plain(&place.path("again/recipe.toml")), plain(Path::new(&recipe)), "{files:?}");
    }
}

#[test]
fn an_imported_run_says_what_is_not_known() {
    let place = Place::new();
    write_plain_recipe(&place);
    place.ok(&["train", "plain.toml", "--out", "plain", "--epochs", "1", "--set", "data.count=300"]);
    place.ok(&["export", "plain", "--to", "keras", "--out", "keras"]);
    let files = ["keras/encoder.keras", "keras/decoder.keras"];
    let said = place.ok(&[
        "import",
        files[0],
        files[1],
        "--data",
        "synthetic-digits",
        "--set",
        "data.count=300",
        "--out",
        "runs/theirs",
    ]);
    for part in [
        "parameters from Keras",
        "loss: binary cross-entropy",
        "not known\n  losses of its training",
        "run      runs/theirs",
    ] {
        assert!(said.stdout.contains(part), "{part} in\n{}", said.stdout);
    }
    let manifest: Value =
        serde_json::from_slice(&fs::read(place.path("runs/theirs/manifest.json")).unwrap()).unwrap();
    assert_eq!(manifest["status"], "completed");
    assert_eq!(manifest["epochs"]["done"], 0);
    assert_eq!(manifest["import"]["program"], "Keras");
    assert!(manifest["import"]["files"]["encoder.keras"]["sha256"].as_str().unwrap().len() == 64);
    place.ok(&["report", "runs/theirs"]);
    let page = fs::read_to_string(place.path("runs/theirs/report.html")).unwrap();
    assert!(page.contains("read from decoder.keras and encoder.keras of Keras"));
    assert!(
        page.contains("not known: it was trained elsewhere")
            && !page.contains("images that were not trained on")
    );
    // Training goes on from the weights; there is none to repeat.
    place.ok(&["train", "--resume", "runs/theirs", "--epochs", "1"]);
    let trained = place.json(&["evaluate", "runs/theirs"]);
    assert_eq!(trained["epoch"], 1);
    let ran = place.run(&["train", "--from-run", "runs/theirs"]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.stderr.contains("was imported, so there is no training of it to repeat"), "{}", ran.stderr);
}

#[test]
fn the_loss_is_as_the_file_says_or_as_is_asked_for() {
    let place = Place::new();
    // 4 × 4 pixels, as the model of the file takes them.
    let pixels: Vec<u8> = (0..20 * 16).map(|i| (i * 37 % 251) as u8).collect();
    let images = ndarray::Array3::from_shape_vec((20, 4, 4), pixels).unwrap();
    ndarray_npy::write_npy(place.path("small.npy"), &images).unwrap();
    let file = keras("sequential.keras");
    let import = |out: &str, options: &[&str]| {
        place.ok(&[&["import", &file, "--data", "small.npy", "--out", out], options].concat());
        fs::read_to_string(place.path(out).join("recipe.toml")).unwrap()
    };
    let recipe = import("own", &[]);
    assert!(recipe.contains(r#"{ loss = "bce", reduction = "mean""#), "{recipe}");
    assert!(recipe.contains("kind = \"rmsprop\"") && recipe.contains("learning_rate = 0.002\n"), "{recipe}");
    assert!(!recipe.contains("sigmoid"), "{recipe}");
    let recipe = import("squared", &["--loss", "squared_error"]);
    assert!(recipe.contains("sigmoid") && recipe.contains(r#"loss = "squared_error""#), "{recipe}");
    let mse = |run: &str| place.json(&["evaluate", run, "--split", "all"])["mse"].as_f64().unwrap();
    assert!((mse("own") - mse("squared")).abs() < 1e-6);
    let recipe =
        import("weighed", &["--set", "objective.reconstruction.weight=16.0", "--set", "data.valid=3"]);
    assert!(recipe.contains("weight = 16.0") && recipe.contains("valid = "), "{recipe}");
}

#[test]
fn what_cannot_be_imported_is_said_with_its_place() {
    let place = Place::new();
    fs::write(place.path("torn.keras"), "PK").unwrap();
    fs::write(place.path("notes.txt"), "").unwrap();
    let (unknown, encoder, weights) =
        (keras("unknown.keras"), keras("encoder.keras"), keras("whole.weights.h5"));
    for (files, options, says) in [
        (
            &[unknown.as_str()][..],
            &[][..],
            "unknown.keras: layer \"separable_conv2d\" (SeparableConv2D), the 2nd layer: latentlab has no such layer; known are Input, Dense, ",
        ),
        (
            &[&encoder],
            &[],
            "encoder.keras: makes 3 and 3 and 3 of 8 × 6 × 2: no whole autoencoder; give the files of encoder and decoder together",
        ),
        (&[&weights], &[], "the file holds weights without a net; --recipe says which net they are of"),
        (
            &[&weights],
            &["--recipe", "mnist-mlp-vae"],
            "no weights for encoder.1 of the recipe (kernel 784 × 300, bias 300); of the file left are layers/batch_normalization",
        ),
        (&["torn.keras"], &[], "torn.keras: is no .keras file, which is a zip archive"),
        (&["absent.keras"], &[], "absent.keras: cannot open: "),
        (&["notes.txt"], &[], "notes.txt: is of no known kind\nhint: files that are read end in .keras"),
        (&[&encoder, &weights], &[], "are of two kinds; files of one kind belong together"),
        (
            &[&keras("sequential.keras")],
            &[],
            "the net takes 4 × 1 × 4, and the images of the data are 28 × 28 × 1",
        ),
        (
            &[&keras("sequential.keras")],
            &["--code", "dense"],
            "no layer \"dense\" through which everything goes",
        ),
    ] {
        let data = ["--data", "synthetic-digits", "--set", "data.count=300", "--out", "run"];
        let ran = place.run(&[&["import"], files, &data, options].concat());
        assert_eq!(ran.code, Some(2), "{files:?}: {}", ran.stderr);
        assert!(ran.stderr.contains(says), "{files:?}: expected {says}\n{}", ran.stderr);
        assert!(!place.path("run").exists(), "{files:?}");
    }
}
