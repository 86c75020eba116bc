#!/usr/bin/env python3
"""Trains every reference recipe on the real data and sets what it reaches beside what was published.

    benchmarks/published.py --data ~/data                      all twelve, three seeds: many hours
    benchmarks/published.py --data ~/data --recipes mnist-mlp-vae mnist-mlp-ae
    benchmarks/published.py --data ~/data --keras               the same nets in Keras too, as many seeds
    benchmarks/published.py --data ~/data --keras mnist-denoiser mnist-conv-vae
    benchmarks/published.py --data ~/data --jobs 2              two trainings at a time, the cores shared between them
    benchmarks/published.py --data ~/data --finished            the table of what has been trained so far
    benchmarks/published.py --data ~/data --smoke               one epoch on few images: does it run?

Writes benchmarks/results/DATE-published.md, a row per recipe: the published loss, ours as mean ± standard deviation
over seeds with the best seed, Keras's where it ran, time on this machine, and whether the bounds hold: our best seed
at most 0.5 % above the published loss and our mean at most 1.5 %. The losses are those of the last epoch, as the
notebooks print them; those of the best one, whose weights a run keeps, stand beside them. Recipes that take longer than
ten minutes are trained with one seed. The time is that of one epoch with all cores, times the epochs.

Trainings that were finished before are taken from benchmarks/results/published/ and not run again; one that was
stopped goes on. Exits with 1 if a bound is missed.
"""

import argparse
import concurrent.futures
import datetime
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

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
# Silhouettes of the test codes by digit, as published; that of the autoencoder only as higher than both.
SILHOUETTES = {"mnist-mlp-ae": None, "mnist-mlp-vae": 0.1117, "mnist-deep-conv-vae": 0.1183}
# Their trainings take longer than ten minutes.
LONG = {"fashion-conv-ae", "fashion-conv-vae", "mnist-deep-conv-vae"}
BEST, MEAN = 1.005, 1.015


def status(run):
    manifest = run / "manifest.json"
    return json.loads(manifest.read_text())["status"] if manifest.exists() else None


def data_of(arguments):
    return ["--data-dir", arguments.data, "--offline", "--quiet"]


