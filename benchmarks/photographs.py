#!/usr/bin/env python3
"""Trains on a folder of images by latentlab's one line and by PyTorch's usual nets in the same time, and by PCA.

    python3 benchmarks/photographs.py FOLDER [--codes 32 128] [--budget 4m] [--threads 2] [--clock wall|processor]

latentlab trains first, with `--as ae --budget`; then each net of PyTorch gets the seconds that it took, on the same images,
split the same way, with as many threads. On a machine with other work, `--clock processor --threads 1` gives each the same
processor time instead. What is compared is the error on test images, in [0, 1] over all channels, the mean of each image's
PSNR, and beside both what PCA with as many components loses.
"""

import argparse
import csv
import json
import platform
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from program import HERE, build, peers_python, processor


def images_of(run: Path, folder: Path, background: int) -> dict[str, np.ndarray]:
    """The images of a run's splits as it has seen them; of one size, as they lie in the folder."""
    from PIL import Image

    splits: dict[str, list[np.ndarray]] = {"train": [], "valid": [], "test": []}
    with open(run / "images.csv", newline="") as file:
        for row in csv.DictReader(file):
            picture = Image.open(folder / row["file"]).convert("RGBA")
            below = Image.new("RGBA", picture.size, (background,) * 3 + (255,))
            pixels = np.asarray(Image.alpha_composite(below, picture).convert("RGB"), np.float32) / 255
            splits[row["split"]].append(pixels)
    return {split: np.stack(pictures) for split, pictures in splits.items()}


def quality(images: np.ndarray, made: np.ndarray) -> dict[str, float]:
    """Mean squared error, and the mean of each image's PSNR."""
    errors = ((images - made) ** 2).reshape(len(images), -1).mean(axis=1)
    return {"mse": float(errors.mean()), "psnr": float((-10 * np.log10(np.maximum(errors, 1e-10))).mean())}


def pca(sets: dict[str, np.ndarray], code: int) -> dict[str, float]:
    """The test images by their first principal components, fitted to the training images."""
    train, test = (sets[split].reshape(len(sets[split]), -1).astype(np.float64) for split in ("train", "test"))
    mean = train.mean(axis=0)
    _, _, directions = np.linalg.svd(train - mean, full_matrices=False)
    directions = directions[:code]
    made = (test - mean) @ directions.T @ directions + mean
    return quality(test, np.clip(made, 0, 1)) | {"parameters": directions.size}


def latentlab(program: Path, given: argparse.Namespace, code: int, run: Path) -> dict[str, float]:
    """Trains by the one line, and evaluates the test images."""
    line = [program, "train", "--data", given.folder, "--as", "ae", "--latent", str(code), "--budget", given.budget]
    line += ["--threads", str(given.threads), "--no-figures", "--out", run, *given.options]
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(line, check=True)
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    asked = [program, "evaluate", run, "--split", "test", "--json", "-q"]
    found = json.loads(subprocess.run(asked, check=True, capture_output=True).stdout)
    events = [json.loads(event) for event in (run / "events.jsonl").read_text().splitlines()]
    summary = subprocess.run([program, "summary", run, "--json", "-q"], check=True, capture_output=True).stdout
    return {
        "mse": found["mse"],
        "psnr": found["psnr"],
        "epochs": sum(event["event"] == "epoch" for event in events),
        "seconds": wall if given.clock == "wall" else used,
        "parameters": json.loads(summary)["parameters"],
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--codes", type=int, nargs="+", default=[32, 128])
    parser.add_argument("--budget", default="4m")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--clock", choices=("wall", "processor"), default="wall")
    parser.add_argument("--background", type=int, default=0, help="grey value below transparent parts, 0 to 255")
    parser.add_argument("--program", type=Path, help="a built latentlab [default: the release build, made now]")
    parser.add_argument("--python", type=Path, help="a Python with PyTorch [default: one made from requirements.txt]")
    parser.add_argument("--out", type=Path, default=HERE / "results" / f"{time.strftime('%Y-%m-%d')}-photographs.md")
    parser.add_argument("options", nargs="*", help="further options of latentlab train, after --")
    given = parser.parse_args()
    program, python = given.program or build(), given.python or peers_python()
    rows = []
    with tempfile.TemporaryDirectory() as place:
        for code in given.codes:
            run = Path(place) / f"run-{code}"
            ours = latentlab(program, given, code, run)
            rows.append((code, "latentlab", ours))
            print(rows[-1], flush=True)
            sets = images_of(run, given.folder, given.background)
            rows.append((code, "PCA", pca(sets, code)))
            file = Path(place) / "images.npz"
            np.savez(file, **sets)
            for net in ("batchnorm", "residual"):
                line = [python, HERE / "peers" / "torch_images.py", net, file, str(code), str(ours["seconds"])]
                line += [str(given.threads), given.clock]
                made = subprocess.run(line, check=True, capture_output=True, text=True).stdout
                rows.append((code, f"PyTorch, {net}", json.loads(made)))
                print(rows[-1], flush=True)
    size = {split: len(pictures) for split, pictures in sets.items()}
    lines = [
        "# Autoencoders of a folder of images in the same time",
        "",
        f"`benchmarks/photographs.py`, {time.strftime('%Y-%m-%d')}, {processor()}, {platform.system()}, "
        f"{given.threads} thread{'s' if given.threads > 1 else ''}, {given.clock} time; {size['train']:,} images to train, "
        f"{size['valid']:,} to validate, {size['test']:,} to test, of {'×'.join(map(str, sets['test'].shape[1:]))} values.",
        "",
        "| numbers | | MSE | PSNR (dB) | epochs | seconds | parameters |",
        "|---:|---|---:|---:|---:|---:|---:|",
    ]
    for code, name, row in rows:
        epochs, seconds = row.get("epochs", "–"), f"{row['seconds']:.0f}" if "seconds" in row else "–"
        measured = f"{row['mse']:.5f} | {row['psnr']:.2f} | {epochs} | {seconds} | {row['parameters']:,}"
        lines.append(f"| {code} | {name} | {measured} |")
    text = "\n".join(lines) + "\n"
    given.out.write_text(text)
    print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
