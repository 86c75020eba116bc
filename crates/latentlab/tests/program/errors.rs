//! Failures: one clear message that names file, field, value and what is allowed; the right exit code; no panic
//! and nothing half-written that looks whole.

use std::fs;

use crate::harness::{Place, TINY, trained, write_image, write_images};

/// Runs, and compares exit code and message. `[DIR]` stands for the folder.
#[track_caller]
fn fails(place: &Place, arguments: &[&str], code: i32, message: &str) {
    let ran = place.run(arguments);
    assert_eq!(ran.stderr.trim_end(), message.trim_end(), "latentlab {}", arguments.join(" "));
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(code), ""), "latentlab {}", arguments.join(" "));
}

#[test]
fn recipes_that_are_not_there() {
    let place = Place::new();
    let all: Vec<_> = latentlab::train::RECIPES.iter().map(|built_in| built_in.name).collect();
    let all = all.join(", ");
    let near = format!(
        "error: mnist-mlpvae: no recipe of this name, and no file; built-in recipes: {all}\n\
         hint: did you mean mnist-mlp-vae? `latentlab recipes` lists all"
    );
    for verb in
        [&["train", "mnist-mlpvae"][..], &["summary", "mnist-mlpvae"], &["recipes", "--show", "mnist-mlpvae"]]
    {
        fails(&place, verb, 2, &near);
    }
    fails(
        &place,
        &["train", "frogs"],
        2,
        &format!(
            "error: frogs: no recipe of this name, and no file; built-in recipes: {all}\n\
             hint: `latentlab recipes` says what each trains; a file of your own ends in .toml"
        ),
    );
    let ran = place.run(&["train", "frogs.toml"]);
    assert!(ran.stderr.starts_with("error: frogs.toml: cannot read: "), "{}", ran.stderr);
}

#[test]
fn settings_that_cannot_be() {
    let place = Place::new();
    let cases: &[(&[&str], &str)] = &[
        (
            &["--set", "training.epoch=3"],
            "training.epoch = 3: unknown field; allowed: epochs, batch_size, accumulate, average, early_stopping, on_divergence",
        ),
        (
            &["--set", "training.epochs=many"],
            "training.epochs = \"many\": must be a whole number of at least 0",
        ),
        (&["--set", "training.batch_size=0"], "training.batch_size = 0: must be at least 1"),
        (
            &["--set", "model.encoder[3].units=-5"],
            "model.encoder[3].units = -5: must be a whole number of at least 0",
        ),
        (&["--epochs", "-3"], "training.epochs = -3: must be a whole number of at least 0"),
        (&["--set", "epochs"], "epochs: must be key=value, as in training.epochs=3"),
    ];
    for (arguments, message) in cases {
        fails(&place, &[&["train"], *arguments].concat(), 2, &format!("error: command line: {message}"));
    }
    assert!(!place.path("runs").exists(), "nothing is begun");
}

#[test]
fn recipe_files_that_cannot_be() {
    let place = Place::new();
    fs::write(place.path("torn.toml"), "name = \"x\"\n[data\n").unwrap();
    let ran = place.run(&["train", "torn.toml"]);
    assert!(ran.stderr.starts_with("error: torn.toml:2:6: "), "{}", ran.stderr);
    assert_eq!(ran.code, Some(2));

    let recipe = place.ok(&["recipes", "--show", "synthetic-digits-plane"]).stdout;
    let line = |text: &str| 1 + recipe.lines().position(|line| line.contains(text)).unwrap();
    fs::write(place.path("shape.toml"), recipe.replace("units = 784", "units = 100")).unwrap();
    let ran = place.run(&["train", "shape.toml"]);
    let place_of_fault = format!("error: shape.toml:{}:", line("reshape"));
    assert!(ran.stderr.starts_with(&place_of_fault), "{}", ran.stderr);
    assert!(ran.stderr.contains("].shape = 28 × 28 × 1: must hold the 100 values"), "{}", ran.stderr);

    fs::write(place.path("less.toml"), recipe.replace("batch_size = 64", "")).unwrap();
    let ran = place.run(&["train", "less.toml"]);
    assert!(ran.stderr.contains("training.batch_size: is missing and must be given"), "{}", ran.stderr);
    assert!(!place.path("runs").exists(), "nothing is begun");
}

