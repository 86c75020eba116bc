#!/usr/bin/env python3
"""Compares how well drawn defects are found, beside PyTorch's and PyOD's autoencoders at equal wall time.

    benchmarks/defects.py [--seconds 60] [--clock wall|processor] [--threads 2] [--sets brick,coffee] [--program latentlab] [--keep FOLDER]

Writes results/DATE-defects.md. Two thirds of the kinds of defects were there to tune on (`TUNED` of
peers/defect_sets.py); the rest were kept apart, and have columns of their own.
"""

import argparse
import csv
import datetime
import json
import os
import pathlib
import resource
import subprocess
import tempfile
import time

import numpy as np
from PIL import Image
from scipy import ndimage
from sklearn.metrics import roc_auc_score

from peers.defect_sets import APART, SETS, TUNED, write
from program import HERE, build, peers_python, processor

PEERS = {"batchnorm": "PyTorch, BatchNorm", "residual": "PyTorch, residual", "pca": "PCA", "pyod": "PyOD AutoEncoder"}
FALSE_POSITIVES = 0.01
OURS = "latentlab"


def per_region_overlap(heat, masks, limit=0.3, steps=300):
    """Bergmann et al. 2021: the mean share of each region that is found, over false positives of pixels up to 0.3."""
    normal = np.sort(heat[~masks])[::-1]
    thresholds = normal[(np.linspace(0, limit, steps) * (len(normal) - 1)).astype(int)]
    shares = []
    for image, mask in zip(heat, masks):
        regions, count = ndimage.label(mask, np.ones((3, 3)))
        for region in range(1, count + 1):
            inside = np.sort(image[regions == region])
            shares.append(1 - np.searchsorted(inside, thresholds) / len(inside))
    return np.trapezoid(np.mean(shares, 0), dx=1 / (steps - 1))


def judged(found, masks, kinds):
    """Measures of the tuned kinds, of those apart, and each kind's AUROC."""
    good, scores = kinds == "good", found["scores"]
    flagged = scores > found["threshold"]
    measures = {"false positives": flagged[good].mean()}
    for name, group in [("tuned", TUNED), ("apart", APART)]:
        bad = np.isin(kinds, [kind.__name__ for kind in group])
        both, hits = good | bad, (flagged & bad).sum()
        measures[name] = {
            "image AUROC": roc_auc_score(bad[both], scores[both]),
            "pixel AUROC": roc_auc_score(masks[both].ravel(), found["heat"][both].ravel()),
            "PRO": per_region_overlap(found["heat"][both], masks[both]),
            "F1": 2 * hits / ((flagged & both).sum() + bad.sum()),
        }
        for kind in group:
            one = kinds == kind.__name__
            measures[kind.__name__] = roc_auc_score(one[good | one], scores[good | one])
    return measures


def ours(program, folder, work, seconds, threads, options):
    """Trains and scores by the program alone."""
    run, times = work / "run", work / "times.json"
    call = lambda *arguments: subprocess.run(
        [program, *map(str, arguments), "--threads", str(threads)], check=True, capture_output=True, text=True).stdout
    if not times.exists():
        begin, cpu = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
        call("train", "--data", folder, "--for", "anomalies", "--budget", f"{seconds}s", "--out", run, "--force", "--no-report")
        spent = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - cpu
        times.write_text(json.dumps({"wall": time.perf_counter() - begin, "cpu": spent}))
    said = json.loads(call("anomalies", run, "--images", folder / "test", "--false-positives", FALSE_POSITIVES, "--force",
                           "--heat-maps", work / "heat.npz", "--out", work / "scores.csv", "--json", *options))
    rows = list(csv.DictReader((work / "scores.csv").open()))
    with np.load(work / "heat.npz") as arrays:
        heat = arrays["heat"]
    names = [row["file"].removeprefix("test/") for row in rows]
    return {"heat": heat, "scores": np.array([float(row[said["ranked_by"]]) for row in rows]),
            "threshold": said["threshold"], "files": names, **json.loads(times.read_text())}


def theirs(python, peer, folder, work, seconds, threads, clock):
    """A peer's heat maps; its score is the hottest pixel."""
    out = work / f"{peer}.npz"
    if not out.exists():
        subprocess.run([python, HERE / "peers" / "defects_peer.py", folder, peer, str(seconds), str(threads), clock, out], check=True)
    with np.load(out) as arrays:
        found = dict(arrays)
    scores = lambda heat: heat.max((1, 2))
    return {"heat": found["heat"], "scores": scores(found["heat"]), "files": [f.removeprefix("test/") for f in found["files"]],
            "threshold": np.quantile(scores(found["normal"]), 1 - FALSE_POSITIVES, method="higher"),
            "wall": float(found["wall"]), "cpu": float(found["cpu"])}


def truth(folder, files):
    """Masks and kinds of the tested images."""
    kinds = np.array([file.split("/")[0] for file in files])
    side = np.asarray(Image.open(folder / "test" / files[0])).shape[:2]
    def mask(file):
        marks = folder / "ground_truth" / file.replace(".png", "_mask.png")
        return np.asarray(Image.open(marks)) > 127 if marks.exists() else np.zeros(side, bool)
    return np.stack([mask(file) for file in files]), kinds


