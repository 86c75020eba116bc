//! Documents of a run that were made to hurt, or damaged by chance: an error that names the file, never a panic,
//! never a wait.

use std::fs;
use std::path::Path;

use run::{
    Checkpoint, DataHint, Error, Event, ExistingRun, Manifest, Measurement, Metrics, RunDir, RunLock, Slot,
    SplitMetrics, Status,
};
use testing::{ROUNDS, survive};

/// A run with every document in it.
fn run_in(path: &Path) -> RunDir {
    let mut manifest = Manifest::new("latentlab 0.1.0", "mnist-mlp-vae", 7);
    let run = RunDir::create(path, ExistingRun::Refuse, &manifest, "seed = 7\n").unwrap();
    let mut log = run.event_log().unwrap();
    for message in ["hot", "hotter", "too hot"] {
        log.push(Event::Warning { message: message.into() }).unwrap();
    }
    let state = serde_json::json!({ "best": { "epoch": 3, "total": 0.5 } });
    let checkpoint =
        Checkpoint { state, weights: vec![7; 64], optimizer: Some(vec![8; 64]), ..Checkpoint::default() };
    run.save_checkpoint(Slot::Last, &checkpoint).unwrap();
    let psnr = Measurement {
        value: 30.5,
        unit: "dB".into(),
        least: f64::NEG_INFINITY,
        greatest: f64::INFINITY,
        direction: "higher".into(),
        split: "test".into(),
        samples: 10,
        standard_error: Some(0.1),
        of: None,
    };
    let split =
        SplitMetrics { images: 10, metrics: [("psnr".to_owned(), psnr)].into(), ..SplitMetrics::default() };
    run.write(&Metrics { splits: [("test".to_owned(), split)].into() }).unwrap();
    run.write(&DataHint { path: Some("/photos".into()), data_dir: Some("/sets".into()) }).unwrap();
    run.finish(&mut manifest, Status::Completed).unwrap();
    drop(RunLock::take(path).unwrap());
    run
}

const DOCUMENTS: [&str; 8] = [
    "manifest.json",
    "metrics.json",
    "data-hint.json",
    "events.jsonl",
    "recipe.toml",
    "lock",
    "checkpoints/last/checkpoint.json",
    "checkpoints/last/weights.safetensors",
];

/// Reads the document of this name, and all that depends on it.
fn read(run: &RunDir, name: &str) -> Result<(), Error> {
    match name {
        "manifest.json" => {
            let manifest = RunDir::open(run.path())?.read::<Manifest>()?;
            drop(run.altered(&manifest));
            Ok(())
        }
        "metrics.json" => run.read::<Metrics>().map(drop),
        "data-hint.json" => run.read::<DataHint>().map(drop),
        "events.jsonl" => {
            let events = run.events()?;
            drop(events.epochs());
            run.event_log().map(drop)
        }
        "recipe.toml" => run.read_recipe().map(drop),
        "lock" => RunLock::take(run.path()).map(drop),
        _ => run.load_checkpoint(Slot::Last).map(drop),
    }
}

#[test]
fn damaged_documents_are_answered() {
    let folder = tempfile::tempdir().unwrap();
    let run = run_in(&folder.path().join("run"));
    for name in DOCUMENTS {
        let path = run.path().join(name);
        let good = fs::read(&path).unwrap();
        let refused = survive(&good, |bytes| {
            fs::write(&path, bytes).unwrap();
            match read(&run, name) {
                Ok(()) => true,
                Err(error) => {
                    let message = error.to_string();
                    // A record of other hashes is told by the files that do not have them.
                    let place = if name.ends_with("checkpoint.json") { "checkpoints/last/" } else { name };
                    assert!(message.contains(place), "{name}: {message}");
                    false
                }
            }
        });
        println!("{name}: {refused} of {ROUNDS} damaged ones were refused");
        assert!(refused > ROUNDS / 4 || ["lock", "recipe.toml"].contains(&name), "{name}: {refused}");
        fs::write(&path, good).unwrap();
    }
}

