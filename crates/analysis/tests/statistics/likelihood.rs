use analysis::{LikelihoodError, LogWeights, NoLikelihood, PixelLoss, importance_weighted, pixel_density};
use serde::Deserialize;

use super::{Numbers, cases, close};

#[derive(Deserialize)]
struct Case {
    weights: Numbers,
    elbo: f64,
    nll: f64,
    nll_standard_error: Option<f64>,
    nll_sampling_error: Option<f64>,
    effective_samples: f64,
    least_effective_samples: f64,
}

fn weights(of: impl IntoIterator<Item = f64>) -> LogWeights {
    let mut weights = LogWeights::default();
    of.into_iter().try_for_each(|weight| weights.push(weight)).unwrap();
    weights
}

#[test]
fn estimates_equal_the_definition() {
    for case in cases::<Case>("likelihood") {
        let table = case.weights.table();
        let images: Vec<LogWeights> =
            (0..table.rows()).map(|row| weights(table.row(row).iter().map(|w| f64::from(*w)))).collect();
        let found = importance_weighted(&images).unwrap();
        close(found.elbo, case.elbo, "ELBO");
        close(found.nll, case.nll, "NLL");
        close(found.effective_samples, case.effective_samples, "effective samples");
        close(found.least_effective_samples, case.least_effective_samples, "least effective samples");
        match case.nll_standard_error {
            Some(error) => close(found.nll_standard_error, error, "standard error"),
            None => assert!(found.nll_standard_error.is_nan()),
        }
        match case.nll_sampling_error {
            Some(error) => close(found.nll_sampling_error, error, "sampling error"),
            None => assert!(found.nll_sampling_error.is_infinite()),
        }
        assert!(found.nll <= -found.elbo);
    }
}

/// z ~ N(0, 1), x|z ~ N(z, ½): x ~ N(0, 3/2), known exactly, and q is made too wide and off.
#[test]
fn the_bound_meets_a_likelihood_that_is_known() {
    let log_normal = |x: f64, mean: f64, variance: f64| {
        -0.5 * ((x - mean).powi(2) / variance + (2.0 * std::f64::consts::PI * variance).ln())
    };
    let noise = random::Stream::new(5, "proposals");
    let images: Vec<LogWeights> = (0..50)
        .map(|image| {
            let x = f64::from(image) * 0.06 - 1.5;
            let (mean, variance) = (x / 1.5 + 0.2, 0.5f64);
            let mut draws = vec![0.0; 4000];
            noise.normals(0, image as u32, &mut draws);
            weights(draws.into_iter().map(|draw| {
                let z = mean + variance.sqrt() * f64::from(draw);
                log_normal(x, z, 0.5) + log_normal(z, 0.0, 1.0) - log_normal(z, mean, variance)
            }))
        })
        .collect();
    let exact: f64 = -(0..50).map(|i| log_normal(f64::from(i) * 0.06 - 1.5, 0.0, 1.5)).sum::<f64>() / 50.0;
    let found = importance_weighted(&images).unwrap();
    let off = (found.nll - exact) / found.nll_sampling_error;
    assert!(found.nll_sampling_error < 2e-3 && off.abs() < 4.0, "{found:?}, exactly {exact}");
    assert!(-found.elbo > exact + 0.05, "{found:?}, exactly {exact}");
}

#[test]
fn weights_that_are_no_numbers_and_uneven_images_are_refused() {
    let mut one = weights([1.0]);
    let value = f64::NEG_INFINITY;
    assert_eq!(one.push(value), Err(LikelihoodError::NotFinite { sample: 1, value }));
    assert_eq!(one, weights([1.0]));
    assert_eq!(importance_weighted(&[]), Err(LikelihoodError::NoImages));
    let empty = LogWeights::default();
    assert_eq!((empty.log_mean(), empty.mean_log(), empty.effective_samples()), (None, None, 0.0));
    assert_eq!(
        importance_weighted(&[empty]),
        Err(LikelihoodError::Samples { image: 0, samples: 0, expected: 1 })
    );
    assert_eq!(
        importance_weighted(&[one, weights([1.0, 2.0])]),
        Err(LikelihoodError::Samples { image: 1, samples: 2, expected: 1 })
    );
}

#[test]
fn only_likelihoods_are_called_so() {
    assert_eq!(pixel_density(PixelLoss::SquaredError, None), Err(NoLikelihood::SquaredError));
    let grey = analysis::first_grey(&[1.0, 0.5]);
    assert_eq!(pixel_density(PixelLoss::Bce, grey), Err(NoLikelihood::GreyBce { index: 1, value: 0.5 }));
    assert_eq!(
        pixel_density(PixelLoss::Gaussian, grey).unwrap().to_string(),
        "Gaussian density of pixel values"
    );
}
