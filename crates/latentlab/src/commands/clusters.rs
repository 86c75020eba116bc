//! `clusters`: how well classes separate in a latent space, or in anyone's points.

use std::path::PathBuf;

use latentlab::analysis::{
    KMeans, KMeansSettings, Labelled, Silhouette, calinski_harabasz, davies_bouldin, silhouette,
};
use serde_json::json;

use crate::arrays::{RowTable, TableFormat, Values};
use crate::class_measures::{ClassMeasures, STEPS, Tables, silhouette_plot};
use crate::destination::{check_figure, check_file, figure_name, write_figure, write_in_run};
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

/// What was found.
struct Judged {
    values: Vec<(&'static str, f64)>,
    silhouette: Option<Silhouette>,
    labels: Vec<u32>,
    names: Vec<String>,
    /// For people: what was fitted on what.
    how: String,
    /// Points that classifiers were fitted and judged on.
    fitted: usize,
    judged: usize,
    /// The cluster of every row, where it was asked for.
    clusters: Option<Vec<u32>>,
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
    if let Some(train) = arguments.train.as_ref().filter(|_| arguments.points.source.is_dir()) {
        let failure =
            Failure::mistake(format!("--train {}: a run has training images of its own", train.display()));
        return Err(failure.hint("--train goes with a table"));
    }
    let found = arguments.points.find(arguments.clusters.is_none(), settings)?;
    let run = found.run.clone();
    let name = figure_name("silhouettes", found.are_own);
    let names = found.points.names.clone();
    let judged = match arguments.clusters {
        Some(clusters) => by_clusters(&found.points, usize::from(clusters), arguments.seed, settings)?,
        None => by_classes(&arguments, found, format.is_some(), settings)?,
    };
    let mut files = Vec::new();
    if let Some(silhouette) = &judged.silhouette {
        let plot = || silhouette_plot(silhouette, &judged.labels, &judged.names, None);
        match (&arguments.out, format, &run) {
            (Some(out), None, _) => {
                write_figure(out, &plot()?)?;
                files.push(out.clone());
            }
            (_, _, Some(dir)) => files.extend(write_in_run(dir, &name, &plot()?)?),
            (_, _, None) => {}
        }
    }
    if let (Some(out), Some(format), Some(clusters)) = (&arguments.out, format, &judged.clusters) {
        let mut table = RowTable::new(clusters.len());
        names.add_places(&mut table);
        table.add("cluster", Values::Whole(clusters.iter().map(|cluster| i64::from(*cluster) + 1).collect()));
        names.add_classes(&mut table);
        table.write(out, format)?;
        files.push(out.clone());
    }
    Ok(outcome(&judged, &files))
}

fn by_classes(
    arguments: &Arguments,
    found: Found,
    with_clusters: bool,
    settings: &Settings,
) -> Result<Judged, Failure> {
    let source = arguments.points.source.display().to_string();
    let unlabelled = |what: &str| {
        let failure = Failure::mistake(format!("{what}: the classes of its points are not known"));
        failure.hint(
            "--clusters K measures clusters of k-means instead; --label COLUMN says where a table has its classes",
        )
    };
    let of_known_class = found.points.of_known_class().ok_or_else(|| unlabelled(&source))?;
    let whole = of_known_class.labelled()?.ok_or_else(|| unlabelled(&source))?;
    let other = match (&found.train, &arguments.train) {
        (Some(train), _) => Some((train.clone(), format!("the training images of {source}"))),
        (None, Some(path)) => {
            let table = PointSet::load(path, &arguments.points.table, settings)?;
            Some((with_classes_of(table, &found.points), path.display().to_string()))
        }
        (None, None) => None,
    };
    let (parts, known);
    let (tables, how) = match &other {
        Some((train, name)) => {
            known = train.of_known_class().ok_or_else(|| unlabelled(name))?;
            let fitted = known.labelled()?.ok_or_else(|| unlabelled(name))?;
            let how = format!("classifiers and clusters fitted on {}: {name}", count(known.rows(), "point"));
            (Tables { train: fitted, test: whole, clustered: fitted, whole }, how)
        }
        None => {
            parts = of_known_class.parted(arguments.seed);
            let (train, test) = (parts.0.labelled()?, parts.1.labelled()?);
            let (train, test) = train.zip(test).ok_or_else(|| unlabelled(&source))?;
            let (fitted, judged) = (grouped(parts.0.rows()), grouped(parts.1.rows()));
            let how =
                format!("classifiers fitted on {fitted} of them at random and judged on the other {judged}");
            (Tables { train, test, clustered: whole, whole }, how)
        }
    };
    let unknown = found.points.rows() - of_known_class.rows();
    let how = match unknown {
        0 => how,
        _ => format!("{how}; {} of unknown class left out", count(unknown, "point")),
    };
    let stage = Stage::new(&settings.console, "measuring classes", STEPS);
    let neighbours = usize::from(arguments.neighbours);
    let ClassMeasures { values, silhouette, notes } =
        ClassMeasures::of(tables, neighbours, arguments.seed, &stage)?;
    for note in notes {
        settings.console.note(note);
    }
    let clusters = match with_clusters {
        true => {
            let Tables { clustered, .. } = tables;
            let chosen = KMeansSettings::new(clustered.classes().len(), arguments.seed);
            Some(KMeans::fit(clustered.table(), chosen)?.predict(found.points.table()?)?)
        }
        false => None,
    };
    Ok(Judged {
        values,
        silhouette,
        labels: whole.labels().to_vec(),
        names: found.points.classes().to_vec(),
        how,
        fitted: tables.train.table().rows(),
        judged: tables.test.table().rows(),
        clusters,
    })
}

/// The labels of `table` as positions among the classes of `other`, by name; classes that `other` lacks come behind.
fn with_classes_of(mut table: PointSet, other: &PointSet) -> PointSet {
    let mut classes = other.classes().to_vec();
    let mut place = |name: &String| match classes.iter().position(|class| class == name) {
        Some(position) => position as u32,
        None => {
            classes.push(name.clone());
            classes.len() as u32 - 1
        }
    };
    let places: Vec<u32> = table.classes().iter().map(&mut place).collect();
    if let Some(labels) = &mut table.names.labels {
        labels.iter_mut().for_each(|label| *label = places[*label as usize]);
    }
    table.names.classes = classes;
    table
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
        silhouette: Some(silhouette),
        labels: found.clusters.clone(),
        names,
        how,
        fitted: points.rows(),
        judged: points.rows(),
        clusters: Some(found.clusters),
    })
}

fn outcome(judged: &Judged, files: &[PathBuf]) -> Outcome {
    let rows = judged.labels.len();
    let name = |label: u32| judged.names.get(label as usize).cloned().unwrap_or_else(|| label.to_string());
    let mut classes = vec![vec!["class".to_owned(), "points".to_owned(), "silhouette".to_owned()]];
    let by_class = judged.silhouette.as_ref().map_or(&[][..], |silhouette| &silhouette.classes);
    for class in by_class {
        classes.push(vec![name(class.label), grouped(class.rows), format!("{:.4}", class.mean)]);
    }
    let mut text = format!("{}, {}\n\n", count(rows, "point"), judged.how);
    text += &table(&metric_rows(&judged.values));
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
    let json = json!({ "points": rows, "fitted_points": judged.fitted, "judged_points": judged.judged, "classes": entries, "files": listed });
    let outcome = Outcome::answer(text, json);
    judged.values.iter().fold(outcome, |outcome, (name, value)| outcome.with(name, *value))
}
