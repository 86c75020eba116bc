#!/usr/bin/env python3
"""Trains every reference recipe on the real data and sets what it reaches beside what was published.

    benchmarks/published.py                                     the table of what is recorded; trains nothing
    benchmarks/published.py --data ~/data                       all twelve, three seeds: an hour or two
    benchmarks/published.py --data ~/data --recipes mnist-mlp-vae mnist-mlp-ae
    benchmarks/published.py --data ~/data --keras mnist-denoiser mnist-conv-vae      these in Keras too
    benchmarks/published.py --data ~/data --jobs 2              two trainings at a time, the cores shared between them
    benchmarks/published.py --data ~/data --again               trains what is recorded once more
    benchmarks/published.py --data ~/data --smoke               one epoch on few images: does it run?

What a training reached is recorded in benchmarks/results/published.json and not trained again; one that was stopped
goes on. From the record comes benchmarks/results/published.md, a row per recipe: the published loss, ours as mean ±
standard deviation over seeds with the best seed, Keras's where it ran, time, and whether the bounds hold: our best
seed at most 0.5 % above the published loss and our mean at most 1.5 %. The losses are those of the last epoch, as the
notebooks print them; those of the best one, whose weights a run keeps, stand beside them. Recipes that take longer than
ten minutes are trained with one seed unless --seeds-of-long asks for more. The time is the shortest of three epochs
with all cores, times the epochs. Exits with 1 if a bound is missed.
"""

import argparse
import concurrent.futures
import datetime
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading

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
# Their trainings take longer than ten minutes on two cores.
LONG = {"fashion-conv-ae", "fashion-conv-vae", "mnist-deep-conv-vae"}
BEST, MEAN = 1.005, 1.015
SEVERAL = "several"
# For --smoke.
SMALL = "data.limit={ train = 500, valid = 200, test = 200 }"


class Record:
    """What trainings have reached, by program, recipe and seed: a JSON file that is written after each.

    Of trainings from before there was a record only mean, standard deviation and best are known: such an entry has the
    seed SEVERAL, their number as `seeds`, and those three for each loss. Times of those days are one epoch's, from a table
    that rounded the whole training to seconds or minutes.
    """

    def __init__(self, path):
        self.path, self.lock = path, threading.Lock()
        self.entries = json.loads(path.read_text()) if path.exists() else []

    def find(self, program, recipe, seed=None):
        """The entry of one training; without a seed, that of the recipe's time."""
        wanted = (program, recipe, seed)
        return next((e for e in self.entries if (e["program"], e["recipe"], e.get("seed")) == wanted), None)

    def all(self, program, recipe):
        """The trainings of a recipe, by seed; the entry of several until there are as many."""
        entries = [e for e in self.entries if (e["program"], e["recipe"]) == (program, recipe) and "seed" in e]
        several = [e for e in entries if e["seed"] == SEVERAL]
        single = [e for e in entries if e["seed"] != SEVERAL]
        return single if not several or len(single) >= several[0]["seeds"] else several

    def put(self, program, recipe, seed, values):
        key = {"program": program, "recipe": recipe} | ({} if seed is None else {"seed": seed})
        entry = key | values
        with self.lock:
            order = lambda e: (list(PUBLISHED).index(e["recipe"]), e["program"] != "latentlab", str(e.get("seed", "")))
            old = self.find(program, recipe, seed)
            self.entries = sorted([e for e in self.entries if e is not old] + [entry], key=order)
            lines = ",\n".join(json.dumps(entry) for entry in self.entries)
            beside = self.path.with_suffix(".new")
            beside.write_text(f"[\n{lines}\n]\n")
            beside.replace(self.path)


def manifest(run):
    path = run / "manifest.json"
    return json.loads(path.read_text()) if path.exists() else {"status": None}


def today():
    return datetime.date.today().isoformat()


def data_of(arguments):
    return ["--data-dir", arguments.data, "--offline", "--quiet"]


def epochs_of(run):
    lines = (run / "events.jsonl").read_text().splitlines()
    return [event for event in map(json.loads, lines) if event["event"] == "epoch"]


