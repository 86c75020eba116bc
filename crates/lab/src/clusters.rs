//! How well classes, or clusters of k-means, separate among codes or anyone's points.

use std::path::PathBuf;

use analysis::{
    KMeans, KMeansSettings, LabelledPoints, Silhouette, calinski_harabasz, davies_bouldin, silhouette,
};
use report::Figure;
use run::RunDir;

use crate::arrays::{RowTable, Values};
use crate::error::Error;
use crate::evaluation::class_measures::{ClassMeasures, STEPS, Tables, silhouette_plot};
use crate::lab::Lab;
use crate::numbers::{count, grouped};
use crate::point_set::{PointRequest, PointSet, PointSource};
use crate::row_names::RowNames;

/// What is fitted on what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClusterOptions {
    /// Table to fit classifiers and clusters on, where a table is measured.
    pub train: Option<PathBuf>,
    /// Neighbours that vote, of the nearest-neighbour classifier.
    pub neighbours: usize,
    /// Leave labels aside and measure this many clusters of k-means.
    pub clusters: Option<usize>,
    /// Seed of k-means and of the held-out rows.
    pub seed: u64,
    /// Whether the cluster of each row is wanted, also where classes are measured.
    pub with_clusters: bool,
}

impl Default for ClusterOptions {
    /// 10 neighbours, classes.
    fn default() -> Self {
        Self { train: None, neighbours: 10, clusters: None, seed: 0, with_clusters: false }
    }
}

/// How well classes or clusters separate.
#[derive(Clone, Debug)]
pub struct Separation {
    /// Each by its name in `METRICS`.
    pub values: Vec<(&'static str, f64)>,
    /// Silhouettes of the points that have a class, or of all.
    pub silhouette: Option<Silhouette>,
    /// The class of each of those points.
    pub labels: Vec<u32>,
    /// Names of the classes.
    pub names: Vec<String>,
    /// What was fitted on what, for people.
    pub how: String,
    /// Points that classifiers were fitted on.
    pub fitted: usize,
    /// Points that classifiers were judged on.
    pub judged: usize,
    /// The cluster of every row, from 0, where it was asked for.
    pub clusters: Option<Vec<u32>>,
    /// What tells the rows apart.
    pub rows: RowNames,
    /// The run that the points are codes of.
    pub run: Option<RunDir>,
    /// Whether they are of the run's own data set.
    pub are_own: bool,
}

impl Separation {
    /// One blade of sorted silhouettes per class; `None` where there are no silhouettes.
    ///
    /// # Errors
    /// If it cannot be drawn.
    pub fn figure(&self) -> Result<Option<Figure>, Error> {
        let plot = |silhouette| silhouette_plot(silhouette, &self.labels, &self.names, None);
        self.silhouette.as_ref().map(plot).transpose()
    }

    /// The cluster of each row, numbered from 1; `None` where it was not asked for.
    pub fn table(&self) -> Option<RowTable> {
        let clusters = self.clusters.as_ref()?;
        let mut table = RowTable::new(clusters.len());
        self.rows.add_places(&mut table);
        table.add("cluster", Values::Whole(clusters.iter().map(|cluster| i64::from(*cluster) + 1).collect()));
        self.rows.add_classes(&mut table);
        Some(table)
    }
}

/// Measures how well the classes of points separate, or with [`ClusterOptions::clusters`] those of k-means.
///
/// Silhouette, Davies–Bouldin and Calinski–Harabasz are of all points of known class. Classifiers and k-means are fitted
/// on a run's training images and judged on the others; of a table classifiers are fitted on four fifths of the rows and
/// judged on the held-out fifth, and k-means on all, unless there is a table to fit on.
///
/// ```no_run
/// use lab::clusters::{ClusterOptions, measure};
/// use lab::point_set::PointRequest;
///
/// let lab = lab::Lab::default();
/// let request = PointRequest { source: "runs/mnist-mlp-vae-1".into(), ..PointRequest::default() };
/// for (name, value) in measure(&request, &ClusterOptions::default(), &lab)?.values {
///     println!("{name} {value:.3}");
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// If there are no such points, or their classes are not known.
pub fn measure(request: &PointRequest, options: &ClusterOptions, lab: &Lab) -> Result<Separation, Error> {
    if let Some(train) = options.train.as_ref().filter(|_| request.source.is_dir()) {
        let refusal =
            Error::refused(format!("--train {}: a run has training images of its own", train.display()));
        return Err(refusal.hint("--train goes with a table"));
    }
    let found = request.find(options.clusters.is_none(), lab)?;
    match options.clusters {
        Some(clusters) => by_clusters(found, clusters, options.seed, lab),
        None => by_classes(request, options, &found, lab),
    }
}

fn by_classes(
    request: &PointRequest,
    options: &ClusterOptions,
    found: &PointSource,
    lab: &Lab,
) -> Result<Separation, Error> {
    let source = request.source.display().to_string();
    let unlabelled = |what: &str| {
        let refusal = Error::refused(format!("{what}: the classes of its points are not known"));
        refusal.hint(
            "--clusters K measures clusters of k-means instead; --label COLUMN says where a table has its classes",
        )
    };
    let of_known_class = found.points.of_known_class().ok_or_else(|| unlabelled(&source))?;
    let whole = of_known_class.labelled()?.ok_or_else(|| unlabelled(&source))?;
    let other = match (&found.train, &options.train) {
        (Some(train), _) => Some((train.clone(), format!("the training images of {source}"))),
        (None, Some(path)) => {
            let table = PointSet::load(path, &request.table, lab)?;
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
            parts = of_known_class.parted(options.seed);
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
    let stage = lab.stage("measuring classes", STEPS);
    let neighbours = options.neighbours;
    let ClassMeasures { values, silhouette, notes } =
        ClassMeasures::of(tables, neighbours, options.seed, &stage)?;
    for note in notes {
        lab.note(note);
    }
    let clusters = match options.with_clusters {
        true => {
            let Tables { clustered, .. } = tables;
            let chosen = KMeansSettings::new(clustered.classes().len(), options.seed);
            Some(KMeans::fit(clustered.table(), chosen)?.predict(found.points.table()?)?)
        }
        false => None,
    };
    Ok(Separation {
        values,
        silhouette,
        labels: whole.labels().to_vec(),
        names: found.points.classes().to_vec(),
        how,
        fitted: tables.train.table().rows(),
        judged: tables.test.table().rows(),
        clusters,
        rows: found.points.names.clone(),
        run: found.run.clone(),
        are_own: found.are_own,
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

fn by_clusters(found: PointSource, clusters: usize, seed: u64, lab: &Lab) -> Result<Separation, Error> {
    let PointSource { points, run, are_own, .. } = found;
    let table = points.table()?;
    let _stage = lab.stage("k-means", 0);
    let means = KMeans::fit(table, KMeansSettings::new(clusters, seed))?;
    let labelled = LabelledPoints::new(table, &means.clusters)?;
    let silhouette = silhouette(labelled)?;
    let values = vec![
        ("silhouette", silhouette.mean),
        ("davies_bouldin", davies_bouldin(labelled)?),
        ("calinski_harabasz", calinski_harabasz(labelled)?),
        ("inertia", means.inertia),
    ];
    Ok(Separation {
        values,
        silhouette: Some(silhouette),
        labels: means.clusters.clone(),
        names: (0..clusters).map(|cluster| format!("cluster {}", cluster + 1)).collect(),
        how: format!("of {clusters} clusters by k-means, not of classes"),
        fitted: points.rows(),
        judged: points.rows(),
        clusters: Some(means.clusters),
        rows: points.names,
        run,
        are_own,
    })
}
