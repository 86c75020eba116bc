//! What `train` says when it is done: what was learned, where everything is, what to try next.

use std::time::Duration;

use crate::lab::losses::loss_unit;
use crate::lab::numbers::{count, duration, part, table};
use crate::lab::shell::quoted;
use crate::lab::training::{Drawings, Repetition};
use crate::run::{self, Epoch, Manifest, RunDir, Status};
use crate::train::{Ending, Monitor, Outcome as Training, Plan, ordered_terms};
use serde_json::json;

use crate::program::failure::Failure;
use crate::program::outcome::Outcome;

use super::arguments::Arguments;

/// A training that ended, as the user hears of it.
pub struct Report<'a> {
    /// What was asked for.
    pub arguments: &'a Arguments,
    /// The run.
    pub run: &'a RunDir,
    /// What was planned.
    pub plan: &'a Plan,
    /// The run's manifest.
    pub manifest: &'a Manifest,
    /// What came of repeating a run.
    pub repetition: Option<Repetition>,
}

impl Report<'_> {
    /// What was learned, where everything is, what to try next.
    pub fn outcome(&self, training: &Training, drawn: &Drawings) -> Result<Outcome, Failure> {
        let figures = &drawn.figures;
        let folder = self.run.path();
        let events = self.run.events()?;
        let epochs = events.epochs();
        let best = training.best.and_then(|best| epochs.iter().find(|epoch| epoch.epoch == best.epoch));
        let mut text = self.headline(training);
        if let Some(best) = best {
            let unit = loss_unit(&self.plan.recipe().objective);
            text += &format!("\nloss after the best epoch ({}), {unit}\n{}", best.epoch, losses(best));
        }
        text += &format!("\nrun      {}\n", folder.display());
        if !figures.is_empty() {
            text += &format!("figures  {}: {}\n", folder.join("figures").display(), figures.join(", "));
        }
        if let Some(report) = &drawn.report {
            text += &format!("report   {}\n", report.display());
        }
        if let Some(repetition) = &self.repetition {
            text += &repetition.sentence();
        }
        text += "\nnext\n";
        for command in self.next() {
            text += &format!("  {command}\n");
        }
        let terms = |epoch: Option<&&Epoch>| {
            epoch.map(|epoch| json!({ "epoch": epoch.epoch, "train": epoch.train, "valid": epoch.valid }))
        };
        let json = json!({
            "run": folder.display().to_string(),
            "recipe": self.manifest.recipe,
            "seed": self.manifest.seed,
            "status": self.manifest.status.to_string(),
            "epochs": training.epochs,
            "best": terms(best),
            "last": terms(epochs.last()),
            "figures": figures,
            "repeats": self.repetition.as_ref().map(|repetition| {
                json!({
                    "run": repetition.of.display().to_string(),
                    "equal": repetition.equal,
                    "reasons": repetition.reasons,
                })
            }),
            "report": drawn.report.as_ref().map(|path| path.display().to_string()),
            "seconds": self.manifest.seconds,
        });
        Ok(Outcome::done(text, json).interrupted(self.manifest.status == Status::Interrupted))
    }

    fn headline(&self, training: &Training) -> String {
        let seconds = self.manifest.seconds.get("total").copied().unwrap_or(0.0);
        let how = match training.ending {
            Ending::Completed => String::new(),
            Ending::EarlyStopped => match training.best.filter(|_| self.watches_validation()) {
                Some(best) => format!(
                    " of {}, stopped because validation got no better after epoch {}",
                    self.plan.recipe().training.epochs,
                    best.epoch
                ),
                None => ", stopped early as the recipe asks".into(),
            },
            Ending::Interrupted => format!(" of {}, interrupted", self.manifest.epochs.asked),
        };
        let epochs = count(training.epochs as usize, "epoch");
        let time = duration(Duration::from_secs_f64(seconds));
        format!("{}: {epochs}{how}, {time} in all\n", self.manifest.recipe)
    }

    /// Whether it is the validation total that stops a training.
    fn watches_validation(&self) -> bool {
        let rule = self.plan.recipe().training.early_stopping;
        rule.is_some_and(|rule| rule.monitor == Monitor::ValidTotal)
    }

    /// Commands to try on the run.
    fn next(&self) -> [String; 4] {
        let run = quoted(self.run.path());
        let data = self.arguments.dirs.data_dir.as_ref();
        let data = data.map_or_else(String::new, |folder| format!(" --data-dir {}", quoted(folder)));
        let use_it = if self.plan.recipe().data.is_denoising() {
            format!("latentlab denoise {run} IMAGE")
        } else if self.plan.network().is_variational() {
            format!("latentlab generate {run} -n 100 --out samples.png")
        } else {
            format!("latentlab reconstruct {run} --images IMAGE")
        };
        let evaluate = format!("latentlab evaluate {run}{data}");
        let explore = format!("latentlab explore {run}{data} --open");
        [evaluate, use_it, explore, format!("latentlab embed {run}{data} --out embeddings.npz")]
    }
}

fn losses(epoch: &Epoch) -> String {
    let names: Vec<&str> = ordered_terms(&epoch.train).map(|(term, _)| term.name()).collect();
    let row = |split: &str, terms: &run::Terms| {
        let total = terms.get("total").copied().unwrap_or(f64::NAN);
        let term = |name: &&str| terms.get(*name).map_or_else(String::new, |term| part(*term, total));
        [split.to_owned()].into_iter().chain(names.iter().map(term)).collect::<Vec<_>>()
    };
    let head = std::iter::once(String::new()).chain(names.iter().map(ToString::to_string)).collect();
    table(&[head, row("train", &epoch.train), row("valid", &epoch.valid)])
}
