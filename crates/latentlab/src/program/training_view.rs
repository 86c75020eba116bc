//! How a training looks while it goes on: a line per epoch, and on a terminal a bar below them.

use std::time::{Duration, Instant};

use crate::lab::numbers::{count, duration, grouped, part, value};
use crate::network::{Term, Terms};
use crate::run;
use crate::train::{EpochReport, Observer, StartReport, StepReport, distinct_terms};
use indicatif::ProgressBar;

use crate::program::console::Console;

const TEMPLATE: &str = "{prefix} {bar:24.cyan} {msg}";
/// A bar that changes more often cannot be read.
const REFRESH: Duration = Duration::from_millis(100);

/// Shows a training on the console.
pub struct TrainingView<'a> {
    console: &'a Console,
    bar: Option<ProgressBar>,
    drawn: Option<Instant>,
    columns: Vec<&'static str>,
    /// What it trains on: `image`, or `row` of a table.
    item: &'static str,
}

impl<'a> TrainingView<'a> {
    /// A view of a training that is about to begin.
    pub fn new(console: &'a Console) -> Self {
        Self { console, bar: None, drawn: None, columns: Vec::new(), item: "image" }
    }

    /// Headings over the epochs' lines; the terms right of each total are its summands.
    fn head(&mut self, epoch: &run::Epoch) {
        self.columns = distinct_terms(&epoch.train);
        let width = 10 * self.columns.len() + self.columns.iter().map(|name| padding(name)).sum::<usize>();
        let heads: String = self.columns.iter().map(|name| cell(name, name)).collect();
        self.console.note(format_args!("{:9}{:>width$}{:>width$}", "", "train", "valid"));
        self.console.note(format_args!(
            "{:>9}{heads}{heads}{:>11}{:>9}",
            "epoch",
            format!("{}s/s", self.item),
            "left"
        ));
    }
}

/// What a heading needs beyond the ten characters of every column.
fn padding(name: &str) -> usize {
    (name.len() + 2).saturating_sub(10)
}

fn cell(text: &str, heading: &str) -> String {
    format!("{text:>width$}", width = 10 + padding(heading))
}

impl Observer for TrainingView<'_> {
    fn started(&mut self, start: &StartReport) {
        self.item = if start.is_table { "row" } else { "image" };
        self.console.note(format_args!(
            "{}: {} parameters, {} to train, {} to validate, {} of {}",
            start.recipe,
            grouped(start.parameters),
            count(start.train_images, self.item),
            grouped(start.valid_images),
            count(start.epochs as usize, "epoch"),
            count(start.steps_per_epoch as usize, "step"),
        ));
        if let Some(decay) = start.average {
            self.console.note(format_args!(
                "validated, saved and used is the average of the weights over steps, decay {decay}"
            ));
        }
        self.console.detail(format_args!("{}", start.device));
        if self.console.is_live() {
            let bar = self.console.bar(Some(start.epochs * start.steps_per_epoch), TEMPLATE);
            bar.set_position(start.epochs_done * start.steps_per_epoch);
            self.bar = Some(bar);
        }
    }

    fn step(&mut self, step: &StepReport) {
        let Some(bar) = &self.bar else { return };
        if self.drawn.is_some_and(|last| last.elapsed() < REFRESH) {
            return;
        }
        self.drawn = Some(Instant::now());
        bar.set_prefix(format!("epoch {}/{}", step.epoch, step.epochs));
        bar.set_position((step.epoch - 1) * step.steps_per_epoch + step.step);
        bar.set_message(format!(
            "{}  {} images/s  {} left",
            sum(&step.terms),
            grouped(step.images_per_second as u64),
            duration(step.time_left),
        ));
    }

    fn validating(&mut self, _epoch: u64) {
        if let Some(bar) = &self.bar {
            bar.set_message("validating");
        }
    }

    fn epoch(&mut self, done: &EpochReport<'_>) {
        let epoch = done.record;
        if self.columns.is_empty() {
            self.head(epoch);
        }
        let row = |terms: &run::Terms| -> String {
            let total = terms.get("total").copied().unwrap_or(f64::NAN);
            let text = |name: &str| terms.get(name).map_or_else(String::new, |term| part(*term, total));
            self.columns.iter().map(|name| cell(&text(name), name)).collect()
        };
        self.console.note(format_args!(
            "{:>9}{}{}{:>11}{:>9}{}",
            format!("{}/{}", epoch.epoch, done.epochs),
            row(&epoch.train),
            row(&epoch.valid),
            grouped(epoch.images_per_second as u64),
            if epoch.epoch < done.epochs { duration(done.time_left) } else { "–".into() },
            if done.is_best { "  best" } else { "" },
        ));
    }

    fn notice(&mut self, message: &str) {
        self.console.note(message);
    }
}

impl Drop for TrainingView<'_> {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// `total 112.30 = reconstruction 94.10 + kl 18.20`, with the summands that are not 0.
fn sum(terms: &Terms) -> String {
    let parts: Vec<String> = Term::summands()
        .filter(|term| terms[*term] != 0.0)
        .map(|term| format!("{} {}", term.name(), part(terms[term], terms.total())))
        .collect();
    match parts.len() {
        0 | 1 => format!("total {}", value(terms.total())),
        _ => format!("total {} = {}", value(terms.total()), parts.join(" + ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_shows_every_summand_that_is_not_0() {
        let terms = |values: &[(Term, f64)]| {
            let mut terms = Terms::default();
            values.iter().for_each(|(term, value)| terms.values[*term] = *value);
            terms
        };
        let alone = terms(&[(Term::Total, 94.1), (Term::Reconstruction, 94.1)]);
        assert_eq!(sum(&alone), "total 94.100");
        for summand in Term::summands().filter(|term| *term != Term::Reconstruction) {
            let two = terms(&[(Term::Total, 112.3), (Term::Reconstruction, 94.1), (summand, 18.2)]);
            let expected = format!("total 112.30 = reconstruction 94.10 + {} 18.20", summand.name());
            assert_eq!(sum(&two), expected);
        }
    }
}
