use analysis::{GaussianOfPoints, Mixture, MixtureSettings, SamplerError, Table};
use serde::Deserialize;

use super::{Numbers, all_close, cases, close, normals, same_on_any_threads};

#[derive(Deserialize)]
struct Case {
    points: Numbers,
    components: usize,
    weights: Vec<f64>,
    means: Vec<f64>,
    covariances: Vec<f64>,
    log_densities: Vec<f64>,
    best: f64,
}

#[test]
fn iterations_equal_scikit_learn_s() {
    for case in cases::<Case>("mixture") {
        let (points, dims, count) = (case.points.table(), case.points.columns, case.components);
        let means = points.values()[..count * dims].iter().map(|value| f64::from(*value)).collect();
        let identity = (0..count * dims * dims).map(|at| f64::from(u8::from(at / dims % dims == at % dims)));
        let first = Mixture::new(dims, vec![1.0 / count as f64; count], means, identity.collect()).unwrap();
        let settings = MixtureSettings { tolerance: 0.0, iterations: 25, ..MixtureSettings::new(count, 0) };
        let found = first.improve(points, settings).unwrap();
        all_close(found.weights(), &case.weights, "weights");
        for component in 0..count {
            all_close(found.mean(component), &case.means[component * dims..][..dims], "means");
            let covariance = &case.covariances[component * dims * dims..][..dims * dims];
            all_close(found.covariance(component), covariance, "covariances");
        }
        all_close(&found.log_density(points).unwrap(), &case.log_densities, "log densities");
    }
}

#[test]
fn a_whole_fit_reaches_scikit_learn_s_likelihood() {
    for case in cases::<Case>("mixture") {
        let settings = MixtureSettings {
            tolerance: 1e-12,
            iterations: 10_000,
            ..MixtureSettings::new(case.components, 1)
        };
        let found = Mixture::fit(case.points.table(), settings).unwrap();
        close(found.mean_log_density(case.points.table()).unwrap(), case.best, "log likelihood");
    }
}

#[test]
fn samples_have_the_mixture_s_moments() {
    let (a, b) = ([1.0, -2.0], [-3.0, 4.0]);
    let mixture =
        Mixture::new(2, vec![0.25, 0.75], [a, b].concat(), vec![2.0, 0.6, 0.6, 0.5, 1.0, -0.8, -0.8, 1.0])
            .unwrap();
    let draws = mixture.sample(200_000, 3);
    let mean = |of: &dyn Fn(&[f32]) -> f64| draws.chunks(2).map(of).sum::<f64>() / 200_000.0;
    let value = |draw: &[f32], j: usize| f64::from(draw[j]);
    let expected = |j: usize| 0.25 * a[j] + 0.75 * b[j];
    for j in 0..2 {
        assert!((mean(&|draw| value(draw, j)) - expected(j)).abs() < 0.04);
    }
    let product = mean(&|draw| value(draw, 0) * value(draw, 1));
    let exact = 0.25 * (0.6 + a[0] * a[1]) + 0.75 * (-0.8 + b[0] * b[1]);
    assert!((product - exact).abs() < 0.08, "{product} {exact}");
    // A prefix is a prefix, and another seed draws others.
    assert_eq!(mixture.sample(10, 3), draws[..20]);
    assert_ne!(mixture.sample(10, 4), draws[..20]);
}

#[test]
fn one_component_is_the_gaussian_of_the_points() {
    let values = normals(1, 500 * 3);
    let points = Table::new(&values, 3).unwrap();
    let settings = MixtureSettings { regularisation: 0.0, ..MixtureSettings::new(1, 0) };
    let fitted = Mixture::fit(points, settings).unwrap();
    let zeros = vec![-200.0; 500 * 3]; // posteriors without width: q(z) is the points
    let posterior = analysis::Posterior::new(points, Table::new(&zeros, 3).unwrap()).unwrap();
    let aggregated = posterior.aggregated();
    let gaussian = Mixture::gaussian(aggregated.mean, aggregated.covariance).unwrap();
    all_close(fitted.mean(0), gaussian.mean(0), "mean");
    all_close(fitted.covariance(0), gaussian.covariance(0), "covariance");
}

#[test]
fn fits_do_not_depend_on_threads() {
    let values = normals(7, 4000 * 4);
    let points = Table::new(&values, 4).unwrap();
    same_on_any_threads(|| Mixture::fit(points, MixtureSettings::new(5, 2)).unwrap());
}

