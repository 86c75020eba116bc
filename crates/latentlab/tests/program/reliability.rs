//! Runs that are killed, resumed, repeated, damaged or asked for twice.

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use crate::harness::{Place, Ran, TINY};

/// Some hundred milliseconds of training, in epochs of a few.
const LONGER: [&str; 8] = [
    "synthetic-digits-plane",
    "--no-report",
    "--epochs",
    "60",
    "--set",
    "data.count=400",
    "--set",
    "training.batch_size=32",
];

fn weights(place: &Place, run: &str) -> [Vec<u8>; 2] {
    let file = |slot: &str| fs::read(place.path(run).join(format!("checkpoints/{slot}/weights.safetensors")));
    [file("best").unwrap(), file("last").unwrap()]
}

fn train(place: &Place, run: &str, arguments: &[&str]) {
    place.ok(&[&["train", "--out", run], arguments].concat());
}

/// Kills a training (and what resumes it) after `pauses`, one after the other, then lets it end.
fn train_with_kills(place: &Place, run: &str, pauses: impl Iterator<Item = Duration>) {
    let mut arguments = [&["train", "--out", run], &LONGER[..]].concat();
    // Not on the same threads throughout.
    for (pause, threads) in pauses.zip(["2", "1", "3"].into_iter().cycle()) {
        let mut command = place.command(&[&arguments[..], &["--threads", threads]].concat());
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(pause);
        child.kill().unwrap();
        child.wait().unwrap();
        // Before its recipe was written there was no run yet.
        if place.path(run).join("recipe.toml").is_file() {
            arguments = vec!["train", "--no-report", "--resume", run];
        }
    }
    place.ok(&arguments);
}

/// Pauses of 0 to `most` milliseconds, the same in every run of the test.
fn pauses(count: u64, most: u64) -> impl Iterator<Item = Duration> {
    (1..=count).map(move |i| Duration::from_millis(i.wrapping_mul(0x9e37_79b9_7f4a_7c15) % most))
}

#[test]
fn a_killed_training_goes_on_to_the_same_weights() {
    let place = Place::new();
    train(&place, "whole", &LONGER);
    train_with_kills(&place, "killed", pauses(8, 400));
    assert!(weights(&place, "whole") == weights(&place, "killed"));
    place.ok(&["verify", "killed"]);
}

/// Kills a command that reads a run, and looks whether the run is as it was before.
fn kill_reader(place: &Place, arguments: &[&str], pause: Duration) {
    let mut command = place.command(arguments);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    std::thread::sleep(pause);
    child.kill().unwrap();
    child.wait().unwrap();
    place.ok(&["verify", arguments[1]]);
}

const READERS: [&str; 3] = ["evaluate", "report", "reconstruct"];

#[test]
fn commands_that_are_killed_leave_the_run_as_it_was() {
    let place = Place::new();
    train(&place, "run", &[&["--no-report"], &TINY[..]].concat());
    let before = weights(&place, "run");
    for (pause, reader) in pauses(6, 300).zip(READERS.into_iter().cycle()) {
        kill_reader(&place, &[reader, "run"], pause);
    }
    READERS.iter().for_each(|reader| drop(place.ok(&[reader, "run"])));
    assert!(weights(&place, "run") == before);
}

#[test]
fn threads_and_interruptions_do_not_show_in_the_weights() {
    let place = Place::new();
    train(&place, "whole", &LONGER);
    let expected = weights(&place, "whole");
    for threads in ["1", "2", "3", "4"] {
        train(&place, threads, &[&["--threads", threads], &LONGER[..]].concat());
        assert!(weights(&place, threads) == expected, "{threads} threads");
    }
    train_with_kills(&place, "five", (1..=5).map(|i| Duration::from_millis(90 * i)));
    assert!(weights(&place, "five") == expected, "resumed five times");
}

