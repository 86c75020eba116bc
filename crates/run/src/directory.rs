//! The run directory itself.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::atomic::{atomic_write, is_leftover};
use crate::checkpoint::{self, Checkpoint, CheckpointRecord, LoadedCheckpoint};
use crate::digest::Digest;
use crate::document::{self, Document};
use crate::error::{Error, Result};
use crate::files::{
    CLAIM, EVENTS, EXPLORER, FIGURE_PNG, FIGURE_SVG, FILES, IMAGES, LOCK, MANIFEST, NORMAL, RECIPE, REPORT,
    is_name,
};
use crate::lock::RunLock;
use crate::log::{self, EventLog, Events};
use crate::manifest::{AlteredFile, Manifest, Status, now};
use crate::own_files::{CHECKPOINTS, FIGURES, own_files, remove_own_files};
use crate::slot::Slot;

/// No table of images comes near this size.
const LARGEST_TABLE: u64 = 1 << 32;
/// No statistics of normal images come near this size.
const LARGEST_NORMAL: u64 = 1 << 30;
/// No recipe comes near this size.
const LARGEST_RECIPE: u64 = 1 << 20;

/// A folder that holds one run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunDir {
    root: PathBuf,
}

/// What to do where a new run meets an old one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExistingRun {
    /// Refuse.
    Refuse,
    /// Remove the old run's own files ([`FILES`]), and nothing else.
    Overwrite,
}

/// The two forms of a figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FigureFormat {
    /// To scale and to edit.
    Svg,
    /// As pixels.
    Png,
}

enum Occupant {
    Nobody,
    /// A run that was cut short before it was whole: nothing but its manifest.
    Stub,
    Run,
    Other {
        entry: String,
    },
}

impl RunDir {
    /// Makes `path`, with the folders above it, a run of `recipe` (TOML) that says of itself that it is running.
    ///
    /// The recipe is written last: a folder without it in which this was cut short is free for another run.
    ///
    /// # Errors
    /// [`Error::HoldsRun`] for a folder with a run in it, unless `existing` allows it to be overwritten;
    /// [`Error::HoldsOther`] for a folder with anything else in it; [`Error::Io`].
    pub fn create(
        path: impl Into<PathBuf>,
        existing: ExistingRun,
        manifest: &Manifest,
        recipe: &str,
    ) -> Result<Self> {
        let run = Self { root: path.into() };
        fs::create_dir_all(&run.root).map_err(Error::io("create the folder", &run.root))?;
        match run.occupant()? {
            Occupant::Nobody | Occupant::Stub => run.write(manifest)?,
            Occupant::Run if existing == ExistingRun::Overwrite => {
                run.write(manifest)?; // first: whatever happens then, this is no finished run
                remove_own_files(&run.root)?;
            }
            Occupant::Run => return Err(Error::HoldsRun { path: run.root }),
            Occupant::Other { entry } => return Err(Error::HoldsOther { path: run.root, entry }),
        }
        run.write_recipe(recipe)?;
        Ok(run)
    }

