//! Runs that begin with another's weights, find their data again, are begun at once, or cannot be written.

use std::fs;

use serde_json::Value;

use crate::harness::{Place, TINY, write_images};

fn weights(place: &Place, run: &str) -> Vec<u8> {
    fs::read(place.path(run).join("checkpoints/last/weights.safetensors")).unwrap()
}

fn manifest(place: &Place, run: &str) -> Value {
    serde_json::from_str(&fs::read_to_string(place.path(run).join("manifest.json")).unwrap()).unwrap()
}

#[test]
fn a_warm_start_begins_where_the_other_run_ended() {
    let place = Place::new();
    let train = |run: &str, more: &[&str]| {
        place.ok(&[&["train", "--no-report", "--out", run], &TINY[..], more].concat());
    };
    train("a", &[]);
    // With a rate of next to nothing it stays there, best epoch or not.
    train("b", &["--warm-start", "a", "--set", "optimizer.learning_rate=1e-12"]);
    let totals = |run: &str| {
        let evaluated = place.json(&["evaluate", run]);
        evaluated["reconstruction"].as_f64().unwrap()
    };
    assert!((totals("a") - totals("b")).abs() < 1e-3 * totals("a").abs(), "{} {}", totals("a"), totals("b"));
    let record = &manifest(&place, "b")["warm_start"];
    assert_eq!(
        (record["run"].as_str(), record["weights_sha256"].as_str().map(str::len)),
        (Some("a"), Some(64))
    );

    // It is repeated with the same weights, or not at all.
    train("c", &["--warm-start", "a"]);
    let repeated = place.json(&["train", "--from-run", "c", "--out", "again", "--no-report"]);
    assert_eq!(repeated["repeats"]["equal"], true, "{repeated}");
    fs::rename(place.path("a"), place.path("moved")).unwrap();
    let refused = place.run(&["train", "--from-run", "c", "--out", "more"]);
    assert_eq!(refused.code, Some(2));
    assert!(
        refused.stderr.contains("c: began with the weights of a after epoch 2, without which"),
        "{}",
        refused.stderr
    );
    let refused = place.run(&["train", "--from-run", "c", "--warm-start", "b", "--out", "more"]);
    assert!(refused.stderr.contains("the best weights there are others now"), "{}", refused.stderr);
    let repeated =
        place.json(&["train", "--from-run", "c", "--warm-start", "moved", "--out", "third", "--no-report"]);
    assert_eq!(repeated["repeats"]["equal"], true, "{repeated}");

    let arguments =
        ["train", "--warm-start", "moved", "--latent", "3", "--out", "more", "--set", "data.count=300"];
    let refused = place.run(&arguments);
    assert_eq!(refused.code, Some(2));
    let message =
        "moved: its weights are of another network: latent.mean.kernel is 256 × 8 there, 256 × 3 here";
    assert!(refused.stderr.contains(message), "{}", refused.stderr);
    assert!(!place.path("more").exists());
}

