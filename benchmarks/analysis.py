#!/usr/bin/env python3
"""Times the analysis of latent spaces in latentlab and its peers, alternately, in one run.

    benchmarks/analysis.py                                    everything, 2,500 to 70,000 points
    benchmarks/analysis.py --sizes 2500 10000 --rounds 3      smaller

Builds the example program `speed` of crates/analysis in release mode and the peer crate bhtsne, installs the pinned
peers into benchmarks/.venv-analysis, and writes a dated table into benchmarks/results/. Each round runs every program
once, one after the other; the figure is the median over rounds (one round for maps, and beyond 20,000 points). The
tables are MNIST's, from the folder named by LATENTLAB_DATA or ../shared/data. KL divergences are all computed by one
program, over all pairs; memory is the most that a process held.
"""

import argparse
import datetime
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

from program import HERE, ROOT, build_in, peers_python, processor

PEER = HERE / "peers" / "analysis_peer.py"
# Beyond so many points there is one round, and maps are not scored, which takes every pair in float64.
LARGE = 20000


def measure(command, threads):
    """What a program prints as JSON, and the most memory it held, in MB."""
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS")
    limits = {name: str(threads) for name in names}
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen([str(word) for word in command], stdout=output, env=os.environ | limits)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            print(f"  failed: {' '.join(map(str, command))}", file=sys.stderr)
            return None
        output.seek(0)
        return json.loads(output.read()) | {"megabytes": usage.ru_maxrss / 1024}


class Bench:
    def __init__(self, folder, threads):
        self.folder, self.threads = folder, threads
        folder_of_peers = pathlib.Path(os.environ.get("LATENTLAB_BENCH_VENV", HERE / ".venv-analysis"))
        self.python = peers_python(folder_of_peers, "requirements-analysis.txt")
        self.own = build_in(ROOT, "--package", "latentlab-analysis", "--example", "speed") / "examples" / "speed"
        self.bhtsne = build_in(HERE / "peers" / "bhtsne") / "bhtsne-peer"
        data = os.environ.get("LATENTLAB_DATA", ROOT.parent / "shared" / "data")
        subprocess.run([self.python, PEER, "prepare", pathlib.Path(data) / "mnist", folder], check=True)

    def commands(self, task, n):
        """Name → command of every program for one task."""
        table = [self.folder / "images.f32", 784] if task == "pca" else [self.folder / f"codes-{n}.f32", 10]
        own = [self.own, task, *table, self.threads]
        peer = lambda name: [self.python, PEER, name, *table, self.threads, self.folder / "map.f32"]  # noqa: E731
        if task == "tsne-sklearn":
            rust = {f"bhtsne {mode}": [self.bhtsne, mode, *table, self.threads, self.folder / "map.f32"]
                    for mode in ("barnes_hut", "fit_sne")}
            return {"latentlab": own, "scikit-learn": peer("sklearn")} | rust
        if task == "tsne-opentsne":
            return {"latentlab": own, "openTSNE": peer("opentsne")}
        if task == "neighbours":
            return {"latentlab": own, "scikit-learn": peer(task), "scikit-learn, brute": peer("neighbours-brute")}
        return {"latentlab": own, "scikit-learn": peer(task)}

    def compare(self, task, n, rounds, most):
        maps = task.startswith("tsne")
        found = {}
        for _ in range(1 if maps or n > LARGE and task != "pca" else rounds):
            for name, command in self.commands(task, n).items():
                if n > most.get(name, n):
                    continue
                os.environ["MAP"] = str(self.folder / "map.f32")
                one = measure(command, self.threads)
                if one is None:
                    continue
                if maps and n <= LARGE:
                    score = [self.python, PEER, "score", self.folder / f"codes-{n}.f32", 10, self.folder / "map.f32"]
                    one["kl"] = measure(score, self.threads)["kl"]
                found.setdefault(name, []).append(one)
        row = {name: {key: statistics.median(one[key] for one in runs) for key in ("seconds", "kl", "inertia", "megabytes")
                      if key in runs[0]} for name, runs in found.items()}
        print(f"{task}, {n}: {row}", flush=True)
        return {"task": task, "points": n, "programs": row}


def write(rows, arguments, versions):
    date = datetime.date.today().isoformat()
    (HERE / "results").mkdir(exist_ok=True)
    facts = {"date": date, "processor": processor(), "threads": arguments.threads, "rounds": arguments.rounds,
             "versions": versions, "rows": rows}
    (HERE / "results" / f"{date}-analysis.json").write_text(json.dumps(facts, indent=2, ensure_ascii=False) + "\n")
    lines = [
        f"# Analysis, {date}",
        "",
        f"Seconds on {arguments.threads} threads, median of {arguments.rounds} rounds (one for maps, and beyond {LARGE:,}"
        f" points), {facts['processor']}; {', '.join(versions)}. Quality: the exact KL of maps, computed for all programs"
        " by the same code, and the inertia of k-means; lower is better. MB is the most a process held, the interpreter"
        " and its libraries included.",
        "",
        "| task | points | program | seconds | ÷ latentlab | quality | MB |",
        "|---|---:|---|---:|---:|---:|---:|",
    ]
    for row in rows:
        own = row["programs"]["latentlab"]["seconds"]
        for name, found in row["programs"].items():
            ratio = "" if name == "latentlab" else f"**{found['seconds'] / own:.1f}×**"
            quality = f"{found['kl']:.4f}" if "kl" in found else f"{found['inertia']:.0f}" if "inertia" in found else ""
            lines.append(f"| {row['task']} | {row['points']:,} | {name} | {found['seconds']:.3f} | {ratio} | {quality} |"
                         f" {found['megabytes']:.0f} |")
    (HERE / "results" / f"{date}-analysis.md").write_text("\n".join(lines) + "\n")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    tasks = ["pca", "neighbours", "silhouette", "kmeans", "tsne-sklearn", "tsne-opentsne"]
    parser.add_argument("--tasks", nargs="+", default=tasks, choices=tasks, metavar="TASK")
    parser.add_argument("--sizes", nargs="+", type=int, default=[2500, 5000, 10000, 20000, 70000])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--most", nargs="*", default=["scikit-learn=20000", "bhtsne barnes_hut=20000"],
                        metavar="PROGRAM=POINTS", help="largest size of a slow program's maps")
    arguments = parser.parse_args()
    most = {name: int(points) for name, points in (pair.split("=") for pair in arguments.most)}
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(pathlib.Path(folder), arguments.threads)
        freeze = subprocess.run([bench.python, "-m", "pip", "freeze"], check=True, capture_output=True, text=True)
        wanted = ("scikit-learn==", "openTSNE==", "numpy==")
        versions = [line for line in freeze.stdout.splitlines() if line.startswith(wanted)] + ["bhtsne 0.7.13"]
        rows = []
        for task in arguments.tasks:
            for n in [60000] if task == "pca" else arguments.sizes:
                limits = most if task.startswith("tsne") else {}
                rows.append(bench.compare(task, n, arguments.rounds, limits))
                table = write(rows, arguments, versions)
        print(table)


main()
