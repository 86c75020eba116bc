use analysis::{
    ClusterError, KMeans, KMeansSettings, LabelledPoints, LabelsError, LinearProbe, NearestCentroid,
    ProbeSettings, Table, agreement, calinski_harabasz, davies_bouldin, knn_accuracy, knn_classes,
};
use serde::Deserialize;

use super::{Numbers, all_close, cases, close, normals, same_on_any_threads};

#[derive(Deserialize)]
struct Case {
    train: Numbers,
    test: Numbers,
    train_labels: Vec<u32>,
    test_labels: Vec<u32>,
    nearest_centroid: Vec<u32>,
    nearest_centroid_accuracy: f64,
    knn: Vec<Knn>,
    davies_bouldin: f64,
    calinski_harabasz: f64,
    probes: Vec<Probe>,
    first_centres: Vec<f64>,
    centres: Vec<f64>,
    inertia: f64,
    inertia_of_ten_starts: (f64, f64),
}

#[derive(Deserialize)]
struct Knn {
    k: usize,
    accuracy: f64,
}

#[derive(Deserialize)]
struct Probe {
    c: f64,
    objective: f64,
    accuracy: f64,
    log_loss: f64,
}

impl Case {
    fn train(&self) -> LabelledPoints<'_> {
        LabelledPoints::new(self.train.table(), &self.train_labels).unwrap()
    }

    fn test(&self) -> LabelledPoints<'_> {
        LabelledPoints::new(self.test.table(), &self.test_labels).unwrap()
    }
}

#[test]
fn separation_and_centroids_equal_scikit_learn() {
    for case in cases::<Case>("clusters") {
        close(davies_bouldin(case.train()).unwrap(), case.davies_bouldin, "Davies–Bouldin");
        close(calinski_harabasz(case.train()).unwrap(), case.calinski_harabasz, "Caliński–Harabasz");
        let centroids = NearestCentroid::fit(case.train());
        assert_eq!(centroids.predict(case.test.table()).unwrap(), case.nearest_centroid);
        close(centroids.accuracy(case.test()).unwrap(), case.nearest_centroid_accuracy, "accuracy");
    }
}

#[test]
fn nearest_neighbours_classify_as_in_scikit_learn() {
    for case in cases::<Case>("clusters") {
        for theirs in &case.knn {
            close(knn_accuracy(case.train(), case.test(), theirs.k).unwrap(), theirs.accuracy, "accuracy");
        }
    }
    // Of two classes as near, the smaller label; of neighbours as near, the earlier row.
    let train = LabelledPoints::new(Table::new(&[1.0, -1.0, 3.0], 1).unwrap(), &[7, 4, 4]).unwrap();
    assert_eq!(knn_classes(train, Table::new(&[0.0], 1).unwrap(), 1).unwrap(), [7]);
    assert_eq!(knn_classes(train, Table::new(&[0.0], 1).unwrap(), 2).unwrap(), [4]);
    let wide = Table::new(&[0.0; 2], 2).unwrap();
    assert_eq!(knn_classes(train, wide, 1), Err(ClusterError::Columns { found: 2, fitted: 1 }));
    assert!(matches!(knn_accuracy(train, train, 4), Err(ClusterError::Neighbours(_))));
    assert!(matches!(knn_accuracy(train, train, 0), Err(ClusterError::Neighbours(_))));
}

#[test]
fn the_probe_equals_scikit_learn() {
    for case in cases::<Case>("clusters") {
        for theirs in &case.probes {
            let settings = ProbeSettings { c: theirs.c, tolerance: 1e-9, ..ProbeSettings::default() };
            let probe = LinearProbe::fit(case.train(), settings).unwrap();
            assert!(probe.converged, "{} iterations", probe.iterations);
            close(probe.objective, theirs.objective, "objective");
            let score = probe.score(case.test()).unwrap();
            close(score.accuracy, theirs.accuracy, "accuracy");
            close(score.log_loss, theirs.log_loss, "log loss");
            // The default tolerance reaches the same figures.
            let quick = LinearProbe::fit(case.train(), ProbeSettings { c: theirs.c, ..Default::default() });
            close(quick.unwrap().score(case.test()).unwrap().log_loss, theirs.log_loss, "default log loss");
        }
    }
}