def tables(results, arguments, sets):
    names = list(next(iter(results.values())))
    columns = [(group, measure) for group in ("tuned", "apart") for measure in ("image AUROC", "pixel AUROC", "PRO", "F1")]
    row = lambda found: [f"{found[group][measure]:.3f}" for group, measure in columns]
    mean = lambda get: np.mean([get(results[one]) for one in results])
    each = f"{arguments.threads} thread{'s' if arguments.threads > 1 else ''} each, in turns"
    equal = {
        "wall": "Wall time is equal by each method's clock; CPU seconds say what it got of the machine.",
        "processor": "PyTorch's and PyOD's nets trained for the processor time that latentlab took on the same set.",
    }
    lines = [
        f"# Drawn defects found, {datetime.date.today().isoformat()}", "",
        f"`benchmarks/defects.py --seconds {arguments.seconds} --threads {arguments.threads} --clock {arguments.clock}`;"
        f" {processor()}, {each}; load average at the end {', '.join(f'{value:.1f}' for value in os.getloadavg())}."
        f" {equal[arguments.clock]} Every set has 500 normal images to train on, 60 normal and 15 of each kind to test; the"
        f" threshold lets {FALSE_POSITIVES:.0%} of held-out normal images pass for anomalous. Kinds *to tune on*:"
        f" {', '.join(kind.__name__ for kind in TUNED)}; *apart*: {', '.join(kind.__name__ for kind in APART)}.", "",
        "## Means over sets", "",
        "| | " + " | ".join(f"{measure}, {group}" for group, measure in columns) + " | false positives | wall s | CPU s |",
        "|---|" + "---:|" * (len(columns) + 3),
    ]
    for name in names:
        cells = [f"{mean(lambda r: r[name][group][measure]):.3f}" for group, measure in columns]
        more = [f"{mean(lambda r: r[name]['false positives']):.1%}"] + [f"{mean(lambda r: r[name][t]):.0f}" for t in ("wall", "cpu")]
        lines.append(f"| {name} | " + " | ".join(cells + more) + " |")
    kinds = [kind.__name__ for kind in TUNED + APART]
    lines += ["", "## Image AUROC of each kind, means over sets", "", "| | " + " | ".join(kinds) + " |", "|---|" + "---:|" * len(kinds)]
    for name in names:
        lines.append(f"| {name} | " + " | ".join(f"{mean(lambda r: r[name][kind]):.3f}" for kind in kinds) + " |")
    for one in sets:
        lines += ["", f"## {one}, {SETS[one][1]} pixels a side", "",
                  "| | " + " | ".join(f"{measure}, {group}" for group, measure in columns) + " | false positives | CPU s |",
                  "|---|" + "---:|" * (len(columns) + 2)]
        for name in names:
            found = results[one][name]
            lines.append(f"| {name} | " + " | ".join(row(found) + [f"{found['false positives']:.1%}", f"{found['cpu']:.0f}"]) + " |")
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=60, help="budget of each training")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--clock", choices=["wall", "processor"], default="wall",
                        help="what is equal; on a machine with other work: processor, with one thread")
    parser.add_argument("--sets", default=",".join(SETS))
    parser.add_argument("--peers", default=",".join(PEERS))
    parser.add_argument("--program", type=pathlib.Path, help="a latentlab that is built already")
    parser.add_argument("--python", type=pathlib.Path, help="a Python with the peers")
    parser.add_argument("--options", default="", help="options of `latentlab anomalies`")
    parser.add_argument("--out", type=pathlib.Path, default=HERE / "results" / f"{datetime.date.today().isoformat()}-defects.md")
    parser.add_argument("--keep", type=pathlib.Path, help="folder for sets, runs and maps; what it holds is not made again")
    arguments = parser.parse_args()
    program = arguments.program or build()
    python = arguments.python or peers_python(HERE / ".venv-defects", "requirements-defects.txt")
    folder = arguments.keep or pathlib.Path(tempfile.mkdtemp())
    results, sets = {}, arguments.sets.split(",")
    for one in sets:
        if not (folder / "sets" / one).exists():
            write(folder / "sets", one)
        work = folder / "work" / one
        work.mkdir(parents=True, exist_ok=True)
        own = ours(program, folder / "sets" / one, work, arguments.seconds, arguments.threads, arguments.options.split())
        found, seconds = {OURS: own}, arguments.seconds if arguments.clock == "wall" else own["cpu"]
        for peer in filter(None, arguments.peers.split(",")):
            found[PEERS[peer]] = theirs(
                python, peer, folder / "sets" / one, work, seconds, arguments.threads, arguments.clock)
        results[one] = {}
        for name, result in found.items():
            masks, kinds = truth(folder / "sets" / one, result["files"])
            results[one][name] = judged(result, masks, kinds) | {time: result[time] for time in ("wall", "cpu")}
            print(one, name, results[one][name], flush=True)
    arguments.out.write_text(tables(results, arguments, sets))


main()
