//! What a full evaluation measures, how much of it, and what it found.

use std::sync::atomic::{AtomicBool, Ordering};

use data::{Dataset, Splits};
use model::Embedding;
use report::Figure;

use crate::lab::Lab;
use crate::measures::Measure;
use crate::point_set::PointSet;
use crate::runs::Run;
use crate::split::Split;

/// Where generated and real images are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "clap", derive(clap::ValueEnum))]
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
pub struct Findings {
    /// Every number.
    pub measures: Vec<Measure>,
    /// What does not apply and why, verdicts, what to try.
    pub notes: Vec<String>,
    /// Figures by the name of their files.
    pub figures: Vec<(&'static str, Figure)>,
}

impl Findings {
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
pub(super) struct Subject<'a> {
    pub run: &'a mut Run,
    pub splits: &'a Splits,
    pub set: &'a Dataset,
    /// Which part of the splits `set` is.
    pub split: Split,
    /// The training images, or some of them where their codes are long.
    pub train: Dataset,
    pub effort: Effort,
    pub lab: &'a Lab,
    pub stop: &'a AtomicBool,
    /// Codes of the images, and of the training images.
    pub codes: Embedding,
    pub train_codes: Embedding,
    pub findings: Findings,
}

impl Subject<'_> {
    pub fn seed(&self) -> u64 {
        self.run.trained.recipe.seed
    }

    pub fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::SeqCst)
    }

    /// Codes with the classes of their images: of those that classifiers are fitted on and of those that they are
    /// judged on. These are the training images and the images of the split; of all images four fifths and one fifth.
    pub fn labelled_points(&self) -> (PointSet, PointSet) {
        match self.split {
            Split::All => self.points().1.parted(self.seed()),
            _ => self.points(),
        }
    }

    /// Codes with the classes of their images: of the training images and of those that are judged.
    pub fn points(&self) -> (PointSet, PointSet) {
        (PointSet::of(&self.train_codes, &self.train), PointSet::of(&self.codes, self.set))
    }
}