#[test]
fn k_means_ends_where_scikit_learn_s_does_from_the_same_centres() {
    for case in cases::<Case>("clusters") {
        let found = KMeans::fit_from(case.train.table(), case.first_centres.clone(), 1000).unwrap();
        assert!(found.converged);
        close(found.inertia, case.inertia, "inertia");
        all_close(&found.centres, &case.centres, "centres");
        assert_eq!(found.predict(case.train.table()).unwrap(), found.clusters);
    }
}

/// Means over seeds: four standard errors of both are allowed, and the same minimum where there is only one.
#[test]
fn ten_starts_are_as_good_as_scikit_learn_s() {
    for case in cases::<Case>("clusters") {
        let clusters = case.train().classes().len();
        let run =
            |seed| KMeans::fit(case.train.table(), KMeansSettings::new(clusters, seed)).unwrap().inertia;
        let found: Vec<f64> = (0..40).map(run).collect();
        let mean = found.iter().sum::<f64>() / 40.0;
        let variance = found.iter().map(|inertia| (inertia - mean).powi(2)).sum::<f64>() / 39.0;
        let (theirs, error) = case.inertia_of_ten_starts;
        let allowed = 4.0 * (variance / 40.0 + error * error).sqrt() + 1e-5 * theirs;
        assert!(mean <= theirs + allowed, "{mean}, not {theirs} ± {error}");
    }
}

#[derive(Deserialize)]
struct Labellings {
    clusters: Vec<u32>,
    classes: Vec<u32>,
    accuracy: f64,
    nmi: f64,
    ari: f64,
}

#[test]
fn agreement_equals_scikit_learn() {
    for case in cases::<Labellings>("agreement") {
        for (a, b) in [(&case.clusters, &case.classes), (&case.classes, &case.clusters)] {
            let found = agreement(a, b).unwrap();
            close(found.accuracy, case.accuracy, "accuracy");
            close(found.nmi, case.nmi, "NMI");
            close(found.ari, case.ari, "ARI");
        }
    }
}

#[test]
fn results_do_not_depend_on_threads() {
    let points = normals(3, 5000 * 4);
    let labels: Vec<u32> =
        points.chunks(4).map(|p| u32::from(p[0] + p[1] > 0.0) + u32::from(p[2] > 1.0)).collect();
    let table = Table::new(&points, 4).unwrap();
    let labelled = LabelledPoints::new(table, &labels).unwrap();
    same_on_any_threads(|| {
        let k_means = KMeans::fit(table, KMeansSettings { starts: 2, ..KMeansSettings::new(7, 5) }).unwrap();
        let probe = LinearProbe::fit(labelled, ProbeSettings::default()).unwrap();
        (k_means, probe, davies_bouldin(labelled).unwrap(), calinski_harabasz(labelled).unwrap())
    });
}

#[test]
fn constant_columns_duplicates_and_far_off_columns_are_fine() {
    // Column 0 is constant, column 1 separates, column 2 lies at 10,000 ± 1; every point twice.
    let rows: Vec<[f32; 3]> = (0..200)
        .map(|i| [7.0, if i % 4 < 2 { -1.0 } else { 1.0 } + (i / 4) as f32 * 0.01, 1e4 + (i / 2 % 3) as f32])
        .collect();
    let labels: Vec<u32> = (0..200).map(|i| u32::from(i % 4 < 2)).collect();
    let labelled = LabelledPoints::new(Table::new(rows.as_flattened(), 3).unwrap(), &labels).unwrap();
    let probe = LinearProbe::fit(labelled, ProbeSettings::default()).unwrap();
    assert!(probe.converged && probe.score(labelled).unwrap().accuracy == 1.0, "{probe:?}");
    let same = [2.5; 30];
    let same = Table::new(&same, 3).unwrap();
    let found = KMeans::fit(same, KMeansSettings::new(4, 0)).unwrap();
    assert_eq!(found.inertia, 0.0);
    let labels = [0, 0, 0, 0, 0, 1, 1, 1, 1, 1];
    let coinciding = LabelledPoints::new(same, &labels).unwrap();
    assert_eq!(davies_bouldin(coinciding).unwrap(), f64::INFINITY);
    assert!(calinski_harabasz(coinciding).unwrap().is_nan());
    assert_eq!(NearestCentroid::fit(coinciding).accuracy(coinciding).unwrap(), 0.5);
}

