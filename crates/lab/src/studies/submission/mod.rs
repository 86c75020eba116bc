//! A study as an array job of a scheduler: tasks that share out its members, with what one of them takes.

mod jobs;
mod slurm;

use std::path::PathBuf;
use std::time::Duration;

use bytesize::{GIB, MIB};

use crate::error::Error;
use crate::lab::Lab;
use crate::shell::quoted;
use crate::studies::{StudyCost, StudyMember, StudyOptions, StudyPlan};

/// As many tasks as a Slurm array has by default (`MaxArraySize`).
const MOST_TASKS: usize = 1000;
/// What the program, and the comparison at the end, take beside the training.
const PROGRAM: u64 = 512 * MIB;
/// Shared machines are slower than a look at some steps: the time asked for is so many times the estimate,
const CAUTION: f64 = 3.0;
/// and so much more.
const MARGIN: Duration = Duration::from_secs(600);

/// Which scheduler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "clap", derive(clap::ValueEnum))]
pub enum Scheduler {
    /// A script for Slurm's sbatch
    Slurm,
    /// An indexed job for Kubernetes, as YAML
    Jobs,
}

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

    /// The file for `scheduler`.
    ///
    /// # Errors
    /// If this program's own path is not known.
    pub fn script(&self, scheduler: Scheduler) -> Result<String, Error> {
        match scheduler {
            Scheduler::Slurm => {
                let program = std::env::current_exe()
                    .map_err(|error| Error::fault(format!("the path of this program: {error}")))?;
                Ok(slurm::script(self, &quoted(&program)))
            }
            Scheduler::Jobs => Ok(jobs::manifest(self)),
        }
    }

    /// The words of a task's command, but for its part.
    fn words(&self) -> Vec<String> {
        let threads = ["--threads".to_owned(), self.cores.to_string()];
        self.arguments.iter().cloned().chain(threads).collect()
    }

    /// Its name as schedulers take it: lower-case letters, digits and hyphens, at most 63.
    fn job_name(&self) -> String {
        let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
        let name: String = self.name.chars().map(plain).collect();
        let parts: Vec<&str> = name.split('-').filter(|part| !part.is_empty()).collect();
        let name: String = parts.join("-").chars().take(63).collect();
        if name.is_empty() { "study".to_owned() } else { name.trim_end_matches('-').to_owned() }
    }

    /// Memory in MiB.
    fn mebibytes(&self) -> u64 {
        self.memory / MIB
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn submission(is_sharded: bool) -> Submission {
        Submission {
            name: "My study: rates".into(),
            folder: "/data/my studies".into(),
            arguments: ["study", "rates.toml", "--set", "data.path=it's"].map(String::from).to_vec(),
            is_sharded,
            tasks: 12,
            cores: 4,
            memory: 768 * MIB,
            time: Duration::from_secs(4000),
        }
    }

    #[test]
    fn a_slurm_script_asks_for_what_a_task_takes() {
        let script = submission(true).script(Scheduler::Slurm).unwrap();
        for line in [
            "#!/bin/bash",
            "#SBATCH --job-name=my-study-rates",
            "#SBATCH --array=1-12",
            "#SBATCH --cpus-per-task=4",
            "#SBATCH --mem=768M",
            "#SBATCH --time=67",
            "#SBATCH --requeue",
            "cd '/data/my studies'",
        ] {
            assert!(script.lines().any(|found| found == line), "{line} in\n{script}");
        }
        let command =
            "study rates.toml --set 'data.path=it'\\''s' --threads 4 --shard \"$SLURM_ARRAY_TASK_ID/12\"";
        assert!(script.contains(command), "{script}");
        assert!(!submission(false).script(Scheduler::Slurm).unwrap().contains("--shard"));
    }

    #[test]
    fn the_pods_of_a_job_share_out_the_study() {
        let yaml = submission(true).script(Scheduler::Jobs).unwrap();
        for line in ["  name: my-study-rates", "  completions: 12", "  completionMode: Indexed"] {
            assert!(yaml.lines().any(|found| found == line), "{line} in\n{yaml}");
        }
        assert!(
            yaml.contains(
                "            - \"data.path=it's\"\n            - \"--threads\"\n            - \"4\"\n"
            ),
            "{yaml}"
        );
        assert!(yaml.contains("memory: 768Mi") && !yaml.contains("--shard"), "{yaml}");
    }
}