#[test]
fn a_warm_start_that_is_killed_at_once_goes_on_from_the_same_weights() {
    let place = Place::new();
    let longer = ["--no-report", "--epochs", "30", "--set", "data.count=400", "--warm-start", "a"];
    place.ok(&[&["train", "--no-report", "--out", "a"], &TINY[..]].concat());
    place.ok(&[&["train", "--out", "whole"], &longer[..]].concat());
    let mut child = place
        .command(&[&["train", "--out", "killed"], &longer[..]].concat())
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    while !place.path("killed/checkpoints/last/checkpoint.json").exists() {
        assert!(child.try_wait().unwrap().is_none());
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    fs::remove_dir_all(place.path("a")).unwrap();
    place.ok(&["train", "--resume", "killed", "--no-report"]);
    assert!(weights(&place, "whole") == weights(&place, "killed"));
}

#[test]
fn a_run_finds_its_data_from_anywhere() {
    let place = Place::new();
    write_images(&place.path("here/p"), 30);
    fs::create_dir(place.path("there")).unwrap();
    let from = |folder: &str, arguments: &[&str]| {
        let mut command = place.command(arguments);
        place.ran(command.current_dir(place.path(folder)).output().unwrap())
    };
    let trained = from("here", &["train", "--data", "p", "--epochs", "2", "--no-report", "--out", "../run"]);
    assert_eq!(trained.code, Some(0), "{}", trained.stderr);
    for arguments in
        [&["evaluate", "../run"][..], &["verify", "../run"], &["embed", "../run", "--out", "e.npz"]]
    {
        let ran = from("there", arguments);
        assert_eq!(ran.code, Some(0), "{arguments:?} {}", ran.stderr);
    }
    let again = from("there", &["train", "--from-run", "../run", "--out", "../again", "--no-report"]);
    assert!(again.stdout.contains("the same weights, bit for bit"), "{}{}", again.stdout, again.stderr);
    let more = from("there", &["train", "--resume", "../run", "--epochs", "3", "--no-report"]);
    assert_eq!(more.code, Some(0), "{}", more.stderr);
    // The manifest knows no folder of this machine.
    let manifest = fs::read_to_string(place.path("run/manifest.json")).unwrap();
    assert!(!manifest.contains(place.path("here").to_str().unwrap()), "{manifest}");

    // Without the hint, and where it leads nowhere, the run works as one from another machine.
    fs::rename(place.path("here/p"), place.path("there/p")).unwrap();
    assert_eq!(from("there", &["evaluate", "../run"]).code, Some(0));
    fs::remove_file(place.path("run/data-hint.json")).unwrap();
    assert_eq!(from("there", &["evaluate", "../run"]).code, Some(0));
    let lost = from("here", &["evaluate", "../run"]);
    assert_eq!(lost.code, Some(2));
    let message = "error: p: cannot open: it does not exist\nhint: --data PATH says where the images are now";
    assert!(lost.stderr.contains(message), "{}", lost.stderr);
}

#[test]
fn a_named_set_is_found_where_it_was_in_training() {
    let place = Place::new();
    fs::create_dir_all(place.path("sets/mnist")).unwrap();
    for (part, images) in [("train", 60), ("t10k", 20)] {
        for (kind, dims) in [("images-idx3", &[images, 28, 28][..]), ("labels-idx1", &[images])] {
            let mut bytes = vec![0, 0, 8, dims.len() as u8];
            bytes.extend(dims.iter().flat_map(|n: &u32| n.to_be_bytes()));
            bytes.extend((0..dims.iter().product::<u32>()).map(|i| (i % 7) as u8));
            fs::write(place.path(&format!("sets/mnist/{part}-{kind}-ubyte")), bytes).unwrap();
        }
    }
    let settings = ["--set", "data.valid={ fraction = 0.1 }", "--epochs", "1", "--no-report"];
    place.ok(&[&["train", "mnist-mlp-ae", "--data-dir", "sets", "--out", "run"], &settings[..]].concat());
    assert_eq!(place.json(&["evaluate", "run"])["images"], 20);
}

#[test]
fn trainings_begun_at_once_take_a_name_each() {
    let place = Place::new();
    let arguments = [&["train", "--no-report"], &TINY[..]].concat();
    let begun: Vec<_> = (0..4)
        .map(|_| place.command(&arguments).stdout(std::process::Stdio::null()).spawn().unwrap())
        .collect();
    for mut training in begun {
        assert!(training.wait().unwrap().success());
    }
    for number in 1..=4 {
        let run = format!("runs/synthetic-digits-vae-{number}");
        assert_eq!(manifest(&place, &run)["status"], "completed");
    }
    assert_eq!(fs::read_dir(place.path("runs")).unwrap().count(), 4);
}

#[test]
fn a_run_that_cannot_be_written_still_gives_its_scores() {
    let place = Place::new();
    place.ok(&[&["train", "--no-report", "--out", "run"], &TINY[..]].concat());
    fs::remove_dir_all(place.path("run/figures")).unwrap();
    fs::write(place.path("run/figures"), "in the way").unwrap();
    let ran = place.ok(&["anomalies", "run", "-n", "3"]);
    assert!(ran.stderr.contains("warning: run/figures: cannot create the folder: "), "{}", ran.stderr);
    assert!(ran.stderr.contains("the result is not kept in the run"), "{}", ran.stderr);
    assert!(ran.stdout.contains("reconstruction"), "{}", ran.stdout);
}