#[test]
fn a_class_that_was_not_seen_is_wrong_and_as_surprising_as_rounding_allows() {
    let train = LabelledPoints::new(Table::new(&[0.0, 1.0], 1).unwrap(), &[0, 1]).unwrap();
    let test = LabelledPoints::new(Table::new(&[0.0, 1.0], 1).unwrap(), &[0, 9]).unwrap();
    let score = LinearProbe::fit(train, ProbeSettings::default()).unwrap().score(test).unwrap();
    assert_eq!(score.accuracy, 0.5);
    // One of two images; scikit-learn's log_loss clips probabilities to ε.
    let (unseen, seen) = (-f64::EPSILON.ln(), 2.0 * score.log_loss + f64::EPSILON.ln());
    assert!(score.log_loss > unseen / 2.0 && (0.0..0.7).contains(&seen), "{score:?}");
    assert_eq!(NearestCentroid::fit(train).accuracy(test).unwrap(), 0.5);
}

#[test]
fn input_that_cannot_be_measured_is_refused() {
    let values = [0.0, 1.0, 2.0, 3.0];
    let (narrow, wide) = (Table::new(&values, 1).unwrap(), Table::new(&values, 2).unwrap());
    let error = LabelledPoints::new(narrow, &[1, 2]).unwrap_err();
    assert_eq!(error, LabelsError { labels: 2, rows: 4 });
    assert_eq!(error.to_string(), "2 labels for 4 rows: there must be one per row");
    for labels in [[5; 4], [1, 2, 3, 4]] {
        let points = LabelledPoints::new(narrow, &labels).unwrap();
        let refused = ClusterError::Classes { classes: points.classes().len(), rows: 4 };
        assert_eq!(davies_bouldin(points).unwrap_err(), refused);
        assert_eq!(calinski_harabasz(points).unwrap_err(), refused);
    }
    let one = LabelledPoints::new(narrow, &[5; 4]).unwrap();
    let two = LabelledPoints::new(narrow, &[5, 5, 6, 6]).unwrap();
    let default = ProbeSettings::default();
    assert_eq!(LinearProbe::fit(one, default).unwrap_err(), ClusterError::Classes { classes: 1, rows: 4 });
    for c in [0.0, -1.0, f64::NAN] {
        let error = LinearProbe::fit(two, ProbeSettings { c, ..default }).unwrap_err();
        assert!(matches!(error, ClusterError::Setting { name: "c", .. }), "{error}");
    }
    let columns = ClusterError::Columns { found: 2, fitted: 1 };
    assert_eq!(LinearProbe::fit(two, default).unwrap().predict(wide).unwrap_err(), columns);
    assert_eq!(NearestCentroid::fit(two).predict(wide).unwrap_err(), columns);
    for clusters in [0, 5] {
        let error = KMeans::fit(narrow, KMeansSettings::new(clusters, 0)).unwrap_err();
        assert_eq!(error, ClusterError::Clusters { clusters, rows: 4 });
    }
    assert_eq!(KMeans::fit_from(wide, vec![0.0; 3], 9), Err(ClusterError::Columns { found: 3, fitted: 2 }));
    assert!(KMeans::fit_from(wide, vec![0.0; 6], 9).is_err());
    assert!(KMeans::fit_from(wide, vec![f64::NAN; 4], 9).is_err());
    let settings = KMeansSettings { tolerance: -1.0, ..KMeansSettings::new(2, 0) };
    assert!(matches!(KMeans::fit(narrow, settings), Err(ClusterError::Setting { name: "tolerance", .. })));
    let settings = KMeansSettings { starts: 0, ..KMeansSettings::new(2, 0) };
    assert!(matches!(KMeans::fit(narrow, settings), Err(ClusterError::Setting { name: "starts", .. })));
    assert_eq!(agreement(&[1], &[]), Err(ClusterError::Lengths { clusters: 1, classes: 0 }));
    assert!(agreement(&[], &[]).is_err());
    let many: Vec<u32> = (0..1001).collect();
    assert_eq!(agreement(&many, &many), Err(ClusterError::TooMany { found: 1001, most: 1000 }));
}
