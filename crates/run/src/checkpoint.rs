//! Checkpoints: weights and optimizer state that belong together, replaced as one.
//!
//! A checkpoint is a folder `checkpoints/last` or `checkpoints/best`. A new one is written in full beside
//! it (`last.next`, its `checkpoint.json` with the hashes of the others last), then the old folder becomes
//! `last.previous` and the new one `last`. At every instant one of the three is whole; reading takes the
//! first whose hashes agree. So a crash costs at most the checkpoint being written, and a damaged file at
//! most the way back to the one before it.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::atomic::{atomic_write, sync_folder};
use crate::digest::Digest;
use crate::document;
use crate::error::{Error, Result};
use crate::files::{CHECKPOINT, File, OPTIMIZER, TRAINING_WEIGHTS, WEIGHTS};
use crate::slot::Slot;

/// Everything needed to use what was learned, and to train on from there.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Checkpoint {
    /// Epochs done.
    pub epoch: u64,
    /// Steps done.
    pub step: u64,
    /// The trainer's own counters (best total so far, patience used up), in a form of its choosing.
    pub state: serde_json::Value,
    /// The parameters that are used, as a safetensors file.
    pub weights: Vec<u8>,
    /// Those that training goes on with, where they are others.
    pub training_weights: Option<Vec<u8>>,
    /// The optimizer's moments, as a safetensors file, if training may go on from here.
    pub optimizer: Option<Vec<u8>>,
}

/// A checkpoint that was read.
#[derive(Debug)]
pub struct LoadedCheckpoint {
    /// The newest whole copy.
    pub checkpoint: Checkpoint,
    /// Why newer copies could not be used; worth a warning each. Usually empty.
    pub faults: Vec<Error>,
}

/// What a checkpoint says of itself, without its weights.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CheckpointRecord {
    /// Epochs done.
    pub epoch: u64,
    /// Steps done.
    pub step: u64,
    /// The trainer's own counters.
    pub state: serde_json::Value,
    files: BTreeMap<String, Digest>,
}

/// Saves `checkpoint` in `slot`, below the folder `checkpoints`.
pub(crate) fn save(checkpoints: &Path, slot: Slot, checkpoint: &Checkpoint) -> Result<()> {
    let [current, next, previous] = slot.folders().map(|name| checkpoints.join(name));
    remove_folder(&next).map_err(Error::io("remove", &next))?;
    fs::create_dir_all(&next).map_err(Error::io("create the folder", &next))?;
    if let Err(error) = write_files(&next, checkpoint) {
        let _ = remove_folder(&next); // gives a full disk its space back; the error that matters is `error`
        return Err(error);
    }
    sync_folder(checkpoints).map_err(Error::io("write", checkpoints))?;

    remove_folder(&previous).map_err(Error::io("remove", &previous))?;
    match fs::rename(&current, &previous) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            return Err(Error::io("rename", &current)(error));
        }
        _ => fs::rename(&next, &current).map_err(Error::io("rename", &next))?,
    }
    sync_folder(checkpoints).map_err(Error::io("write", checkpoints))
}

fn write_files(folder: &Path, checkpoint: &Checkpoint) -> Result<()> {
    let mut files = BTreeMap::new();
    let parts = [
        (WEIGHTS, Some(&checkpoint.weights)),
        (TRAINING_WEIGHTS, checkpoint.training_weights.as_ref()),
        (OPTIMIZER, checkpoint.optimizer.as_ref()),
    ];
    for (file, bytes) in parts {
        if let Some(bytes) = bytes {
            atomic_write(folder.join(file.file_name()), bytes)?;
            files.insert(file.file_name().to_owned(), Digest::of(bytes));
        }
    }
    let Checkpoint { epoch, step, ref state, .. } = *checkpoint;
    let record = CheckpointRecord { epoch, step, state: state.clone(), files };
    document::write(&folder.join(CHECKPOINT.file_name()), &record)
}