/// The long form, with the number of kills in `LATENTLAB_KILLS`: `cargo test -p latentlab --test program -- --ignored`.
#[test]
#[ignore = "takes minutes; see docs/reliability.md"]
fn two_hundred_killed_trainings_go_on_to_the_same_weights() {
    let kills: u64 = std::env::var("LATENTLAB_KILLS").map_or(200, |text| text.parse().unwrap());
    let place = Place::new();
    train(&place, "whole", &LONGER);
    let (mut done, mut run) = (0, 0);
    while done < kills {
        let name = format!("killed-{run}");
        train_with_kills(&place, &name, pauses(10, 500).map(|p| p + Duration::from_millis(7 * run)));
        assert!(weights(&place, "whole") == weights(&place, &name), "{name}");
        for (pause, reader) in pauses(3, 400).zip(READERS) {
            kill_reader(&place, &[reader, &name], pause + Duration::from_millis(7 * run));
        }
        assert!(weights(&place, "whole") == weights(&place, &name), "{name}");
        fs::remove_dir_all(place.path(&name)).unwrap();
        (done, run) = (done + 13, run + 1);
        println!("{done} kills, all resumed to the same weights");
    }
}

#[test]
fn more_epochs_are_those_that_would_have_been() {
    let place = Place::new();
    // The default recipe's learning rate falls towards the end.
    let even = ["--no-report", "--set", "optimizer.schedule={ kind = \"constant\" }"];
    train(&place, "four", &[&even[..], &TINY[2..], &["--epochs", "4"]].concat());
    train(&place, "two", &[&even[..], &TINY[..]].concat());
    let told = place.json(&["train", "--resume", "two", "--epochs", "4", "--no-report"]);
    assert_eq!((&told["epochs"], &told["status"]), (&4.into(), &"completed".into()));
    assert!(weights(&place, "four") == weights(&place, "two"));
    let recipe = |run: &str| fs::read_to_string(place.path(run).join("recipe.toml")).unwrap();
    assert_eq!(recipe("four"), recipe("two"));
    place.ok(&["verify", "two"]);

    let refused = place.run(&["train", "--resume", "two", "--epochs", "3"]);
    assert_eq!(refused.code, Some(2));
    assert!(
        refused
            .stderr
            .contains("training.epochs = 3: it has 4 epochs already; give more, such as --epochs 8"),
        "{}",
        refused.stderr
    );
}

#[test]
fn a_rate_that_came_down_begins_again_for_more_epochs() {
    let place = Place::new();
    train(&place, "run", &[&["--no-report"], &TINY[..]].concat());
    let short = fs::read_to_string(place.path("run/events.jsonl")).unwrap();
    let ran = place.ok(&["train", "--resume", "run", "--epochs", "5", "--no-report"]);
    let note = "learning rate: it falls to the end of epoch 2 as it was to, begins again at";
    assert!(ran.stderr.contains(note), "{}", ran.stderr);
    assert!(fs::read_to_string(place.path("run/events.jsonl")).unwrap().starts_with(&short));
    let recipe = || fs::read_to_string(place.path("run/recipe.toml")).unwrap();
    assert!(recipe().contains("restarts = [2]") && recipe().contains("epochs = 5"), "{}", recipe());
    place.ok(&["verify", "run"]);
    // What the recipe says now is the whole training, from the beginning.
    let repeated = place.json(&["train", "--from-run", "run", "--out", "again", "--no-report"]);
    assert_eq!(repeated["repeats"]["equal"], true, "{repeated}");
    assert!(weights(&place, "run") == weights(&place, "again"));
    // And once more; but not to less than it was to fall in.
    place.ok(&["train", "--resume", "run", "--epochs", "7", "--no-report"]);
    assert!(recipe().contains("restarts = [2, 5]"), "{}", recipe());
    for fewer in ["6", "2"] {
        let refused = place.run(&["train", "--resume", "run", "--epochs", fewer]);
        assert_eq!(refused.code, Some(2));
        assert!(refused.stderr.contains("it has 7 epochs already"), "{}", refused.stderr);
    }
}

