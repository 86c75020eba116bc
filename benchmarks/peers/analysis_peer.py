"""One measure by scikit-learn or openTSNE: analysis_peer.py TASK FILE COLUMNS THREADS [MAP]; prints JSON.

`prepare FOLDER` writes the tables instead: MNIST's 60,000 training images, and all 70,000 (test images first) as
their first ten principal components. `score FILE COLUMNS MAP` prints a map's exact KL divergence.
"""

import gzip
import json
import pathlib
import sys
import time

import numpy as np

PERPLEXITY = 30.0


def images(folder, name):
    path = pathlib.Path(folder) / name
    data = path.read_bytes() if path.exists() else gzip.open(f"{path}.gz").read()
    return np.frombuffer(data[16:], np.uint8).reshape(-1, 784).astype("<f4") / np.float32(255)


def prepare(mnist, folder):
    from sklearn.decomposition import PCA

    train, test = (images(mnist, f"{part}-images-idx3-ubyte") for part in ("train", "t10k"))
    folder = pathlib.Path(folder)
    train.tofile(folder / "images.f32")
    codes = PCA(10).fit(test).transform(np.vstack([test, train])).astype("<f4")
    for n in (2500, 5000, 10000, 20000, 70000):
        codes[:n].tofile(folder / f"codes-{n}.f32")


def score(file, columns, map_file):
    """KL(P‖Q) with Q over all pairs, in float64; P is scikit-learn's."""
    from sklearn.manifold._t_sne import _joint_probabilities_nn
    from sklearn.neighbors import NearestNeighbors

    x = np.fromfile(file, "<f4").reshape(-1, columns)
    y = np.fromfile(map_file, "<f4").reshape(-1, 2).astype(np.float64)
    graph = NearestNeighbors(n_neighbors=int(3 * PERPLEXITY + 1)).fit(x).kneighbors_graph(mode="distance")
    graph.data **= 2
    pairs = _joint_probabilities_nn(graph, PERPLEXITY, 0).tocoo()
    squares = (y * y).sum(1)
    total = -float(len(y))
    for i in range(0, len(y), 500):
        distances = squares[i : i + 500, None] + squares[None] - 2 * y[i : i + 500] @ y.T
        total += (1 / (1 + np.maximum(distances, 0))).sum()
    distances = ((y[pairs.row] - y[pairs.col]) ** 2).sum(1)
    return float((pairs.data * (np.log(pairs.data) + np.log1p(distances))).sum() + np.log(total))


def run(task, x, threads):
    """Seconds, what it reached and, for maps, the map. Imports are not timed."""
    from sklearn.cluster import KMeans
    from sklearn.decomposition import PCA
    from sklearn.manifold import TSNE
    from sklearn.metrics import silhouette_samples
    from sklearn.neighbors import NearestNeighbors

    if task == "opentsne":
        import openTSNE

        warm = openTSNE.TSNE(n_iter=1, early_exaggeration_iter=1).fit(x[:500])
        assert len(warm) == 500
    labels = np.arange(len(x)) % 10
    start = time.perf_counter()
    result, reached = None, {}
    if task == "neighbours":
        NearestNeighbors(n_neighbors=90, n_jobs=threads).fit(x).kneighbors()
    elif task == "neighbours-brute":
        NearestNeighbors(n_neighbors=90, n_jobs=threads, algorithm="brute").fit(x).kneighbors()
    elif task == "kmeans":
        reached["inertia"] = float(KMeans(10, n_init=10, random_state=0).fit(x).inertia_)
    elif task == "silhouette":
        silhouette_samples(x, labels, n_jobs=threads)
    elif task == "pca":
        PCA(2).fit_transform(x)
    elif task == "sklearn":
        result = TSNE(init="pca", n_jobs=threads, random_state=0).fit_transform(x)
    elif task == "opentsne":
        result = openTSNE.TSNE(n_jobs=threads, random_state=0).fit(x)
    else:
        raise SystemExit(f"no task named {task}")
    return {"seconds": time.perf_counter() - start} | reached, result


def main(task, *arguments):
    if task == "prepare":
        return prepare(*arguments)
    if task == "score":
        file, columns, map_file = arguments
        return print(json.dumps({"kl": score(file, int(columns), map_file)}))
    file, columns, threads, *map_file = arguments
    x = np.fromfile(file, "<f4").reshape(-1, int(columns))
    measured, result = run(task, x, int(threads))
    if map_file and result is not None:
        np.asarray(result, "<f4").tofile(map_file[0])
    print(json.dumps(measured))


if __name__ == "__main__":
    main(*sys.argv[1:])
