use analysis::{Collapse, Posterior, PosteriorError, Table};
use serde::Deserialize;

use super::{Numbers, all_close, cases, close, normals, same_on_any_threads};

#[derive(Deserialize)]
struct Case {
    mean: Numbers,
    log_var: Numbers,
    dimensions: Vec<Column>,
    aggregated_mean: Vec<f64>,
    aggregated_covariance: Vec<f64>,
}

#[derive(Deserialize)]
struct Column {
    kl: f64,
    variance_of_mean: f64,
    mean_variance: f64,
    marginal_kl: f64,
    edges: Vec<f64>,
    aggregated: Vec<f64>,
    prior: Vec<f64>,
}

#[test]
fn dimensions_and_moments_equal_integrals() {
    for case in cases::<Case>("posterior") {
        let posterior = Posterior::new(case.mean.table(), case.log_var.table()).unwrap();
        for (ours, theirs) in posterior.dimensions().iter().zip(&case.dimensions) {
            close(ours.kl, theirs.kl, "KL");
            close(ours.variance_of_mean, theirs.variance_of_mean, "variance of the mean");
            close(ours.mean_variance, theirs.mean_variance, "mean variance");
            assert_eq!(ours.active, theirs.variance_of_mean > 0.01);
        }
        let aggregated = posterior.aggregated();
        all_close(&aggregated.mean, &case.aggregated_mean, "mean of q(z)");
        all_close(&aggregated.covariance, &case.aggregated_covariance, "covariance of q(z)");
        for (ours, theirs) in posterior.histograms(11).unwrap().iter().zip(&case.dimensions) {
            all_close(&ours.edges, &theirs.edges, "edges");
            all_close(&ours.aggregated, &theirs.aggregated, "q(z) in bins");
            all_close(&ours.prior, &theirs.prior, "prior in bins");
        }
    }
}

#[test]
fn the_split_meets_the_integral_within_its_error() {
    for case in cases::<Case>("posterior") {
        for (j, column) in case.dimensions.iter().enumerate() {
            let pick = |numbers: &Numbers| -> Vec<f32> {
                numbers.values.iter().skip(j).step_by(numbers.columns).copied().collect()
            };
            let (mean, log_var) = (pick(&case.mean), pick(&case.log_var));
            let tables = (Table::new(&mean, 1).unwrap(), Table::new(&log_var, 1).unwrap());
            let split = Posterior::new(tables.0, tables.1).unwrap().kl_decomposition(20_000, 3).unwrap();
            let off = split.marginal_kl - column.marginal_kl;
            assert!(split.standard_error < 0.02, "{split:?}");
            assert!(
                off.abs() <= 4.0 * split.standard_error + 1e-9,
                "{split:?}, exactly {}",
                column.marginal_kl
            );
            assert!(split.mutual_information <= split.ceiling + 1e-12);
            close(split.kl, column.kl, "KL");
        }
    }
}

/// One posterior for all images: a code says nothing about its image, for every sample to the last bit.
#[test]
fn equal_posteriors_carry_no_information() {
    let (mean, log_var) = ([0.5, -1.0].repeat(700), [-1.0, 0.25].repeat(700));
    let posterior = Posterior::new(Table::new(&mean, 2).unwrap(), Table::new(&log_var, 2).unwrap()).unwrap();
    let split = posterior.kl_decomposition(100, 0).unwrap();
    assert!(split.mutual_information.abs() < 1e-12 && split.standard_error < 1e-12, "{split:?}");
}

#[test]
fn results_do_not_depend_on_threads() {
    let (mean, log_var) = (normals(1, 3000 * 5), normals(2, 3000 * 5));
    let posterior = Posterior::new(Table::new(&mean, 5).unwrap(), Table::new(&log_var, 5).unwrap()).unwrap();
    same_on_any_threads(|| {
        (posterior.kl_decomposition(50, 9).unwrap(), posterior.dimensions(), posterior.aggregated())
    });
    assert_ne!(posterior.kl_decomposition(50, 9).unwrap(), posterior.kl_decomposition(50, 10).unwrap());
}