#[test]
fn what_has_changed_since_is_named() {
    let place = Place::new();
    train(&place, "run", &[&["--no-report"], &TINY[..]].concat());
    let path = place.path("run/recipe.toml");
    let recipe = fs::read_to_string(&path).unwrap();
    let refused = |from: &str, to: &str| -> Ran {
        assert!(recipe.contains(from), "{recipe}");
        fs::write(&path, recipe.replace(from, to)).unwrap();
        let ran = place.run(&["train", "--resume", "run", "--no-report"]);
        assert_eq!(ran.code, Some(2), "{}", ran.stderr);
        ran
    };
    let said = refused("learning_rate = ", "learning_rate = 1").stderr;
    assert!(said.contains("recipe.toml is not as it was when the run began"), "{said}");
    fs::write(&path, &recipe).unwrap();

    let manifest = place.path("run/manifest.json");
    let text = fs::read_to_string(&manifest).unwrap();
    fs::write(&manifest, text.replace("\"train\": 243", "\"train\": 200")).unwrap();
    let ran = place.run(&["train", "--resume", "run", "--no-report"]);
    assert_eq!(ran.code, Some(2));
    assert!(
        ran.stderr.contains("the data have changed: train had 200 images, now it has 243"),
        "{}",
        ran.stderr
    );

    let ran = place.run(&["train", "--resume", "nowhere"]);
    assert_eq!(ran.code, Some(2));
    let ran = place.run(&["train", "mnist-mlp-vae", "--resume", "run"]);
    assert_eq!(ran.code, Some(2));
}

#[test]
fn a_second_process_is_refused_and_told_of_the_first() {
    let place = Place::new();
    let endless = ["train", "--out", "run", "--no-report", "--epochs", "100000", "--set", "data.count=300"];
    let mut first = place.command(&endless).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    while !place.path("run/checkpoints/last/checkpoint.json").is_file() {
        std::thread::sleep(Duration::from_millis(20));
    }
    let process = format!("another process is working on this run: process {}", first.id());
    for arguments in [&["train", "--resume", "run"][..], &["train", "--out", "run", "--force", "--no-report"]]
    {
        let second = place.run(arguments);
        assert_eq!(second.code, Some(2));
        assert!(second.stderr.contains(&process), "{}", second.stderr);
    }
    // Reading is free.
    place.ok(&["generate", "run", "-n", "4", "--out", "four.png"]);
    first.kill().unwrap();
    first.wait().unwrap();
    let ran = place.ok(&[
        "train",
        "--out",
        "run",
        "--force",
        "--no-report",
        "--epochs",
        "1",
        "--set",
        "data.count=300",
    ]);
    assert!(ran.stdout.contains("1 epoch"), "{}", ran.stdout);
}

#[test]
fn a_run_repeats_itself() {
    let place = Place::new();
    train(&place, "run", &[&["--no-report", "--seed", "4"], &TINY[..]].concat());
    let told = place.json(&["train", "--from-run", "run", "--out", "again", "--no-report", "--threads", "3"]);
    assert_eq!(told["repeats"]["equal"], true);
    assert!(weights(&place, "run") == weights(&place, "again"));
    let ran =
        place.command(&["train", "--from-run", "run", "--no-report"]).env("LATENTLAB_ISA", "plain").output();
    let said = place.ran(ran.unwrap()).stdout;
    assert!(said.contains("other weights (instructions: "), "{said}");
}

#[test]
fn verify_finds_what_was_touched() {
    let place = Place::new();
    train(&place, "run", &[&["--no-report"], &TINY[..]].concat());
    place.ok(&["evaluate", "run"]);
    let told = place.json(&["verify", "run"]);
    assert_eq!(told["ok"], true);
    let names: Vec<&str> =
        told["checks"].as_array().unwrap().iter().filter_map(|check| check["what"].as_str()).collect();
    assert!(
        names.contains(&"valid losses of best") && names.contains(&"test losses in metrics.json"),
        "{names:?}"
    );

    let damaged = |file: &str, damage: &dyn Fn(&Path), expected: &str| {
        let path = place.path("run").join(file);
        let good = fs::read(&path).unwrap();
        damage(&path);
        let ran = place.run(&["verify", "run"]);
        assert_eq!(ran.code, Some(1), "{file}: {}", ran.stdout);
        assert!(ran.stdout.contains("WRONG") && ran.stdout.contains(expected), "{file}: {}", ran.stdout);
        fs::write(&path, good).unwrap();
    };
    let flip = |path: &Path| {
        let mut bytes = fs::read(path).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 4;
        fs::write(path, bytes).unwrap();
    };
    damaged("checkpoints/best/weights.safetensors", &flip, "is damaged: expected SHA-256");
    damaged("checkpoints/last/optimizer.safetensors", &flip, "is damaged: expected SHA-256");
    let cut = |path: &Path| fs::write(path, &fs::read(path).unwrap()[..300]).unwrap();
    damaged("events.jsonl", &cut, "is cut off");
    let lie = |path: &Path| {
        let text = fs::read_to_string(path).unwrap();
        let at = text.find("\"total\"").unwrap();
        let (head, tail) = text.split_at(at);
        fs::write(path, head.to_owned() + &tail.replacen("\"value\": ", "\"value\": 1", 1)).unwrap();
    };
    damaged("metrics.json", &lie, "the run says");
    place.ok(&["verify", "run"]);
}

