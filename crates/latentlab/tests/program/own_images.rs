//! Images of the user's own: a net that suits them, variations of them, TensorBoard.

use std::fs;
use std::path::{Path, PathBuf};

use crate::harness::{Place, TINY, png_size, trained, write_plain_recipe};

/// Blobs of two colours in a folder per class, sides from `sides` in turn.
fn write_photos(folder: &Path, count: u32, sides: &[(u32, u32)]) {
    for (class, color) in [("blue", [20, 60, 220]), ("red", [220, 40, 30])] {
        fs::create_dir_all(folder.join(class)).unwrap();
        for i in 0..count {
            let (width, height) = sides[i as usize % sides.len()];
            let pixel = |x: u32, y: u32| {
                let inside = (x * 4 / width).abs_diff(i % 3 + 1) + (y * 4 / height).abs_diff(i % 2 + 1) < 2;
                image::Rgb(if inside { color } else { [240, 235, 220] })
            };
            let file = folder.join(class).join(format!("{i}.png"));
            image::RgbImage::from_fn(width, height, pixel).save(file).unwrap();
        }
    }
}

#[test]
fn a_folder_alone_gets_a_net_that_suits_it_and_a_report() {
    let place = Place::new();
    write_photos(&place.path("photos"), 20, &[(40, 40), (60, 48)]);
    let ran = place.ok(&["train", "--data", "photos", "--epochs", "2", "--out", "run"]);
    for reason in [
        "size: all images become 32 × 32 pixels, because they are of several sizes",
        "2 convolutions of stride 2",
        "2 residual blocks on each side, because images are 32 × 32 pixels; code of 16 numbers",
        "loss: Gaussian with a learned width, because images have colours",
        "training: 2 epochs in batches of 16, as it was asked for",
        "overfitting: weights decay, and training stops after",
    ] {
        assert!(ran.stderr.contains(reason), "{reason}\n{}", ran.stderr);
    }
    assert!(place.path("run/report.html").is_file());
    // What was chosen is a recipe like any other.
    place.ok(&["train", "run/recipe.toml", "--out", "again", "--no-report"]);
    let variations =
        place.json(&["augment", "run", "--images", "photos", "-n", "2", "--originals", "--out", "more"]);
    assert_eq!((variations["images"].as_u64(), variations["originals"].as_u64()), (Some(120), Some(40)));
    for name in ["red/3-variation-002", "blue/0-variation-001", "red/7-original"] {
        assert_eq!(png_size(&place.path(&format!("more/{name}.png"))), (32, 32));
    }
    // The folder trains again, with its classes.
    let classes = place.json(&["train", "--data", "more", "--epochs", "1", "--out", "third"]);
    assert!(classes["figures"].as_array().unwrap().iter().any(|figure| figure == "silhouettes"));
}

#[test]
fn settings_go_over_what_was_chosen() {
    let place = Place::new();
    write_photos(&place.path("photos"), 10, &[(24, 24)]);
    let set = ["--set", "model.latent.size=3", "--set", "data.channels=grey", "--set", "training.epochs=1"];
    place.ok(&[&["train", "--data", "photos", "--out", "run"], &set[..]].concat());
    place.ok(&["train", "--data", "photos", "--set", "data.size=16", "--epochs", "1", "--out", "small"]);
    let summary = place.json(&["summary", "run"]);
    assert_eq!(summary["parts"][0]["layers"][0]["output"], serde_json::json!([24, 24, 1]));
    let ran = place.run(&["train", "--data", "nowhere"]);
    assert_eq!(ran.code, Some(2), "{}", ran.stderr);
}

#[test]
fn variations_are_drawn_around_the_images_of_a_split() {
    let place = trained();
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("augmented");
    let arguments = ["augment", "vae", "--split", "test", "-n", "3", "--out", out.to_str().unwrap()];
    let result = place.json(&arguments);
    assert_eq!(result["images"].as_u64().unwrap(), 3 * result["originals"].as_u64().unwrap());
    let classes = fs::read_dir(&out).unwrap().count();
    assert!((2..=10).contains(&classes));
    let ran = place.run(&["augment", "vae", "--out", "x.png"]);
    assert!(ran.stderr.contains("written as a folder"), "{}", ran.stderr);
    let plain = Place::new();
    write_plain_recipe(&plain);
    plain.ok(&[&["train", "plain.toml", "--out", "plain", "--no-report"], &TINY[..]].concat());
    let ran = plain.run(&["augment", "plain", "--out", "x"]);
    assert!(ran.stderr.contains("no posterior to draw from"), "{}", ran.stderr);
}