#[test]
fn tables_that_are_no_posteriors_are_refused() {
    let (six, eight) = ([0.0; 6], [0.0; 8]);
    let table = |values| Table::new(values, 2).unwrap();
    assert_eq!(
        Posterior::new(table(&six), table(&eight)).unwrap_err(),
        PosteriorError::Shape { mean: [3, 2], log_var: [4, 2] }
    );
    let mut wild = six;
    wild[3] = -201.0;
    assert_eq!(
        Posterior::new(table(&six), table(&wild)).unwrap_err(),
        PosteriorError::LogVariance { row: 1, column: 1, value: -201.0 }
    );
    let posterior = Posterior::new(table(&six), table(&six)).unwrap();
    assert_eq!(posterior.kl_decomposition(0, 0).unwrap_err(), PosteriorError::NoSamples);
    assert_eq!(posterior.histograms(0).unwrap_err(), PosteriorError::NoBins);
}

#[test]
fn variances_at_the_limits_stay_finite() {
    let (mean, log_var) = ([1e18, 0.0, -1e18, 0.0], [-200.0, 200.0, 200.0, -200.0]);
    let posterior = Posterior::new(Table::new(&mean, 2).unwrap(), Table::new(&log_var, 2).unwrap()).unwrap();
    let split = posterior.kl_decomposition(8, 1).unwrap();
    assert!(split.mutual_information.is_finite() && split.kl.is_finite(), "{split:?}");
    assert!(posterior.histograms(4).unwrap().iter().all(|h| h.aggregated.iter().all(|p| p.is_finite())));
}

#[test]
fn collapse_is_told_in_words() {
    let told = |mean: &[f32], log_var: &[f32]| {
        let tables = (Table::new(mean, 2).unwrap(), Table::new(log_var, 2).unwrap());
        Posterior::new(tables.0, tables.1).unwrap().collapse()
    };
    let none = told(&[1.0, 2.0, -1.0, -2.0], &[-3.0; 4]);
    assert!(matches!(none, Collapse::None { dims: 2, .. }), "{none:?}");
    assert!(none.to_string().starts_with("All 2 dimensions tell images apart"), "{none}");
    let partial = told(&[1.0, 0.0, -1.0, 0.0], &[-3.0, 0.0, -3.0, 0.0]);
    assert!(matches!(partial, Collapse::Partial { used: 1, dims: 2, .. }), "{partial:?}");
    assert!(partial.to_string().starts_with("1 of 2 dimensions say nothing about the image"), "{partial}");
    assert!(partial.to_string().contains("1 does (KL 1.52 nats)"), "{partial}");
    assert!(matches!(told(&[0.05, 0.0, -0.05, 0.0], &[0.0; 4]), Collapse::Complete { .. }));
    // The same means with a posterior far narrower than the prior say which image it is: inactive by the threshold
    // of Burda et al., but no collapse.
    let (mean, log_var) = ([0.05, 0.02, -0.05, -0.02], [-12.0; 4]);
    let tables = (Table::new(&mean, 2).unwrap(), Table::new(&log_var, 2).unwrap());
    let narrow = Posterior::new(tables.0, tables.1).unwrap();
    assert!(narrow.dimensions().iter().all(|dimension| !dimension.active && dimension.tells_apart()));
    assert!(matches!(narrow.collapse(), Collapse::None { dims: 2, .. }));
    // A posterior that is the same for all images, far from the prior: many nats, and nothing said.
    let far = told(&[9.0, 3.0, 9.0, 3.0], &[-8.0; 4]);
    assert!(matches!(far, Collapse::Complete { kl, .. } if kl > 40.0), "{far:?}");
}

#[test]
fn moments_tell_the_distance_of_gaussian_codes_from_the_prior() {
    // Two images with means ±1 and variances ¼ in the first dimension, the prior itself in the second.
    let means = [1.0, 0.0, -1.0, 0.0];
    let log_var = [0.25f32.ln(), 0.0, 0.25f32.ln(), 0.0];
    let (means, log_var) = (Table::new(&means, 2).unwrap(), Table::new(&log_var, 2).unwrap());
    let posterior = Posterior::new(means, log_var).unwrap();
    let by_hand = 0.5 * (1.25 - 1.0 - 1.25f64.ln());
    assert!((posterior.moments_kl() - by_hand).abs() < 1e-7, "{} {by_hand}", posterior.moments_kl());
}
