//! `clusters`: how well classes separate in a latent space, or in anyone's points.

use std::path::PathBuf;

use crate::lab::arrays::TableFormat;
use crate::lab::clusters::{ClusterOptions, Separation, measure};
use crate::lab::figure_files::{figure_name, write_figure, write_in_run};
use crate::lab::measures::metric_rows;
use crate::lab::numbers::{count, grouped, table};
use serde_json::json;

use crate::program::destination::{check_figure, check_file};
use crate::program::failure::Failure;
use crate::program::image_arguments::PointArguments;
use crate::program::outcome::Outcome;
use crate::program::settings::Settings;

/// Measure how well classes separate: silhouettes, classifiers, clusters
///
/// Silhouette, Davies–Bouldin and Calinski–Harabasz are of all points. Classifiers (nearest centroid, nearest
/// neighbours, linear probe) and k-means are fitted on a run's training images and judged on the split. Of a table,
/// classifiers are fitted on four fifths of the rows and judged on the held-out fifth, and k-means on all, unless
/// --train names a table to fit on. Rows whose class is not known are left out of all of these. Without labels,
/// --clusters K measures the clusters of k-means instead. --out FILE.csv or .npz says which row is in which cluster of
/// k-means, numbered from 1: as many as classes, or K.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  latentlab clusters runs/mnist-mlp-vae-1
  latentlab clusters embeddings.npz --out silhouettes.png
  latentlab clusters test.csv --train train.csv --json
  latentlab clusters anyones.npy --clusters 12
  latentlab clusters runs/faces-1 --images ./photos --clusters 8 --out which.csv")]
pub struct Arguments {
    /// What is measured.
    #[command(flatten)]
    pub points: PointArguments,

    /// Table to fit classifiers and clusters on, where a table is measured
    #[arg(long, value_name = "TABLE")]
    pub train: Option<PathBuf>,

    /// Neighbours that vote, of the nearest-neighbour classifier
    #[arg(long, value_name = "K", default_value = "10", value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub neighbours: u16,

    /// Leave labels aside and measure this many clusters of k-means
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u16).range(2..=1000))]
    pub clusters: Option<u16>,

    /// Seed of k-means and of the held-out rows
    #[arg(long, value_name = "N", default_value = "0")]
    pub seed: u64,

    /// File for the silhouette plot, .png or .svg, or for the cluster of each row, .csv or .npz [default:
    /// figures/silhouettes in the run; none for a table]
    #[arg(short, long, value_name = "FILE")]
    pub out: Option<PathBuf>,

    /// Overwrite the file
    #[arg(long)]
    pub force: bool,
}

/// Measures.
pub fn run(arguments: Arguments, settings: &Settings) -> Result<Outcome, Failure> {
    let format = arguments.out.as_deref().and_then(TableFormat::by_extension);
    if let Some(out) = &arguments.out {
        match format {
            Some(_) => check_file(out, arguments.force)?,
            None => check_figure(out, ".png, .svg, .csv or .npz", arguments.force)?,
        }
    }
    let options = ClusterOptions {
        train: arguments.train.clone(),
        neighbours: arguments.neighbours.into(),
        clusters: arguments.clusters.map(usize::from),
        seed: arguments.seed,
        with_clusters: format.is_some(),
    };
    let separation = measure(&arguments.points.request(), &options, &settings.lab)?;
    let mut files = Vec::new();
    if let Some(plot) = separation.figure()? {
        match (&arguments.out, format, &separation.run) {
            (Some(out), None, _) => {
                write_figure(out, &plot)?;
                files.push(out.clone());
            }
            (_, _, Some(dir)) => {
                files.extend(write_in_run(dir, &figure_name("silhouettes", separation.are_own), &plot)?);
            }
            (_, _, None) => {}
        }
    }
    if let (Some(out), Some(format), Some(table)) = (&arguments.out, format, separation.table()) {
        table.write(out, format)?;
        files.push(out.clone());
    }
    Ok(outcome(&separation, &files))
}

fn outcome(separation: &Separation, files: &[PathBuf]) -> Outcome {
    let rows = separation.labels.len();
    let name =
        |label: u32| separation.names.get(label as usize).cloned().unwrap_or_else(|| label.to_string());
    let mut classes = vec![vec!["class".to_owned(), "points".to_owned(), "silhouette".to_owned()]];
    let by_class = separation.silhouette.as_ref().map_or(&[][..], |silhouette| &silhouette.classes);
    for class in by_class {
        classes.push(vec![name(class.label), grouped(class.rows), format!("{:.4}", class.mean)]);
    }
    let mut text = format!("{}, {}\n\n", count(rows, "point"), separation.how);
    text += &table(&metric_rows(&separation.values));
    if !by_class.is_empty() {
        text += &format!("\n{}", table(&classes));
    }
    for file in files {
        text += &format!("\n  {}", file.display());
    }
    if !files.is_empty() {
        text.push('\n');
    }
    let entries: Vec<serde_json::Value> = by_class
        .iter()
        .map(|class| json!({ "class": name(class.label), "points": class.rows, "silhouette": class.mean }))
        .collect();
    let listed: Vec<String> = files.iter().map(|file| file.display().to_string()).collect();
    let json = json!({ "points": rows, "fitted_points": separation.fitted, "judged_points": separation.judged, "classes": entries, "files": listed });
    let outcome = Outcome::answer(text, json);
    separation.values.iter().fold(outcome, |outcome, (name, value)| outcome.with(name, *value))
}