/// Reads what the newest copy in `slot` says of itself; its weights are not looked at.
pub(crate) fn record(checkpoints: &Path, slot: Slot) -> Result<Option<CheckpointRecord>> {
    for name in slot.folders() {
        match document::read(&checkpoints.join(name).join(CHECKPOINT.file_name())) {
            Err(error) if error.is_not_found() => {}
            found => return found.map(Some),
        }
    }
    Ok(None)
}

/// Reads the newest whole copy in `slot`.
pub(crate) fn load(checkpoints: &Path, slot: Slot) -> Result<LoadedCheckpoint> {
    let mut faults = Vec::new();
    let [current, next, previous] = slot.folders().map(|name| checkpoints.join(name));
    // A successor without its record, which is written last, was never a checkpoint: a kill cut its writing short.
    let is_cut_short = !next.join(CHECKPOINT.file_name()).exists();
    for folder in [current, next, previous].into_iter().filter(|folder| folder.is_dir()) {
        if is_cut_short && folder.ends_with(slot.folders()[1]) {
            continue;
        }
        match load_folder(&folder) {
            Ok(checkpoint) => return Ok(LoadedCheckpoint { checkpoint, faults }),
            Err(error) => faults.push(error),
        }
    }
    Err(Error::NoCheckpoint { path: checkpoints.join(slot.name()), tried: faults })
}

fn load_folder(folder: &Path) -> Result<Checkpoint> {
    let record_path = folder.join(CHECKPOINT.file_name());
    let record: CheckpointRecord = document::read(&record_path)?;
    let part = |file: File| {
        let Some(expected) = record.files.get(file.file_name()) else { return Ok(None) };
        let path = folder.join(file.file_name());
        let bytes = document::read_at_most(&path, expected.bytes.saturating_add(1))?;
        let found = Digest::of(&bytes);
        if found == *expected {
            Ok(Some(bytes))
        } else {
            Err(Error::Damaged { path, expected: expected.sha256.clone(), found: found.sha256 })
        }
    };
    let weights = part(WEIGHTS)?.ok_or_else(|| Error::Malformed {
        path: record_path.clone(),
        line: 1,
        column: 1,
        reason: format!("`files` does not name {}", WEIGHTS.file_name()),
    })?;
    let (training_weights, optimizer) = (part(TRAINING_WEIGHTS)?, part(OPTIMIZER)?);
    let CheckpointRecord { epoch, step, state, .. } = record;
    Ok(Checkpoint { epoch, step, state, weights, training_weights, optimizer })
}

