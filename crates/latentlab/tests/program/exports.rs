//! Models in the formats of other programs. That the numbers are the engine's is what `scripts/check_exports.py` finds in those
//! programs.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::harness::{Place, trained, write_plain_recipe};

fn names(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect()
}

fn exported(place: &Place, run: &str, out: &str, options: &[&str]) -> BTreeSet<String> {
    let said = place.json(&[&["export", run, "--out", out], options].concat());
    let files = names(&place.path(out));
    assert_eq!(said["files"].as_array().unwrap().len(), files.len());
    files
}

fn expected(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

#[test]
fn every_format_has_its_files_and_a_card() {
    let (place, to) = (trained(), tempfile::tempdir().unwrap());
    let out = |name: &str| to.path().join(name).to_str().unwrap().to_owned();
    let onnx = ["README.md", "decoder.onnx", "encoder.onnx", "reconstruction.onnx", "score.onnx"];
    assert_eq!(exported(place, "vae", &out("onnx"), &["--to", "onnx"]), expected(&onnx));
    let keras = [
        "README.md",
        "autoencoder.keras",
        "autoencoder.weights.h5",
        "decoder.keras",
        "decoder.weights.h5",
        "encoder.keras",
        "encoder.weights.h5",
    ];
    assert_eq!(exported(place, "vae", &out("keras"), &["--to", "keras"]), expected(&keras));
    let torch = ["README.md", "model.py", "model.safetensors"];
    assert_eq!(exported(place, "vae", &out("torch"), &["--to", "torch"]), expected(&torch));
    let numpy = ["README.md", "weights.npz"];
    assert_eq!(exported(place, "vae", &out("numpy"), &["--to", "numpy"]), expected(&numpy));
    for format in ["onnx", "keras", "torch", "numpy"] {
        let card = fs::read_to_string(to.path().join(format).join("README.md")).unwrap();
        for part in ["license: unknown", "```python\nimport ", "28 × 28 pixels", "30 test", "--licence"] {
            assert!(card.contains(part), "{format}: {part} in\n{card}");
        }
    }
    let decoder = ["--to", "onnx", "--part", "decoder", "--licence", "CC-BY-4.0"];
    assert_eq!(exported(place, "vae", &out("part"), &decoder), expected(&["README.md", "decoder.onnx"]));
    let card = fs::read_to_string(to.path().join("part/README.md")).unwrap();
    assert!(card.contains("license: CC-BY-4.0") && !card.contains("encoder.onnx"), "{card}");
}

#[test]
fn a_plain_autoencoder_has_a_code_and_no_divergence() {
    let place = Place::new();
    write_plain_recipe(&place);
    place.ok(&["train", "plain.toml", "--out", "plain", "--epochs", "1", "--set", "data.count=300"]);
    exported(&place, "plain", "out", &["--to", "torch"]);
    let module = fs::read_to_string(place.path("out/model.py")).unwrap();
    assert!(module.contains("def reconstruction_error") && !module.contains("def kl"), "{module}");
    exported(&place, "plain", "onnx", &["--to", "onnx", "--axes", "nchw"]);
    let score = fs::read(place.path("onnx/score.onnx")).unwrap();
    let has = |text: &str| score.windows(text.len()).any(|part| part == text.as_bytes());
    assert!(has("reconstruction_error") && !has("log_var"));
}

#[test]
fn the_tensors_are_those_of_the_run() {
    let (place, to) = (trained(), tempfile::tempdir().unwrap());
    let out = to.path().join("numpy");
    exported(place, "vae", out.to_str().unwrap(), &["--to", "numpy"]);
    let mut npz = ndarray_npy::NpzReader::new(fs::File::open(out.join("weights.npz")).unwrap()).unwrap();
    let kernel: ndarray::ArrayD<f32> = npz.by_name("latent.mean.kernel").unwrap();
    let run = latentlab::lab::Run::open(place.path("vae"), None, &latentlab::lab::Lab::default()).unwrap();
    let views = latentlab::network::parameter_views(run.trained.model.network()).unwrap();
    let view = views.iter().find(|view| view.name == "latent.mean.kernel").unwrap();
    assert_eq!(kernel.shape(), view.shape);
    assert_eq!(kernel.into_raw_vec_and_offset().0, run.trained.model.parameters()[view.range.clone()]);
    assert_eq!(npz.names().unwrap().len(), views.len());
}

#[test]
fn what_does_not_go_together_is_refused() {
    let (place, to) = (trained(), tempfile::tempdir().unwrap());
    let out = to.path().join("there");
    let out = out.to_str().unwrap();
    for (options, says) in [
        (
            &["--to", "torch", "--part", "encoder"][..],
            "--part: a module of PyTorch holds encoder and decoder",
        ),
        (&["--to", "keras", "--axes", "nchw"], "--axes nchw: goes with --to onnx"),
        (&["--to", "numpy", "--logits"], "--logits: goes with --to onnx"),
        (&["--to", "tensorflow"], "[possible values: onnx, keras, torch, numpy]"),
    ] {
        let ran = place.run(&[&["export", "vae", "--out", out], options].concat());
        assert_eq!(ran.code, Some(2), "{}", ran.stderr);
        assert!(ran.stderr.contains(says), "{}", ran.stderr);
        assert!(!Path::new(out).exists());
    }
    exported(place, "vae", out, &["--to", "numpy"]);
    let ran = place.run(&["export", "vae", "--out", out, "--to", "numpy"]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.stderr.contains("the folder is not empty"), "{}", ran.stderr);
    place.ok(&["export", "vae", "--out", out, "--to", "numpy", "--force"]);
}
