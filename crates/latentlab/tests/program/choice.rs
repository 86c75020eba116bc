//! Recipes that the program chooses, what goes over them, and what is said before anything is trained.

use std::fs;
use std::path::Path;

use image::{Rgb, RgbImage};
use serde_json::Value;

use crate::harness::{Place, TINY, write_image, write_images};

const QUICK: [&str; 3] = ["--epochs", "1", "--no-report"];

/// A `.npy` file of bytes: some bright rows in each image, others in the next.
fn write_array(path: &Path, shape: &[usize]) {
    let list: String = shape.iter().map(|n| format!("{n}, ")).collect();
    let mut header = format!("{{'descr': '|u1', 'fortran_order': False, 'shape': ({list}), }}");
    header += &" ".repeat((64 - (10 + header.len() + 1) % 64) % 64);
    header.push('\n');
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    let each: usize = shape[1..].iter().product();
    for image in 0..shape[0] {
        bytes.extend((0..each).map(|i| if i * 5 / each == image % 5 { 230 } else { 20 }));
    }
    fs::write(path, bytes).unwrap();
}

fn recipe(place: &Place, run: &str) -> String {
    fs::read_to_string(place.path(run).join("recipe.toml")).unwrap()
}

#[test]
fn arrays_of_any_sides_train_at_their_own_size() {
    let place = Place::new();
    for (name, shape) in [
        ("small", &[40, 8, 8][..]),
        ("odd", &[40, 5, 7, 1]),
        ("large", &[12, 300, 300]),
        ("colours", &[40, 48, 97, 3]),
    ] {
        let file = format!("{name}.npy");
        write_array(&place.path(&file), shape);
        let ran = place.ok(&[&["train", "--data", &file, "--out", name], &QUICK[..]].concat());
        let sides = format!("because images are {} × {} pixels", shape[1], shape[2]);
        assert!(ran.stderr.contains(&sides), "{}", ran.stderr);
        assert!(!recipe(&place, name).contains("\nsize = "));
    }
}

#[test]
fn the_net_suits_what_the_images_will_be() {
    let place = Place::new();
    fs::create_dir(place.path("p")).unwrap();
    for i in 0..20 {
        write_image(&place.path("p").join(format!("{i}.png")), 20 + i, 30);
    }
    for (settings, input) in [
        (&["data.size=8"][..], [8, 8, 1]),
        (&["data.size=[12, 31]"], [12, 31, 1]),
        (&["data.size=[12, 31]", "data.channels=rgb", "data.pad=2"], [16, 35, 3]),
        (&[], [16, 16, 1]),
    ] {
        let sets: Vec<&str> = settings.iter().flat_map(|setting| ["--set", setting]).collect();
        let run = place.json(&[&["train", "--data", "p"], &sets[..], &QUICK[..]].concat());
        let summary = place.json(&["summary", run["run"].as_str().unwrap()]);
        assert_eq!(summary["parts"][1]["name"], "decoder", "{summary}");
        let layers = summary["parts"][1]["layers"].as_array().unwrap();
        assert_eq!(layers.last().unwrap()["output"], serde_json::json!(input), "{settings:?}");
    }
}

#[test]
fn what_cannot_be_is_told_in_the_words_that_were_typed() {
    let place = Place::new();
    write_images(&place.path("p"), 20);
    write_array(&place.path("a.npy"), &[20, 8, 8]);
    for (arguments, message) in [
        (
            &["--data", "p", "--set", "model.decoder[0].units=7"][..],
            "error: the recipe chosen for p: model.decoder[1]",
        ),
        (
            &["--data", "p", "--set", "data.sise=7"],
            "error: command line: data.sise = 7: unknown field; allowed: name,",
        ),
        (
            &["--data", "a.npy", "--set", "training.epochs=x"],
            "error: command line: training.epochs = \"x\": must be",
        ),
        (
            &["p"],
            "error: p: is a folder, and no recipe, which would end in .toml\nhint: did you mean --data p?",
        ),
        (
            &["a.npy"],
            "error: a.npy: is a file, and no recipe, which would end in .toml\nhint: did you mean --data a.npy?",
        ),
        (&["--data", "nowhere"], "hint: a path is looked for where the command runs; `latentlab data` lists"),
    ] {
        let ran = place.run(&[&["train"], arguments].concat());
        assert_eq!(ran.code, Some(2), "{}", ran.stderr);
        assert!(ran.stderr.contains(message) && !ran.stderr.contains("chosen.toml"), "{}", ran.stderr);
    }
    assert!(!place.path("runs").exists());
}