def ours(program, recipe, seed, arguments, folder):
    """Trains one recipe and gives the losses of its last and its best epoch, and the silhouette of its test codes."""
    run = folder / f"{recipe}-seed-{seed}"
    status = manifest(run)["status"]
    if status == "completed" and arguments.again:
        shutil.rmtree(run)
        status = None
    if status != "completed":
        command = [program, "train", recipe, "--seed", str(seed), "--out", run]
        if status in ("running", "interrupted"):
            command = [program, "train", "--resume", run]
        elif arguments.smoke:
            command += ["--epochs", "1", "--set", SMALL]
        command += ["--no-report", "--threads", str(max(1, os.cpu_count() // arguments.jobs)), *data_of(arguments)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    epochs = epochs_of(run)
    last = max(epochs, key=lambda epoch: epoch["epoch"])
    best = min(epochs, key=lambda epoch: epoch["valid"]["total"])
    of = lambda epoch: {f"{split}_total": float(f"{epoch[split]['total']:.6g}") for split in ("train", "valid")}
    values = {"date": manifest(run)["finished"][:10], "epochs": last["epoch"]} | of(last) | {"best": of(best)}
    if recipe in SILHOUETTES:
        command = [program, "clusters", run, "--json", *data_of(arguments)]
        output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        values["silhouette"] = json.loads(output)["silhouette"]
    return values


def keras(python, recipe, seed, epochs, arguments):
    """What the same net reaches in Keras with TensorFlow after as many epochs."""
    command = [python, HERE / "peers" / "keras_training.py", recipe, str(seed), str(epochs), arguments.data]
    command += ["500"] if arguments.smoke else []
    run = subprocess.run(
        command, check=True, capture_output=True, text=True, env=os.environ | {"KERAS_BACKEND": "tensorflow"}
    )
    return {"date": today()} | json.loads(run.stdout.splitlines()[-1])


def epoch_time(program, recipe, arguments):
    """How long an epoch takes with all cores, and on which processor."""
    with tempfile.TemporaryDirectory() as place:
        run = pathlib.Path(place) / "run"
        limit = ["--set", SMALL] if arguments.smoke else []
        command = [program, "train", recipe, "--epochs", "3", "--no-report", "--out", run, *limit, *data_of(arguments)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        seconds = min(epoch["seconds"] for epoch in epochs_of(run))
        machine = f"{processor()}, {os.cpu_count()} cores"
        return {"date": today(), "epoch_seconds": round(seconds, 3), "processor": machine}


def train(record, arguments, folder):
    """Trains and times what is asked for and not recorded."""
    program = build()
    in_keras = arguments.recipes if arguments.keras == [] else arguments.keras or []
    python = peers_python() if in_keras else None
    missing = lambda name, *key: arguments.again or record.find(name, *key) is None
    count = lambda recipe: arguments.seeds_of_long if recipe in LONG else arguments.seeds
    tasks = [(recipe, seed) for recipe in arguments.recipes for seed in range(count(recipe))]
    # Every recipe once before any is trained a second time.
    tasks.sort(key=lambda task: task[1])

    def run(recipe, seed):
        if missing("latentlab", recipe, seed):
            record.put("latentlab", recipe, seed, ours(program, recipe, seed, arguments, folder))
        if recipe in in_keras and seed < arguments.keras_seeds and missing("keras", recipe, seed):
            epochs = record.find("latentlab", recipe, seed)["epochs"]
            record.put("keras", recipe, seed, keras(python, recipe, seed, epochs, arguments))
        print(f"{recipe}, seed {seed}", flush=True)

    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        for done in [pool.submit(run, *task) for task in tasks]:
            done.result()
    for recipe in arguments.recipes:
        if missing("latentlab", recipe):
            record.put("latentlab", recipe, None, epoch_time(program, recipe, arguments))


def over_seeds(entries, number, best=min):
    """Number of seeds, mean, standard deviation and best of what `number` reads of each entry."""
    values = [number(entry) for entry in entries]
    if entries[0]["seed"] == SEVERAL:
        return entries[0]["seeds"], *values[0]
    sd = statistics.stdev(values) if len(values) > 1 else 0.0
    return len(values), statistics.mean(values), sd, best(values)


def spread(seeds, mean, sd, best):
    """`mean ± sd (best)` with as many decimals as the size asks for."""
    decimals = 4 if abs(mean) < 1 else 2
    if seeds == 1:
        return f"{mean:.{decimals}f}"
    return f"{mean:.{decimals}f} ± {sd:.{decimals}f} (best {best:.{decimals}f})"


def minutes(seconds):
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"


def table(record):
    """Writes the table, and gives the numbers that miss their bounds."""
    rows, clusters, missed = [], [], []
    for recipe in PUBLISHED:
        runs, theirs = record.all("latentlab", recipe), record.all("keras", recipe)
        timed = record.find("latentlab", recipe)
        if not runs:
            continue
        for number in PUBLISHED[recipe] or ["valid_total"]:
            last = over_seeds(runs, lambda run: run[number])
            published, verdict = PUBLISHED[recipe].get(number), ""
            if published is not None:
                _, mean, _, best = last
                verdict = "holds" if best <= BEST * published and mean <= MEAN * published else "missed"
                if verdict == "missed":
                    missed.append(f"{recipe} {number}")
            rows.append([
                f"`{recipe}`, {'validation' if number == 'valid_total' else 'training'}",
                "not printed" if published is None else f"{published:g}", str(last[0]), spread(*last),
                spread(*over_seeds(runs, lambda run: run["best"][number])), verdict,
                spread(*over_seeds(theirs, lambda run: run[number])) if theirs else "",
                minutes(runs[0]["epochs"] * timed["epoch_seconds"]) if timed else "",
                max(run["date"] for run in runs),
            ])
        if recipe in SILHOUETTES:
            published = SILHOUETTES[recipe]
            values = spread(*over_seeds(runs, lambda run: run["silhouette"], max))
            clusters.append([f"`{recipe}`", "not printed" if published is None else f"{published:g}", values])
    processors = dict.fromkeys(entry["processor"] for entry in record.entries if "processor" in entry)
    lines = [
        "# Published losses", "",
        "Loss of the last epoch and of the best one on the validation split, mean ± sample standard deviation over the "
        "seeds (best seed), fewer than three where a training takes more than ten minutes. A bound holds where the "
        "last epoch of the best seed is at most 0.5 % and the mean at most 1.5 % above the published loss. The time is "
        "that of the shortest epoch that was timed (three since 2026-11-26), times the epochs; "
        f"processor: {' and '.join(processors)}. `published.json` has each training, and of some "
        "from before it was kept mean, standard deviation and best.", "",
        "| recipe | published | seeds | latentlab | best epoch | bound | Keras, same net | time | trained |",
        "|---|---:|---:|---:|---:|---|---:|---:|---|",
    ]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    lines += ["", "Mean silhouette of the 10,000 test codes by digit, over the same seeds:", ""]
    lines += ["| recipe | published | latentlab |", "|---|---:|---:|"]
    lines += ["| " + " | ".join(row) + " |" for row in clusters]
    text = "\n".join(lines) + "\n"
    print(text)
    return text, missed


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", help="folder with mnist/ and fashion-mnist/; trains what is not recorded")
    parser.add_argument("--recipes", nargs="+", default=list(PUBLISHED), choices=list(PUBLISHED), metavar="RECIPE")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--seeds-of-long", type=int, default=1, help="of trainings over ten minutes")
    parser.add_argument("--keras", nargs="*", choices=list(PUBLISHED), metavar="RECIPE", help="of all, or of these")
    parser.add_argument("--keras-seeds", type=int, default=3, help="seeds of those")
    parser.add_argument("--jobs", type=int, default=1, help="trainings at a time")
    parser.add_argument("--again", action="store_true", help="train what is recorded too")
    parser.add_argument("--smoke", action="store_true", help="one epoch on few images, recorded nowhere")
    arguments = parser.parse_args()
    results = HERE / "results"
    with tempfile.TemporaryDirectory() as place:
        folder = pathlib.Path(place) if arguments.smoke else results / "published"
        record = Record((folder if arguments.smoke else results) / "published.json")
        if arguments.data is not None:
            arguments.data = str(pathlib.Path(arguments.data).resolve())
            folder.mkdir(parents=True, exist_ok=True)
            train(record, arguments, folder)
        text, missed = table(record)
    if arguments.smoke:
        return
    (results / "published.md").write_text(text)
    if missed:
        sys.exit("missed: " + ", ".join(missed))


if __name__ == "__main__":
    main()
