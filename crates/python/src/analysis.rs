//! Measures, maps and clusters of tables [n, d], with scikit-learn's names and meanings.

use std::ops::ControlFlow;
use std::sync::atomic::Ordering;

use latentlab::analysis::{
    self, Detection, KMeans, KMeansSettings, LabelledPoints, Pca, Preset, Start, Table, TsneSettings,
};
use numpy::{PyReadonlyArray1, PyReadonlyArray2, PyUntypedArrayMethods};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::arrays::{asarray, flat, shaped, table};
use crate::failure::refused;
use crate::watch::watched;

fn wrong(error: impl std::fmt::Display) -> PyErr {
    refused(error.to_string())
}

/// A table to work on, as long as the array is held.
fn checked<'a>(array: &'a PyReadonlyArray2<'_, f32>, name: &str) -> PyResult<Table<'a>> {
    Table::new(array.as_slice()?, array.shape()[1]).map_err(|error| wrong(format_args!("{name}: {error}")))
}

/// Labels of any type as numbers, in their order.
fn labels(values: &Bound<'_, PyAny>) -> PyResult<Vec<u32>> {
    let options = PyDict::new(values.py());
    options.set_item("return_inverse", true)?;
    let unique = values.py().import("numpy")?.call_method("unique", (values,), Some(&options))?;
    let places = unique.get_item(1)?.call_method0("ravel")?.call_method1("astype", ("uint32",))?;
    Ok(places.extract::<PyReadonlyArray1<'_, u32>>()?.as_slice()?.to_vec())
}

/// t-SNE with scikit-learn's settings. Ctrl-C ends it; `events` hears of its iterations.
#[pyfunction]
#[pyo3(signature = (x, *, n_components = 2, perplexity = 30.0, early_exaggeration = 12.0, learning_rate = None,
                    max_iter = 1000, init = "pca", random_state = 0, events = None))]
#[expect(clippy::too_many_arguments, reason = "they have names in Python")]
pub fn tsne<'py>(
    py: Python<'py>,
    x: &Bound<'py, PyAny>,
    n_components: usize,
    perplexity: f64,
    early_exaggeration: f64,
    learning_rate: Option<f64>,
    max_iter: usize,
    init: &str,
    random_state: u64,
    events: Option<Py<PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    let start = match init {
        "pca" => Start::Pca,
        "random" => Start::Random,
        _ => return Err(refused(format!("init = {init:?}: must be pca or random"))),
    };
    let usual = TsneSettings::new(Preset::Sklearn);
    let exaggerated_iterations = usual.exaggerated_iterations.min(max_iter);
    let settings = TsneSettings {
        dimensions: n_components,
        perplexity,
        start,
        exaggeration: early_exaggeration,
        exaggerated_iterations,
        iterations: max_iter - exaggerated_iterations,
        learning_rate,
        seed: random_state,
        ..usual
    };
    let array = table(x, "x")?;
    let points = checked(&array, "x")?;
    let map = watched(py, events, |observer, stop| {
        let stage = observer.stage("t-SNE", max_iter as u64);
        analysis::tsne(points, &settings, |progress| {
            stage.reach(progress.iteration as u64);
            if stop.load(Ordering::Relaxed) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })
    })?;
    shaped(py, map.map_err(wrong)?.positions, &[points.rows(), n_components])
}