#[test]
fn a_split_of_another_set_is_dropped_and_said() {
    let place = Place::new();
    write_array(&place.path("a.npy"), &[100, 28, 28]);
    let ran = place.ok(&[&["train", "mnist-mlp-vae", "--data", "a.npy", "--out", "a"], &QUICK[..]].concat());
    let note = "data.valid = { last = 10000 } is dropped: it belonged to mnist";
    assert!(ran.stderr.contains(note), "{}", ran.stderr);
    assert!(!recipe(&place, "a").contains("valid"));
    // What is asked for stays, and so does what suits any set.
    let asked = ["--set", "data.valid={ last = 7 }"];
    let ran = place
        .ok(&[&["train", "mnist-mlp-vae", "--data", "a.npy", "--out", "b"], &asked[..], &QUICK].concat());
    assert!(
        recipe(&place, "b").contains("valid = { last = 7 }") && !ran.stderr.contains("dropped"),
        "{}",
        ran.stderr
    );
    place.ok(&[&["train", "mnist-denoiser", "--data", "a.npy", "--out", "c"], &QUICK[..]].concat());
    assert!(recipe(&place, "c").contains("valid = { fraction = 0.3 }"));
}

#[test]
fn a_kind_of_network_and_the_size_of_its_code_can_be_asked_for() {
    let place = Place::new();
    write_images(&place.path("p"), 30);
    let shapes = |arguments: &[&str]| {
        let run = place.json(&[&["train"], arguments, &QUICK[..]].concat());
        let run = run["run"].as_str().unwrap().to_owned();
        let encoded = place.json(&["summary", &run]);
        (encoded["code"].clone(), recipe(&place, &run))
    };
    let (_, ae) = shapes(&["--data", "p", "--as", "ae", "--latent", "5"]);
    assert!(
        ae.contains("latent = { kind = \"deterministic\" }") && ae.contains("layer = \"dense\", units = 5,")
    );
    let (_, denoiser) = shapes(&["--data", "p", "--as", "denoiser"]);
    assert!(denoiser.contains("input = { noise = 0.1 }") && !denoiser.contains("\"flatten\""));
    // Of a recipe the rest stays as it is.
    let digits = [&["synthetic-digits-plane"], &TINY[2..]].concat();
    let (_, ae) = shapes(&[&digits[..], &["--as", "ae", "--latent", "6"]].concat());
    assert!(ae.contains("units = 6, activation = \"linear\"") && !ae.contains("kl ="), "{ae}");
    let (_, wide) = shapes(&[&digits[..], &["--latent", "9"]].concat());
    assert!(wide.contains("latent = { kind = \"gaussian\", size = 9 }"));
    let (_, vae) = shapes(&["mnist-mlp-ae", "--data", "p", "--as", "vae"]);
    assert!(vae.contains("latent = { kind = \"gaussian\", size = "), "{vae}");
    // By a setting, in either form, it is the same autoencoder.
    for setting in ["model.latent.kind=deterministic", "model.latent={ kind = \"deterministic\" }"] {
        let (_, same) = shapes(&[&digits[..], &["--set", setting]].concat());
        assert!(same.contains("layer = \"dense\", units = 2, activation = \"linear\""), "{same}");
    }
    let refused = place.run(&["train", "mnist-denoiser", "--as", "vae"]);
    assert!(
        refused.stderr.contains("--as vae: the size of this recipe's code follows"),
        "{}",
        refused.stderr
    );
    assert_eq!(refused.code, Some(2));
}

#[test]
fn another_kind_drops_what_belonged_to_the_former() {
    let place = Place::new();
    write_images(&place.path("p"), 30);
    let settings = ["--set", "optimizer.kind=adam", "--set", "objective.reconstruction.loss=squared_error"];
    let ran = place
        .ok(&[&["train", "mnist-denoiser", "--data", "p", "--out", "a"], &settings[..], &QUICK].concat());
    for note in [
        "optimizer.rho = 0.95 is dropped: it belonged to adadelta",
        "optimizer.learning_rate = 0.001, as is usual for adam; 1.0 was for adadelta",
    ] {
        assert!(ran.stderr.contains(note), "{}", ran.stderr);
    }
    let settings = [
        "--set",
        "optimizer.rho=0.8",
        "--set",
        "optimizer.kind=rmsprop",
        "--set",
        "optimizer.learning_rate=0.01",
    ];
    place.ok(&[&["train", "mnist-denoiser", "--data", "p", "--out", "b"], &settings[..], &QUICK].concat());
    let text = recipe(&place, "b");
    assert!(text.contains("rho = 0.8") && text.contains("learning_rate = 0.01"), "{text}");
}