#[test]
fn data_that_is_not_there() {
    let place = Place::new();
    let offline = "\
error: mnist is not on this machine, and downloading is off.
Looked in:
  [DIR]/cache/latentlab/data/mnist
  [DIR]/cache/latentlab/data
To place the files by hand, fetch
  http://127.0.0.1:9/mnist/train-images-idx3-ubyte.gz
  http://127.0.0.1:9/mnist/train-labels-idx1-ubyte.gz
  http://127.0.0.1:9/mnist/t10k-images-idx3-ubyte.gz
  http://127.0.0.1:9/mnist/t10k-labels-idx1-ubyte.gz
into [DIR]/cache/latentlab/data/mnist (gzipped or not),
or name the folder that has them with --data-dir or LATENTLAB_DATA.";
    for verb in [&["train", "mnist-mlp-vae", "--offline"][..], &["data", "mnist", "--offline"]] {
        if cfg!(target_os = "linux") {
            fails(&place, verb, 1, offline);
        }
    }
    let ran = place.run(&["train", "mnist-mlp-vae"]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.stderr.contains("downloading it failed") && ran.stderr.contains("Tried:"), "{}", ran.stderr);

    let ran = place.run(&["data", "mnits"]);
    assert!(ran.stderr.starts_with("error: mnits: cannot open: "), "{}", ran.stderr);
    assert!(ran.stderr.contains("hint: did you mean mnist?"), "{}", ran.stderr);
    assert_eq!(ran.code, Some(2));
}

#[test]
fn data_that_is_broken() {
    let place = Place::new();
    fs::create_dir_all(place.path("idx/mnist")).unwrap();
    let idx = |kind: &str, magic: u8, dims: &[u32]| {
        let header = [0, 0, 8, magic].into_iter().chain(dims.iter().flat_map(|d| d.to_be_bytes()));
        fs::write(place.path(&format!("idx/mnist/{kind}-ubyte")), header.collect::<Vec<u8>>()).unwrap();
    };
    for part in ["train", "t10k"] {
        idx(&format!("{part}-images-idx3"), 3, &[10, 28, 28]);
        idx(&format!("{part}-labels-idx1"), 1, &[10]);
    }
    let train = ["train", "mnist-mlp-vae", "--data-dir", "idx"];
    fails(
        &place,
        &train,
        2,
        "error: idx/mnist/train-images-idx3-ubyte: at byte 16: truncated: 7840 bytes should follow, 0 do",
    );
    idx("train-images-idx3", 1, &[10]);
    fails(
        &place,
        &train,
        2,
        "error: idx/mnist/train-images-idx3-ubyte: at byte 0: mislabelled: this is a file of labels (magic number \
         0x00000801), not of images",
    );

    write_images(&place.path("pictures"), 12);
    let broken = place.path("pictures/stroke-3.png");
    let whole = fs::read(&broken).unwrap();
    fs::write(&broken, &whole[..whole.len() / 2]).unwrap();
    let ran = place.run(&["train", "--data", "pictures"]);
    // What was chosen for the images, by their headers, is said before they are read.
    let error = ran.stderr.lines().find(|line| line.starts_with("error: ")).unwrap();
    assert!(error.starts_with("error: pictures/stroke-3.png: a broken image: "), "{}", ran.stderr);
    assert_eq!(ran.code, Some(2));
    assert!(!place.path("runs").exists(), "nothing is begun");
}

#[test]
fn folders_that_are_taken() {
    let place = Place::new();
    fs::create_dir(place.path("full")).unwrap();
    fs::write(place.path("full/notes"), "").unwrap();
    fails(
        &place,
        &["train", "--out", "full"],
        2,
        "error: full: holds \"notes\" and perhaps more, but no run (no manifest.json); a new run needs a new or \
         empty folder",
    );
    place.ok(&[&["train", "--out", "run"], &TINY[..]].concat());
    fails(
        &place,
        &["train", "--out", "run"],
        2,
        "error: run: holds a run already; name another folder, or allow it to be overwritten\n\
         hint: without --out a new folder is found, with --force the run is overwritten",
    );
    let ran = place.run(&["train", "--out", "full/notes/run"]);
    assert!(ran.stderr.starts_with("error: full/notes/run: cannot create the folder: "), "{}", ran.stderr);
    assert_eq!(ran.code, Some(1));
}

#[test]
fn runs_that_are_none() {
    let place = Place::new();
    fs::create_dir(place.path("empty")).unwrap();
    fs::write(place.path("file"), "").unwrap();
    let hint = "hint: `latentlab train` makes a run and says where it is";
    for (run, reason) in [
        ("nowhere", "there is no such folder"),
        ("empty", "it is empty; expected manifest.json in it"),
        ("file", "it is a file; a run is a folder"),
    ] {
        for verb in ["evaluate", "generate", "reconstruct", "manifold"] {
            fails(&place, &[verb, run], 2, &format!("error: {run}: is not a run: {reason}\n{hint}"));
        }
    }
}

