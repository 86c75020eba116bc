//! What happens during work, as events for Python.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use latentlab::data::Event;
use latentlab::lab::{Observer, StageProgress};
use latentlab::network::Term;
use latentlab::run::Terms;
use latentlab::train::{self, EpochReport, StartReport, StepReport};
use serde_json::{Value, json};

/// Time between two events of the same kind of progress, at least.
const PAUSE: Duration = Duration::from_millis(100);

/// Sends what happens to another thread.
pub struct Events {
    sender: Sender<Value>,
    /// Whether anyone hears of it.
    is_heard: bool,
    /// Whether a training is going on.
    trains: Arc<AtomicBool>,
}

impl Events {
    /// Events for the other end of `sender`; none, unless they are heard.
    pub fn new(sender: Sender<Value>, is_heard: bool) -> Self {
        Self { sender, is_heard, trains: Arc::default() }
    }

    /// Tells whether a training is going on: from its first step to when it is saved.
    pub fn trains(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.trains)
    }

    fn send(&self, event: Value) {
        if self.is_heard {
            let _ = self.sender.send(event); // nobody who hears is no failure
        }
    }
}

impl Observer for Events {
    fn note(&self, text: &str) {
        self.send(json!({ "event": "note", "text": text }));
    }

    fn warn(&self, text: &str) {
        self.send(json!({ "event": "warn", "text": text }));
    }

    fn stage(&self, what: &str, steps: u64) -> Box<dyn StageProgress> {
        self.send(json!({ "event": "stage", "name": what, "done": 0, "of": steps }));
        if !self.is_heard {
            return Box::new(());
        }
        let told = Mutex::new(Instant::now());
        Box::new(StageEvents { sender: self.sender.clone(), name: what.to_owned(), steps, told })
    }

    fn downloads(&self) -> Box<dyn FnMut(Event<'_>) + '_> {
        let mut told: Option<Instant> = None;
        Box::new(move |event| match event {
            Event::Downloading { file, received, total, .. } => {
                let is_done = total == Some(received);
                if is_done || told.is_none_or(|told| told.elapsed() >= PAUSE) {
                    told = Some(Instant::now());
                    let name = format!("downloading {file}");
                    self.send(
                        json!({ "event": "stage", "name": name, "done": received, "of": total.unwrap_or(0) }),
                    );
                }
            }
            Event::Retrying { url, reason, pause } => {
                self.note(&format!("{url}: {reason}; trying again in {} s", pause.as_secs()));
            }
            Event::MirrorFailed { url, reason } => self.warn(&format!("{url}: {reason}")),
            Event::Differs { file, set } => {
                self.warn(&format!(
                    "{}: is not the published file of {set}; using it as it is",
                    file.display()
                ));
            }
            _ => {}
        })
    }

    fn training(&self) -> Box<dyn train::Observer + '_> {
        self.trains.store(true, Ordering::Relaxed);
        Box::new(TrainingEvents { events: self, told: None })
    }
}

/// Tells how far a stage is.
struct StageEvents {
    sender: Sender<Value>,
    name: String,
    steps: u64,
    told: Mutex<Instant>,
}

impl StageProgress for StageEvents {
    fn reach(&self, done: u64) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if done < self.steps && told.elapsed() < PAUSE {
            return;
        }
        *told = Instant::now();
        let event = json!({ "event": "stage", "name": self.name, "done": done, "of": self.steps });
        let _ = self.sender.send(event);
    }
}

/// Tells how a training goes.
struct TrainingEvents<'a> {
    events: &'a Events,
    told: Option<Instant>,
}

impl Drop for TrainingEvents<'_> {
    fn drop(&mut self) {
        self.events.trains.store(false, Ordering::Relaxed);
    }
}

impl train::Observer for TrainingEvents<'_> {
    fn started(&mut self, start: &StartReport) {
        self.events.send(json!({
            "event": "started",
            "recipe": start.recipe,
            "parameters": start.parameters,
            "train_images": start.train_images,
            "valid_images": start.valid_images,
            "is_table": start.is_table,
            "epochs": start.epochs,
            "epochs_done": start.epochs_done,
            "steps_per_epoch": start.steps_per_epoch,
            "device": start.device.to_string(),
        }));
    }

    fn step(&mut self, step: &StepReport) {
        if !self.events.is_heard || self.told.is_some_and(|told| told.elapsed() < PAUSE) {
            return;
        }
        self.told = Some(Instant::now());
        let is_told =
            |term: &&Term| **term == Term::Total || (term.is_summand() && step.terms[**term] != 0.0);
        let terms: Terms =
            Term::ALL.iter().filter(is_told).map(|term| (term.name().into(), step.terms[*term])).collect();
        self.events.send(json!({
            "event": "step",
            "epoch": step.epoch,
            "epochs": step.epochs,
            "step": step.step,
            "steps_per_epoch": step.steps_per_epoch,
            "terms": terms,
            "learning_rate": step.learning_rate,
            "images_per_second": step.images_per_second,
            "seconds_left": step.time_left.as_secs_f64(),
        }));
    }

    fn epoch(&mut self, done: &EpochReport<'_>) {
        let epoch = done.record;
        self.events.send(json!({
            "event": "epoch",
            "epoch": epoch.epoch,
            "epochs": done.epochs,
            "train": epoch.train,
            "valid": epoch.valid,
            "learning_rate": epoch.learning_rate,
            "images_per_second": epoch.images_per_second,
            "seconds": epoch.seconds,
            "seconds_left": done.time_left.as_secs_f64(),
            "is_best": done.is_best,
        }));
    }

    fn notice(&mut self, message: &str) {
        self.events.warn(message);
    }
}
