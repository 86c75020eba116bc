//! Streams: results on stdout, everything else on stderr, and less of it when asked.

use std::io::Read;
use std::process::Stdio;

use crate::harness::{Place, TINY, trained};

#[test]
fn progress_is_one_plain_line_per_epoch_on_stderr() {
    let place = Place::new();
    let ran = place.ok(&[&["train"], &TINY[..]].concat());
    let lines: Vec<&str> = ran.stderr.lines().collect();
    assert_eq!(lines[0], "run: runs/synthetic-digits-vae-1");
    assert!(lines[1].starts_with("synthetic-digits-vae: "), "{}", lines[1]);
    assert!(lines[3].trim_start().starts_with("epoch     total  reconstruction"), "{}", lines[3]);
    assert!(lines[4].trim_start().starts_with("1/2 ") && lines[5].trim_start().starts_with("2/2 "));
    assert_eq!(lines.len(), 6, "{}", ran.stderr);
    assert!(!ran.stderr.contains('\r') && !ran.stderr.contains('\x1b'));
    // Terms add up as printed.
    let numbers: Vec<f64> = lines[5].split_whitespace().skip(1).map_while(|text| text.parse().ok()).collect();
    for terms in numbers[..6].chunks(3) {
        assert!((terms[0] - terms[1] - terms[2]).abs() < 0.016, "{terms:?}");
    }
    assert!(ran.stdout.contains("latentlab evaluate runs/synthetic-digits-vae-1"));
}

#[test]
fn quiet_leaves_both_streams_empty_but_answers_questions() {
    let place = Place::new();
    let ran = place.ok(&[&["train", "--quiet", "--out", "run"], &TINY[..]].concat());
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("", ""));
    let ran = place.ok(&["evaluate", "run", "-q"]);
    assert!(ran.stdout.contains("psnr") && ran.stderr.is_empty());
}

#[test]
fn verbose_says_what_it_runs_on() {
    let ran = trained().ok(&["evaluate", "vae", "-v"]);
    assert!(ran.stderr.contains("best checkpoint") && ran.stderr.contains("threads with"), "{}", ran.stderr);
}

#[test]
fn a_reader_that_leaves_early_is_no_panic() {
    let place = Place::new();
    for arguments in [["completions", "bash"], ["recipes", "--json"], ["train", "--help"]] {
        let mut child =
            place.command(&arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take()); // before anything is written
        let mut stderr = String::new();
        child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
        let code = child.wait().unwrap().code();
        assert_eq!((code, stderr.as_str()), (Some(0), ""), "{arguments:?}");
    }
}

#[test]
fn threads_do_not_change_a_bit() {
    let place = Place::new();
    for threads in ["1", "2", "3"] {
        place.ok(&[&["train", "--threads", threads, "--out", threads], &TINY[..]].concat());
    }
    let weights =
        |run: &str| std::fs::read(place.path(run).join("checkpoints/last/weights.safetensors")).unwrap();
    assert!(weights("1") == weights("2") && weights("2") == weights("3"));
}
