//! Numbers on their way into `metrics.json`.

use latentlab::analysis::metric;
use latentlab::run::Measured;

/// One number that was measured.
#[derive(Clone, Debug, PartialEq)]
pub struct Measure {
    /// Its name in `METRICS`.
    pub name: &'static str,
    /// The value.
    pub value: f64,
    /// Samples that it was measured on.
    pub samples: usize,
    /// Standard error, where one is known and finite.
    pub standard_error: Option<f64>,
    /// What else it depends on.
    pub of: Option<String>,
}

impl Measure {
    /// A number without more to say.
    pub fn new(name: &'static str, value: f64, samples: usize) -> Self {
        Self { name, value, samples, standard_error: None, of: None }
    }

    /// The same with its standard error.
    pub fn give_or_take(self, error: f64) -> Self {
        Self { standard_error: error.is_finite().then_some(error), ..self }
    }

    /// The same with what else it depends on.
    pub fn of(self, what: impl Into<String>) -> Self {
        Self { of: Some(what.into()), ..self }
    }

    /// As the run keeps it. `unit` stands for the metric's own where it is given.
    pub fn kept(&self, split: &str, unit: Option<&str>) -> Measured {
        let known = metric(self.name);
        let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
        Measured {
            value: self.value,
            unit: text(unit.or(known.map(|metric| metric.unit))),
            least: known.map_or(f64::NEG_INFINITY, |metric| *metric.range.start()),
            greatest: known.map_or(f64::INFINITY, |metric| *metric.range.end()),
            direction: text(known.map(|metric| metric.direction.name())),
            split: split.to_owned(),
            samples: self.samples as u64,
            standard_error: self.standard_error,
            of: self.of.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kept_number_says_how_it_is_read() {
        let kept = Measure::new("knn_accuracy", 0.9, 100).of("10 neighbours").kept("test", None);
        assert_eq!((kept.least, kept.greatest, kept.direction.as_str()), (0.0, 1.0, "higher"));
        assert_eq!(
            (kept.split.as_str(), kept.samples, kept.of.as_deref()),
            ("test", 100, Some("10 neighbours"))
        );
        let kept = Measure::new("total", 1.0, 1).give_or_take(f64::NAN).kept("valid", Some("nats per pixel"));
        assert_eq!((kept.unit.as_str(), kept.standard_error), ("nats per pixel", None));
    }
}