#[test]
fn variations_can_be_seen_where_posteriors_are_narrow() {
    let place = Place::new();
    // Almost without a prior, σ shrinks to where an image's draws are all alike.
    let narrow = [
        "--set",
        "objective.kl.weight=1e-6",
        "--set",
        "optimizer.learning_rate=1e-2",
        "--set",
        "model.latent.size=8",
        "--set",
        "training.epochs=60",
    ];
    place
        .ok(&[&["train", "synthetic-digits-vae", "--out", "vae", "--no-report"], &TINY[2..], &narrow]
            .concat());
    let seen = |spread: &[&str], out: &str| {
        let verb = ["augment", "vae", "--split", "test", "-n", "2", "--out", out];
        (place.json(&[&verb, spread].concat()), mean_change(&place.path(out)))
    };
    let (chosen, change) = seen(&[], "chosen");
    let (own, smaller) = seen(&["--spread", "1"], "own");
    let spread = chosen["spread"].as_f64().unwrap();
    assert!(spread > 1.0 && own["spread"] == 1.0, "{chosen} {own}");
    assert!(change > 3.0 * smaller && smaller < 4.0, "{change} at {spread}, {smaller} at 1");
    // What it was is given again.
    let (_, again) = seen(&["--spread", &spread.to_string()], "again");
    assert_eq!(again, change);
}

/// The mean over images of how much the values of two variations differ, in grey levels.
fn mean_change(folder: &Path) -> f64 {
    let files = walk(folder);
    let pixels = |file: &Path| image::open(file).unwrap().to_luma8().into_raw();
    let changes: Vec<f64> = files
        .iter()
        .filter(|file| file.to_string_lossy().ends_with("-variation-001.png"))
        .map(|first| {
            let second = first.to_string_lossy().replace("-variation-001", "-variation-002");
            let (first, second) = (pixels(first), pixels(Path::new(&second)));
            let differences = first.iter().zip(&second).map(|(a, b)| f64::from(a.abs_diff(*b)));
            differences.sum::<f64>() / first.len() as f64
        })
        .collect();
    changes.iter().sum::<f64>() / changes.len() as f64
}

/// All files below a folder.
fn walk(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { walk(&path) } else { vec![path] }).collect()
}

#[test]
fn tensorboard_gets_its_files() {
    let place = Place::new();
    let plane = ["train", "synthetic-digits-plane", "--out", "run", "--tensorboard", "--no-report"];
    place.ok(&[&plane, &TINY[..]].concat());
    let board = place.path("run/tensorboard");
    for (split, records) in [("train", 3), ("validation", 3), ("figures", 6)] {
        // A record is a length in 8 bytes, 4 of its checksum, the data, 4 of theirs.
        let bytes = fs::read(board.join(split).join("events.out.tfevents.000001.latentlab")).unwrap();
        let (mut at, mut found) = (0, 0);
        while at < bytes.len() {
            let length = u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap()) as usize;
            at += 8 + 4 + length + 4;
            found += 1;
        }
        assert_eq!((at, found), (bytes.len(), records), "{split}");
    }
    let rows = |name: &str| fs::read_to_string(board.join(name)).unwrap().lines().count();
    assert_eq!((rows("codes.tsv"), rows("classes.tsv")), (30, 30));
    assert_eq!(png_size(&board.join("sprite.png")), (6 * 28, 5 * 28));
    assert!(
        fs::read_to_string(board.join("projector_config.pbtxt"))
            .unwrap()
            .contains("single_image_dim: [28, 28]")
    );
    // A run that is overwritten without them keeps none.
    place.ok(&[&["train", "--out", "run", "--force", "--no-report"], &TINY[..]].concat());
    assert!(!board.exists());
}
