//! Map a run's codes, or anyone's table of points, to the plane.
//!
//! `cargo run --release --example map -- runs/example map.png`

use std::error::Error;
use std::path::{Path, PathBuf};

use latentlab::Lab;
use latentlab::lab::figure_files::write_figure;
use latentlab::lab::maps::{MapOptions, Method, map};
use latentlab::lab::point_set::PointRequest;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let source = arguments.next().unwrap_or_else(|| PathBuf::from("runs/example"));
    example(&source, &arguments.next().unwrap_or_else(|| PathBuf::from("map.png")))
}

/// Maps the points of `source`, a run or a table, and draws them into `figure`.
pub fn example(source: &Path, figure: &Path) -> Result<(), Box<dyn Error>> {
    let lab = Lab::default();
    let request = PointRequest { source: source.into(), ..PointRequest::default() };
    let points = request.find(false, &lab)?.points;
    let map = map(&points, &MapOptions::new(Method::Tsne), &false.into(), &lab)?;
    println!("{} points: {}", points.rows(), map.quality);
    for (name, value) in &map.judgement {
        println!("{name:20} {value:.3}");
    }
    write_figure(figure, &map.figure(&points)?)?;
    Ok(())
}
