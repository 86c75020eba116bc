//! A training that a server is told of. A thread of its own sends, so that no training waits for a network.

use std::fs;
use std::path::PathBuf;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use run::{Epoch, Event, Manifest, RunDir, Status, Tracking, now};

use super::Server;
use super::client::{CallError, Client, MOST_METRICS, Metric, name};
use crate::error::Error;
use crate::evaluation::metrics_file;
use crate::lab::Lab;
use crate::run_table::settings;
use crate::shell::quoted;

/// Between two tries at a server that is away.
const PAUSE: Duration = Duration::from_secs(20);
/// Tries at the end, and the pause between them.
const LAST_TRIES: usize = 3;
const LAST_PAUSE: Duration = Duration::from_secs(2);

/// An epoch and when it ended, in milliseconds since 1970.
type Dated = (i64, Epoch);

/// A training that a server is told of.
#[derive(Debug)]
pub struct Tracked {
    client: Client,
    run: RunDir,
    queue: Sender<Dated>,
    worker: JoinHandle<Tracking>,
    /// What keeps the server from being told, until it has been said.
    fault: Arc<Mutex<Option<String>>>,
}

impl Server {
    /// Tells the server that the training of `run` begins, or goes on, and of the epochs that it does not know yet.
    ///
    /// # Errors
    /// If the server refuses, or is away by now.
    pub fn track(&self, run: &RunDir, manifest: &Manifest) -> Result<Tracked, Error> {
        let failed = |error: CallError| Error::fault(format!("{}: {error}", self.client.uri));
        let file = run.path().join("mlflow.json");
        let gone = |error: CallError| match error {
            CallError::Refused { .. } => Error::refused(format!("{}: {error}", self.client.uri))
                .hint(format_args!("to begin another run there: rm {}", quoted(&file))),
            error => failed(error),
        };
        let kept = match run.read::<Tracking>() {
            Err(error) if error.is_not_found() => None,
            kept => Some(kept?).filter(|kept| kept.server == self.client.uri),
        };
        let tracking = match kept {
            Some(kept) => {
                let known = self.client.parameters(&kept.run_id).map_err(gone)?;
                let mut new = parameters(run)?;
                new.retain(|(key, _)| !known.contains(&name(key)));
                self.client.log_parameters(&kept.run_id, &new).map_err(failed)?;
                self.client.set_status(&kept.run_id, "RUNNING", None).map_err(failed)?;
                kept
            }
            None => {
                let parameters = parameters(run)?;
                let begun = self.begin(run, manifest).map_err(failed)?;
                self.client.log_parameters(&begun.run_id, &parameters).map_err(failed)?;
                begun
            }
        };
        run.write(&tracking)?;
        let (queue, waiting) = mpsc::channel();
        for line in run.events()?.lines {
            if let Event::Epoch(epoch) = line.event {
                let _ = queue.send((line.time.as_millisecond(), epoch)); // to the thread that begins below
            }
        }
        let fault = Arc::default();
        let worker =
            Worker { client: self.client.clone(), run: run.clone(), tracking, fault: Arc::clone(&fault) };
        let worker = thread::spawn(move || worker.work(&waiting));
        Ok(Tracked { client: self.client.clone(), run: run.clone(), queue, worker, fault })
    }

    fn begin(&self, run: &RunDir, manifest: &Manifest) -> Result<Tracking, CallError> {
        let experiment = self.experiment.as_deref().unwrap_or(&manifest.data.name);
        let experiment_id = self.client.experiment(experiment)?;
        let folder = run.path().file_name();
        let run_name = folder.map_or_else(|| manifest.recipe.clone(), |name| name.to_string_lossy().into());
        let version = manifest.program.strip_prefix("latentlab ").unwrap_or(&manifest.program);
        let tags = [
            ("latentlab.version", version),
            ("latentlab.recipe", &manifest.recipe),
            ("latentlab.data", &manifest.data.name),
            ("mlflow.source.name", "latentlab"),
            ("mlflow.source.type", "LOCAL"),
        ];
        let made =
            self.client.create_run(&experiment_id, &run_name, manifest.created.as_millisecond(), &tags)?;
        let server = self.client.uri.clone();
        Ok(Tracking { server, experiment_id, run_id: made.id, artifact_uri: made.artifact_uri, sent: 0 })
    }
}

/// The keys of the run's recipe and their values.
fn parameters(run: &RunDir) -> Result<Vec<(String, String)>, Error> {
    let settings = settings(&run.read_recipe()?, run.path())?;
    Ok(settings.into_iter().map(|(key, value)| (key, value.to_string())).collect())
}

impl Tracked {
    /// An epoch is done. Gives what there is to say: that the server is away, once.
    pub fn epoch(&self, epoch: &Epoch) -> Option<String> {
        let _ = self.queue.send((now().as_millisecond(), epoch.clone())); // a thread that is gone says so at the end
        let mut fault = self.fault.lock().unwrap_or_else(PoisonError::into_inner);
        let fault = fault.take()?;
        Some(format!(
            "{}: {fault}; training goes on, and what the server missed is sent later",
            self.client.uri
        ))
    }

