//! Ctrl-C.
#![cfg(unix)]

use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::harness::{Place, TINY};

#[test]
fn the_first_ctrl_c_saves_what_was_learned() {
    let place = Place::new();
    let mut child = place
        .command(&["train", "--out", "run", "--epochs", "100000", "--set", "data.count=300"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    while !line.trim_start().starts_with("2/100000") {
        line.clear();
        assert!(stderr.read_line(&mut line).unwrap() > 0, "it ended before it was stopped");
    }
    let interrupted = Instant::now();
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let mut rest = String::new();
    stderr.read_to_string(&mut rest).unwrap();
    let mut stdout = String::new();
    child.stdout.take().unwrap().read_to_string(&mut stdout).unwrap();
    let code = child.wait().unwrap().code();
    assert!(interrupted.elapsed() < Duration::from_secs(20));
    assert_eq!(code, Some(130), "{rest}");
    assert!(rest.contains("stopping: saving what was learned"), "{rest}");
    assert!(stdout.contains("interrupted"), "{stdout}");

    let manifest = std::fs::read_to_string(place.path("run/manifest.json")).unwrap();
    assert!(manifest.contains("\"status\": \"interrupted\""), "{manifest}");
    // What was saved can be used, the last weights too.
    place.ok(&["generate", "run", "-n", "4"]);
    let evaluated = place.json(&["evaluate", "run", "--checkpoint", "last"]);
    assert!(evaluated["epoch"].as_u64().unwrap() >= 2);
}

#[test]
fn ctrl_c_keeps_what_was_measured() {
    let place = Place::new();
    let binary = ["--set", "data.count=600", "--set", "data.input.binarise=\"threshold\""];
    place.ok(&[&["train", "--out", "run", "--no-report"], &TINY[..], &binary].concat());
    let mut child = place
        .command(&["evaluate", "run", "--full", "--samples", "1000000", "--verbose"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let (mut line, mut before) = (String::new(), String::new());
    while line.trim() != "likelihood" {
        line.clear();
        assert!(stderr.read_line(&mut line).unwrap() > 0, "it ended before it was stopped: {before}");
        before += &line;
    }
    // A million samples of every image take longer than a minute, and that is said before.
    assert!(before.contains("evaluate --full: about ") && before.contains("Ctrl-C keeps"), "{before}");
    let interrupted = Instant::now();
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let mut rest = String::new();
    stderr.read_to_string(&mut rest).unwrap();
    let mut stdout = String::new();
    child.stdout.take().unwrap().read_to_string(&mut stdout).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130), "{rest}");
    assert!(interrupted.elapsed() < Duration::from_secs(20));
    assert!(stdout.contains("interrupted; not measured: likelihood"), "{stdout}");
    assert!(stdout.contains("draw_mixing") && !stdout.contains("nll"), "{stdout}");
    let metrics = std::fs::read_to_string(place.path("run/metrics.json")).unwrap();
    assert!(metrics.contains("\"silhouette\"") && metrics.contains("interrupted"), "{metrics}");
}