/// Principal component analysis; the entries are what scikit-learn's PCA has after `fit`, and `codes` what it transforms
/// `x` to.
#[pyfunction]
#[pyo3(signature = (x, n_components = None))]
pub fn pca<'py>(
    py: Python<'py>,
    x: &Bound<'py, PyAny>,
    n_components: Option<usize>,
) -> PyResult<Bound<'py, PyDict>> {
    let array = table(x, "x")?;
    let points = checked(&array, "x")?;
    let (rows, columns) = (points.rows(), points.columns());
    let components = n_components.unwrap_or(rows.min(columns));
    let (pca, codes) = watched(py, None, |_, _| {
        let pca = Pca::fit(points, components)?;
        let codes = pca.transform(points)?;
        Ok::<_, analysis::PcaError>((pca, codes))
    })?
    .map_err(wrong)?;
    let directions = (0..components).flat_map(|component| pca.direction(component).to_vec()).collect();
    let singular = pca.variances().iter().map(|variance| (variance * (rows - 1) as f64).sqrt()).collect();
    let found = PyDict::new(py);
    found.set_item("components_", shaped::<f64>(py, directions, &[components, columns])?)?;
    found.set_item("explained_variance_", flat(py, pca.variances().to_vec()))?;
    found.set_item("explained_variance_ratio_", flat(py, pca.explained()))?;
    found.set_item("singular_values_", flat::<f64>(py, singular))?;
    found.set_item("mean_", flat(py, pca.means().to_vec()))?;
    found.set_item("codes", shaped(py, codes, &[rows, components])?)?;
    Ok(found)
}

/// Distances and indices of the nearest rows of `x`: of each row of `query`, or of each row of `x`, which is not its own
/// neighbour.
#[pyfunction]
#[pyo3(signature = (x, query = None, n_neighbors = 5))]
pub fn kneighbors<'py>(
    py: Python<'py>,
    x: &Bound<'py, PyAny>,
    query: Option<&Bound<'py, PyAny>>,
    n_neighbors: usize,
) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyAny>)> {
    let array = table(x, "x")?;
    let points = checked(&array, "x")?;
    let queries = query.map(|query| table(query, "query")).transpose()?;
    let queries = queries.as_ref().map(|queries| checked(queries, "query")).transpose()?;
    let found = watched(py, None, |_, _| match queries {
        Some(queries) => analysis::nearest(queries, points, n_neighbors),
        None => analysis::neighbours(points, n_neighbors),
    })?
    .map_err(wrong)?;
    let shape = [found.rows(), found.k()];
    let distances: Vec<f32> = (0..found.rows()).flat_map(|row| found.distances(row).to_vec()).collect();
    let indices: Vec<i64> =
        (0..found.rows()).flat_map(|row| found.indices(row)).map(|index| i64::from(*index)).collect();
    Ok((shaped(py, distances, &shape)?, shaped(py, indices, &shape)?))
}

/// How far neighbours in `embedded` are neighbours in `x`, in [0, 1].
#[pyfunction]
#[pyo3(signature = (x, embedded, n_neighbors = 5))]
pub fn trustworthiness(
    py: Python<'_>,
    x: &Bound<'_, PyAny>,
    embedded: &Bound<'_, PyAny>,
    n_neighbors: usize,
) -> PyResult<f64> {
    let (x, embedded) = (table(x, "x")?, table(embedded, "embedded")?);
    let (points, map) = (checked(&x, "x")?, checked(&embedded, "embedded")?);
    let found = watched(py, None, |_, _| analysis::map_quality(points, map, n_neighbors))?;
    Ok(found.map_err(wrong)?.trustworthiness)
}

/// What `measure` says of the rows of `x` with their labels.
fn of_labelled<T: Send, E: std::fmt::Display + Send>(
    x: &Bound<'_, PyAny>,
    labels_of: &Bound<'_, PyAny>,
    measure: impl FnOnce(LabelledPoints<'_>) -> Result<T, E> + Send,
) -> PyResult<T> {
    let (array, labels) = (table(x, "x")?, labels(labels_of)?);
    let points = LabelledPoints::new(checked(&array, "x")?, &labels).map_err(wrong)?;
    watched(x.py(), None, |_, _| measure(points))?.map_err(wrong)
}

/// Mean silhouette of all rows, in [-1, 1].
#[pyfunction]
#[pyo3(name = "silhouette_score")]
pub fn silhouette_score(x: &Bound<'_, PyAny>, labels: &Bound<'_, PyAny>) -> PyResult<f64> {
    Ok(of_labelled(x, labels, analysis::silhouette)?.mean)
}

/// Silhouette of each row, in [-1, 1].
#[pyfunction]
pub fn silhouette_samples<'py>(
    py: Python<'py>,
    x: &Bound<'py, PyAny>,
    labels: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    Ok(flat(py, of_labelled(x, labels, analysis::silhouette)?.samples).into_any())
}

