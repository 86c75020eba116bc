//! `clusters`: how well classes separate in a latent space, or in anyone's points.

use std::path::PathBuf;

use latentlab::analysis::{
    KMeans, KMeansSettings, Labelled, Silhouette, calinski_harabasz, davies_bouldin, silhouette,
};
use serde_json::json;

use crate::class_measures::{ClassMeasures, STEPS, Tables, silhouette_plot};
use crate::destination::{check_figure, write_figure, write_in_run};
use crate::failure::Failure;
use crate::numbers::{count, grouped, table};
use crate::outcome::Outcome;
use crate::points::{Found, PointArguments, PointSet};
use crate::reading::metric_rows;
use crate::settings::Settings;
use crate::stages::Stage;

/// Measure how well classes separate: silhouettes, classifiers, clusters
///
/// Silhouette, Davies–Bouldin and Calinski–Harabasz are of all points. Classifiers (nearest centroid, nearest
/// neighbours, linear probe) and k-means are fitted on a run's training images and judged on the split. Of a table,
/// classifiers are fitted on four fifths of the rows and judged on the held-out fifth, and k-means on all, unless
/// --train names a table to fit on. Without labels, --clusters K measures the clusters of k-means instead.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  latentlab clusters runs/mnist-mlp-vae-1
  latentlab clusters embeddings.npz --out silhouettes.png
  latentlab clusters test.csv --train train.csv --json
  latentlab clusters anyones.npy --clusters 12")]
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

    /// File for the silhouette plot: .png or .svg [default: figures/silhouettes in the run; none for a table]
    #[arg(short, long, value_name = "FILE")]
    pub out: Option<PathBuf>,

    /// Overwrite the file
    #[arg(long)]
    pub force: bool,
}