#[test]
fn constant_columns_and_duplicates_have_a_density() {
    let values: Vec<f32> = (0..100).flat_map(|i| [3.0, (i % 2) as f32 * 8.0]).collect();
    let points = Table::new(&values, 2).unwrap();
    let mixture = Mixture::fit(points, MixtureSettings::new(2, 0)).unwrap();
    assert!(mixture.mean_log_density(points).unwrap().is_finite());
    let codes = mixture.sample(50, 0);
    assert!(
        codes.chunks(2).all(|code| (code[0] - 3.0).abs() < 0.01 && (code[1].min(8.0 - code[1])).abs() < 0.01)
    );
    let none = MixtureSettings { regularisation: 0.0, ..MixtureSettings::new(2, 0) };
    assert!(matches!(Mixture::fit(points, none), Err(SamplerError::Component { .. })));
}

#[test]
fn what_is_no_mixture_is_refused() {
    let new = |weights: &[f64], means: &[f64], covariances: &[f64]| {
        Mixture::new(1, weights.to_vec(), means.to_vec(), covariances.to_vec()).unwrap_err()
    };
    assert!(matches!(new(&[], &[], &[]), SamplerError::Shape { .. }));
    assert!(matches!(new(&[1.0], &[0.0], &[1.0, 1.0]), SamplerError::Shape { .. }));
    assert_eq!(new(&[1.5, -0.5], &[0.0; 2], &[1.0; 2]), SamplerError::Weight { component: 1, value: -0.5 });
    assert!(matches!(new(&[0.4], &[0.0], &[1.0]), SamplerError::Weight { .. }));
    assert_eq!(new(&[0.5; 2], &[0.0; 2], &[1.0, -1.0]), SamplerError::Component { component: 1 });
    assert_eq!(new(&[1.0], &[f64::NAN], &[1.0]), SamplerError::Component { component: 0 });
    assert!(matches!(Mixture::prior(0), Err(SamplerError::Shape { .. })));
    let points = Table::new(&[0.0, 1.0], 1).unwrap();
    let error = Mixture::prior(2).unwrap().log_density(points).unwrap_err();
    assert_eq!(error, SamplerError::Columns { found: 1, dims: 2 });
    for settings in [
        MixtureSettings::new(0, 0),
        MixtureSettings::new(3, 0),
        MixtureSettings { iterations: 0, ..MixtureSettings::new(1, 0) },
        MixtureSettings { tolerance: f64::NAN, ..MixtureSettings::new(1, 0) },
        MixtureSettings { regularisation: -1.0, ..MixtureSettings::new(1, 0) },
    ] {
        assert!(matches!(Mixture::fit(points, settings), Err(SamplerError::Clusters(_))), "{settings:?}");
    }
}

#[test]
fn draws_from_fewer_points_than_dimensions_have_their_moments() {
    let (rows, dims) = (3, 5);
    let values = normals(11, rows * dims);
    let points = Table::new(&values, dims).unwrap();
    let variances = [0.5, 0.0, 0.1, 0.0, 2.0];
    let gaussian = GaussianOfPoints::new(points, &variances).unwrap();
    let count = 200_000;
    let draws = gaussian.sample(count, 3);
    let mean = |values: &[f32], j: usize| {
        values.chunks(dims).map(|row| f64::from(row[j])).sum::<f64>() / (values.len() / dims) as f64
    };
    let covariance = |values: &[f32], i: usize, j: usize| {
        let (a, b) = (mean(values, i), mean(values, j));
        let sum = values.chunks(dims).map(|row| (f64::from(row[i]) - a) * (f64::from(row[j]) - b));
        sum.sum::<f64>() / (values.len() / dims) as f64
    };
    for (i, variance) in variances.iter().enumerate() {
        assert!((mean(&draws, i) - mean(&values, i)).abs() < 0.02, "mean {i}");
        for j in 0..=i {
            let expected = covariance(&values, i, j) + if i == j { *variance } else { 0.0 };
            assert!((covariance(&draws, i, j) - expected).abs() < 0.04, "covariance {i} {j}");
        }
    }
    assert_eq!(gaussian.sample(10, 3), draws[..10 * dims]);
    assert_ne!(gaussian.sample(10, 4), draws[..10 * dims]);
    same_on_any_threads(|| gaussian.sample(100, 5));
    assert_eq!(
        GaussianOfPoints::new(points, &[0.0]).unwrap_err(),
        SamplerError::Columns { found: 1, dims: 5 }
    );
    assert!(GaussianOfPoints::new(points, &[-1.0; 5]).is_err());
}
