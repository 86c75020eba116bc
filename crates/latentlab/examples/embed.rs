//! Use a run's model: embed, decode, generate.
//!
//! `cargo run --release --example embed -- runs/example`

use std::error::Error;
use std::path::{Path, PathBuf};

use latentlab::lab::generation::{GenerationOptions, generate};
use latentlab::lab::runs::ImageRequest;
use latentlab::{Lab, Run};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args_os().nth(1).map_or_else(|| PathBuf::from("runs/example"), PathBuf::from);
    example(&folder)
}

/// Embeds the test images of the run in `folder`, decodes the first code, and draws new images.
pub fn example(folder: &Path) -> Result<(), Box<dyn Error>> {
    let lab = Lab::default();
    let mut run = Run::open(folder, None, &lab)?;
    let images = ImageRequest::default().open(&run, &lab)?;
    let codes = run.trained.model.encode_from(&images.source(), images.set.len());
    println!("{} codes of {} numbers", codes.len(), codes.dims());
    let decoded = run.trained.model.decode(&codes.mean[..codes.dims()])?;
    println!("the first decodes to {} pixels", decoded.len());
    let options = GenerationOptions { images: 8, ..GenerationOptions::default() };
    println!("{} new images", generate(&mut run, &options, &lab)?.pictures.count());
    Ok(())
}