#[test]
fn a_training_that_diverges_is_rolled_back_once() {
    let place = Place::new();
    let steep = ["synthetic-digits-plane", "--set", "optimizer.kind=sgd", "--no-report"];
    let run = |name: &str, more: &[&str]| {
        place.run(&[&["train", "--out", name], &steep[..], more, &TINY[..]].concat())
    };
    let rescued = run("rescued", &["--set", "optimizer.learning_rate=0.5"]);
    let twice = run("twice", &["--set", "optimizer.learning_rate=1e9"]);
    assert_eq!(twice.code, Some(1), "{}", twice.stderr);
    assert!(
        twice.stderr.contains("training diverged") && twice.stderr.contains("not finite"),
        "{}",
        twice.stderr
    );
    let stopped =
        run("stopped", &["--set", "optimizer.learning_rate=1e9", "--set", "training.on_divergence=stop"]);
    assert_eq!(stopped.code, Some(1));
    assert!(!stopped.stderr.contains("once more"), "{}", stopped.stderr);
    assert_eq!(rescued.code, Some(0), "{}", rescued.stderr);
    assert!(
        rescued.stderr.contains("once more from the end of epoch 0 with 0.1 times"),
        "{}",
        rescued.stderr
    );
}

/// A `.npy` file of `count` grey images of 28 × 28 pixels.
fn write_array(path: &Path, count: usize) {
    let header = format!("{{'descr': '|u1', 'fortran_order': False, 'shape': ({count}, 28, 28), }}");
    let header = format!("{header:<117}\n");
    let mut bytes =
        [b"\x93NUMPY\x01\0", &(header.len() as u16).to_le_bytes()[..], header.as_bytes()].concat();
    for i in 0..count {
        bytes.extend((0..784).map(|p| ((p % 28) * (i % 7) + (p / 28) * (i % 11) + i % 5) as u8));
    }
    fs::write(path, bytes).unwrap();
}

#[test]
fn a_set_larger_than_memory_trains_to_the_same_weights() {
    let place = Place::new();
    write_array(&place.path("many.npy"), 22_000);
    let arguments = ["synthetic-digits-plane", "--data", "many.npy", "--epochs", "2", "--no-report"];
    train(&place, "memory", &arguments);
    // Half of the memory is for images, and they take 17.2 MB.
    let limited = ["--memory", "34MB"];
    let told = place.ok(&[&["train", "--out", "disk"], &limited[..], &arguments].concat()).stderr;
    let note = "many: more than 16.2 MiB, so its images are read from disk as they are needed";
    assert_eq!(told.matches(note).count(), 1, "{told}");
    assert!(weights(&place, "memory") == weights(&place, "disk"));
    place.ok(&[&["evaluate", "disk", "--split", "train"], &limited[..]].concat());
}

#[test]
fn a_training_that_does_not_fit_is_refused_with_the_numbers() {
    let place = Place::new();
    let limited = ["train", "synthetic-digits-plane", "--memory", "40MiB", "--threads", "1"];
    let arguments = [&limited[..], &["--set", "training.batch_size=4096"]].concat();
    let refused = place.run(&arguments);
    assert_eq!(refused.code, Some(2));
    let (said, hint) = refused.stderr.trim_end().split_once('\n').unwrap();
    let numbers = said.strip_prefix("error: training.batch_size = 4096: the training needs ").unwrap();
    assert!(
        numbers.ends_with(" MiB of memory, of which the images take 9.0 MiB; --memory allows 40.0 MiB"),
        "{said}"
    );
    let batch = hint.strip_prefix("hint: --set training.batch_size=").unwrap().split_once(' ').unwrap().0;
    assert!(!place.path("runs").join("synthetic-digits-plane-1/manifest.json").exists());

    // What it proposes fits.
    let batch = format!("training.batch_size={batch}");
    let fitting = [&limited[..], &["--set", &batch, "--epochs", "1", "--no-report"]].concat();
    place.ok(&fitting);
}
