//! What TensorBoard reads, in the run's folder `tensorboard`: scalars of each epoch (splits as runs `train` and
//! `validation`, as Keras writes them), images, and the codes of test images for its projector.

mod event_file;
mod projector;
use std::path::{Path, PathBuf};

use data::Dataset;
use event_file::{EventFile, Value};
use run::{Epoch, RunDir, Terms};

use crate::error::Error;
use crate::figures::run_figures::RunFigures;
use crate::runs::Run;

fn folder(run: &RunDir) -> PathBuf {
    run.path().join("tensorboard")
}

fn io(path: &Path, error: std::io::Error) -> Error {
    Error::fault(format!("{}: cannot write: {error}", path.display()))
}

/// Removes what an earlier training left in the same folder.
pub fn remove(run: &RunDir) -> Result<(), Error> {
    remove_folder(&folder(run))
}

/// Bytes that they take.
pub fn bytes(run: &RunDir) -> u64 {
    let (mut bytes, mut folders) = (0, vec![folder(run)]);
    while let Some(folder) = folders.pop() {
        // Not through a link.
        let is_folder = std::fs::symlink_metadata(&folder).is_ok_and(|found| found.is_dir());
        let entries = if is_folder { std::fs::read_dir(&folder).ok() } else { None };
        for entry in entries.into_iter().flatten().flatten() {
            match entry.metadata() {
                Ok(found) if found.is_dir() => folders.push(entry.path()),
                found => bytes += found.map_or(0, |found| found.len()),
            }
        }
    }
    bytes
}

fn remove_folder(folder: &Path) -> Result<(), Error> {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(io(folder, error)),
        _ => Ok(()),
    }
}

/// Event files that grow with each epoch, so that a training can be watched.
pub struct Scalars {
    train: EventFile,
    valid: EventFile,
    fault: Option<String>,
}

impl Scalars {
    /// New files in the run.
    pub fn create(run: &RunDir) -> Result<Self, Error> {
        let open = |split: &str| EventFile::create(&folder(run).join(split));
        Ok(Self { train: open("train")?, valid: open("validation")?, fault: None })
    }

    /// Adds the terms of an epoch; a disk that is full ends the files, not the training.
    pub fn epoch(&mut self, epoch: &Epoch) {
        if self.fault.is_some() {
            return;
        }
        let scalars = |terms: &Terms| -> Vec<Value> {
            terms
                .iter()
                .map(|(name, value)| Value::scalar(format!("epoch_loss/{name}"), *value as f32))
                .collect()
        };
        let mut train = scalars(&epoch.train);
        train.push(Value::scalar("epoch_learning_rate".into(), epoch.learning_rate as f32));
        train.push(Value::scalar("images_per_second".into(), epoch.images_per_second as f32));
        let step = epoch.epoch as i64;
        let added = self.train.push(step, train).and_then(|()| self.valid.push(step, scalars(&epoch.valid)));
        self.fault = added.err().map(|error| format!("TensorBoard's event files: cannot write: {error}"));
    }

    /// What kept the files from being whole.
    pub fn fault(self) -> Option<String> {
        self.fault
    }
}

/// Adds the figures as images, and the codes of test images with their pictures for the projector.
pub fn write_pictures(run: &mut Run, test: &Dataset, gallery: &RunFigures) -> Result<(), Error> {
    let folder = folder(&run.dir);
    remove_folder(&folder.join("figures"))?; // those of an earlier session
    let mut file = EventFile::create(&folder.join("figures"))?;
    let step = run.trained.epoch as i64;
    for drawn in &gallery.figures {
        let image = drawn.figure.png(1.0)?;
        let sides = (drawn.figure.width().ceil() as i32, drawn.figure.height().ceil() as i32);
        file.push(step, vec![Value::png(drawn.name.clone(), sides, image)])
            .map_err(|error| io(&folder, error))?;
    }
    projector::write(run, test, &folder)
}