#[test]
fn documents_that_are_deep_endless_or_no_files() {
    let folder = tempfile::tempdir().unwrap();
    let run = run_in(&folder.path().join("run"));
    for name in DOCUMENTS {
        let path = run.path().join(name);
        let good = fs::read(&path).unwrap_or_default();
        let json = name.contains("json");
        let file = name.rsplit('/').next().unwrap();
        let message = || read(&run, name).map_or_else(|error| error.to_string(), |()| "nothing".into());
        let mut cases: Vec<(Vec<u8>, &str)> = Vec::new();
        if json {
            cases.push((format!("{}\n", "[".repeat(100_000)).into_bytes(), ": line "));
            cases.push((
                format!("{{\"schema\":1,\"a\":{}\n", "{\"a\":".repeat(100_000)).into_bytes(),
                ": line ",
            ));
            cases.push((b"\xff\xfe{\0}\0\n".to_vec(), "line 1, column 1: expected value"));
            cases.push((b"{\"schema\":1e99}\n".to_vec(), ": line "));
            cases.push((b"{\"schema\":18446744073709551616}\n".to_vec(), ": line "));
        }
        for (bytes, expected) in cases {
            fs::write(&path, bytes).unwrap();
            let message = message();
            assert!(
                message.contains(&format!("{file}: ")) && message.contains(expected),
                "{name}: {message}"
            );
            assert!(message.len() < 500, "{name}: {message}");
        }
        if name != "lock" {
            fs::File::create(&path).unwrap().set_len(1 << 40).unwrap();
            let message = message();
            let said = message.contains("bytes") || message.contains("is damaged: expected SHA-256");
            assert!(message.contains(file) && said, "{name}: {message}");
        }
        fs::remove_file(&path).unwrap();
        fs::create_dir(&path).unwrap();
        let found = message();
        assert!(found.contains(file) && found.contains("it is a folder, not a file"), "{name}: {found}");
        fs::remove_dir(&path).unwrap();
        if cfg!(unix) {
            // Nobody writes into the pipe: reading it would wait for ever.
            assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
            let found = message();
            assert!(
                found.contains(file) && found.contains("it is a pipe or a device, not a file"),
                "{name}: {found}"
            );
            fs::remove_file(&path).unwrap();
        }
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(file, &path).unwrap();
            let found = message();
            assert!(
                found.contains(file) && (found.contains("cannot ") || found.contains("is not a run")),
                "{name}: {found}"
            );
            fs::remove_file(&path).unwrap();
        }
        fs::write(&path, good).unwrap();
    }
}

#[test]
fn a_checkpoint_s_record_reaches_for_no_other_files_and_no_memory() {
    let folder = tempfile::tempdir().unwrap();
    let run = run_in(&folder.path().join("run"));
    fs::write(run.path().join("secret"), "elsewhere").unwrap();
    let path = run.path().join("checkpoints/last/checkpoint.json");
    let good = fs::read_to_string(&path).unwrap();
    for (text, expected) in [
        (good.replace("weights.safetensors", "../../secret"), "`files` does not name weights.safetensors"),
        (good.replace("\"bytes\": 64", "\"bytes\": 18446744073709551615"), "is damaged: expected SHA-256"),
        (good.replace("\"bytes\": 64", "\"bytes\": 63"), "is damaged: expected SHA-256"),
        (good.replace("\"epoch\": 0", "\"epoch\": -1"), "invalid value: integer `-1`"),
    ] {
        assert_ne!(text, good);
        fs::write(&path, text).unwrap();
        let message = run.load_checkpoint(Slot::Last).unwrap_err().to_string();
        assert!(message.contains(expected), "{message}");
    }
}

#[test]
fn a_holder_s_name_cannot_write_on_the_terminal() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("lock"), "process 7\u{1b}[2J\u{7}\non \u{202e}far-away").unwrap();
    let lock = RunLock::take(folder.path()).unwrap();
    assert_eq!(lock.left_by(), Some("process 7\u{fffd}[2J\u{fffd}\u{fffd}on \u{fffd}far-away"));
}
