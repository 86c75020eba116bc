//! PCA, silhouettes, neighbours and map quality against scikit-learn's on stored cases
//! (`scripts/analysis_geometry_cases.py`), and on awkward tables.

use std::collections::BTreeMap;

use analysis::{
    ClusterError, LabelledPoints, MapQualityError, Pca, PcaError, Table, map_quality, neighbours, silhouette,
};
use serde::Deserialize;

#[derive(Deserialize)]
struct Case {
    name: String,
    columns: usize,
    values: Vec<f32>,
    labels: Vec<u32>,
    variances: Vec<f64>,
    ratios: Vec<f64>,
    directions: Vec<f64>,
    scores: Vec<f64>,
    inverse: Vec<f64>,
    silhouettes: Vec<f64>,
    silhouette: f64,
    neighbour_distances: Vec<f64>,
    map: Vec<f64>,
    trustworthiness: BTreeMap<usize, f64>,
    continuity: BTreeMap<usize, f64>,
}

fn cases() -> Vec<Case> {
    serde_json::from_str(include_str!("geometry.json")).unwrap()
}

/// Largest difference, relative to the largest expected value.
fn worst(ours: impl IntoIterator<Item = f64>, theirs: &[f64]) -> f64 {
    let ours: Vec<f64> = ours.into_iter().collect();
    assert_eq!(ours.len(), theirs.len());
    let largest = theirs.iter().fold(0.0f64, |largest, value| largest.max(value.abs()));
    ours.iter().zip(theirs).fold(0.0f64, |worst, (a, b)| worst.max((a - b).abs())) / largest
}

fn wide(values: &[f32]) -> impl Iterator<Item = f64> {
    values.iter().map(|value| f64::from(*value))
}

#[test]
fn principal_components_equal_scikit_learn() {
    for case in cases() {
        let table = Table::new(&case.values, case.columns).unwrap();
        let count = case.variances.len();
        let pca = Pca::fit(table, count).unwrap();
        let name = &case.name;
        assert!(worst(pca.variances().iter().copied(), &case.variances) < 1e-10, "{name}");
        assert!(worst(pca.explained(), &case.ratios) < 1e-10, "{name}");
        let directions = (0..count).flat_map(|component| pca.direction(component).to_vec());
        assert!(worst(directions, &case.directions) < 1e-7, "{name}");
        let scores = pca.transform(table).unwrap();
        assert!(worst(wide(&scores), &case.scores) < 1e-6, "{name}");
        let back = pca.inverse(Table::new(&scores, count).unwrap()).unwrap();
        assert!(worst(wide(&back), &case.inverse) < 1e-6, "{name}");
    }
}

#[test]
fn silhouettes_equal_scikit_learn() {
    for case in cases() {
        let table = Table::new(&case.values, case.columns).unwrap();
        let found = silhouette(LabelledPoints::new(table, &case.labels).unwrap()).unwrap();
        for (row, (ours, theirs)) in found.samples.iter().zip(&case.silhouettes).enumerate() {
            // Distances are rounded to f32: 6e-8 of the distance, whatever the silhouette.
            assert!((ours - theirs).abs() <= 1e-6, "{}, row {row}: {ours} {theirs}", case.name);
        }
        let name = &case.name;
        assert!(
            (found.mean - case.silhouette).abs() <= 1e-5 * case.silhouette.abs(),
            "{name} {}",
            found.mean
        );
        let weighted: f64 = found.classes.iter().map(|class| class.mean * class.rows as f64).sum();
        assert!((weighted / table.rows() as f64 - found.mean).abs() < 1e-12);
        assert_eq!((found.classes.last().unwrap().label, found.classes.last().unwrap().mean), (9, 0.0));
    }
}

#[test]
fn neighbours_are_as_far_as_in_scikit_learn() {
    for case in cases() {
        let table = Table::new(&case.values, case.columns).unwrap();
        let found = neighbours(table, 7).unwrap();
        let ours = (0..table.rows()).flat_map(|row| wide(found.distances(row)).collect::<Vec<_>>());
        assert!(worst(ours, &case.neighbour_distances) < 1e-7, "{}", case.name);
    }
}

#[test]
fn map_quality_equals_scikit_learn() {
    for case in cases() {
        let table = Table::new(&case.values, case.columns).unwrap();
        let flat: Vec<f32> = case.map.iter().map(|value| *value as f32).collect();
        let map = Table::new(&flat, case.columns.min(2)).unwrap();
        for (k, expected) in &case.trustworthiness {
            let quality = map_quality(table, map, *k).unwrap();
            let name = format!("{}, k {k}: {quality:?}", case.name);
            assert!((quality.trustworthiness - expected).abs() <= 1e-5, "{name}, {expected}");
            assert!(
                (quality.continuity - case.continuity[k]).abs() <= 1e-5,
                "{name}, {}",
                case.continuity[k]
            );
        }
    }
}

