//! The files of a run: the first byte says which one the rest stands in the place of.
#![no_main]

use std::fs;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use run::{Checkpoint, DataHint, ExistingRun, Manifest, Metrics, RunDir, RunLock, Slot};

static RUN: LazyLock<RunDir> = LazyLock::new(|| {
    let run = RunDir::create(hostile::folder().join("run"), ExistingRun::Refuse, &manifest(), hostile::RECIPE);
    let run = run.expect("the folder is empty");
    let state = Checkpoint { weights: b"weights".into(), ..Checkpoint::default() };
    run.save_checkpoint(Slot::Last, &state).expect("the folder can be written");
    run
});

fn manifest() -> Manifest {
    Manifest::new("latentlab", "recipe", 1)
}

fuzz_target!(|bytes: &[u8]| {
    let Some((which, bytes)) = bytes.split_first() else { return };
    let write = |name: &str| fs::write(RUN.path().join(name), bytes).expect("the folder can be written");
    match which % 7 {
        0 => {
            write("manifest.json");
            if let Ok(run) = RunDir::open(RUN.path()) {
                let read = run.read::<Manifest>().expect("opening looked at it");
                let _ = run.altered(&read);
                run.write(&read).expect("what was read can be written");
                assert_eq!(
                    format!("{:?}", run.read::<Manifest>().expect("it was written")),
                    format!("{read:?}")
                );
            }
            RUN.write(&manifest()).expect("the folder can be written");
        }
        1 => {
            write("metrics.json");
            if let Ok(read) = RUN.read::<Metrics>() {
                RUN.write(&read).expect("what was read can be written");
                assert_eq!(
                    format!("{:?}", RUN.read::<Metrics>().expect("it was written")),
                    format!("{read:?}")
                );
            }
        }
        2 => {
            write("events.jsonl");
            if let Ok(events) = RUN.events() {
                let _ = events.epochs();
                let _ = RUN.event_log().expect("it can be added to");
                let again = RUN.events().expect("it was read before");
                assert!(again.lines.len() >= events.lines.len() && again.torn.is_none());
            }
        }
        3 => {
            write("checkpoints/last/checkpoint.json");
            let _ = RUN.load_checkpoint(Slot::Last);
        }
        4 => {
            write("lock");
            drop(RunLock::take(RUN.path()));
        }
        5 => {
            write("data-hint.json");
            if let Ok(read) = RUN.read::<DataHint>() {
                RUN.write(&read).expect("what was read can be written");
                assert_eq!(RUN.read::<DataHint>().expect("it was written"), read);
            }
        }
        _ => {
            write("recipe.toml");
            let _ = train::recipe_of(&RUN, Some(7));
        }
    }
});
