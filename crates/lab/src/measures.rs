//! Numbers by the names in [`metrics`]: on their way into `metrics.json`, and how they are read.

use analysis::{Direction, METRICS, Metric};
use network::{Term, TermDescription};
use run::Measurement;

use crate::numbers::value;

/// How every number is read, in the order of tables: the terms of a loss, then [`METRICS`].
pub fn metrics() -> impl Iterator<Item = Metric> {
    Term::ALL.iter().map(|term| of_term(term.description())).chain(METRICS.iter().cloned())
}

/// How the number of that name is read.
pub fn metric(name: &str) -> Option<Metric> {
    metrics().find(|metric| metric.name == name)
}

fn of_term(term: &TermDescription) -> Metric {
    let TermDescription { name, measures, unit, range, is_lower_better, source, .. } = term;
    let direction = if *is_lower_better { Direction::Lower } else { Direction::Neutral };
    Metric { name, measures, unit, range: range.clone(), direction, source }
}

/// One number that was measured.
#[derive(Clone, Debug, PartialEq)]
pub struct Measure {
    /// Its name in [`metrics`].
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
    pub fn kept(&self, split: &str, unit: Option<&str>) -> Measurement {
        let known = metric(self.name);
        let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
        Measurement {
            value: self.value,
            unit: text(unit.or(known.as_ref().map(|metric| metric.unit))),
            least: known.as_ref().map_or(f64::NEG_INFINITY, |metric| *metric.range.start()),
            greatest: known.as_ref().map_or(f64::INFINITY, |metric| *metric.range.end()),
            direction: text(known.map(|metric| metric.direction.name())),
            split: split.to_owned(),
            samples: self.samples as u64,
            standard_error: self.standard_error,
            of: self.of.clone(),
        }
    }
}

/// A row for each metric: name, value, and how to read it.
pub fn metric_rows(values: &[(&'static str, f64)]) -> Vec<Vec<String>> {
    values.iter().map(|(name, found)| vec![(*name).to_owned(), value(*found), hint(name)]).collect()
}

/// `nats, lower is better`; the unit alone where neither is better; nothing for what no list knows.
pub fn hint(name: &str) -> String {
    let Some(metric) = metric(name) else { return String::new() };
    let better = match metric.direction {
        Direction::Higher if *metric.range.end() == 1.0 => "1 is best",
        Direction::Higher => "higher is better",
        Direction::Lower if *metric.range.start() == 0.0 => "0 is best",
        Direction::Lower => "lower is better",
        Direction::Neutral => "",
    };
    let parts: Vec<&str> = [metric.unit, better].into_iter().filter(|part| !part.is_empty()).collect();
    parts.join(", ")
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

    #[test]
    fn metrics_say_how_they_are_read() {
        let hints = ["silhouette", "psnr", "nll", "davies_bouldin", "active_units", "fid"].map(hint);
        assert_eq!(
            hints,
            ["1 is best", "dB, higher is better", "nats, lower is better", "0 is best", "dimensions", ""]
        );
    }
}