    /// Opens the run in `path`, after checking that there is one and that its manifest can be read.
    ///
    /// # Errors
    /// [`Error::NotARun`], saying what was expected; [`Error::Schema`] for a run of a newer program;
    /// [`Error::Malformed`] or [`Error::Io`] for a manifest that cannot be read.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self> {
        let run = Self { root: path.into() };
        let not_a_run = |reason: String| Err(Error::NotARun { path: run.root.clone(), reason });
        let found = match fs::metadata(&run.root) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return not_a_run("there is no such folder".into());
            }
            found => found.map_err(Error::io("open", &run.root))?,
        };
        if !found.is_dir() {
            return not_a_run("it is a file; a run is a folder".into());
        }
        match run.occupant()? {
            Occupant::Run => run.read::<Manifest>().map(|_| run),
            Occupant::Nobody => not_a_run(format!("it is empty; expected {} in it", MANIFEST.path)),
            Occupant::Stub => not_a_run(
                "its training was cut short before it began; the same command begins it again".into(),
            ),
            Occupant::Other { entry } => {
                not_a_run(format!("it holds {entry:?} and perhaps more, but no {}", MANIFEST.path))
            }
        }
    }

    /// Whether `folder` says that it is a run; whether it is one, [`RunDir::open`] finds out.
    pub fn has_manifest(folder: &Path) -> bool {
        folder.join(MANIFEST.path).exists()
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.root
    }

    /// Writes one of the run's JSON files: a [`Manifest`] or [`crate::Metrics`].
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn write<D: Document>(&self, document: &D) -> Result<()> {
        document::write(&self.root.join(D::FILE.path), document)
    }

    /// Reads one of the run's JSON files.
    ///
    /// # Errors
    /// [`Error::Io`] (see [`Error::is_not_found`] for a file that was never written),
    /// [`Error::Schema`], [`Error::Malformed`], [`Error::TooLarge`].
    pub fn read<D: Document>(&self) -> Result<D> {
        document::read(&self.root.join(D::FILE.path))
    }

    /// Keeps the recipe as it was used.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn write_recipe(&self, toml: &str) -> Result<()> {
        atomic_write(self.root.join(RECIPE.path), toml.as_bytes())
    }

    /// The recipe as it was used.
    ///
    /// # Errors
    /// [`Error::Io`]; [`Error::TooLarge`]; [`Error::Malformed`] if it is not UTF-8.
    pub fn read_recipe(&self) -> Result<String> {
        let path = self.root.join(RECIPE.path);
        String::from_utf8(document::bytes_of(&path, LARGEST_RECIPE)?).map_err(|error| {
            let text = &error.as_bytes()[..error.utf8_error().valid_up_to()];
            let line = 1 + text.iter().filter(|byte| **byte == b'\n').count();
            let column = 1 + text.iter().rev().take_while(|byte| **byte != b'\n').count();
            Error::Malformed { path, line, column, reason: "the text is not UTF-8".into() }
        })
    }

    /// Keeps the table of which image was in which split.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn write_images(&self, csv: &str) -> Result<()> {
        atomic_write(self.root.join(IMAGES.path), csv.as_bytes())
    }

    /// The table of which image was in which split; `None` of a run that has none.
    ///
    /// # Errors
    /// [`Error::Io`]; [`Error::TooLarge`].
    pub fn read_images(&self) -> Result<Option<String>> {
        match document::bytes_of(&self.root.join(IMAGES.path), LARGEST_TABLE) {
            Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Keeps what normal images score and look like, a safetensors file.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn write_normal(&self, bytes: &[u8]) -> Result<()> {
        atomic_write(self.root.join(NORMAL.path), bytes)
    }

    /// What normal images score and look like; `None` of a run that has none.
    ///
    /// # Errors
    /// [`Error::Io`]; [`Error::TooLarge`].
    pub fn read_normal(&self) -> Result<Option<Vec<u8>>> {
        match document::bytes_of(&self.root.join(NORMAL.path), LARGEST_NORMAL) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Keeps a figure, and returns its path.
    ///
    /// # Errors
    /// [`Error::Name`] for a name that is not 1 to 64 of a–z, 0–9, `-` and `_`; [`Error::Io`].
    pub fn write_figure(&self, name: &str, format: FigureFormat, bytes: &[u8]) -> Result<PathBuf> {
        if !is_name(name) {
            return Err(Error::Name { what: "figure", name: name.to_owned() });
        }
        let file = match format {
            FigureFormat::Svg => FIGURE_SVG,
            FigureFormat::Png => FIGURE_PNG,
        };
        let folder = self.root.join(FIGURES);
        fs::create_dir_all(&folder).map_err(Error::io("create the folder", &folder))?;
        let path = self.root.join(file.named(name));
        atomic_write(&path, bytes)?;
        Ok(path)
    }

    /// Keeps the report, and returns its path.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn write_report(&self, html: &str) -> Result<PathBuf> {
        let path = self.root.join(REPORT.path);
        atomic_write(&path, html.as_bytes())?;
        Ok(path)
    }

    /// Keeps the explorer, and returns its path. A report that is there becomes what `link` makes of it, unless that is
    /// nothing.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn write_explorer(&self, html: &str, link: impl Fn(&str) -> Option<String>) -> Result<PathBuf> {
        let path = self.root.join(EXPLORER.path);
        atomic_write(&path, html.as_bytes())?;
        if let Some(linked) =
            fs::read_to_string(self.root.join(REPORT.path)).ok().and_then(|html| link(&html))
        {
            self.write_report(&linked)?;
        }
        Ok(path)
    }

    /// Whether there is an explorer.
    pub fn has_explorer(&self) -> bool {
        self.root.join(EXPLORER.path).is_file()
    }

    /// Opens the event log to add to it.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn event_log(&self) -> Result<EventLog> {
        EventLog::open(&self.root.join(EVENTS.path))
    }

    /// All events so far; none if the log was never opened.
    ///
    /// # Errors
    /// [`Error::Io`]; [`Error::Schema`] or [`Error::Malformed`], with the line, for anything but a torn
    /// last line.
    pub fn events(&self) -> Result<Events> {
        log::read(&self.root.join(EVENTS.path))
    }

    /// Saves a checkpoint in the place of the one in `slot`; a crash at any instant leaves one of the two.
    ///
    /// # Errors
    /// [`Error::Io`]; what was saved before is still there.
    pub fn save_checkpoint(&self, slot: Slot, checkpoint: &Checkpoint) -> Result<()> {
        checkpoint::save(&self.root.join(CHECKPOINTS), slot, checkpoint)
    }

    /// The newest checkpoint in `slot` that is whole by its hashes.
    ///
    /// # Errors
    /// [`Error::NoCheckpoint`], with what is wrong with each copy that is there.
    pub fn load_checkpoint(&self, slot: Slot) -> Result<LoadedCheckpoint> {
        checkpoint::load(&self.root.join(CHECKPOINTS), slot)
    }

    /// What the newest checkpoint in `slot` says of itself, without a look at its weights; `None` before the first.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::Schema`], [`Error::Malformed`], [`Error::TooLarge`].
    pub fn checkpoint_record(&self, slot: Slot) -> Result<Option<CheckpointRecord>> {
        checkpoint::record(&self.root.join(CHECKPOINTS), slot)
    }

    /// Ends the run: records the hashes of its sealed files, the time and `status` in `manifest`, and
    /// writes it, after everything else.
    ///
    /// # Errors
    /// [`Error::Io`]; the run then still says that it is running.
    pub fn finish(&self, manifest: &mut Manifest, status: Status) -> Result<()> {
        manifest.files.clear();
        for file in FILES.iter().filter(|file| file.sealed) {
            // A path without a choice comes twice and is hashed once.
            let mut paths = Slot::ALL.map(|slot| file.named(slot.name())).to_vec();
            paths.dedup();
            for path in paths {
                match Digest::of_file(&self.root.join(&path)) {
                    Err(error) if error.is_not_found() => {}
                    digest => drop(manifest.files.insert(path, digest?)),
                }
            }
        }
        manifest.finished = Some(now());
        manifest.status = status;
        self.write(manifest)
    }

    /// The sealed files that are no longer what `manifest` says; none if all is well.
    pub fn altered(&self, manifest: &Manifest) -> Vec<AlteredFile> {
        let check = |path: &String, expected: &Digest| {
            let full = self.root.join(path);
            if !FILES.iter().any(|file| file.matches(path)) {
                return Err(Error::NotARun { path: full, reason: "no run has a file of that name".into() });
            }
            let found = Digest::of_file(&full)?;
            if found == *expected {
                return Ok(());
            }
            Err(Error::Damaged { path: full, expected: expected.sha256.clone(), found: found.sha256 })
        };
        let files = manifest.files.iter();
        files
            .filter_map(|(path, expected)| {
                check(path, expected).err().map(|error| AlteredFile { path: path.clone(), error })
            })
            .collect()
    }

    fn occupant(&self) -> Result<Occupant> {
        if self.root.join(MANIFEST.path).exists() {
            let is_bare = ![RECIPE.path, CHECKPOINTS].iter().any(|name| self.root.join(name).exists());
            let is_running = || self.read::<Manifest>().is_ok_and(|found| found.status == Status::Running);
            return Ok(if is_bare && is_running() { Occupant::Stub } else { Occupant::Run });
        }
        for entry in fs::read_dir(&self.root).map_err(Error::io("list", &self.root))? {
            let name = entry.map_err(Error::io("list", &self.root))?.file_name();
            if !is_leftover(&name) && name != LOCK.path && name != CLAIM.path {
                return Ok(Occupant::Other { entry: name.to_string_lossy().into_owned() });
            }
        }
        Ok(Occupant::Nobody)
    }

    /// Removes the run: every file of its own, and the folders that are empty then. Whatever else is in its folder stays,
    /// and with it the folder.
    ///
    /// # Errors
    /// [`Error::Io`]; its manifest is then still there.
    pub fn remove(self, lock: RunLock) -> Result<()> {
        remove_own_files(&self.root)?;
        for file in [MANIFEST, LOCK] {
            let path = self.root.join(file.path);
            fs::remove_file(&path).map_err(Error::io("remove", &path))?;
        }
        drop(lock);
        let _ = fs::remove_dir(&self.root);
        Ok(())
    }

    /// Bytes of the run's own files ([`FILES`]).
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn bytes(&self) -> Result<u64> {
        let size = |path: PathBuf| fs::symlink_metadata(path).map_or(0, |found| found.len());
        Ok(own_files(&self.root)?.into_iter().map(size).sum())
    }
}
