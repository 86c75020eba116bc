#!/usr/bin/env python3
"""Denoisers of photographs that they have not seen: latentlab's beside those of scikit-image.

    pip install scikit-image scikit-learn PyWavelets pillow
    benchmarks/denoising.py --latentlab target/release/latentlab --budget 4m --out benchmarks/results/DATE-denoising.md

One net for each kind of noise is chosen and trained by `latentlab train --data TRAIN --noise NOISE --budget TIME`, on six
photographs of scikit-image and scikit-learn; every program cleans three others, in 8 bits a value. Of the filters that have
a strength, each row shows the strength with the highest mean PSNR on the photographs that it is measured on: more than a
user would know.
"""

import argparse
import os
import pathlib
import subprocess
import tempfile
import time

import numpy as np
from PIL import Image
from skimage import data, restoration
from skimage.filters import median
from skimage.metrics import peak_signal_noise_ratio, structural_similarity
from sklearn.datasets import load_sample_image

TRAIN = {
    "astronaut": data.astronaut,
    "rocket": data.rocket,
    "motorcycle": lambda: np.array(Image.open(pathlib.Path(data.__file__).parent / "motorcycle_left.png").convert("RGB")),
    "ihc": data.immunohistochemistry,
    "retina": data.retina,
    "china": lambda: load_sample_image("china.jpg"),
}
TEST = {"coffee": data.coffee, "chelsea": data.chelsea, "flower": lambda: load_sample_image("flower.jpg")}
KINDS = ["gaussian:0.1", "gaussian:0.2", "poisson:30", "salt:0.1"]


def put(noise, image, seed):
    """The image with noise, in 8 bits."""
    random = np.random.default_rng(seed)
    kind, amount = noise.split(":")
    amount, x = float(amount), image / 255
    if kind == "gaussian":
        x = x + amount * random.standard_normal(x.shape)
    elif kind == "poisson":
        x = random.poisson(amount * x) / amount
    else:
        draws = random.random(x.shape[:2])
        x = np.where((draws < amount)[..., None], np.where(draws < amount / 2, 0.0, 1.0)[..., None], x)
    return np.round(255 * np.clip(x, 0, 1)).astype(np.uint8)


def by_channel(function):
    return lambda x: np.stack([function(x[..., channel]) for channel in range(3)], -1)


def filters(noisy):
    """Name: candidates, from which the best is shown."""
    sigma = float(np.mean([restoration.estimate_sigma(x, channel_axis=-1, average_sigmas=True) for x in noisy]))
    nlm = dict(patch_size=5, patch_distance=6, fast_mode=True, channel_axis=-1)
    return {
        "median": [by_channel(lambda x, n=n: median(x, np.ones((n, n)))) for n in (3, 5)],
        "non-local means": [
            lambda x, h=h: restoration.denoise_nl_means(x, h=h * sigma, sigma=sigma, **nlm) for h in (0.6, 0.8, 1.0)
        ],
        "total variation": [
            lambda x, w=w: restoration.denoise_tv_chambolle(x, weight=w, channel_axis=-1) for w in (0.05, 0.1, 0.15, 0.2, 0.3)
        ],
        "wavelets (BayesShrink)": [
            lambda x: restoration.denoise_wavelet(x, channel_axis=-1, convert2ycbcr=True, rescale_sigma=True)
        ],
    }


def quality(clean, made):
    pairs = [(c / 255, np.clip(m, 0, 1)) for c, m in zip(clean, made)]
    psnr = [peak_signal_noise_ratio(c, m, data_range=1) for c, m in pairs]
    ssim = [structural_similarity(c, m, channel_axis=-1, data_range=1) for c, m in pairs]
    return np.mean(psnr), np.mean(ssim)


def save(images, folder):
    folder.mkdir(parents=True)
    for name, image in images.items():
        Image.fromarray(image).save(folder / f"{name}.png")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--latentlab", default="target/release/latentlab")
    parser.add_argument("--budget", default="4m")
    parser.add_argument("--kinds", nargs="*", default=KINDS)
    parser.add_argument("--note", default="", help="what else is to be said of the machine")
    parser.add_argument("--keep", type=pathlib.Path, help="where images and runs are kept")
    parser.add_argument("--out", type=pathlib.Path)
    arguments = parser.parse_args()
    work = arguments.keep or pathlib.Path(tempfile.mkdtemp())
    program = str(pathlib.Path(arguments.latentlab).resolve())
    save({name: image() for name, image in TRAIN.items()}, work / "train")
    clean = {name: image() for name, image in TEST.items()}
    lines = ["| noise | program | PSNR | SSIM | seconds an image |", "|---|---|---:|---:|---:|"]
    for kind in arguments.kinds:
        noisy = {name: put(kind, image, seed) for seed, (name, image) in enumerate(clean.items())}
        folder = work / kind.replace(":", "-")
        save(noisy, folder / "noisy")
        given = [image / 255 for image in noisy.values()]
        rows = [("as it is", *quality(clean.values(), given), 0.0)]
        for name, candidates in filters(given).items():
            found = []
            for candidate in candidates:
                start = time.perf_counter()
                made = [candidate(image) for image in given]
                seconds = (time.perf_counter() - start) / len(given)
                found.append((name, *quality(clean.values(), made), seconds))
            rows.append(max(found, key=lambda row: row[1]))
        run = folder / "run"
        start = time.perf_counter()
        train = [program, "train", "--data", str(work / "train"), "--noise", kind, "--budget", arguments.budget]
        subprocess.run([*train, "--out", str(run), "--no-figures"], check=True, capture_output=True)
        training = time.perf_counter() - start
        start = time.perf_counter()
        subprocess.run([program, "denoise", str(run), str(folder / "noisy"), "--out", f"{folder / 'made'}/"], check=True)
        seconds = (time.perf_counter() - start) / len(given)
        made = [np.array(Image.open(folder / "made" / f"{name}.png")) / 255 for name in noisy]
        rows.append((f"latentlab, trained for {training:.0f} s", *quality(clean.values(), made), seconds))
        best = max(row[1] for row in rows)
        for name, psnr, ssim, seconds in rows:
            shown = f"**{psnr:.2f}**" if psnr == best else f"{psnr:.2f}"
            lines.append(f"| {kind} | {name} | {shown} | {ssim:.3f} | {seconds:.2f} |")
            print(lines[-1], flush=True)
    load = os.getloadavg()[0]
    text = f"""# Denoising photographs

{__doc__.split(chr(10) * 2)[2].strip()}

Six photographs to train on ({", ".join(TRAIN)}), three to measure on ({", ".join(TEST)}). {os.cpu_count()} cores, load {load:.0f}
at the end. {arguments.note}

""" + "\n".join(lines) + "\n"
    if arguments.out:
        arguments.out.write_text(text)


if __name__ == "__main__":
    main()