    /// Tells the server how the training ended, what was measured, and gives it the files that are there by now. A server
    /// that is away is told later; `lab` hears of it.
    pub fn end(self, status: Status, lab: &Lab) {
        let Self { client, run, queue, worker, .. } = self;
        drop(queue);
        let resume = format!("latentlab train --resume {} --mlflow {}", quoted(run.path()), client.uri);
        let Ok(tracking) = worker.join() else {
            return lab
                .warn(format_args!("{}: its thread failed; `{resume}` sends what is missing", client.uri));
        };
        match told_the_end(&client, &run, &tracking, status) {
            Ok(()) => lab.note(format_args!(
                "mlflow: {}/#/experiments/{}/runs/{}",
                client.uri, tracking.experiment_id, tracking.run_id
            )),
            Err(error) => lab.warn(format_args!(
                "{}: {error}; the run has it all, and `{resume}` sends what is missing",
                client.uri
            )),
        }
    }
}

fn told_the_end(client: &Client, run: &RunDir, tracking: &Tracking, status: Status) -> Result<(), Error> {
    let failed = |error: CallError| Error::fault(error);
    let done = run.events()?.epochs().last().map_or(0, |epoch| epoch.epoch);
    if tracking.sent < done {
        return Err(Error::fault(format!("knows {} of {done} epochs", tracking.sent)));
    }
    let time = now().as_millisecond();
    let mut metrics = Vec::new();
    for (split, measured) in metrics_file::stored(run)?.splits {
        metrics.extend(measured.metrics.into_iter().map(|(name, measurement)| Metric {
            key: format!("{split}/{name}"),
            value: measurement.value,
            timestamp: time,
            step: done,
        }));
    }
    client.log_metrics(&tracking.run_id, &metrics).map_err(failed)?;
    let put = |name: &str, path: PathBuf| match fs::read(&path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        read => {
            let bytes =
                read.map_err(|error| Error::fault(format!("{}: cannot read: {error}", path.display())))?;
            client.put_artifact(&tracking.artifact_uri, name, &bytes).map_err(failed)
        }
    };
    for name in ["recipe.toml", "manifest.json", "events.jsonl", "metrics.json", "report.html"] {
        put(name, run.path().join(name))?;
    }
    let figures = fs::read_dir(run.path().join("figures")).into_iter().flatten().flatten();
    let mut figures: Vec<String> = figures.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    figures.sort();
    for name in figures.iter().filter(|name| name.ends_with(".svg") || name.ends_with(".png")) {
        put(&format!("figures/{name}"), run.path().join("figures").join(name))?;
    }
    let status = match status {
        Status::Completed => "FINISHED",
        Status::Failed => "FAILED",
        Status::Running | Status::Interrupted => "KILLED",
    };
    client.set_status(&tracking.run_id, status, Some(time)).map_err(failed)
}

/// Sends epochs as they come.
struct Worker {
    client: Client,
    run: RunDir,
    tracking: Tracking,
    fault: Arc<Mutex<Option<String>>>,
}

impl Worker {
    /// Until nothing more can come.
    fn work(mut self, waiting: &Receiver<Dated>) -> Tracking {
        let mut pending: Vec<Dated> = Vec::new();
        let mut is_away = false;
        let mut next_try = Instant::now();
        loop {
            match waiting.recv_timeout(PAUSE) {
                Ok(epoch) => pending.push(epoch),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            pending.extend(waiting.try_iter());
            if Instant::now() < next_try {
                continue;
            }
            if let Err(error) = self.send(&mut pending) {
                next_try = Instant::now() + PAUSE;
                if !is_away {
                    *self.fault.lock().unwrap_or_else(PoisonError::into_inner) = Some(error.to_string());
                }
                is_away = true;
            } else {
                is_away = false;
            }
        }
        for _ in 1..LAST_TRIES {
            match self.send(&mut pending) {
                Err(CallError::Away(_)) => thread::sleep(LAST_PAUSE),
                _ => return self.tracking,
            }
        }
        let _ = self.send(&mut pending); // who ends the training sees how far the server is
        self.tracking
    }

    /// Sends what the server does not know, and keeps in the run how far that is.
    fn send(&mut self, pending: &mut Vec<Dated>) -> Result<(), CallError> {
        pending.retain(|(_, epoch)| epoch.epoch > self.tracking.sent);
        while let Some((_, first)) = pending.first() {
            let of_one = 2 * (first.train.len() + first.valid.len() + 4);
            let part = pending.len().min((MOST_METRICS / of_one).max(1));
            let metrics: Vec<Metric> = pending[..part].iter().flat_map(metrics_of).collect();
            self.client.log_metrics(&self.tracking.run_id, &metrics)?;
            let sent = pending.drain(..part).map(|(_, epoch)| epoch.epoch).max();
            self.tracking.sent = self.tracking.sent.max(sent.unwrap_or(0));
            let _ = self.run.write(&self.tracking); // without it, epochs are told twice after a kill
        }
        Ok(())
    }
}

fn metrics_of((timestamp, epoch): &Dated) -> Vec<Metric> {
    let of_split = |split: &str, terms: &run::Terms| {
        let named = terms.iter().map(|(name, value)| (format!("{split}/{name}"), *value));
        named.collect::<Vec<(String, f64)>>()
    };
    let mut values = of_split("train", &epoch.train);
    values.extend(of_split("valid", &epoch.valid));
    values.extend([
        ("learning_rate".to_owned(), epoch.learning_rate),
        ("images_per_second".to_owned(), epoch.images_per_second),
        ("epoch_seconds".to_owned(), epoch.seconds),
    ]);
    values.extend(epoch.kl_weight.map(|weight| ("kl_weight".to_owned(), weight)));
    let (timestamp, step) = (*timestamp, epoch.epoch);
    values.into_iter().map(|(key, value)| Metric { key, value, timestamp, step }).collect()
}
