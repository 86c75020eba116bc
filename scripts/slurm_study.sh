#!/bin/bash
# A study as an array job of a real Slurm, beside the same study without one: the weights must be the same.
#
# Starts munged, slurmctld and slurmd on loopback in a temporary folder (as root, with Debian's slurm-wlm and munge), sends off
# what `latentlab study --submit slurm` prints, an array of 12, kills two of its tasks and queues them again, and compares.
#
#   scripts/slurm_study.sh target/release/latentlab
#
# Prints the last result as benchmarks/results keep it. It ends what it started.
set -euo pipefail
program=$(realpath "${1:?usage: scripts/slurm_study.sh PROGRAM}")
place=$(mktemp -d)
node=$(hostname -s)
pids=()
finish() {
    for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
    wait
    if [ -n "${KEEP:-}" ]; then echo "kept: $place"; else rm -rf "$place"; fi
}
trap finish EXIT

# A cluster of one node.
mkdir -m 0755 "$place/munge" "$place/state" "$place/spool" "$place/work"
chmod 0755 "$place"
dd if=/dev/urandom of="$place/munge/key" bs=1024 count=1 status=none
chmod 0600 "$place/munge/key"
munged --foreground --force --socket="$place/munge/socket" --key-file="$place/munge/key" --pid-file="$place/munge/pid" \
    --log-file="$place/munge/log" --seed-file="$place/munge/seed" 2>"$place/munge/err" &
pids+=($!)
cat > "$place/slurm.conf" <<CONF
ClusterName=study
SlurmctldHost=$node(127.0.0.1)
SlurmctldPort=16817
SlurmdPort=16818
AuthType=auth/munge
AuthInfo=socket=$place/munge/socket,cred_expire=5
CredType=cred/munge
SlurmUser=root
SlurmdUser=root
StateSaveLocation=$place/state
SlurmdSpoolDir=$place/spool
SlurmctldPidFile=$place/slurmctld.pid
SlurmdPidFile=$place/slurmd.pid
SlurmctldLogFile=$place/slurmctld.log
SlurmdLogFile=$place/slurmd.log
ProctrackType=proctrack/pgid
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
MpiDefault=none
ReturnToService=2
KillWait=5
MinJobAge=3600
NodeName=$node NodeAddr=127.0.0.1 CPUs=$(nproc) RealMemory=2000 State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
CONF
export SLURM_CONF="$place/slurm.conf"
sleep 1
slurmctld -D -f "$SLURM_CONF" >"$place/slurmctld.out" 2>&1 &
pids+=($!)
sleep 2
slurmd -D -f "$SLURM_CONF" -N "$node" >"$place/slurmd.out" 2>&1 &
pids+=($!)
for _ in $(seq 60); do
    sinfo -h -o '%T' 2>/dev/null | grep -q '^idle' && break
    sleep 1
done
sinfo

# Twelve members: learning rates and sizes of the code, on drawn digits.
cd "$place/work"
cat > rates.toml <<'STUDY'
name = "rates"
description = "Learning rates and sizes of the code"
[sweep]
name = "vae"
recipe = "synthetic-digits-vae"
vary = [
    { key = "optimizer.learning_rate", from = 5e-4, to = 4e-3, steps = 4, scale = "log" },
    { key = "model.latent.size", values = [2, 4, 8] },
]
STUDY
options=(--epochs 6 --set data.count=1500)
"$program" study rates.toml "${options[@]}" --out slurm --threads 1 --submit slurm > rates.sbatch
sbatch --test-only rates.sbatch
job=$(sbatch --parsable rates.sbatch)
echo "job $job"

# The first task whose training has begun is killed and, as it has failed, queued again; another one is queued again while it runs.
running() { squeue -h -t RUNNING -o '%K' | sort -n; }
begun() { [ "$(cat slurm/runs/*/events.jsonl 2>/dev/null | grep -c '"event":"epoch"')" -ge "$1" ]; }
until begun 2 && [ "$(running | wc -l)" -ge 1 ]; do sleep 0.2; done
first=$(running | head -1)
kill -9 "$(pgrep -f "^$program study rates.toml .*--shard $first/12$")" && echo "killed task $first"
until [ "$(scontrol show job "${job}_$first" | grep -cE 'JobState=(FAILED|CANCELLED|COMPLETED|NODE_FAIL)')" = 1 ]; do sleep 0.2; done
scontrol show job "${job}_$first" | grep -oE 'JobState=[A-Z]+'
scontrol requeue "${job}_$first"
until [ "$(running | grep -vxc "$first")" -ge 1 ]; do sleep 0.2; done
sleep 2
second=$(running | grep -vx "$first" | head -1)
scontrol requeue "${job}_$second" && echo "queued task $second again while it ran"
until [ -z "$(squeue -h -o '%i')" ]; do sleep 1; done
states=$(for task in $(seq 12); do scontrol show job "${job}_$task" | grep -oE 'JobState=[A-Z]+' | head -1; done | sort | uniq -c)
restarts=$(for task in $(seq 12); do scontrol show job "${job}_$task" | grep -oE 'Restarts=[0-9]+' | head -1; done | sort | uniq -c)
echo "$states"; echo "$restarts"

# The same without Slurm, by one process.
"$program" study rates.toml "${options[@]}" --out plain --threads 2 --quiet > plain.out
sums() { (cd "$1/runs" && sha256sum ./*/checkpoints/{best,last}/weights.safetensors); }
sums plain > plain.sha256
sums slurm > slurm.sha256
cmp plain.sha256 slurm.sha256
count=$(wc -l < plain.sha256)
test "$count" = 24
begun=$(cat slurm/runs/*/events.jsonl | grep -c '"event":"run_started"')
test -s slurm/report.html
test "$(cat slurm-*.out | grep -c "^  slurm/report.html")" = 1 # one task compared
cat <<RESULT

| what | |
|---|---|
| Slurm | $(sbatch --version | cut -d' ' -f2), munge $(munged --version | head -1 | sed 's/[^0-9.]*\([0-9.]*\).*/\1/'), one node with $(nproc) cores |
| latentlab | $("$program" --version | cut -d' ' -f2) |
| array | 12 tasks, one a member, each on 1 thread; memory and time from the estimate: $(grep -oE -- '--(mem|time)=[^ ]*' rates.sbatch | tr '\n' ' ')|
| states at the end | $(tr -s " \n" " " <<< "$states") |
| restarts | $(tr -s " \n" " " <<< "$restarts") |
| trainings begun or gone on with | $begun |
| weights | $count files (best and last of 12 members), the same SHA-256 as those of one process on 2 threads without Slurm |
| comparison | made once, by the task that ended last |
RESULT
