//! Figures in files: of a run, or wherever one wants them.

use std::path::{Path, PathBuf};

use report::Figure;
use run::{FigureFormat, RunDir, atomic_write};

use crate::error::Error;

/// Pixels of a PNG per unit of the figure: sharp on screens of high density.
pub const SCALE: f64 = 2.0;

/// What a figure is called in a run: `name` is that of the run's own images, which figures of others leave alone.
pub fn figure_name(name: &str, are_own: bool) -> String {
    if are_own { name.to_owned() } else { format!("{name}-others") }
}

/// Writes a figure into a run, replacing the one of that name.
///
/// # Errors
/// If it cannot be drawn or written.
pub fn write_in_run(run: &RunDir, name: &str, figure: &Figure) -> Result<Vec<PathBuf>, Error> {
    let png = run.write_figure(name, FigureFormat::Png, &figure.png(SCALE)?)?;
    let svg = run.write_figure(name, FigureFormat::Svg, figure.svg().as_bytes())?;
    Ok(vec![png, svg])
}

/// Writes `figure` as the file's extension says: SVG, else PNG.
///
/// # Errors
/// If it cannot be drawn or written.
pub fn write_figure(file: &Path, figure: &Figure) -> Result<(), Error> {
    let is_svg = file.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("svg"));
    let bytes = if is_svg { figure.svg().as_bytes().to_vec() } else { figure.png(SCALE)? };
    Ok(atomic_write(file, &bytes)?)
}