/// Mean similarity of each cluster with the one most like it; lower is better.
#[pyfunction]
pub fn davies_bouldin_score(x: &Bound<'_, PyAny>, labels: &Bound<'_, PyAny>) -> PyResult<f64> {
    of_labelled(x, labels, analysis::davies_bouldin)
}

/// Spread between clusters over spread within them; higher is better.
#[pyfunction]
pub fn calinski_harabasz_score(x: &Bound<'_, PyAny>, labels: &Bound<'_, PyAny>) -> PyResult<f64> {
    of_labelled(x, labels, analysis::calinski_harabasz)
}

/// Agreement of two labellings, 1 for the same and 0 for chance.
#[pyfunction]
pub fn adjusted_rand_score(labels_true: &Bound<'_, PyAny>, labels_pred: &Bound<'_, PyAny>) -> PyResult<f64> {
    Ok(analysis::agreement(&labels(labels_pred)?, &labels(labels_true)?).map_err(wrong)?.ari)
}

/// Information that two labellings share over the mean of their entropies, in [0, 1].
#[pyfunction]
pub fn normalized_mutual_info_score(
    labels_true: &Bound<'_, PyAny>,
    labels_pred: &Bound<'_, PyAny>,
) -> PyResult<f64> {
    Ok(analysis::agreement(&labels(labels_pred)?, &labels(labels_true)?).map_err(wrong)?.nmi)
}

/// How well scores tell the rows whose label is the greater of two.
fn detected(y_true: &Bound<'_, PyAny>, y_score: &Bound<'_, PyAny>) -> PyResult<Detection> {
    let marks = labels(y_true)?;
    if let Some(classes) = marks.iter().max().filter(|most| **most > 1) {
        return Err(refused(format!("y_true has {} classes: must be 2", classes + 1)));
    }
    let marks: Vec<bool> = marks.into_iter().map(|mark| mark == 1).collect();
    let scores = asarray(y_score)?.call_method1("astype", ("float64",))?;
    let scores: Vec<f64> = scores.call_method0("ravel")?.call_method0("tolist")?.extract()?;
    analysis::detection(&scores, &marks).map_err(wrong)
}

/// Area under the receiver operating characteristic, in [0, 1]; 0.5 for chance.
#[pyfunction]
pub fn roc_auc_score(y_true: &Bound<'_, PyAny>, y_score: &Bound<'_, PyAny>) -> PyResult<f64> {
    Ok(detected(y_true, y_score)?.auroc)
}

/// Mean precision over the thresholds of the scores, in (0, 1].
#[pyfunction]
pub fn average_precision_score(y_true: &Bound<'_, PyAny>, y_score: &Bound<'_, PyAny>) -> PyResult<f64> {
    Ok(detected(y_true, y_score)?.average_precision)
}

/// k-means; the entries are what scikit-learn's KMeans has after `fit`.
#[pyfunction]
#[pyo3(signature = (x, n_clusters = 8, *, n_init = 10, max_iter = 300, tol = 1e-4, random_state = 0))]
pub fn kmeans<'py>(
    py: Python<'py>,
    x: &Bound<'py, PyAny>,
    n_clusters: usize,
    n_init: usize,
    max_iter: usize,
    tol: f64,
    random_state: u64,
) -> PyResult<Bound<'py, PyDict>> {
    let array = table(x, "x")?;
    let points = checked(&array, "x")?;
    let settings = KMeansSettings {
        clusters: n_clusters,
        starts: n_init,
        iterations: max_iter,
        tolerance: tol,
        seed: random_state,
    };
    let KMeans { centres, clusters, inertia, iterations, .. } =
        watched(py, None, |_, _| KMeans::fit(points, settings))?.map_err(wrong)?;
    let found = PyDict::new(py);
    found.set_item("cluster_centers_", shaped(py, centres, &[n_clusters, points.columns()])?)?;
    found.set_item("labels_", flat(py, clusters))?;
    found.set_item("inertia_", inertia)?;
    found.set_item("n_iter_", iterations)?;
    Ok(found)
}