#[test]
fn a_dry_run_prints_a_recipe_that_trains() {
    let place = Place::new();
    write_images(&place.path("p"), 30);
    let arguments = ["train", "--data", "p", "--as", "ae", "--set", "training.epochs=2"];
    let dry = place.ok(&[&arguments[..], &["--dry-run"]].concat());
    assert!(!place.path("runs").exists());
    for said in [
        "data: 24 training images, 3 to validate, 3 to test",
        "memory: ",
        "time: about ",
        "net: residual, normalised, 2 convolutions",
    ] {
        assert!(dry.stderr.contains(said), "{said}: {}", dry.stderr);
    }
    fs::write(place.path("mine.toml"), &dry.stdout).unwrap();
    place.ok(&["train", "mine.toml", "--no-report", "--out", "mine"]);
    place.ok(&[&arguments[..], &["--no-report", "--out", "direct"]].concat());
    let weights = |run: &str| fs::read(place.path(run).join("checkpoints/last/weights.safetensors")).unwrap();
    assert!(weights("mine") == weights("direct"));
    let json = place.json(&["train", "synthetic-digits-vae", "--set", "data.count=300", "--dry-run"]);
    let number = |value: &Value| value.as_f64().unwrap();
    assert!(number(&json["seconds"]["training"]) > number(&json["seconds"]["epoch"]));
    assert!(number(&json["memory_bytes"]) > 4.0 * number(&json["parameters"]));
    // A file can be timed as well.
    let bench = place.json(&["bench", "mine.toml", "--seconds", "1"]);
    assert_eq!(bench["benchmarks"][0]["batch"], 16);
}

#[test]
fn few_images_get_batches_of_as_many() {
    let place = Place::new();
    write_images(&place.path("p"), 12);
    let text = place.ok(&["train", "--data", "p", "--dry-run", "--set", "data.limit={ train = 5 }"]).stdout;
    assert!(text.contains("batch_size = 5\n"), "{text}");
}

#[test]
fn a_study_can_be_printed() {
    let place = Place::new();
    let shown = place.ok(&["study", "kl-weight", "--show"]).stdout;
    fs::write(place.path("mine.toml"), &shown).unwrap();
    let again = place.ok(&["study", "mine.toml", "--show"]).stdout;
    assert!(shown.contains("[sweep]") && again.contains("[sweep]"), "{again}");
    assert_eq!(place.run(&["study", "--show"]).code, Some(2));
}

#[test]
fn a_built_in_recipe_that_does_not_fit_is_named_with_the_way_to_see_it() {
    let place = Place::new();
    fs::create_dir(place.path("d")).unwrap();
    for i in 0..20u8 {
        RgbImage::from_fn(20, 20, |x, y| Rgb([x as u8 * 9, y as u8 * 9, i * 11]))
            .save(place.path(&format!("d/{i}.png")))
            .unwrap();
    }
    let ran = place.run(&["train", "mnist-mlp-vae", "--data", "d", "--out", "r"]);
    assert_eq!(ran.code, Some(2));
    let expected = "error: recipe mnist-mlp-vae:16:11: model.decoder = 28 × 28 × 1: its output must hold the 1200 values of \
                    the input 20 × 20 × 3\nhint: `latentlab recipes --show mnist-mlp-vae` prints it; without a recipe's \
                    name, a net is chosen that fits the data\n";
    assert!(ran.stderr.ends_with(expected), "{}", ran.stderr);
    let fit = ["--set", "data.size=28", "--set", "data.channels=grey"];
    place.ok(&[
        &["train", "mnist-mlp-vae", "--data", "d", "--epochs", "1", "--no-report", "--out", "r"],
        &fit[..],
    ]
    .concat());
}

