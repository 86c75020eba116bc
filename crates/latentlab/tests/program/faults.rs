//! A disk that fails: every system call that changes it is made to fail in turn, by strace.

use std::fs;
use std::process::Command;

use serde_json::Value;

use crate::harness::{Place, Ran, TINY};

/// Calls that change a disk, and the error that each gets.
const CALLS: [(&str, &str); 5] = [
    ("write,pwrite64,writev", "ENOSPC"),
    ("fsync,fdatasync,ftruncate", "EIO"),
    ("rename,renameat,renameat2", "EACCES"),
    ("mkdir,mkdirat", "EROFS"),
    ("unlink,unlinkat,rmdir", "EACCES"),
];

pub fn strace(place: &Place, inject: &str, arguments: &[&str]) -> Option<(Ran, bool)> {
    let program = place.command(arguments);
    let mut command = Command::new("strace");
    let traced = format!("trace={}", inject.split(':').next().unwrap_or_default());
    command.args(["-f", "--seccomp-bpf", "-o", "trace", "-e", &traced, "-e", &format!("inject={inject}")]);
    command.arg(program.get_program()).args(arguments).current_dir(place.path("."));
    for (name, value) in program.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    let output = command.output().ok()?;
    let trace = fs::read_to_string(place.path("trace")).ok()?;
    Some((place.ran(output), trace.contains("(INJECTED)")))
}

/// Whether strace is there and may trace.
pub fn can_inject() -> bool {
    let found = strace(&Place::new(), "write:error=ENOSPC:when=1", &["recipes"]).is_some_and(|(_, was)| was);
    if !found {
        eprintln!("skipped: no strace here, or it may not trace");
    }
    found
}

/// Runs a command with the `number`-th call of each kind failing, for the numbers that `numbers` gives, until there
/// are no more calls; `check` gets the place and what the command said. Gives how many calls were made to fail.
fn fail_each(
    prepare: impl Fn(&Place),
    arguments: &[&str],
    numbers: impl Iterator<Item = usize> + Clone,
    check: impl Fn(&Place, &Ran, &str),
) -> usize {
    let mut failed = 0;
    for (calls, error) in CALLS {
        for number in numbers.clone() {
            // The call alone, then it and all that follow.
            let mut was_made = false;
            for all in ["", "+"] {
                let place = Place::new();
                prepare(&place);
                let inject = format!("{calls}:error={error}:when={number}{all}");
                let (ran, injected) = strace(&place, &inject, arguments).unwrap();
                let told = format!("{inject}: {arguments:?}: exit {:?}\n{}", ran.code, ran.stderr);
                assert!(matches!(ran.code, Some(0 | 1)), "{told}");
                if ran.code == Some(1) && all.is_empty() && !ran.stderr.is_empty() {
                    assert!(ran.stderr.contains("error: "), "{told}");
                }
                check(&place, &ran, &told);
                was_made |= injected;
                failed += usize::from(injected);
            }
            if !was_made {
                break;
            }
        }
    }
    failed
}

fn weights(place: &Place, run: &str) -> Vec<u8> {
    fs::read(place.path(run).join("checkpoints/last/weights.safetensors")).unwrap()
}

/// Files of half-written things.
fn leftovers(place: &Place) -> Vec<String> {
    let mut folders = vec![place.path(".")];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let name = entry.file_name().into_string().unwrap();
            if name.contains("latentlab-") && name.contains("tmp") {
                found.push(name);
            }
            if entry.file_type().unwrap().is_dir() {
                folders.push(entry.path());
            }
        }
    }
    found
}

/// Trains; whatever failed, the run is whole or goes on to the same weights.
fn trainings_that_fail(numbers: impl Iterator<Item = usize> + Clone) -> usize {
    let whole = Place::new();
    let arguments = [&["train", "--out", "run", "--no-report", "--threads", "1"], &TINY[..]].concat();
    whole.ok(&arguments);
    let expected = weights(&whole, "run");
    fail_each(
        |_| (),
        &arguments,
        numbers,
        |place, _, told| {
            // Temporary files are removed whatever fails, unless it is their removal.
            assert!(
                told.starts_with("unlink") || leftovers(place).is_empty(),
                "{told}: {:?}",
                leftovers(place)
            );
            // Before its recipe was written there was no run yet.
            if place.path("run/recipe.toml").is_file() {
                let ran = place.run(&["train", "--resume", "run", "--no-report"]);
                assert_eq!(ran.code, Some(0), "{told}\nthen: {}", ran.stderr);
            } else {
                place.ok(&arguments);
            }
            assert!(weights(place, "run") == expected, "{told}");
            let ran = place.run(&["verify", "run"]);
            assert_eq!(ran.code, Some(0), "{told}\nthen: {}{}", ran.stdout, ran.stderr);
        },
    )
}

/// Commands on a finished run: it stays as it was, and so does what they wrote before.
fn later_commands_that_fail(numbers: impl Iterator<Item = usize> + Clone) -> usize {
    let whole = Place::new();
    whole.ok(&[&["train", "--out", "run", "--no-report"], &TINY[..]].concat());
    whole.ok(&["evaluate", "run"]);
    whole.ok(&["embed", "run", "--out", "codes.npz"]);
    let copy = |place: &Place| {
        let copied = Command::new("cp")
            .arg("-r")
            .args([whole.path("run"), whole.path("codes.npz")])
            .arg(place.path("."))
            .status();
        assert!(copied.unwrap().success());
    };
    let metrics: Value = serde_json::from_slice(&fs::read(whole.path("run/metrics.json")).unwrap()).unwrap();
    let codes = fs::read(whole.path("codes.npz")).unwrap();
    let commands: [&[&str]; 4] = [
        &["evaluate", "run"],
        &["embed", "run", "--out", "codes.npz", "--force"],
        &["generate", "run", "-n", "4"],
        &["report", "run"],
    ];
    commands
        .iter()
        .map(|arguments| {
            fail_each(copy, arguments, numbers.clone(), |place, _, told| {
                let ran = place.run(&["verify", "run"]);
                assert_eq!(ran.code, Some(0), "{told}\nthen: {}{}", ran.stdout, ran.stderr);
                let now = fs::read(place.path("run/metrics.json")).unwrap();
                let now: Value =
                    serde_json::from_slice(&now).unwrap_or_else(|error| panic!("{told}: {error}"));
                assert_eq!(now["splits"].is_null(), metrics["splits"].is_null(), "{told}");
                assert!(fs::read(place.path("codes.npz")).unwrap() == codes, "{told}");
            })
        })
        .sum()
}

#[test]
fn a_failing_disk_costs_nothing_that_was_saved() {
    if can_inject() {
        let failed = trainings_that_fail([2, 7, 20, 45].into_iter());
        assert!(failed >= 12, "{failed}");
    }
}

#[test]
#[ignore = "takes minutes; see docs/reliability.md"]
fn every_call_of_a_training_may_fail() {
    assert!(can_inject());
    println!("{} calls of a training failed, nothing was lost", trainings_that_fail(1..));
}

#[test]
#[ignore = "takes minutes; see docs/reliability.md"]
fn every_call_of_later_commands_may_fail() {
    assert!(can_inject());
    println!("{} calls of other commands failed, nothing was lost", later_commands_that_fail(1..));
}
