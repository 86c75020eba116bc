//! Put runs side by side.
//!
//! `cargo run --release --example compare -- runs/one runs/another`

use std::error::Error;
use std::path::{Path, PathBuf};

use latentlab::Lab;
use latentlab::lab::comparison::compare_runs;
use latentlab::lab::runs::SplitRequest;

fn main() -> Result<(), Box<dyn Error>> {
    let folders: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    example(&folders, Path::new("comparisons/example"))
}

/// Compares the runs in `folders` on the test images of the first; page, figures and numbers go to `out`.
pub fn example(folders: &[PathBuf], out: &Path) -> Result<(), Box<dyn Error>> {
    let names: Vec<String> = folders.iter().map(|folder| folder.display().to_string()).collect();
    let images = SplitRequest::default();
    let result = compare_runs(folders, &names, &images, Some(out.into()), &Lab::default())?;
    for row in &result.table {
        println!("{}", row.join("  "));
    }
    println!("{}", result.words);
    assert!(result.report.is_file());
    Ok(())
}
