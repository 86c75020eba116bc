"""Writes the stored cases that hold PCA, silhouettes, neighbours and trustworthiness to scikit-learn's.

    python -m venv sklearn && sklearn/bin/pip install scikit-learn==1.9.1 numpy==2.4.6
    sklearn/bin/python scripts/analysis_geometry_cases.py crates/analysis/tests/geometry.json

Values are float32 and written with all their digits, so both sides start from identical numbers; scikit-learn gets
them as float64.
"""

import json
import sys
from pathlib import Path

import numpy as np
from sklearn.decomposition import PCA
from sklearn.manifold import trustworthiness
from sklearn.metrics import silhouette_samples, silhouette_score
from sklearn.neighbors import NearestNeighbors

TABLES = {
    "blobs": (90, 4),
    "one column": (40, 1),
    "more columns than rows": (24, 40),
    "constant columns": (50, 6),
    "duplicates": (48, 3),
    "far from zero": (70, 5),
}


def table(name, rows, columns):
    generator = np.random.default_rng(sum(map(ord, name)))
    labels = generator.integers(0, 4, rows)
    labels[0] = 9  # a class of one
    values = generator.normal(size=(rows, columns)) * np.linspace(2.0, 0.3, columns)
    values += 3.0 * np.cos(np.outer(labels, np.arange(1, columns + 1)))
    if name == "constant columns":
        values[:, [1, 4]] = 2.5
    if name == "duplicates":
        values[rows // 2 :] = values[: rows // 2]
    if name == "far from zero":
        values += 300.0
    return values.astype(np.float32), labels


def case(name, rows, columns):
    values, labels = table(name, rows, columns)
    exact = values.astype(np.float64)
    pca = PCA(svd_solver="full").fit(exact)
    # Directions without variance are arbitrary, and so are those of (nearly) equal variance.
    components = int((pca.explained_variance_ > 1e-6 * pca.explained_variance_[0]).sum())
    components = min(components, 5)
    scores = pca.transform(exact)[:, :components]
    back = scores @ pca.components_[:components] + pca.mean_
    distances, _ = NearestNeighbors(n_neighbors=7, algorithm="brute").fit(exact).kneighbors()
    flat = np.ascontiguousarray(exact[:, :2] if columns > 1 else exact**2)
    return {
        "name": name,
        "columns": columns,
        "values": values.ravel().tolist(),
        "labels": labels.tolist(),
        "variances": pca.explained_variance_[:components].tolist(),
        "ratios": pca.explained_variance_ratio_[:components].tolist(),
        "directions": pca.components_[:components].ravel().tolist(),
        "scores": scores.ravel().tolist(),
        "inverse": back.ravel().tolist(),
        "silhouettes": silhouette_samples(exact, labels).tolist(),
        "silhouette": float(silhouette_score(exact, labels)),
        "neighbour_distances": distances.ravel().tolist(),
        "map": flat.ravel().tolist(),
        "trustworthiness": {k: float(trustworthiness(exact, flat, n_neighbors=k)) for k in (1, 5, 11)},
        "continuity": {k: float(trustworthiness(flat, exact, n_neighbors=k)) for k in (1, 5, 11)},
    }


def main(path):
    cases = [case(name, *shape) for name, shape in TABLES.items()]
    Path(path).write_text(json.dumps(cases, indent=1) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
