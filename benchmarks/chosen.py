#!/usr/bin/env python3
"""Times training steps of the nets that `latentlab train` chooses, beside the same nets in PyTorch.

    python3 benchmarks/chosen.py FOLDER [--sides 64 128] [--rounds 3] [--threads 2] [--clock wall|processor]

FOLDER holds pictures. The net that is chosen for them at each size (`--as ae`, with time enough for its full width) is
trained for an epoch, exported with `latentlab export --to torch`, and trained there: it is the same net, layer by layer. In
turns; the table has each program's fastest round, latentlab's by `latentlab bench`. On a machine with other work, `--clock
processor --threads 1` compares processor time: of latentlab the difference between trainings of one epoch and of several, of
PyTorch that of its process.
"""

import argparse
import datetime
import json
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

from program import HERE, build, peers_python, processor

MODES = ["eager", "channels_last", "compile", "compile_channels_last"]
EPOCHS = 4


def used_by(command):
    """Seconds of processor time that a program takes."""
    used = lambda: sum(resource.getrusage(resource.RUSAGE_CHILDREN)[:2])
    before = used()
    subprocess.run(command, check=True, capture_output=True)
    return used() - before


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--sides", type=int, nargs="+", default=[64, 128])
    parser.add_argument("--modes", nargs="+", default=MODES)
    parser.add_argument("--images", type=int, default=512)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--clock", choices=["wall", "processor"], default="wall")
    parser.add_argument("--program", type=Path, help="a latentlab that is built already")
    parser.add_argument("--python", type=Path, help="a Python with PyTorch")
    parser.add_argument("--out", type=Path, default=HERE / "results" / f"{datetime.date.today().isoformat()}-chosen.md")
    given = parser.parse_args()
    program, python = given.program or build(), given.python or peers_python()
    work = Path(tempfile.mkdtemp())
    lines = []
    for side in given.sides:
        recipe, run, exported = work / f"{side}.toml", work / f"run-{side}", work / f"torch-{side}"
        choice = ["train", "--data", given.folder.resolve(), "--as", "ae", "--budget", "2h", "--set", f"data.size={side}"]
        said = subprocess.run([program, *choice, "--dry-run"], check=True, capture_output=True, text=True)
        recipe.write_text(said.stdout)
        images = given.images * 64 // side
        settings = [f"data.limit.train={images}", "data.limit.valid=1", f"training.batch_size={given.batch}", "training.early_stopping={ patience = 100 }"]
        train = [program, "train", recipe, "--threads", str(given.threads), "--no-figures", "--force", "--quiet", "--out", run]
        train += [part for setting in settings for part in ("--set", setting)]
        subprocess.run([*train, "--epochs", "1"], check=True, capture_output=True)
        subprocess.run([program, "export", run, "--to", "torch", "--out", exported], check=True, capture_output=True)
        peer = [python, HERE / "peers" / "torch_exported.py", exported, str(side), "3"]
        size = [str(images), str(given.batch), str(given.threads), given.clock]
        times = {name: [] for name in ["latentlab", *given.modes]}
        for _ in range(given.rounds):
            if given.clock == "wall":
                bench = [program, "bench", recipe, "--batch", str(given.batch), "--threads", str(given.threads), "--json", "--quiet"]
                output = subprocess.run(bench, check=True, capture_output=True, text=True).stdout
                times["latentlab"].append(json.loads(output)["benchmarks"][0]["us_per_image"])
            else:
                one, more = (used_by([*train, "--epochs", str(epochs)]) for epochs in (1, 1 + EPOCHS))
                times["latentlab"].append(1e6 * (more - one) / (EPOCHS * images))
            for mode in given.modes:
                ran = subprocess.run([*peer, mode, *size], capture_output=True, text=True)
                if ran.returncode == 0:
                    times[mode].append(float(ran.stdout))
                else:
                    print(f"{mode} failed: {ran.stderr.strip().splitlines()[-1:]}", file=sys.stderr)
            print(side, {name: round(min(found)) for name, found in times.items() if found}, flush=True)
        best = {name: min(found) for name, found in times.items() if found}
        own = best["latentlab"]
        net = next(line for line in said.stderr.splitlines() if line.startswith("net: "))
        ratio = min(value for name, value in best.items() if name != "latentlab") / own
        cells = [f"{best[name]:,.0f}" if name in best else "–" for name in times]
        lines.append((f"| {side} | " + " | ".join(cells) + f" | **{ratio:.2f}** |", f"- {side}: {net.removeprefix('net: ')}"))
    threads = f"{given.threads} thread{'s' if given.threads > 1 else ''}"
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    head = ["pixels a side", "latentlab", *(f"PyTorch {mode.replace('_', ' ')}" for mode in given.modes), "best of PyTorch / latentlab"]
    given.out.write_text("\n".join([
        f"# Training steps of chosen nets, {datetime.date.today().isoformat()}", "",
        f"`benchmarks/chosen.py`; {processor()}, {threads}, {given.clock} time, batches of {given.batch}; load average at the end {load}.",
        "Microseconds an image, each program's fastest of " + f"{given.rounds} rounds in turns.", "",
        "| " + " | ".join(head) + " |", "|" + "---:|" * len(head), *(row for row, _ in lines), "",
        "The nets:", "", *(net for _, net in lines), "",
    ]))


main()
