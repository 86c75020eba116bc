//! How metrics are read: their units and which way is better, from the one list that knows.

use latentlab::analysis::{Direction, metric};

use crate::numbers::value;

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
    fn metrics_say_how_they_are_read() {
        let hints = ["silhouette", "psnr", "nll", "davies_bouldin", "active_units", "fid"].map(hint);
        assert_eq!(
            hints,
            ["1 is best", "dB, higher is better", "nats, lower is better", "0 is best", "dimensions", ""]
        );
    }
}
