#!/usr/bin/env python3
"""Times the Python package beside the program: trainings from an array in memory, and t-SNE.

    python3 benchmarks/python.py --program target/dist/latentlab --data FOLDER

Both must be built of the same source with the same profile:

    cargo build --profile dist -p latentlab --features parquet,hdf5
    pip install .

What is compared is processor time on one thread, which other work on the machine hardly changes. Of a training it is that
of some epochs: a long one's less a short one's, so that start-up and reading the data drop out. Rounds alternate between
the two; the table has the medians.
"""

import argparse
import gzip
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from latentlab import _native

LIMIT = "data.limit={ train = 6000, valid = 500, test = 500 }"


def idx(folder: Path, name: str) -> np.ndarray:
    """The values of an IDX file, plain or gzipped."""
    plain, packed = folder / name, folder / f"{name}.gz"
    raw = plain.read_bytes() if plain.exists() else gzip.decompress(packed.read_bytes())
    sides = [int.from_bytes(raw[4 + 4 * i : 8 + 4 * i], "big") for i in range(raw[3])]
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * len(sides)).reshape(sides)


def processor(who: int) -> float:
    """Seconds of processor time that this process, or its children, have taken."""
    used = resource.getrusage(who)
    return used.ru_utime + used.ru_stime


def by_program(command: list[str]) -> float:
    """Processor seconds of a command."""
    before = processor(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return processor(resource.RUSAGE_CHILDREN) - before


def by_python(work) -> float:
    """Processor seconds of a call."""
    before = processor(resource.RUSAGE_SELF)
    work()
    return processor(resource.RUSAGE_SELF) - before


def training(recipe: str, data: str, settings: list[str], given: argparse.Namespace, folder: Path) -> dict:
    """Seconds of training by either, by turns; `settings` give the array the splits that the published set has."""
    seconds: dict[str, list[float]] = {"program": [], "python": []}

    def program(epochs: int, run: str) -> float:
        where = ["--out", run, "--data-dir", str(given.data), "--set", LIMIT]
        command = [given.program, "train", recipe, "--epochs", str(epochs), *where, "--no-figures", "--threads", "1"]
        return by_program(command)

    def python(epochs: int, run: str) -> float:
        options = {"epochs": epochs, "settings": [LIMIT, *settings], "folder": run, "figures": False, "threads": 1}
        return by_python(lambda: _native.train(recipe, data, events=lambda event: None, **options))

    for turn in range(given.rounds):
        for who, train in (("program", program), ("python", python)):
            run = str(folder / f"{recipe}-{who}-{turn}")
            seconds[who].append(train(1 + given.epochs, run + "-long") - train(1, run + "-short"))
    return seconds


def tsne(points: np.ndarray, given: argparse.Namespace, folder: Path) -> dict:
    """Seconds of a map by either, by turns, from a file to a file."""
    file = folder / "points.npy"
    np.save(file, points)
    seconds: dict[str, list[float]] = {"program": [], "python": []}
    for turn in range(given.rounds):
        out = str(folder / f"map-{turn}.npz")
        seconds["program"].append(by_program([given.program, "map", str(file), "--neighbours", "0", "--out", out]))
        saved = folder / f"python-{turn}.npz"
        seconds["python"].append(by_python(lambda saved=saved: np.savez(saved, map=_native.tsne(np.load(file)))))
    return seconds


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default="target/dist/latentlab")
    parser.add_argument("--data", type=Path, required=True, help="folder that holds MNIST's four files, or mnist/")
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--points", type=int, default=5_000)
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results/python.md"))
    given = parser.parse_args()
    mnist = given.data / "mnist" if (given.data / "mnist").is_dir() else given.data
    train, test = idx(mnist, "train-images-idx3-ubyte"), idx(mnist, "t10k-images-idx3-ubyte")
    # The recipes' splits: the one validates on the last 10,000 training images, the other on the test images.
    sets = {
        "mnist-mlp-vae": (_native.Data(train[:50_000], valid=train[50_000:], test=test, name="mnist"), []),
        "mnist-conv-vae": (_native.Data(train, test=test, name="mnist"), ['data.valid="test"']),
    }
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for recipe, (data, settings) in sets.items():
            seconds = training(recipe, data.path, settings, given, Path(folder))
            rows.append((f"{recipe}, {given.epochs} epochs of 6,000 images", seconds))
            print(rows[-1], flush=True)
        rng = np.random.default_rng(0)
        centres = rng.normal(size=(10, 32)) * 3
        points = (centres[rng.integers(10, size=given.points)] + rng.normal(size=(given.points, 32))).astype(np.float32)
        rows.append((f"t-SNE of {given.points:,} points", tsne(points, given, Path(folder))))
        print(rows[-1], flush=True)
    lines = [
        "# The Python package beside the program",
        "",
        f"`benchmarks/python.py`, {time.strftime('%Y-%m-%d')}, {platform.machine()}: processor seconds, medians of "
        f"{given.rounds} rounds by turns.",
        "",
        "| | program | Python | ratio |",
        "|---|---|---|---|",
    ]
    for name, seconds in rows:
        program, python = (statistics.median(seconds[who]) for who in ("program", "python"))
        lines.append(f"| {name} | {program:.2f} | {python:.2f} | {python / program:.3f} |")
    text = "\n".join(lines) + "\n"
    given.out.write_text(text)
    print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