#[test]
fn runs_that_are_damaged() {
    let place = Place::new();
    place.ok(&[&["train", "--out", "run"], &TINY[..]].concat());
    let (weights, last) = ("run/checkpoints/best/weights.safetensors", "run/checkpoints/best.previous");
    let whole = fs::read(place.path(weights)).unwrap();
    fs::write(place.path(weights), &whole[..1000]).unwrap();
    // The copy before it still serves, and that is said.
    let ran = place.ok(&["generate", "run", "-n", "2"]);
    assert!(
        ran.stderr.contains("warning: run/checkpoints/best/weights.safetensors: is damaged"),
        "{}",
        ran.stderr
    );
    fs::remove_dir_all(place.path(last)).unwrap();
    let ran = place.run(&["generate", "run"]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.stderr.contains("no usable checkpoint") && ran.stderr.contains("hint: --checkpoint last"));
    place.ok(&["generate", "run", "--checkpoint", "last"]);

    // A run whose training was killed says so.
    let manifest = fs::read_to_string(place.path("run/manifest.json")).unwrap();
    fs::write(place.path("run/manifest.json"), manifest.replace("\"completed\"", "\"running\"")).unwrap();
    let ran = place.ok(&["generate", "run", "--checkpoint", "last"]);
    assert!(ran.stderr.contains("warning: run: its training is running"), "{}", ran.stderr);
    fs::write(place.path("run/manifest.json"), &manifest[..30]).unwrap();
    let ran = place.run(&["evaluate", "run"]);
    assert!(ran.stderr.starts_with("error: run/manifest.json: line "), "{}", ran.stderr);
    assert_eq!(ran.code, Some(1));
}

#[test]
fn arguments_that_cannot_be() {
    let place = trained();
    let cases: &[(&[&str], &str)] = &[
        (&["decode", "vae", "--z", "1"], "--z 1: 1 number, but the latent space of vae has 2 dimensions"),
        (
            &["decode", "vae", "--z", "1,2,-3"],
            "--z 1,2,-3: 3 numbers, but the latent space of vae has 2 dimensions",
        ),
        (
            &["manifold", "vae", "--dims", "1,3"],
            "--dims 1,3: the latent space of vae has 2 dimensions, counted from 1",
        ),
        (
            &["traverse", "vae", "--dims", "1,3"],
            "--dims 1,3: the latent space of vae has 2 dimensions, counted from 1",
        ),
        (&["traverse", "vae", "--image", "30"], "--image 30: the test split has 30 images, 0 to 29"),
        (
            &["anomalies", "vae", "--anomalous-class", "ten"],
            "--anomalous-class ten: must be a class of synthetic-digits: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9",
        ),
        (&["anomalies", "vae", "--out", "x.json"], "--out x.json: must end in .npz or .csv"),
        (
            &["generate", "vae", "--sampler", "gmm", "--components", "999", "--out", "many.png"],
            "--components 999: the run has 243 training codes to fit Gaussians to, and each needs one at least\n\
             hint: --components 243 or fewer",
        ),
        (
            &["interpolate", "vae", "--from", "0", "--to", "30"],
            "--to 30: the test split has 30 images, 0 to 29",
        ),
        (
            &["generate", "vae", "--out", "x.jpg"],
            "--out x.jpg: must end in .png, .svg or .npz, or be a folder\nhint: with / at its end it is a folder: --out x.jpg/",
        ),
        (
            &["generate", "vae", "--out", "vae"],
            "vae: the folder is not empty\nhint: name another folder, or add --force to overwrite files of the same names",
        ),
        (
            &["generate", "vae", "--out", "no/x.png"],
            "no: there is no such folder\nhint: make it first: mkdir -p no",
        ),
        (&["embed", "vae", "--out", "x.txt"], "--out x.txt: must end in .npz or .csv"),
        (
            &["denoise", "vae", "vae", "--noise", "-1"],
            "invalid value '-1' for '--noise <NOISE>': gaussian:-1: must be above 0 and at most 10\n\nFor more information, try '--help'.",
        ),
        (&["data", "synthetic-digits", "--preview", "x.jpg"], "--preview x.jpg: must end in .png"),
        (
            &["summary", "vae", "--set", "seed=1"],
            "--set seed=1: vae is a run, which stays as it is\nhint: settings can be changed in a recipe",
        ),
    ];
    for (arguments, message) in cases {
        fails(place, arguments, 2, &format!("error: {message}"));
    }
    // What clap refuses says what would be right.
    for (arguments, part) in [
        (&["evaluate", "vae", "--split", "foo"][..], "[possible values: train, valid, test, all]"),
        (
            &["decode", "vae", "--z", "1,x"],
            "\"x\" is no finite number; write numbers with commas between, as in -1,0.5",
        ),
        (
            &["manifold", "vae", "--range", "3,-3"],
            "must be two finite numbers, the smaller first, as in -3,3",
        ),
        (
            &["manifold", "vae", "--dims", "0,1"],
            "must be two different dimensions, counted from 1, as in 1,2",
        ),
        (&["traverse", "vae", "--dims", "1,1"], "must be different dimensions, counted from 1, as in 1,2,5"),
        (&["interpolate", "vae", "--from", "1"], "--to <J|NAME|FILE>"),
        (&["generate", "vae", "-n", "0"], "0 is not in 1..="),
        (&["recipes", "--threads", "0"], "0 is not in 1..="),
        (&["evaluat", "vae"], "a similar subcommand exists: 'evaluate'"),
    ] {
        let ran = place.run(arguments);
        assert!(ran.stderr.contains(part), "{arguments:?}: {}", ran.stderr);
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""));
    }
}