def ours(program, recipe, seed, arguments, folder):
    """The last epoch's losses; from disk where the run is complete."""
    run = folder / f"{recipe}-seed-{seed}"
    if status(run) != "completed":
        command = [program, "train", recipe, "--seed", str(seed), "--out", run]
        if status(run) in ("running", "interrupted"):
            command = [program, "train", "--resume", run]
        elif arguments.smoke:
            command += ["--epochs", "1", "--set", "data.limit={ train = 500, valid = 200, test = 200 }"]
        command += ["--no-report", "--threads", str(max(1, os.cpu_count() // arguments.jobs)), *data_of(arguments)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    lines = (run / "events.jsonl").read_text().splitlines()
    epochs = [event for event in map(json.loads, lines) if event["event"] == "epoch"]
    last = max(epochs, key=lambda epoch: epoch["epoch"])
    best = min(epochs, key=lambda epoch: epoch["valid"]["total"])
    of = lambda epoch: {f"{split}_total": epoch[split]["total"] for split in ("train", "valid")}
    return {"epochs": last["epoch"], "best": of(best)} | of(last)


def silhouette(program, recipe, seed, arguments, folder):
    """The mean silhouette of the test codes."""
    command = [program, "clusters", folder / f"{recipe}-seed-{seed}", "--json", *data_of(arguments)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)["silhouette"]


def seconds(program, recipe, epochs, arguments, folder):
    """How long a training takes with all cores: one epoch of it, times the epochs; from disk where it was timed."""
    kept = folder / f"{recipe}-epoch.json"
    if not kept.exists():
        with tempfile.TemporaryDirectory() as place:
            run = pathlib.Path(place) / "run"
            command = [program, "train", recipe, "--epochs", "1", "--no-report", "--out", run, *data_of(arguments)]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            manifest = json.loads((run / "manifest.json").read_text())
        kept.write_text(json.dumps(manifest["seconds"]["training"]))
    return epochs * json.loads(kept.read_text())


def keras_result(folder, recipe, seed):
    return folder / f"{recipe}-keras-seed-{seed}.json"


def keras(python, recipe, seed, epochs, arguments, folder):
    """What the same net reaches in Keras with TensorFlow; from disk where it ran before."""
    kept = keras_result(folder, recipe, seed)
    if not kept.exists():
        command = [python, HERE / "peers" / "keras_training.py", recipe, str(seed), str(epochs), arguments.data]
        command += ["500"] if arguments.smoke else []
        run = subprocess.run(
            command, check=True, capture_output=True, text=True, env=os.environ | {"KERAS_BACKEND": "tensorflow"}
        )
        kept.write_text(run.stdout.splitlines()[-1] + "\n")
    return json.loads(kept.read_text())


def spread(values, best=min):
    """`mean ± sd (best)` with as many decimals as the size asks for."""
    decimals = 4 if abs(values[0]) < 1 else 2
    mean = f"{statistics.mean(values):.{decimals}f}"
    if len(values) == 1:
        return mean
    return f"{mean} ± {statistics.stdev(values):.{decimals}f} (best {best(values):.{decimals}f})"


def minutes(seconds):
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, help="folder with mnist/ and fashion-mnist/")
    parser.add_argument("--recipes", nargs="+", default=list(PUBLISHED), choices=list(PUBLISHED), metavar="RECIPE")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--keras", nargs="*", choices=list(PUBLISHED), metavar="RECIPE", help="of all, or of these")
    parser.add_argument("--keras-seeds", type=int, default=3, help="seeds of those")
    parser.add_argument("--jobs", type=int, default=1, help="trainings at a time")
    parser.add_argument("--finished", action="store_true", help="train nothing; tell of what is complete")
    parser.add_argument("--smoke", action="store_true")
    arguments = parser.parse_args()
    in_keras = arguments.recipes if arguments.keras == [] else arguments.keras or []
    arguments.data = str(pathlib.Path(arguments.data).resolve())
    program = build()
    python = peers_python() if in_keras else None
    folder = HERE / "results" / ("published-smoke" if arguments.smoke else "published")
    folder.mkdir(parents=True, exist_ok=True)

    seeds = {recipe: range(1 if recipe in LONG else arguments.seeds) for recipe in arguments.recipes}
    if arguments.finished:
        complete = lambda recipe, seed: status(folder / f"{recipe}-seed-{seed}") == "completed"
        seeds = {recipe: [seed for seed in wanted if complete(recipe, seed)] for recipe, wanted in seeds.items()}
        arguments.recipes = [recipe for recipe in arguments.recipes if seeds[recipe]]
    # Every recipe once before any is trained a second time.
    tasks = sorted(((recipe, seed) for recipe in arguments.recipes for seed in seeds[recipe]), key=lambda task: task[1])
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        of_ours = {task: pool.submit(ours, program, *task, arguments, folder) for task in tasks}
        of_keras = {}
        for task in tasks:
            recipe, seed = task
            if arguments.finished and not keras_result(folder, recipe, seed).exists():
                continue
            if not arguments.finished and (recipe not in in_keras or seed >= arguments.keras_seeds):
                continue
            epochs = of_ours[task].result()["epochs"]
            of_keras[task] = pool.submit(keras, python, *task, epochs, arguments, folder)

    rows, missed = [], []
    for recipe in arguments.recipes:
        runs = [of_ours[recipe, seed].result() for seed in seeds[recipe]]
        theirs = [of_keras[task].result() for task in of_keras if task[0] == recipe]
        time = 0 if arguments.smoke else seconds(program, recipe, runs[0]["epochs"], arguments, folder)
        for number in PUBLISHED[recipe] or ["valid_total"]:
            values, best = [run[number] for run in runs], [run["best"][number] for run in runs]
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
                f"`{recipe}`, {split}", "not printed" if published is None else f"{published:g}", str(len(values)),
                spread(values), spread(best), verdict, other, minutes(time),
            ])
            print(" | ".join(rows[-1]), flush=True)
    clusters = []
    for recipe in [recipe for recipe in arguments.recipes if recipe in SILHOUETTES]:
        published = SILHOUETTES[recipe]
        values = [silhouette(program, recipe, seed, arguments, folder) for seed in seeds[recipe]]
        clusters.append([f"`{recipe}`", "not printed" if published is None else f"{published:g}", spread(values, max)])
        print(" | ".join(clusters[-1]), flush=True)
    if arguments.smoke:
        return
    today = datetime.date.today().isoformat()
    lines = [
        "# Published losses", "",
        f"{today}, {processor()}, {os.cpu_count()} cores. Loss of the last epoch and of the best one on the validation "
        "split, mean ± sample standard deviation over the seeds (best seed), one where a training takes more than ten "
        "minutes. A bound holds where the last epoch of the best seed is at most 0.5 % and the mean at "
        "most 1.5 % above the published loss.", "",
        "| recipe | published | seeds | latentlab | best epoch | bound | Keras, same net | time |",
        "|---|---:|---:|---:|---:|---|---:|---:|",
    ]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    lines += ["", "Mean silhouette of the 10,000 test codes by digit, over the same seeds:", ""]
    lines += ["| recipe | published | latentlab |", "|---|---:|---:|"]
    lines += ["| " + " | ".join(row) + " |" for row in clusters]
    (HERE / "results" / f"{today}-published.md").write_text("\n".join(lines) + "\n")
    if missed:
        sys.exit("missed: " + ", ".join(missed))


if __name__ == "__main__":
    main()
