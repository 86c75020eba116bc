//! Write the page of a run.
//!
//! `cargo run --release --example report -- runs/example`

use std::error::Error;
use std::path::{Path, PathBuf};

use latentlab::lab::run_report::draw_and_write;
use latentlab::lab::runs::SplitRequest;
use latentlab::{Lab, Run};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args_os().nth(1).map_or_else(|| PathBuf::from("runs/example"), PathBuf::from);
    example(&folder)
}

/// Draws every figure of the run in `folder` and writes `report.html` there.
pub fn example(folder: &Path) -> Result<(), Box<dyn Error>> {
    let lab = Lab::default();
    let mut run = Run::open(folder, None, &lab)?;
    let splits = SplitRequest::default().open(&run, &lab)?;
    let report = draw_and_write(&mut run, &splits, &lab, &false.into())?;
    println!("{} with {}", report.path.display(), report.figures.join(", "));
    assert!(report.path.is_file() && report.missing.is_empty());
    Ok(())
}
