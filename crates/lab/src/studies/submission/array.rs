//! What a study's array job is made of.

use std::path::PathBuf;
use std::time::Duration;

use bytesize::{GIB, MIB};

use crate::error::Error;
use crate::lab::Lab;
use crate::studies::cost::StudyCost;
use crate::studies::members::{StudyMember, StudyPlan};
use crate::studies::options::StudyOptions;

/// As many tasks as a Slurm array has by default (`MaxArraySize`).
const MOST_TASKS: usize = 1000;
/// What the program, and the comparison at the end, take beside the training.
const PROGRAM: u64 = 512 * MIB;
/// Shared machines are slower than a look at some steps: the time asked for is so many times the estimate,
const CAUTION: f64 = 3.0;
/// and so much more.
const MARGIN: Duration = Duration::from_secs(600);

/// What a study's array job is made of.
pub struct Submission {
    /// Name of the job.
    pub name: String,
    /// Where the command runs.
    pub folder: PathBuf,
    /// The command, without the program.
    pub arguments: Vec<String>,
    /// Whether each task trains a part of its own; else all share out everything, as a rule that ends some early needs.
    pub is_sharded: bool,
    /// How many tasks.
    pub tasks: usize,
    /// Cores for each.
    pub cores: usize,
    /// Memory for each, in bytes.
    pub memory: u64,
    /// Time for each.
    pub time: Duration,
}

impl Submission {
    /// The job of `study` that `arguments` run (those of `latentlab`, the verb first), of `tasks` tasks, one a member where
    /// nothing is said, with as many cores each as `lab` has threads.
    ///
    /// # Errors
    /// If a recipe is refused, or does not fit its data.
    pub fn new(
        study: train::Study,
        options: &StudyOptions,
        arguments: Vec<String>,
        tasks: Option<usize>,
        lab: &Lab,
    ) -> Result<Self, Error> {
        let plan = StudyPlan::new(study, options, lab)?;
        let splits = options.dirs.open(&plan.members[0].recipe.data, lab)?;
        let members: Vec<&StudyMember> = plan.members.iter().collect();
        let cost = StudyCost::estimate(&members, &splits, lab)?;
        let tasks = tasks.unwrap_or(MOST_TASKS).clamp(1, members.len());
        let each = cost.longest.max(cost.all.div_f64(tasks as f64));
        let time = Duration::try_from_secs_f64(each.as_secs_f64() * CAUTION).unwrap_or(Duration::MAX);
        Ok(Self {
            name: plan.study.name.clone(),
            folder: std::env::current_dir()
                .map_err(|error| Error::fault(format!("the current folder: {error}")))?,
            arguments,
            is_sharded: plan.rule().is_none(),
            tasks,
            cores: lab.threads(),
            memory: (cost.memory.saturating_add(PROGRAM)).div_ceil(GIB / 4) * (GIB / 4),
            time: time.saturating_add(MARGIN),
        })
    }

    /// The words of a task's command, but for its part.
    pub fn words(&self) -> Vec<String> {
        let threads = ["--threads".to_owned(), self.cores.to_string()];
        self.arguments.iter().cloned().chain(threads).collect()
    }

    /// Its name as schedulers take it: lower-case letters, digits and hyphens, at most 63.
    pub fn job_name(&self) -> String {
        let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
        let name: String = self.name.chars().map(plain).collect();
        let parts: Vec<&str> = name.split('-').filter(|part| !part.is_empty()).collect();
        let name: String = parts.join("-").chars().take(63).collect();
        if name.is_empty() { "study".to_owned() } else { name.trim_end_matches('-').to_owned() }
    }

    /// Memory in MiB.
    pub fn mebibytes(&self) -> u64 {
        self.memory / MIB
    }
}
