#!/usr/bin/env python3
"""Trains every reference recipe on the real data and sets what it reaches beside what was published.

    benchmarks/published.py --data ~/data                      all twelve, three seeds: many hours
    benchmarks/published.py --data ~/data --recipes mnist-mlp-vae mnist-mlp-ae
    benchmarks/published.py --data ~/data --keras               the same nets in Keras too, as many seeds
    benchmarks/published.py --data ~/data --smoke               one epoch on few images: does it run?

Writes benchmarks/results/DATE-published.md, a row per recipe: the published loss, ours as mean ± standard deviation
over seeds with the best seed, Keras's where it ran, time on this machine, and whether the bounds hold: our best seed
at most 0.5 % above the published loss and our mean at most 1.5 %. Trainings that were finished before are taken
from benchmarks/results/published/ and not run again. Exits with 1 if a bound is missed.
"""

import argparse
import datetime
import json
import os
import pathlib
import statistics
import subprocess
import sys

from program import HERE, build, peers_python, processor

# recipe: {number: published}. Bounds on losses that several recipes share are those of each alone.
PUBLISHED = {
    "mnist-conv-vae": {},
    "fashion-conv-ae": {"valid_total": 0.2448},
    "fashion-conv-vae": {"train_total": 128.7090},
    "mnist-pool-ae": {"valid_total": 0.1124},
    "mnist-pool-vae": {"valid_total": 154.14},
    "mnist-mlp-ae": {"valid_total": 84.74},
    "mnist-mlp-vae": {"valid_total": 111.77},
    "mnist-deep-conv-vae": {"valid_total": 97.33},
    "mnist-shallow-ae": {},
    "mnist-upsample-ae": {},
    "mnist-denoiser": {},
    "mnist-wide-mlp-vae": {"train_total": 146.37, "valid_total": 150.0},
}
BEST, MEAN = 1.005, 1.015


def ours(program, recipe, seed, arguments, folder):
    """The best epoch's losses and the seconds of training; from disk where the run is complete."""
    run = folder / f"{recipe}-seed-{seed}"
    manifest = run / "manifest.json"
    if not (manifest.exists() and json.loads(manifest.read_text())["status"] == "completed"):
        command = [program, "train", recipe, "--seed", str(seed), "--out", run, "--force", "--no-report"]
        command += ["--data-dir", arguments.data, "--offline", "--quiet"]
        if arguments.smoke:
            command += ["--epochs", "1", "--set", "data.limit={ train = 500, valid = 200, test = 200 }"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    lines = (run / "events.jsonl").read_text().splitlines()
    epochs = [event for event in map(json.loads, lines) if event["event"] == "epoch"]
    # The weights that a run keeps are those of the lowest validation total.
    best = min(epochs, key=lambda epoch: epoch["valid"]["total"])
    return {
        "epoch": best["epoch"],
        "epochs": len(epochs),
        "train_total": best["train"]["total"],
        "valid_total": best["valid"]["total"],
        "seconds": json.loads(manifest.read_text())["seconds"]["training"],
    }


def keras(python, recipe, seed, epochs, arguments, folder):
    """What the same net reaches in Keras with TensorFlow; from disk where it ran before."""
    kept = folder / f"{recipe}-keras-seed-{seed}.json"
    if not kept.exists():
        command = [python, HERE / "peers" / "keras_training.py", recipe, str(seed), str(epochs), arguments.data]
        command += ["500"] if arguments.smoke else []
        run = subprocess.run(
            command, check=True, capture_output=True, text=True, env=os.environ | {"KERAS_BACKEND": "tensorflow"}
        )
        kept.write_text(run.stdout.splitlines()[-1] + "\n")
    return json.loads(kept.read_text())


def spread(values):
    """`mean ± sd (best)` with as many decimals as the size asks for."""
    decimals = 4 if abs(values[0]) < 1 else 2
    mean = f"{statistics.mean(values):.{decimals}f}"
    if len(values) == 1:
        return mean
    return f"{mean} ± {statistics.stdev(values):.{decimals}f} (best {min(values):.{decimals}f})"


def minutes(values):
    seconds = statistics.mean(values)
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, help="folder with mnist/ and fashion-mnist/")
    parser.add_argument("--recipes", nargs="+", default=list(PUBLISHED), choices=list(PUBLISHED), metavar="RECIPE")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--keras", action="store_true")
    parser.add_argument("--smoke", action="store_true")
    arguments = parser.parse_args()
    arguments.data = str(pathlib.Path(arguments.data).resolve())
    program = build()
    python = peers_python() if arguments.keras else None
    folder = HERE / "results" / ("published-smoke" if arguments.smoke else "published")
    folder.mkdir(parents=True, exist_ok=True)

    rows, missed = [], []
    for recipe in arguments.recipes:
        runs = [ours(program, recipe, seed, arguments, folder) for seed in range(arguments.seeds)]
        theirs = []
        if python:
            theirs = [keras(python, recipe, seed, runs[0]["epochs"], arguments, folder) for seed in range(arguments.seeds)]
        for number in PUBLISHED[recipe] or ["valid_total"]:
            values = [run[number] for run in runs]
            published = PUBLISHED[recipe].get(number)
            verdict = ""
            if published is not None:
                holds = min(values) <= BEST * published and statistics.mean(values) <= MEAN * published
                verdict = "holds" if holds else "missed"
                if not holds:
                    missed.append(f"{recipe} {number}")
            other = spread([run[number] for run in theirs]) if theirs else ""
            split = "validation" if number == "valid_total" else "training"
            rows.append([
                f"`{recipe}`, {split}", "not printed" if published is None else f"{published:g}", spread(values), verdict,
                other, minutes([run["seconds"] for run in runs]),
            ])
            print(" | ".join(rows[-1]), flush=True)
    if arguments.smoke:
        return
    today = datetime.date.today().isoformat()
    lines = [
        "# Published losses", "",
        f"{today}, {processor()}, {os.cpu_count()} cores. Loss of the epoch with the lowest validation total, mean ± sample "
        f"standard deviation over {arguments.seeds} seeds. A bound holds where the best seed is at most 0.5 % and the mean "
        "at most 1.5 % above the published loss.", "",
        "| recipe | published | latentlab | bound | Keras, same net and seeds | time |", "|---|---:|---:|---|---:|---:|",
    ]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    (HERE / "results" / f"{today}-published.md").write_text("\n".join(lines) + "\n")
    if missed:
        sys.exit("missed: " + ", ".join(missed))


if __name__ == "__main__":
    main()