/// What was found.
struct Judged {
    values: Vec<(&'static str, f64)>,
    silhouette: Silhouette,
    labels: Vec<u32>,
    names: Vec<String>,
    /// For people: what was fitted on what.
    how: String,
    /// Points that classifiers were fitted and judged on.
    fitted: usize,
    judged: usize,
}

/// Measures.
pub fn run(arguments: Arguments, settings: &Settings) -> Result<Outcome, Failure> {
    if let Some(out) = &arguments.out {
        check_figure(out, arguments.force)?;
    }
    if let Some(train) = arguments.train.as_ref().filter(|_| arguments.points.source.is_dir()) {
        let failure =
            Failure::mistake(format!("--train {}: a run has training images of its own", train.display()));
        return Err(failure.hint("--train goes with a table"));
    }
    let found = arguments.points.find(arguments.clusters.is_none(), settings)?;
    let run = found.run.clone();
    let judged = match arguments.clusters {
        Some(clusters) => by_clusters(&found.points, usize::from(clusters), arguments.seed, settings)?,
        None => by_classes(&arguments, found, settings)?,
    };
    let plot = || silhouette_plot(&judged.silhouette, &judged.labels, &judged.names, None);
    let files = match (&arguments.out, &run) {
        (Some(out), _) => {
            write_figure(out, &plot()?)?;
            vec![out.clone()]
        }
        (None, Some(dir)) => write_in_run(dir, "silhouettes", &plot()?)?,
        (None, None) => Vec::new(),
    };
    Ok(outcome(&judged, &files))
}

fn by_classes(arguments: &Arguments, found: Found, settings: &Settings) -> Result<Judged, Failure> {
    let source = arguments.points.source.display().to_string();
    let unlabelled = |what: &str| {
        let failure = Failure::mistake(format!("{what}: the classes of its points are not known"));
        failure.hint("--clusters K measures clusters of k-means instead; a table has its classes in `label`")
    };
    let whole = found.points.labelled()?.ok_or_else(|| unlabelled(&source))?;
    let other = match (found.train, &arguments.train) {
        (Some(train), _) => Some((train, format!("the training images of {source}"))),
        (None, Some(path)) => Some((PointSet::load(path)?, path.display().to_string())),
        (None, None) => None,
    };
    let parts;
    let (tables, how) = match &other {
        Some((train, name)) => {
            let fitted = train.labelled()?.ok_or_else(|| unlabelled(name))?;
            let how = format!("classifiers and clusters fitted on {}: {name}", count(train.rows(), "point"));
            (Tables { train: fitted, test: whole, clustered: fitted, whole }, how)
        }
        None => {
            parts = found.points.parted(arguments.seed);
            let (train, test) = (parts.0.labelled()?, parts.1.labelled()?);
            let (train, test) = train.zip(test).ok_or_else(|| unlabelled(&source))?;
            let (fitted, judged) = (grouped(parts.0.rows()), grouped(parts.1.rows()));
            let how =
                format!("classifiers fitted on {fitted} of them at random and judged on the other {judged}");
            (Tables { train, test, clustered: whole, whole }, how)
        }
    };
    let stage = Stage::new(&settings.console, "measuring classes", STEPS);
    let neighbours = usize::from(arguments.neighbours);
    let ClassMeasures { values, silhouette } = ClassMeasures::of(tables, neighbours, arguments.seed, &stage)?;
    Ok(Judged {
        values,
        silhouette,
        labels: whole.labels().to_vec(),
        names: found.points.classes.clone(),
        how,
        fitted: tables.train.table().rows(),
        judged: tables.test.table().rows(),
    })
}

fn by_clusters(
    points: &PointSet,
    clusters: usize,
    seed: u64,
    settings: &Settings,
) -> Result<Judged, Failure> {
    let table = points.table()?;
    let _stage = Stage::new(&settings.console, "k-means", 0);
    let found = KMeans::fit(table, KMeansSettings::new(clusters, seed))?;
    let labelled = Labelled::new(table, &found.clusters)?;
    let silhouette = silhouette(labelled)?;
    let values = vec![
        ("silhouette", silhouette.mean),
        ("davies_bouldin", davies_bouldin(labelled)?),
        ("calinski_harabasz", calinski_harabasz(labelled)?),
        ("inertia", found.inertia),
    ];
    let names = (0..clusters).map(|cluster| format!("cluster {}", cluster + 1)).collect();
    let how = format!("of {clusters} clusters by k-means, not of classes");
    Ok(Judged {
        values,
        silhouette,
        labels: found.clusters,
        names,
        how,
        fitted: points.rows(),
        judged: points.rows(),
    })
}

fn outcome(judged: &Judged, files: &[PathBuf]) -> Outcome {
    let rows = judged.labels.len();
    let name = |label: u32| judged.names.get(label as usize).cloned().unwrap_or_else(|| label.to_string());
    let mut classes = vec![vec!["class".to_owned(), "points".to_owned(), "silhouette".to_owned()]];
    for class in &judged.silhouette.classes {
        classes.push(vec![name(class.label), grouped(class.rows), format!("{:.4}", class.mean)]);
    }
    let mut text = format!("{}, {}\n\n", count(rows, "point"), judged.how);
    text += &format!("{}\n{}", table(&metric_rows(&judged.values)), table(&classes));
    for file in files {
        text += &format!("\n  {}", file.display());
    }
    if !files.is_empty() {
        text.push('\n');
    }
    let entries: Vec<serde_json::Value> = judged
        .silhouette
        .classes
        .iter()
        .map(|class| json!({ "class": name(class.label), "points": class.rows, "silhouette": class.mean }))
        .collect();
    let listed: Vec<String> = files.iter().map(|file| file.display().to_string()).collect();
    let json = json!({ "points": rows, "fitted_points": judged.fitted, "judged_points": judged.judged, "classes": entries, "files": listed });
    let outcome = Outcome::answer(text, json);
    judged.values.iter().fold(outcome, |outcome, (name, value)| outcome.with(name, *value))
}
