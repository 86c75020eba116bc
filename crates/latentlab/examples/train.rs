//! Train a recipe and look at what it learned.
//!
//! `cargo run --release --example train -- runs/example`

use std::error::Error;
use std::path::{Path, PathBuf};

use latentlab::lab::training::{TrainingOptions, train};
use latentlab::{Lab, Recipe};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args_os().nth(1).map_or_else(|| PathBuf::from("runs/example"), PathBuf::from);
    example(&folder)
}

/// Trains a small VAE on drawn digits into `folder`.
pub fn example(folder: &Path) -> Result<(), Box<dyn Error>> {
    let settings = ["data.count=400".parse()?, "training.epochs=2".parse()?];
    let recipe = Recipe::open(latentlab::train::DEFAULT_RECIPE, &settings)?;
    let options = TrainingOptions { folder: Some(folder.into()), ..TrainingOptions::default() };
    let mut run = train(&recipe, &options, &false.into(), &Lab::default())?;

    println!("{}: best after epoch {}", folder.display(), run.trained.epoch);
    let images = run.trained.model.generate(4, 0)?; // [4, height, width, channels], values in [0, 1]
    println!("{} pixels of four new images", images.len());
    Ok(())
}
