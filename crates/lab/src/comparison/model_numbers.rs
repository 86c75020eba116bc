//! The numbers that models are compared by.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::numbers::{signed, value};
use crate::sentences::printed_order;

/// The names in `METRICS` of the numbers that models are compared by, in the order of tables, and how these call them.
pub const NUMBERS: &[(&str, &str)] = &[
    ("valid_total", "validation loss, best epoch (as the recipe reduces it)"),
    ("valid_reconstruction", "– of which reconstruction"),
    ("valid_kl", "– of which KL, weighted"),
    ("train_total", "training loss, same epoch"),
    ("train_reconstruction", "– of which reconstruction"),
    ("train_kl", "– of which KL, weighted"),
    ("distortion", "test reconstruction loss, unweighted (nats per image)"),
    ("rate", "KL to the prior, unweighted (nats per image)"),
    ("explained", "pixel variance kept (%)"),
    ("psnr", "PSNR (dB)"),
    ("pca_psnr", "– of principal components as many as code values"),
    ("noisy_psnr", "– of the noisy inputs"),
    ("ssim", "SSIM"),
    ("sharpness", "sharpness of reconstructions (originals: 1, above is noise)"),
    ("active_units", "active latent dimensions"),
    ("from_prior", "distance of all codes from the prior (nats)"),
    ("coverage", "share of test images that draws of N(0, I) come near"),
    ("frechet_distance", "Fréchet distance of such draws, in pixels"),
    ("silhouette", "silhouette of the classes"),
    ("code_low", "smallest coordinate of a code"),
    ("code_high", "largest coordinate of a code"),
    ("code_centre", "distance of the codes' mean from the origin"),
    ("code_spread", "standard deviation of the codes, per dimension"),
    ("training_seconds", "training time (s)"),
];

/// Numbers of one run by key.
pub type Numbers = BTreeMap<&'static str, f64>;

/// Mean and standard deviation over seeds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Summary {
    /// Mean.
    pub mean: f64,
    /// Sample standard deviation; absent for one seed.
    pub sd: Option<f64>,
}

impl Summary {
    /// Of any number of values; `None` of none.
    pub fn of(values: &[f64]) -> Option<Self> {
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let squares = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>();
        match values.len() {
            0 => None,
            1 => Some(Self { mean, sd: None }),
            _ => Some(Self { mean, sd: Some((squares / (n - 1.0)).sqrt()) }),
        }
    }

    /// Whether it differs from another as printed with `decimals`, and by more than the spread of the seeds of both.
    pub fn differs(self, other: Self, decimals: usize) -> bool {
        let spread = self.sd.unwrap_or(0.0).hypot(other.sd.unwrap_or(0.0));
        printed_order(self.mean, other.mean, decimals).is_ne() && (self.mean - other.mean).abs() > spread
    }

    /// As tables have it: mean ± standard deviation.
    pub fn text(self) -> String {
        let plain = |x: f64| if x < 0.0 { format!("−{}", value(-x)) } else { value(x) };
        match self.sd {
            Some(sd) => format!("{} ± {}", plain(self.mean), signed(sd, decimals(self.mean))),
            None => plain(self.mean),
        }
    }
}

/// Decimals that [`value`] gives a number of this size.
fn decimals(x: f64) -> usize {
    value(x.abs()).split_once('.').map_or(0, |(_, decimals)| decimals.len())
}

/// For programs; what is no number is left out.
pub fn as_json(numbers: &Numbers) -> Value {
    let entries = numbers.iter().filter(|(_, value)| value.is_finite());
    Value::Object(entries.map(|(key, value)| ((*key).to_owned(), Value::from(*value))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_is_a_metric() {
        for (name, _) in NUMBERS {
            assert!(analysis::metric(name).is_some(), "{name}");
        }
    }

    #[test]
    fn differences_exceed_what_is_printed_and_the_spread_of_seeds() {
        let of = |values: &[f64]| Summary::of(values).unwrap();
        assert!(!of(&[12.74]).differs(of(&[12.66]), 1));
        assert!(of(&[12.76]).differs(of(&[12.66]), 1));
        assert!(!of(&[12.0, 13.0]).differs(of(&[12.4, 13.4]), 1));
        assert!(of(&[12.0, 12.1]).differs(of(&[13.4, 13.5]), 1));
    }

    #[test]
    fn summaries_are_means_and_sample_deviations() {
        assert_eq!(Summary::of(&[]), None);
        assert_eq!(Summary::of(&[2.0]).unwrap().text(), "2.0000");
        let three = Summary::of(&[111.0, 112.0, 113.0]).unwrap();
        assert_eq!((three.mean, three.sd), (112.0, Some(1.0)));
        assert_eq!(three.text(), "112.00 ± 1.00");
        assert_eq!(Summary::of(&[-0.5]).unwrap().text(), "−0.50000");
    }
}
