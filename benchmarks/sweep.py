#!/usr/bin/env python3
"""Times latentlab's training steps over batch sizes, threads and image sizes.

    benchmarks/sweep.py

Builds latentlab in release mode and writes a dated table into benchmarks/results/. The image sizes run a
convolutional VAE of mnist-conv-vae's layers, whose decoder starts from a quarter of the side.
"""

import datetime
import json
import os
import pathlib
import subprocess
import tempfile

from program import build, processor

RESULTS = pathlib.Path(__file__).resolve().parent / "results"
NETS = ["mnist-mlp-vae", "mnist-conv-vae"]
BATCHES = [10, 32, 100, 128, 256, 512, 1024]
SIDES = [28, 56, 112, 256]

SIZED = """
name = "conv-vae-{side}"
data = {{ name = "synthetic-digits", size = {side} }}
model.encoder = [
    {{ layer = "conv2d", filters = 32, kernel = 3, stride = 2, padding = "same", activation = "relu" }},
    {{ layer = "conv2d", filters = 64, kernel = 3, stride = 2, padding = "same", activation = "relu" }},
    {{ layer = "flatten" }},
]
model.latent = {{ kind = "gaussian", size = 2 }}
model.decoder = [
    {{ layer = "dense", units = {units}, activation = "relu" }},
    {{ layer = "reshape", shape = [{quarter}, {quarter}, 64] }},
    {{ layer = "conv2d_transpose", filters = 64, kernel = 3, stride = 2, padding = "same", activation = "relu" }},
    {{ layer = "conv2d_transpose", filters = 32, kernel = 3, stride = 2, padding = "same", activation = "relu" }},
    {{ layer = "conv2d_transpose", filters = 1, kernel = 3, padding = "same" }},
]
objective.reconstruction = {{ loss = "bce" }}
optimizer = {{ kind = "adam", learning_rate = 1e-3 }}
training = {{ epochs = 1, batch_size = 32 }}
"""


def bench(program, recipe, threads, *options):
    command = [program, "bench", recipe, "--json", "--quiet", "--seconds", "2", "--threads", str(threads), *options]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return json.loads(output)["benchmarks"][0]


def cells(program, recipe, *options):
    one, all_ = (bench(program, recipe, threads, *options) for threads in (1, os.cpu_count()))
    speedup = one["us_per_image"] / all_["us_per_image"]
    return (f"{one['us_per_image']:.2f} | {one['peak_fraction']:.0%} | {all_['us_per_image']:.2f} | "
            f"{all_['peak_fraction']:.0%} | {speedup:.2f}×")


def main():
    program, date = build(), datetime.date.today().isoformat()
    count = os.cpu_count()
    head = f"1 thread | of peak | {count} threads | of peak | speed-up |"
    lines = [
        f"# Cost over batch size, threads and image size, {date}", "",
        f"µs per training image of `latentlab bench` on synthetic digits; {processor()}. \"Of peak\" is nominal work"
        " per second beside the measured FMA peak: zeros that are skipped and products that Winograd's tiles save"
        " count as done, so it can pass 100 %.", "",
        "## Batch size", "", f"| net | batch | {head}", "|---|---:|" + "---:|" * 5,
    ]
    for net in NETS:
        for batch in BATCHES:
            lines.append(f"| {net} | {batch} | {cells(program, net, '--batch', str(batch))} |")
            print(lines[-1], flush=True)
    lines += ["", "## Image size", "",
              "A convolutional VAE of the same layers at every size, batch 32.", "",
              f"| side | values | {head} ns per pixel |", "|---:|---:|" + "---:|" * 6]
    for side in SIDES:
        with tempfile.NamedTemporaryFile("w", suffix=".toml") as recipe:
            recipe.write(SIZED.format(side=side, quarter=side // 4, units=side * side * 4))
            recipe.flush()
            row = cells(program, recipe.name)
            per_pixel = float(row.split(" | ")[2]) * 1e3 / side**2
            lines.append(f"| {side} | {side * side} | {row} | {per_pixel:.0f} |")
            print(lines[-1], flush=True)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{date}-sweep.md").write_text("\n".join(lines) + "\n")


main()
