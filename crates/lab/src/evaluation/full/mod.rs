//! Everything that can be measured about a run on a split: posterior, likelihood, classes, generated images,
//! disentanglement, anomalies; each where it applies.

mod codes;
mod cost;
mod images;
mod posterior;
mod subject;
use std::sync::atomic::AtomicBool;

use data::{Dataset, Splits};
use model::Embedding;
use random::Stream;
use subject::Subject;

use crate::error::{Error, note_if_unsuited};
use crate::feature_space::LONG_CODE;
use crate::lab::Lab;
use crate::runs::Run;
use crate::split::Split;

pub use codes::components;
pub use cost::Cost;
pub use posterior::posterior;
pub use subject::{Effort, Features, Findings};

/// Numbers that codes of training images are at most, where each has more than [`LONG_CODE`].
const LONG_CODES: usize = 16_000_000;

/// A part of the evaluation: its name, and what measures it.
type Part = (&'static str, fn(&mut Subject<'_>) -> Result<(), Error>);

/// In the order in which they are measured: what tells most for its time comes first.
const PARTS: &[Part] = &[
    ("posterior", |subject| {
        posterior(&mut subject.findings, &subject.codes, subject.run.trained.recipe.seed, subject.lab)
    }),
    ("principal components", codes::explained),
    ("classes", codes::classes),
    ("draws", images::draws),
    ("generated images", images::generated),
    ("disentanglement", codes::factors),
    ("anomalies", images::anomalies),
    ("likelihood", posterior::likelihood),
];

/// Measures everything on `split`, until `stop`; `keep` is given what was found so far after each part.
pub fn evaluate(
    run: &mut Run,
    splits: &Splits,
    split: Split,
    effort: Effort,
    lab: &Lab,
    stop: &AtomicBool,
    keep: &mut dyn FnMut(&Run, &Findings) -> Result<(), Error>,
) -> Result<Findings, Error> {
    let set = split.of(splits);
    Cost::of_evaluation(run, splits, set, effort, lab).announce("evaluate --full", lab);
    let stage = lab.stage("encoding", 2);
    let codes = encode(run, set);
    stage.step();
    let train = some(&splits.train, codes.dims(), run.trained.recipe.seed)?;
    let train_codes = encode(run, &train);
    drop(stage);
    let findings = Findings::default();
    let mut subject =
        Subject { run, splits, set, split, train, effort, lab, stop, codes, train_codes, findings };
    let mut missing = Vec::new();
    for (name, measure) in PARTS {
        if !subject.is_stopped() {
            let measured = measure(&mut subject);
            note_if_unsuited(measured, name, &mut subject.findings.notes)?;
            keep(subject.run, &subject.findings)?;
        }
        // Also the part that was cut short.
        if subject.is_stopped() {
            missing.push(*name);
        }
    }
    if !missing.is_empty() {
        subject.findings.notes.push(format!("interrupted; not measured: {}", missing.join(", ")));
    }
    Ok(subject.findings)
}

/// All of a set; where codes are long, so many images that their codes are no more than [`LONG_CODES`] numbers.
fn some(set: &Dataset, dims: usize, seed: u64) -> Result<Dataset, Error> {
    let most = LONG_CODES / dims;
    if dims <= LONG_CODE || set.len() <= most {
        return Ok(set.clone());
    }
    let order = Stream::new(seed, "encoded images").permutation(0, set.len());
    let chosen: Vec<usize> = order[..most].iter().map(|index| *index as usize).collect();
    Ok(set.subset(&chosen)?)
}

fn encode(run: &mut Run, set: &Dataset) -> Embedding {
    let seen = run.trained.source(set);
    run.trained.model.encode_from(&seen, set.len())
}
