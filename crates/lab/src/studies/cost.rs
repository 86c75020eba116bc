//! What the trainings of a study take, before they begin.

use std::time::Duration;

use data::Splits;
use network::Network;
use train::pace;

use crate::error::Error;
use crate::lab::Lab;
use crate::studies::members::StudyMember;

/// Steps of so many networks are timed, spread over the study.
const TIMED: usize = 4;
/// For so long each.
const BUDGET: Duration = Duration::from_millis(100);
/// What validating an image takes of what a step with it takes: the way forward, without the way back.
const VALIDATION: f64 = 1.0 / 3.0;

/// What the trainings of a study take on this machine.
#[derive(Clone, Copy, Debug)]
pub struct StudyCost {
    /// All of them, one after the other, without a rule that ends some early.
    pub all: Duration,
    /// The longest.
    pub longest: Duration,
    /// Most memory that one takes, data included, in bytes.
    pub memory: u64,
}

impl StudyCost {
    /// Of these members, by some steps of some of them; of `splits`, the data of the first.
    ///
    /// # Errors
    /// If a training does not fit into memory, or the engine cannot run it.
    pub fn estimate(members: &[&StudyMember], splits: &Splits, lab: &Lab) -> Result<Self, Error> {
        let compute = lab.compute()?;
        let images = splits.train.len() as f64 + VALIDATION * splits.valid.len() as f64;
        let mut measured: Vec<(Network, usize)> = Vec::new();
        let (mut memory, mut pace_now, mut seconds) = (0, 0.0, Vec::new());
        let every = members.len().div_ceil(TIMED).max(1);
        for (position, member) in members.iter().enumerate() {
            // One of other images than the first has; that it cannot be compared is said where it is trained.
            let Ok(plan) = member.recipe.check(splits.train.shape()) else { continue };
            let batch = member.recipe.training.batch_size.min(splits.train.len());
            let kind = (plan.network().clone(), batch);
            if !measured.contains(&kind) {
                lab.memory().check(&plan, splits, compute)?;
                memory = memory.max(plan.memory(batch, compute)?);
                measured.push(kind);
            }
            if position % every == 0 {
                pace_now = pace(&plan, compute, BUDGET)?;
            }
            seconds.push(pace_now * images * member.recipe.training.epochs as f64);
        }
        let time = |seconds: f64| Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX);
        Ok(Self {
            all: time(seconds.iter().sum()),
            longest: time(seconds.into_iter().fold(0.0, f64::max)),
            memory: memory.saturating_add(splits.bytes_in_memory()),
        })
    }
}
