#!/usr/bin/env python3
"""Times training steps of nets in latentlab and its peers, alternately, in one run.

    benchmarks/training.py                          the eleven reference nets and two for photographs, three rounds
    benchmarks/training.py --nets mnist-mlp-vae --rounds 5
    benchmarks/training.py --program latentlab --python python3 --name training-server

Builds latentlab in release mode and installs the pinned peers into benchmarks/.venv, unless it is given a program and a
Python that has the peers, for machines without a toolchain or without registries. Writes a dated table into
benchmarks/results/; a second run on the same day replaces the rows of its nets. Each round runs every program for each
net, one after the other and latentlab at both ends (its figure is their mean), so that a machine whose speed drifts slows
all of them. The table has each program's fastest round: what else a shared machine does only ever slows. The peers train
on random images, and so does latentlab where they have colours; else on drawn digits, whose zeros its dense first layers
skip. Adam, steady state: first epochs and compilation do not count.
"""

import argparse
import datetime
import json
import os
import statistics
import subprocess
import sys

from program import HERE, build, peers_python, processor

sys.path.insert(0, str(HERE / "peers"))
from nets import NETS  # noqa: E402

PEERS = {
    "Keras/TensorFlow": ("keras_peer.py", "nojit", {"KERAS_BACKEND": "tensorflow"}),
    "Keras/TensorFlow jit": ("keras_peer.py", "jit", {"KERAS_BACKEND": "tensorflow"}),
    "Keras/JAX jit": ("keras_peer.py", "jit", {"KERAS_BACKEND": "jax"}),
    "PyTorch eager": ("torch_peer.py", "eager", {}),
    "PyTorch channels_last": ("torch_peer.py", "channels_last", {}),
    "PyTorch compile": ("torch_peer.py", "compile", {}),
    "PyTorch compile channels_last": ("torch_peer.py", "compile_channels_last", {}),
}


# What `latentlab bench` gives and the table shows.
KEYS = ["us_per_image", "gflops", "peak_gflops"]


def own(program, net, threads):
    """µs per image and the details that `latentlab bench` gives; nets that are no built-in recipes have a file."""
    file = HERE / "recipes" / f"{net}.toml"
    command = [program, "bench", file if file.exists() else net, "--json", "--quiet", "--threads", str(threads)]
    command += ["--set", 'optimizer={kind="adam", learning_rate=1e-3}']
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return json.loads(output)["benchmarks"][0]


