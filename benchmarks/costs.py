#!/usr/bin/env python3
"""What surrounds training: start-up, memory, validation, and the use of a trained net.

    benchmarks/costs.py [--data-dir FOLDER]

Needs MNIST (in the folder, or where latentlab keeps it). Writes a dated table into benchmarks/results/.
"""

import argparse
import datetime
import json
import os
import pathlib
import statistics
import subprocess
import tempfile
import time

from program import HERE, build, peers_python, processor

RESULTS = HERE / "results"


def child(command, **options):
    """Seconds and peak memory in MB of a command."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options)
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        raise SystemExit(f"failed: {command}")
    return time.perf_counter() - start, usage.ru_maxrss / 1024


def train(program, data, recipe, out, *settings):
    command = [program, "train", recipe, "--out", out, "--quiet", "--no-report", *data]
    return child(command + [word for setting in settings for word in ("--set", setting)])


def events(run):
    return [json.loads(line) for line in (pathlib.Path(run) / "events.jsonl").read_text().splitlines()]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data-dir")
    arguments = parser.parse_args()
    data = ["--data-dir", arguments.data_dir] if arguments.data_dir else []
    program, python = build(), peers_python()
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        few = ["training.epochs=1", "data.limit={train=100, valid=100, test=100}"]
        begun = [train(program, data, "mnist-mlp-vae", f"{folder}/start-{i}", *few)[0] for i in range(5)]
        rows.append(("a whole process that opens MNIST, takes one step, validates and writes the run",
                     f"{statistics.median(begun):.3f} s", "first step ≤ 0.3 s"))
        short = ["training.epochs=1", "data.limit={train=3000, valid=500, test=500}"]
        _, memory = train(program, data, "mnist-deep-conv-vae", f"{folder}/deep", *short)
        rows.append(("peak memory, mnist-deep-conv-vae on MNIST (all 70,000 images open)",
                     f"{memory:.0f} MB", "≤ 350 MB"))
        for name, script, mode, extra in [
            ("Keras/TensorFlow", "keras_peer.py", "nojit", {"KERAS_BACKEND": "tensorflow"}),
            ("PyTorch eager", "torch_peer.py", "eager", {}),
        ]:
            command = [python, HERE / "peers" / script, "mnist-deep-conv-vae", mode, "500"]
            command += [str(os.cpu_count())] if script == "torch_peer.py" else []
            _, memory = child(command, env=os.environ | extra)
            rows.append((f"the same net in {name}, 500 random images", f"{memory:.0f} MB", ""))
        train(program, data, "mnist-mlp-vae", f"{folder}/epochs", "training.epochs=10")
        epochs = [event for event in events(f"{folder}/epochs") if event["event"] == "epoch"][1:]
        share = statistics.median(1 - 50_000 / epoch["images_per_second"] / epoch["seconds"] for epoch in epochs)
        rows.append(("validation on 10,000 images, mnist-mlp-vae: part of an epoch of 50,000", f"{share:.1%}", "≤ 3 %"))
        times = [(time_of(a), time_of(b), b["seconds"]) for a, b in zip(epochs, epochs[1:])]
        logging = statistics.median((b - a - seconds) / (b - a) for a, b, seconds in times)
        rows.append(("events and checkpoints: part of an epoch", f"{logging:.1%}", "≤ 3 %"))

    def micros(recipe, work, batch):
        command = [program, "bench", recipe, work, "--json", "--quiet", "--seconds", "2", "--batch", str(batch)]
        output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        return json.loads(output)["benchmarks"][0]["us_per_image"]

    rows.append(("10,000 images embedded by mnist-mlp-vae", f"{micros('mnist-mlp-vae', '--embed', 500) * 10:.1f} ms",
                 "≤ 40 ms"))
    for recipe, limit in [("mnist-mlp-vae", 10), ("mnist-wide-mlp-vae", 10), ("mnist-conv-vae", 150),
                          ("mnist-deep-conv-vae", 150)]:
        rows.append((f"a 30 × 30 manifold decoded by {recipe}", f"{micros(recipe, '--decode', 900) * 0.9:.1f} ms",
                     f"≤ {limit} ms"))
    date = datetime.date.today().isoformat()
    lines = [f"# What surrounds training, {date}", "", f"{processor()}, {os.cpu_count()} threads.", "",
             "| what | measured | wanted |", "|---|---:|---:|"]
    lines += [f"| {what} | {value} | {wanted} |" for what, value, wanted in rows]
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{date}-costs.md").write_text("\n".join(lines) + "\n")
    print("\n".join(lines))


def time_of(event):
    return datetime.datetime.fromisoformat(event["time"]).timestamp()


main()
