//! Measure a run: losses, quality, and everything else that applies.
//!
//! `cargo run --release --example evaluate -- runs/example`

use std::error::Error;
use std::path::{Path, PathBuf};

use latentlab::lab::evaluation::{FullOptions, evaluate};
use latentlab::lab::runs::SplitRequest;
use latentlab::{Lab, Run};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args_os().nth(1).map_or_else(|| PathBuf::from("runs/example"), PathBuf::from);
    example(&folder)
}

/// Measures the run in `folder` on its test images.
pub fn example(folder: &Path) -> Result<(), Box<dyn Error>> {
    let lab = Lab::default();
    let mut run = Run::open(folder, None, &lab)?;
    let full = FullOptions { samples: 8, ..FullOptions::default() };
    let evaluation = evaluate(&mut run, &SplitRequest::default(), Some(full), &false.into(), &lab)?;
    for measure in &evaluation.measures {
        println!("{:28} {:.4}", measure.name, measure.value);
    }
    for note in &evaluation.notes {
        println!("note: {note}");
    }
    assert!(evaluation.value("psnr").is_some());
    Ok(())
}