def peer(python, name, net, threads, images):
    script, mode, extra = PEERS[name]
    command = [python, HERE / "peers" / script, net, mode, str(images)]
    command += [str(threads)] if script == "torch_peer.py" else []
    limits = {key: str(threads) for key in ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS")}
    run = subprocess.run(command, capture_output=True, text=True, env=os.environ | limits | extra)
    words = run.stdout.split()
    if run.returncode != 0 or "us_per_image" not in words:
        print(f"  {name} failed on {net}: {run.stderr.strip().splitlines()[-1:]}", file=sys.stderr)
        return None
    return float(words[words.index("us_per_image") + 1])


def images_for(net):
    """Enough images for some seconds an epoch, fewer for the heavy nets."""
    if is_dense(net):
        return 6400
    few = {"mnist-deep-conv-vae": 500, "fashion-conv-vae": 1000, "photo-batchnorm-vae": 512, "photo-residual-vae": 128}
    return few.get(net, 2560)


def is_dense(net):
    return "mlp" in net or "shallow" in net


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nets", nargs="+", default=list(NETS), choices=list(NETS), metavar="NET")
    parser.add_argument("--peers", nargs="+", default=list(PEERS), choices=list(PEERS), metavar="PEER")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--program", help="a latentlab to time, built elsewhere")
    parser.add_argument("--python", help="a Python that has the peers")
    parser.add_argument("--name", default="training", help="of the table, behind its date")
    parser.add_argument("--note", default="", help="what a reader of the table must know")
    arguments = parser.parse_args()
    python, program = arguments.python or peers_python(), arguments.program or build()
    versions = subprocess.run([python, "-m", "pip", "freeze"], check=True, capture_output=True, text=True).stdout
    wanted = ("tensorflow==", "tensorflow_cpu==", "keras==", "jax==", "torch==")
    versions = [line for line in versions.splitlines() if line.startswith(wanted)]

    rows = []
    for net in arguments.nets:
        ours, theirs = [], {name: [] for name in arguments.peers}
        for round_ in range(arguments.rounds):
            begin = own(program, net, arguments.threads)
            for name in arguments.peers:
                # JAX's convolutions take five times the others' and longer still to compile: left out.
                if name.startswith("Keras/JAX") and not is_dense(net):
                    continue
                value = peer(python, name, net, arguments.threads, images_for(net))
                if value is not None:
                    theirs[name].append(value)
            end = own(program, net, arguments.threads)
            ours.append({key: statistics.mean([begin[key], end[key]]) for key in KEYS})
        fastest = min(ours, key=lambda one: one["us_per_image"])
        micros = fastest["us_per_image"]
        peers = {name: min(values) for name, values in theirs.items() if values}
        best = min(peers, key=peers.get) if peers else None
        rows.append(dict(net=net, rounds=arguments.rounds, batch=begin["batch"], **fastest, isa=begin["isa"],
                         all_rounds=dict(latentlab=[one["us_per_image"] for one in ours], **theirs),
                         peers=peers, best_peer=best, ratio=peers[best] / micros if best else None))
        print(f"{net}: {micros:.2f} µs/image; " + ", ".join(f"{n} {v:.1f}" for n, v in peers.items()), flush=True)
    write(rows, arguments, versions)


def write(rows, arguments, versions):
    date = datetime.date.today().isoformat()
    results = HERE / "results"
    results.mkdir(exist_ok=True)
    facts = dict(date=date, processor=processor(), threads=arguments.threads, versions=versions, note=arguments.note)
    path = results / f"{date}-{arguments.name}.json"
    if path.exists():
        earlier = json.loads(path.read_text())
        if all(earlier.get(key, "") == value for key, value in facts.items()):
            new = {row["net"] for row in rows}
            rows = sorted(rows + [row for row in earlier["rows"] if row["net"] not in new],
                          key=lambda row: list(NETS).index(row["net"]))
    path.write_text(json.dumps(facts | {"rows": rows}, indent=2, ensure_ascii=False) + "\n")
    # The peak is the machine's: the highest that any round measured.
    peak = max(row["peak_gflops"] for row in rows)
    names = [name for name in PEERS if any(name in row["peers"] for row in rows)]
    lines = [
        f"# Training, {date}",
        "",
        f"µs per training image, the fastest of the rounds, {arguments.threads} threads,"
        f" {facts['processor']}, {rows[0]['isa']}; {', '.join(versions)}. \"Of peak\" is nominal work per second"
        " beside the highest measured FMA peak: zeros skipped and products that Winograd's tiles save count as done.",
        "",
        *([arguments.note, ""] if arguments.note else []),
        "| net | batch | rounds | latentlab | of peak | " + " | ".join(names) + " | best peer ÷ latentlab |",
        "|---|" + "---:|" * (len(names) + 5),
    ]
    for row in rows:
        cells = [f"{row['peers'][name]:.1f}" if name in row["peers"] else "–" for name in names]
        ratio = f"**{row['ratio']:.2f}×**" if row["ratio"] else "–"
        lines.append(f"| {row['net']} | {row['batch']} | {row['rounds']} | {row['us_per_image']:.2f} | {row['gflops'] / peak:.0%} | "
                     + " | ".join(cells) + f" | {ratio} |")
    path.with_suffix(".md").write_text("\n".join(lines) + "\n")
    print("\n".join(lines))


main()