#[test]
fn check_values_from_the_literature() {
    let plane = [0.0, 0.0, 0.1, 0.0, 10.0, 0.0];
    let points = LabelledPoints::new(Table::new(&plane, 2).unwrap(), &[0, 0, 1]).unwrap();
    assert!((silhouette(points).unwrap().mean - 0.6600).abs() < 5e-5);
    let (line, folded) = ([0.0, 1.0, 2.0, 3.0, 4.0], [0.0, 2.0, 4.0, 1.0, 3.0]);
    let quality = map_quality(Table::new(&line, 1).unwrap(), Table::new(&folded, 1).unwrap(), 1).unwrap();
    assert!((quality.trustworthiness - 0.2).abs() < 1e-12);
}

#[test]
fn preservation_is_the_share_of_common_neighbours() {
    // Row 0 trades its neighbour for another, the others keep theirs.
    let (line, moved) = ([0.0, 1.0, 3.0, 7.0, 7.5], [0.0, 1.0, 0.9, 7.0, 7.5]);
    let quality = map_quality(Table::new(&line, 1).unwrap(), Table::new(&moved, 1).unwrap(), 1).unwrap();
    assert!((quality.preservation - 3.0 / 5.0).abs() < 1e-12, "{quality:?}");
}

#[test]
fn constant_tables_have_components_and_no_variance() {
    let table = Table::new(&[3.0; 20], 4).unwrap();
    let pca = Pca::fit(table, 2).unwrap();
    assert_eq!((pca.variances(), &pca.explained()[..]), (&[0.0, 0.0][..], &[0.0, 0.0][..]));
    assert!(pca.transform(table).unwrap().iter().all(|score| *score == 0.0));
    let labels = [0, 0, 1, 1, 1];
    let found = silhouette(LabelledPoints::new(table, &labels).unwrap()).unwrap();
    assert_eq!(found.samples, [0.0; 5]);
}

#[test]
fn results_do_not_depend_on_threads() {
    let values: Vec<f32> = (0..900 * 7).map(|i| ((i * i % 1013) as f32).sin()).collect();
    let labels: Vec<u32> = (0..900).map(|row| row % 6).collect();
    let table = Table::new(&values, 7).unwrap();
    let all = || {
        let pca = Pca::fit(table, 3).unwrap();
        let map = pca.transform(table).unwrap();
        let quality = map_quality(table, Table::new(&map, 3).unwrap(), 9).unwrap();
        (silhouette(LabelledPoints::new(table, &labels).unwrap()).unwrap(), pca, map, quality)
    };
    let expected = all();
    for threads in [1, 3] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        assert!(pool.install(all) == expected);
    }
}

#[test]
fn tables_that_do_not_fit_are_refused() {
    let values: Vec<f32> = (0..12).map(|i| i as f32).collect();
    let table = Table::new(&values, 3).unwrap();
    let components = PcaError::Components { components: 4, rows: 4, columns: 3 };
    assert_eq!(Pca::fit(table, 4).unwrap_err(), components);
    assert_eq!(Pca::fit(Table::new(&values, 12).unwrap(), 1).unwrap_err(), PcaError::Rows { rows: 1 });
    let pca = Pca::fit(table, 2).unwrap();
    let narrow = Table::new(&values, 2).unwrap();
    assert_eq!(pca.transform(narrow).unwrap_err(), PcaError::Columns { columns: 2, expected: 3 });
    assert_eq!(pca.inverse(table).unwrap_err(), PcaError::Columns { columns: 3, expected: 2 });
    let one = LabelledPoints::new(table, &[5; 4]).unwrap();
    assert_eq!(silhouette(one).unwrap_err(), ClusterError::Classes { classes: 1, rows: 4 });
    let all = LabelledPoints::new(table, &[1, 2, 3, 4]).unwrap();
    assert_eq!(silhouette(all).unwrap_err(), ClusterError::Classes { classes: 4, rows: 4 });
    assert!(LabelledPoints::new(table, &[1, 2, 3]).is_err());
    let error = map_quality(table, narrow, 1).unwrap_err();
    assert_eq!(error, MapQualityError::Rows { map: 6, table: 4 });
    assert_eq!(map_quality(table, table, 2).unwrap_err(), MapQualityError::Neighbours { k: 2, rows: 4 });
    assert_eq!(map_quality(table, table, 0).unwrap_err(), MapQualityError::Neighbours { k: 0, rows: 4 });
}