#[test]
fn instruction_sets_that_are_not_there() {
    let place = trained();
    for (name, part) in
        [("sse9", "unknown instruction set; allowed: plain, avx2"), ("neon", "does not have it")]
    {
        if name == "neon" && cfg!(target_arch = "aarch64") {
            continue;
        }
        let output = place.command(&["evaluate", "vae"]).env("LATENTLAB_ISA", name).output().unwrap();
        let ran = place.ran(output);
        assert!(ran.stderr.starts_with(&format!("error: LATENTLAB_ISA = {name}: ")), "{}", ran.stderr);
        assert!(ran.stderr.contains(part) && ran.code == Some(2), "{}", ran.stderr);
    }
}

#[test]
fn a_training_that_diverges_is_a_failed_run() {
    let place = Place::new();
    let steep = ["train", "--out", "run", "--set", "optimizer.learning_rate=1e30"];
    let ran = place.run(&[&steep, &TINY[..]].concat());
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    assert!(ran.stderr.contains("error: training diverged: in epoch 1"), "{}", ran.stderr);
    let manifest = fs::read_to_string(place.path("run/manifest.json")).unwrap();
    assert!(manifest.contains("\"status\": \"failed\""), "{manifest}");
    let ran = place.run(&["generate", "run"]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.stderr.contains("no usable checkpoint"), "{}", ran.stderr);
}

#[test]
fn images_of_another_shape_come_to_the_nets_own_if_they_can() {
    let place = Place::new();
    place.ok(&[&["train", "--out", "run"], &TINY[..]].concat());
    std::fs::create_dir(place.path("small")).unwrap();
    for i in 0..10 {
        write_image(&place.path(&format!("small/{i}.png")), 20, 20 + i);
    }
    let ran = place.ok(&["evaluate", "run", "--data", "small"]);
    let said = "10 images of 20×20 to 29×20 come to 28×28: resized, which changes their proportions";
    assert!(ran.stderr.contains(said), "{}", ran.stderr);
    let other = ["--set", "data.size=20", "--no-report"];
    let decoder =
        "model.decoder=[{ layer = \"dense\", units = 400 }, { layer = \"reshape\", shape = [20, 20, 1] }]";
    place.ok(&[&["train", "--out", "of-20", "--set", decoder], &other[..], &TINY[..]].concat());
    fails(
        &place,
        &["evaluate", "of-20", "--data", "synthetic-digits"],
        2,
        "error: synthetic-digits: its images are 28×28×1, but of-20 was trained on 20×20×1",
    );
}

#[test]
fn studies_whose_results_cannot_be_used() {
    let place = Place::new();
    fs::create_dir(place.path("study")).unwrap();
    let ends = "not the results of a study or comparison";
    for (text, problem) in [
        ("{\"title\": ", "EOF while parsing a value at line 1 column 10"),
        ("{\"title\": \"x\", \"description\": \"\"}", "no list \"models\""),
        ("{\"title\": \"x\", \"models\": []}", "no text \"description\""),
        ("{\"models\": [{\"name\": \"a\"}]}", "no list \"runs\""),
        ("{\"models\": [{\"name\": \"a\", \"runs\": [{\"run\": 3}]}]}", "no text \"run\""),
    ] {
        fs::write(place.path("study/results.json"), text).unwrap();
        fails(&place, &["report", "study"], 2, &format!("error: study/results.json: {problem}: {ends}"));
    }
    let gone = "{\"title\": \"x\", \"description\": \"\", \"models\": [{\"name\": \"a\", \"runs\": [{\"run\": \"gone\"}]}]}";
    fs::write(place.path("study/results.json"), gone).unwrap();
    let hint = "hint: `latentlab train` makes a run and says where it is";
    let message = format!("error: gone: is not a run: there is no such folder\n{hint}");
    fails(&place, &["report", "study"], 2, &message);
    let none = "{\"title\": \"x\", \"description\": \"\", \"models\": []}";
    fs::write(place.path("study/results.json"), none).unwrap();
    fails(&place, &["report", "study"], 2, "error: study: its results name no runs");
}
