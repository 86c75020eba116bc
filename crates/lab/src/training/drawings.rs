//! What is drawn when a training has ended.

use std::path::PathBuf;
use std::time::Instant;

use data::Splits;
use run::{Manifest, RunDir};

use crate::error::Error;
use crate::figures::run_figures;
use crate::lab::Lab;
use crate::run_report;
use crate::runs::Run;
use crate::tensorboard;
use crate::training::options::TrainingOptions;

/// What was drawn.
#[derive(Default)]
pub struct Drawings {
    /// Names of the figures.
    pub figures: Vec<String>,
    /// The page, where one was asked for.
    pub report: Option<PathBuf>,
}

/// Draws the figures of a run with its best weights, writes its page and TensorBoard's pictures as `options` say, and notes in the
/// manifest how long that took; the training began at `started`.
///
/// # Errors
/// If a figure cannot be drawn, or the run not be written.
pub fn draw(
    run: &RunDir,
    manifest: &mut Manifest,
    splits: &Splits,
    options: &TrainingOptions,
    started: Instant,
    lab: &Lab,
) -> Result<Drawings, Error> {
    // With what earlier sessions took.
    let before = manifest.seconds.get("total").copied().unwrap_or(0.0);
    let total = || before + started.elapsed().as_secs_f64();
    if options.no_figures {
        manifest.seconds.insert("total".into(), total());
        run.write(manifest)?;
        return Ok(Drawings::default());
    }
    let begun = Instant::now();
    let mut opened = Run { dir: run.clone(), trained: train::open_run(run, None, lab.compute()?)? };
    let gallery = run_figures::draw(&mut opened, splits)?;
    if options.tensorboard {
        tensorboard::write_pictures(&mut opened, &splits.test, &gallery)?;
    }
    manifest.seconds.insert("figures".into(), begun.elapsed().as_secs_f64());
    manifest.seconds.insert("total".into(), total());
    run.write(manifest)?; // the report tells these times
    if options.no_report {
        return Ok(Drawings { figures: gallery.names(), report: None });
    }
    let begun = Instant::now();
    let written = run_report::write(&mut opened, splits, gallery, lab)?;
    manifest.seconds.insert("report".into(), begun.elapsed().as_secs_f64());
    manifest.seconds.insert("total".into(), total());
    run.write(manifest)?;
    Ok(Drawings { figures: written.figures, report: Some(written.path) })
}
