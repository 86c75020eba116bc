//! The program's verbs, called by another program in its own process.

use std::ffi::OsString;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use latentlab::lab::Observer;
use latentlab::program::{Answer, Failure, call};
use latentlab::train::{self, StepReport};

use crate::harness::{Place, TINY, trained};

fn call_in(place: &Place, arguments: &[&str], stop: bool) -> Result<Answer, Failure> {
    let arguments = arguments.iter().map(|argument| match argument.strip_prefix("DIR/") {
        Some(name) => place.path(name).into_os_string(),
        None => OsString::from(argument),
    });
    call(arguments.collect::<Vec<_>>(), Arc::new(()), Arc::new(AtomicBool::new(stop)))
}

#[test]
fn a_call_answers_what_the_program_prints() {
    let place = trained();
    let mut printed = place.json(&["evaluate", "vae"]);
    let mut answer = call_in(place, &["evaluate", "DIR/vae"], false).unwrap();
    assert!(!answer.is_interrupted && !answer.is_failed);
    for (json, run) in [(&mut printed, "vae"), (&mut answer.json, place.path("vae").to_str().unwrap())] {
        assert_eq!(json["run"], run);
        let entries = json.as_object_mut().unwrap();
        entries.remove("run");
        assert!(entries.remove("images_per_second").is_some());
    }
    assert_eq!(answer.json, printed);
}

#[test]
fn a_mistake_is_told_with_what_to_do_about_it() {
    let place = Place::new();
    let failure = call_in(&place, &["evaluate", "DIR/nothing"], false).unwrap_err();
    assert!(failure.is_mistake() && failure.message().ends_with("is not a run: there is no such folder"));
    assert_eq!(failure.advice(), Some("`latentlab train` makes a run and says where it is"));
    let failure = call_in(&place, &["evalute"], false).unwrap_err();
    assert!(failure.is_mistake() && failure.message() == "unrecognized subcommand 'evalute'");
    assert_eq!(failure.advice(), Some("a similar subcommand exists: 'evaluate'"));
}

/// Asks to end at a step of the second epoch.
struct Impatient {
    stop: Arc<AtomicBool>,
    steps: Mutex<u64>,
}

impl Observer for Impatient {
    fn training(&self) -> Box<dyn train::Observer + '_> {
        Box::new(Steps(self))
    }
}

struct Steps<'a>(&'a Impatient);

impl train::Observer for Steps<'_> {
    fn step(&mut self, step: &StepReport) {
        *self.0.steps.lock().unwrap() += 1;
        if step.epoch == 2 {
            self.0.stop.store(true, Ordering::Relaxed);
        }
    }
}

#[test]
fn a_training_that_is_asked_to_end_saves_draws_nothing_and_is_gone_on_with() {
    let place = Place::new();
    let run = place.path("run");
    let stop = Arc::new(AtomicBool::new(false));
    let observer = Arc::new(Impatient { stop: Arc::clone(&stop), steps: Mutex::new(0) });
    let out = [OsString::from("--out"), run.clone().into_os_string()];
    let arguments = ["train"].iter().chain(&TINY).map(OsString::from).chain(out);
    let answer = call(arguments, Arc::clone(&observer) as _, stop).unwrap();
    assert!(answer.is_interrupted);
    assert_eq!(
        (answer.json["status"].as_str(), answer.json["epochs"].as_u64()),
        (Some("interrupted"), Some(1))
    );
    assert!(*observer.steps.lock().unwrap() > 1 && !run.join("figures").exists());
    let rest = place.json(&["train", "--resume", "run", "--no-figures"]);
    assert_eq!(rest["status"], "completed");
    assert!(!run.join("figures").exists() && !run.join("report.html").exists());
    let whole = place.json(&[&["train", "--out", "whole", "--no-figures"], &TINY[..]].concat());
    assert_eq!(rest["last"], whole["last"]);
}