fn remove_folder(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    const PARTS: [&str; 4] =
        ["weights.safetensors", "training-weights.safetensors", "optimizer.safetensors", "checkpoint.json"];

    fn checkpoint(step: u64) -> Checkpoint {
        Checkpoint {
            epoch: step / 10,
            step,
            state: serde_json::json!({ "best": 0.1 + step as f64, "patience": 3 }),
            weights: vec![step as u8; 100],
            training_weights: Some(vec![step as u8 + 1; 100]),
            optimizer: Some(vec![!step as u8; 200]),
        }
    }

    #[test]
    fn a_first_checkpoint_cut_short_is_none_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("checkpoints");
        fs::create_dir_all(path.join("last.next")).unwrap();
        fs::write(path.join("last.next/weights.safetensors"), b"half").unwrap();
        let Err(Error::NoCheckpoint { tried, .. }) = load(&path, Slot::Last) else { panic!("there is none") };
        assert!(tried.is_empty(), "{tried:?}");
    }

    fn copy(from: &Path, to: &Path) {
        fs::create_dir_all(to).unwrap();
        for entry in fs::read_dir(from).unwrap() {
            let entry = entry.unwrap();
            let target = to.join(entry.file_name());
            if entry.path().is_dir() {
                copy(&entry.path(), &target);
            } else {
                fs::copy(entry.path(), target).unwrap();
            }
        }
    }

    /// `checkpoints` with step 10 in `last.previous` and step 20 in `last`.
    fn two_saved() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("checkpoints");
        save(&path, Slot::Last, &checkpoint(10)).unwrap();
        save(&path, Slot::Last, &checkpoint(20)).unwrap();
        (folder, path)
    }

    #[test]
    fn the_last_saved_is_loaded_and_slots_are_apart() {
        let (_folder, path) = two_saved();
        let best = Checkpoint { training_weights: None, optimizer: None, ..checkpoint(7) };
        save(&path, Slot::Best, &best).unwrap();
        for step in 21..24 {
            save(&path, Slot::Last, &checkpoint(step)).unwrap();
            assert_eq!(load(&path, Slot::Last).unwrap().checkpoint, checkpoint(step));
        }
        let loaded = load(&path, Slot::Best).unwrap();
        assert_eq!(loaded.checkpoint, best);
        assert!(loaded.faults.is_empty());
        assert_eq!(
            fs::read_dir(&path).unwrap().count(),
            3,
            "last, last.previous and best, however many saves"
        );
    }

    #[test]
    fn without_a_checkpoint_the_error_says_where_it_should_be() {
        let error = load(Path::new("runs/a/checkpoints"), Slot::Best).unwrap_err().to_string();
        assert_eq!(error, "runs/a/checkpoints/best: no usable checkpoint");
    }

    #[test]
    fn a_damaged_file_leads_back_to_the_one_before() {
        for name in PARTS {
            for damage in ["flip", "cut", "grow", "empty", "remove"] {
                let (_folder, path) = two_saved();
                let file = path.join("last").join(name);
                let mut bytes = fs::read(&file).unwrap();
                match damage {
                    "flip" => bytes[30] ^= 0x80,
                    "cut" => bytes.truncate(60),
                    "grow" => bytes.extend([7; 5000]),
                    _ => bytes.clear(),
                }
                fs::write(&file, bytes).unwrap();
                if damage == "remove" {
                    fs::remove_file(&file).unwrap();
                }
                let loaded = load(&path, Slot::Last).unwrap();
                assert_eq!(loaded.checkpoint, checkpoint(10), "{name}: {damage}");
                let reason = loaded.faults[0].to_string();
                assert!(reason.contains(name), "{reason}");
                assert_eq!(loaded.faults.len(), 1);
            }
        }
    }

    #[test]
    fn stopped_between_any_two_writes_a_whole_checkpoint_is_there() {
        let (folder, path) = two_saved();
        let done = folder.path().join("done"); // what a whole `last.next` looks like
        save(&done, Slot::Last, &checkpoint(30)).unwrap();
        let step = || load(&path, Slot::Last).unwrap().checkpoint.step;
        let in_path = |name: &str| path.join(name);

        let next = in_path("last.next");
        fs::create_dir(&next).unwrap();
        assert_eq!(step(), 20);
        for name in PARTS {
            fs::write(next.join(".latentlab-abc123.tmp"), "torn").unwrap();
            assert_eq!(step(), 20);
            fs::copy(done.join("last").join(name), next.join(name)).unwrap();
            assert_eq!(step(), 20);
        }
        fs::remove_file(in_path("last.previous/checkpoint.json")).unwrap(); // removal stopped half way
        assert_eq!(step(), 20);
        fs::remove_dir_all(in_path("last.previous")).unwrap();
        assert_eq!(step(), 20);
        fs::rename(in_path("last"), in_path("last.previous")).unwrap();
        assert_eq!(step(), 30);

        // From each such state the next save works.
        let stopped = folder.path().join("stopped");
        copy(&path, &stopped);
        save(&stopped, Slot::Last, &checkpoint(40)).unwrap();
        assert_eq!(load(&stopped, Slot::Last).unwrap().checkpoint, checkpoint(40));
        fs::rename(&next, in_path("last")).unwrap();
        assert_eq!(step(), 30);
    }

    #[test]
    fn a_save_that_fails_keeps_the_checkpoint() {
        let (_folder, path) = two_saved();
        fs::write(path.join("last.next"), "a file in the way").unwrap();
        let error = save(&path, Slot::Last, &checkpoint(30)).unwrap_err().to_string();
        assert!(error.contains("last.next: cannot remove: "), "{error}");
        assert_eq!(load(&path, Slot::Last).unwrap().checkpoint, checkpoint(20));
    }
}
