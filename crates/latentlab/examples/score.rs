//! Score images by how strange a run finds them.
//!
//! `cargo run --release --example score -- runs/example scores.csv`

use std::error::Error;
use std::path::{Path, PathBuf};

use latentlab::lab::anomalies::{AnomalyOptions, Score, score};
use latentlab::lab::arrays::TableFormat;
use latentlab::lab::runs::ImageRequest;
use latentlab::{Lab, Run};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let folder = arguments.next().unwrap_or_else(|| PathBuf::from("runs/example"));
    example(&folder, &arguments.next().unwrap_or_else(|| PathBuf::from("scores.csv")))
}

/// Scores the test images of the run in `folder`, and writes all scores to `out`.
pub fn example(folder: &Path, out: &Path) -> Result<(), Box<dyn Error>> {
    let lab = Lab::default();
    let mut run = Run::open(folder, None, &lab)?;
    let options = AnomalyOptions { samples: 2, ..AnomalyOptions::default() };
    let (anomalies, _) = score(&mut run, &ImageRequest::default(), &options, &lab)?;
    let errors = anomalies.scores.by(Score::Reconstruction).unwrap_or_default();
    for index in anomalies.strangest.iter().take(5) {
        println!("image {index}: {:.2}", errors[*index]);
    }
    anomalies.table().write(out, TableFormat::Csv)?;
    Ok(())
}