#[test]
fn a_net_is_chosen_for_a_use_within_a_time() {
    let place = Place::new();
    write_images(&place.path("p"), 30);
    let dry = |options: &[&str]| place.ok(&[&["train", "--data", "p", "--dry-run"], options].concat());
    let anomalies = dry(&["--for", "anomalies", "--budget", "20s"]);
    assert!(anomalies.stdout.contains("latent = { kind = \"deterministic\" }"), "{}", anomalies.stdout);
    assert!(anomalies.stdout.contains("augment = { shift = 0.03"), "{}", anomalies.stdout);
    for said in ["for anomalies: an autoencoder", "into 20 s (--budget TIME", "early_stopping"] {
        assert!(
            anomalies.stderr.contains(said) || anomalies.stdout.contains(said),
            "{said}: {}",
            anomalies.stderr
        );
    }
    let denoising = dry(&["--for", "denoising"]);
    assert!(denoising.stdout.contains("input = { noise = 0.1 }"), "{}", denoising.stdout);
    assert!(denoising.stderr.contains("noise: gaussian:0.1 is put on, because the images are clean"));
    let several = dry(&["--noise", "jpeg:30", "--noise", "poisson:20,blur:1"]);
    assert!(
        several.stdout.contains("noise = { blur = 1.0, poisson = 20.0, jpeg = 30 }"),
        "{}",
        several.stdout
    );
    assert!(several.stderr.contains("a denoiser, for noise blur:1,poisson:20,jpeg:30"), "{}", several.stderr);
    // Large images are cut, not resized; what is noisy gets noise by its own.
    fs::create_dir(place.path("scans")).unwrap();
    for i in 0..4u32 {
        let value = |x: u32, y: u32| {
            let mut state = u64::from(
                x.wrapping_mul(73_856_093) ^ y.wrapping_mul(19_349_663) ^ i.wrapping_mul(83_492_791),
            );
            let mut uniform = || {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                (state >> 33) as f64 / f64::from(1u32 << 31)
            };
            image::Luma([(128.0 + 15.3 * ((0..12).map(|_| uniform()).sum::<f64>() - 6.0)) as u8])
        };
        image::GrayImage::from_fn(200, 150 + i, value).save(place.path(&format!("scans/{i}.png"))).unwrap();
    }
    let noisy = place.ok(&["train", "--data", "scans", "--dry-run", "--for", "denoising"]);
    assert!(
        noisy.stdout.contains("fit = \"tiles\"") && noisy.stdout.contains("size = 64"),
        "{}",
        noisy.stdout
    );
    assert!(noisy.stderr.contains("because resizing changes noise"), "{}", noisy.stderr);
    let level: f64 =
        noisy.stderr.split("noise: gaussian:").nth(1).unwrap().split(' ').next().unwrap().parse().unwrap();
    assert!((level - 0.12).abs() < 0.03, "{level}: twice the 0.06 that the images have");
    for (arguments, message) in [
        (
            &["train", "mnist-mlp-vae", "--budget", "3m"][..],
            "--budget: is for a net that is chosen for --data",
        ),
        (
            &["train", "--data", "p", "--noise", "0.1", "--noise", "0.2"],
            "--noise `gaussian:0.2`: given twice",
        ),
        (&["train", "--data", "p", "--noise", "rain:3"], "`rain:3`: no kind of noise; write gaussian:0.1"),
        (&["train", "--data", "p", "--clean", "scans"], "data.clean = "),
        (&["train", "--data", "p", "--budget", "3"], "`3` is no time: write 90s, 10m or 2h"),
        (&["train", "--data", "p", "--as", "ae", "--for", "generation"], "cannot be used with"),
    ] {
        let ran = place.run(arguments);
        assert_eq!(ran.code, Some(2), "{}", ran.stderr);
        assert!(ran.stderr.contains(message), "{}", ran.stderr);
    }
}

#[test]
fn a_recipe_of_photographs_takes_a_folder_of_any_sizes_and_shows_what_augmentation_does() {
    let place = Place::new();
    fs::create_dir(place.path("d")).unwrap();
    for i in 0..24u8 {
        RgbImage::from_fn(70 + u32::from(i), 66, |x, y| Rgb([x as u8 * 2, y as u8 * 3, i * 9]))
            .save(place.path(&format!("d/{i}.png")))
            .unwrap();
    }
    let ran = place.ok(&["train", "photo-vae", "--data", "d", "--epochs", "1", "--no-report", "--out", "r"]);
    assert!(!ran.stderr.contains("dropped"), "{}", ran.stderr);
    assert!(place.path("r/figures/augmented.svg").exists());
}
