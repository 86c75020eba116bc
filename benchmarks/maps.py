#!/usr/bin/env python3
"""Judges t-SNE maps of a run's codes, by latentlab and by its peers.

    benchmarks/maps.py runs/mnist-mlp-vae-1

Embeds the run's test images with the program `latentlab` (on the path, or named by LATENTLAB), maps them with it,
scikit-learn and openTSNE at their defaults, and writes a dated table into benchmarks/results/: the exact KL divergence
over all pairs, the share of the 10 and 30 nearest neighbours kept, and trustworthiness, all computed by scikit-learn
and NumPy alone. The peers are those of analysis.py.
"""

import datetime
import os
import pathlib
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "peers"))


def shared(a, b, k):
    """Share of the k nearest neighbours of each row of `a` that are so in `b`, too."""
    from sklearn.neighbors import NearestNeighbors

    near, shown = (NearestNeighbors(n_neighbors=k).fit(x).kneighbors(return_distance=False) for x in (a, b))
    return sum(len(set(one) & set(other)) for one, other in zip(near, shown)) / near.size


def own(program, codes, preset, folder):
    file = folder / f"{preset}.npz"
    start = time.perf_counter()
    subprocess.run([program, "map", codes, "--preset", preset, "--neighbours", "0", "--out", file], check=True)
    import numpy as np

    return np.load(file)["map"], time.perf_counter() - start


def peer(name, x):
    import analysis_peer

    found, positions = analysis_peer.run(name, x, os.cpu_count())
    return positions, found["seconds"]


def main(run):
    import analysis_peer
    import numpy as np
    from sklearn.manifold import trustworthiness

    program = os.environ.get("LATENTLAB", "latentlab")
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        subprocess.run([program, "embed", run, "--out", folder / "codes.npz"], check=True)
        x = np.load(folder / "codes.npz")["mean"].astype("<f4")
        x.tofile(folder / "codes.f32")
        np.savez(folder / "plain.npz", x=x)
        made = {
            "latentlab, preset sklearn": own(program, folder / "plain.npz", "sklearn", folder),
            "scikit-learn": peer("sklearn", x),
            "latentlab, preset opentsne": own(program, folder / "plain.npz", "opentsne", folder),
            "openTSNE": peer("opentsne", x),
        }
        lines = [
            f"# Maps of the test images' codes of {pathlib.Path(run).name}, {datetime.date.today().isoformat()}",
            "",
            f"{x.shape[0]:,} codes of {x.shape[1]} dimensions, perplexity 30, {os.cpu_count()} threads. Judged by scikit-learn"
            " and NumPy alone; the seconds of latentlab are those of the whole program.",
            "",
            "| map | exact KL | 10 nearest kept | 30 nearest kept | trustworthiness (10) | seconds |",
            "|---|---:|---:|---:|---:|---:|",
        ]
        for name, (positions, seconds) in made.items():
            np.asarray(positions, "<f4").tofile(folder / "map.f32")
            kl = analysis_peer.score(folder / "codes.f32", x.shape[1], folder / "map.f32")
            kept = [shared(x, positions, k) for k in (10, 30)]
            trust = trustworthiness(x, positions, n_neighbors=10)
            lines.append(f"| {name} | {kl:.4f} | {kept[0]:.4f} | {kept[1]:.4f} | {trust:.4f} | {seconds:.1f} |")
    (HERE / "results" / f"{datetime.date.today().isoformat()}-maps.md").write_text("\n".join(lines) + "\n")
    print("\n".join(lines))


main(*sys.argv[1:])
