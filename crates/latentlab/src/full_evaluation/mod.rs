//! Everything that can be measured about a run on a split: posterior, likelihood, classes, generated images,
//! disentanglement, anomalies; each where it applies.

mod codes;
mod cost;
mod images;
mod posterior;

use std::sync::atomic::{AtomicBool, Ordering};

use clap::ValueEnum;
use latentlab::data::{Dataset, Splits};
use latentlab::model::Embedding;
use latentlab::random::Stream;
use latentlab::report::Figure;

use crate::data_source::Split;
use crate::failure::Failure;
use crate::feature_space::LONG_CODE;
use crate::measures::Measure;
use crate::opened::Opened;
use crate::points::PointSet;
use crate::settings::Settings;
use crate::stages::Stage;

pub use codes::components;
pub use cost::Cost;
pub use posterior::posterior;

/// Where generated and real images are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Features {
    /// The pixels themselves
    Pixels,
    /// The latent means that this run gives them; not comparable between runs
    Latent,
}

/// How much is done.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// Importance samples per image.
    pub samples: u64,
    /// Where generated images are compared with real ones.
    pub features: Features,
    /// Images that pass through the network each second, as measured.
    pub images_per_second: f64,
}

/// What was found.
#[derive(Default)]
pub struct Found {
    /// Every number.
    pub measures: Vec<Measure>,
    /// What does not apply and why, verdicts, what to try.
    pub notes: Vec<String>,
    /// Figures by the name of their files.
    pub figures: Vec<(&'static str, Figure)>,
}

impl Found {
    /// Keeps numbers; of one that is none (the quotient of nothing by nothing) a note says so.
    pub fn extend(&mut self, measures: impl IntoIterator<Item = Measure>) {
        for measure in measures {
            match measure.value.is_finite() {
                true => self.measures.push(measure),
                false => self.notes.push(format!("{} has no finite value here", measure.name)),
            }
        }
    }
}

/// What is measured, and what is known of it before.
struct Subject<'a> {
    opened: &'a mut Opened,
    splits: &'a Splits,
    set: &'a Dataset,
    /// Which part of the splits `set` is.
    split: Split,
    /// The training images, or some of them where their codes are long.
    train: Dataset,
    effort: Effort,
    settings: &'a Settings,
    stop: &'a AtomicBool,
    /// Codes of the images, and of the training images.
    codes: Embedding,
    train_codes: Embedding,
    found: Found,
}

impl Subject<'_> {
    fn seed(&self) -> u64 {
        self.opened.trained.recipe.seed
    }

    fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::SeqCst)
    }

    /// Codes with the classes of their images: of those that classifiers are fitted on and of those that they are
    /// judged on. These are the training images and the images of the split; of all images four fifths and one fifth.
    fn labelled_points(&self) -> (PointSet, PointSet) {
        match self.split {
            Split::All => self.points().1.parted(self.seed()),
            _ => self.points(),
        }
    }

    /// Codes with the classes of their images: of the training images and of those that are judged.
    fn points(&self) -> (PointSet, PointSet) {
        (PointSet::of(&self.train_codes, &self.train), PointSet::of(&self.codes, self.set))
    }
}

/// Numbers that codes of training images are at most, where each has more than [`LONG_CODE`].
const LONG_CODES: usize = 16_000_000;

/// A part of the evaluation: its name, and what measures it.
type Part = (&'static str, fn(&mut Subject<'_>) -> Result<(), Failure>);

/// In the order in which they are measured: what tells most for its time comes first.
const PARTS: &[Part] = &[
    ("posterior", |subject| {
        posterior(&mut subject.found, &subject.codes, subject.opened.trained.recipe.seed, subject.settings)
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
    opened: &mut Opened,
    splits: &Splits,
    split: Split,
    effort: Effort,
    settings: &Settings,
    stop: &AtomicBool,
    keep: &mut dyn FnMut(&Opened, &Found) -> Result<(), Failure>,
) -> Result<Found, Failure> {
    let set = split.of(splits);
    Cost::of_evaluation(opened, splits, set, effort, settings).announce("evaluate --full", settings);
    let stage = Stage::new(&settings.console, "encoding", 2);
    let codes = encode(opened, set);
    stage.step();
    let train = some(&splits.train, codes.dims(), opened.trained.recipe.seed)?;
    let train_codes = encode(opened, &train);
    drop(stage);
    let found = Found::default();
    let mut subject =
        Subject { opened, splits, set, split, train, effort, settings, stop, codes, train_codes, found };
    let mut missing = Vec::new();
    for (name, measure) in PARTS {
        if !subject.is_stopped() {
            let measured = measure(&mut subject);
            Failure::unless_unsuited(measured, name, &mut subject.found.notes)?;
            keep(subject.opened, &subject.found)?;
        }
        // Also the part that was cut short.
        if subject.is_stopped() {
            missing.push(*name);
        }
    }
    if !missing.is_empty() {
        subject.found.notes.push(format!("interrupted; not measured: {}", missing.join(", ")));
    }
    Ok(subject.found)
}

/// All of a set; where codes are long, so many images that their codes are no more than [`LONG_CODES`] numbers.
fn some(set: &Dataset, dims: usize, seed: u64) -> Result<Dataset, Failure> {
    let most = LONG_CODES / dims;
    if dims <= LONG_CODE || set.len() <= most {
        return Ok(set.clone());
    }
    let order = Stream::new(seed, "encoded images").permutation(0, set.len());
    let chosen: Vec<usize> = order[..most].iter().map(|index| *index as usize).collect();
    Ok(set.subset(&chosen)?)
}

fn encode(opened: &mut Opened, set: &Dataset) -> Embedding {
    let seen = opened.trained.seen(set);
    opened.trained.model.encode_from(&seen, set.len())
}
