//! A study as an array job of a scheduler: tasks that share out its members, with what one of them takes.

mod array;
mod jobs;
mod slurm;

use crate::error::Error;
use crate::shell::quoted;

pub use array::Submission;

/// Which scheduler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "clap", derive(clap::ValueEnum))]
pub enum Scheduler {
    /// A script for Slurm's sbatch
    Slurm,
    /// An indexed job for Kubernetes, as YAML
    Jobs,
}

/// The file that submits `submission` to `scheduler`.
///
/// # Errors
/// If this program's own path is not known.
pub fn script(submission: &Submission, scheduler: Scheduler) -> Result<String, Error> {
    match scheduler {
        Scheduler::Slurm => {
            let program = std::env::current_exe()
                .map_err(|error| Error::fault(format!("the path of this program: {error}")))?;
            Ok(slurm::script(submission, &quoted(&program)))
        }
        Scheduler::Jobs => Ok(jobs::manifest(submission)),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use bytesize::MIB;

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
        let text = script(&submission(true), Scheduler::Slurm).unwrap();
        for line in [
            "#!/bin/bash",
            "#SBATCH --job-name=my-study-rates",
            "#SBATCH --array=1-12",
            "#SBATCH --cpus-per-task=4",
            "#SBATCH --mem=768M",
            "#SBATCH --time=67",
            "#SBATCH --requeue",
            "cd '/data/my studies' || exit 1",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} in\n{text}");
        }
        let command =
            "study rates.toml --set 'data.path=it'\\''s' --threads 4 --shard \"$SLURM_ARRAY_TASK_ID/12\"";
        assert!(text.contains(command), "{text}");
        assert!(!script(&submission(false), Scheduler::Slurm).unwrap().contains("--shard"));
    }

    #[test]
    fn the_pods_of_a_job_share_out_the_study() {
        let yaml = script(&submission(true), Scheduler::Jobs).unwrap();
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
