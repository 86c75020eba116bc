//! A script for `sbatch`.

use crate::shell::quoted;
use crate::studies::submission::array::Submission;

/// The script, which runs `program`. A task that is killed or preempted, or that runs out of time, is queued again and goes
/// on where it was last saved.
pub fn script(submission: &Submission, program: &str) -> String {
    let Submission { folder, tasks, cores, time, .. } = submission;
    let (name, memory, folder) = (submission.job_name(), submission.mebibytes(), quoted(folder));
    let minutes = time.as_secs().div_ceil(60);
    let mut words = vec![program.to_owned()];
    words.extend(submission.words().iter().map(|word| quoted(word.as_ref())));
    if submission.is_sharded {
        words.push(format!("--shard \"$SLURM_ARRAY_TASK_ID/{tasks}\""));
    }
    let command = words.join(" ");
    format!(
        r#"#!/bin/bash
#SBATCH --job-name={name}
#SBATCH --array=1-{tasks}
#SBATCH --ntasks=1
#SBATCH --cpus-per-task={cores}
#SBATCH --mem={memory}M
#SBATCH --time={minutes}
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --signal=B:USR1@120
# Written by latentlab study --submit slurm; send it off with: sbatch FILE
# Memory is the plan's, time three times the estimate on the machine that wrote this. Partition and account: add them here.
# The folder must be one that all nodes share. A task may be killed at any time: it goes on where it was last saved.
set -u
cd {folder} || exit 1
again=
# Two minutes before its time is up: what was learned is saved, and the task queued again.
trap 'again=1; kill -TERM "$work"' USR1
trap 'kill -TERM "$work"' TERM
{command} &
work=$!
wait "$work"
code=$?
while kill -0 "$work" 2>/dev/null; do # a signal ended the wait
    wait "$work"
    code=$?
done
if [ -n "$again" ]; then
    scontrol requeue "${{SLURM_ARRAY_JOB_ID}}_${{SLURM_ARRAY_TASK_ID}}"
fi
exit "$code"
"#
    )
}
