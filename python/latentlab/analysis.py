"""Measures and maps of tables of points, under the names and with the meanings that scikit-learn has for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import _native
from ._display.progress import Progress, Verbosity

__all__ = [
    "Clusters",
    "PrincipalComponents",
    "adjusted_rand_score",
    "average_precision_score",
    "calinski_harabasz_score",
    "davies_bouldin_score",
    "kmeans",
    "kneighbors",
    "normalized_mutual_info_score",
    "pca",
    "roc_auc_score",
    "silhouette_samples",
    "silhouette_score",
    "trustworthiness",
    "tsne",
]


def tsne(
    X: ArrayLike,
    n_components: Literal[2, 3] = 2,
    *,
    perplexity: float = 30.0,
    max_iter: int = 1000,
    init: Literal["pca", "random"] = "pca",
    random_state: int = 0,
    verbose: Verbosity = "auto",
) -> NDArray[np.float32]:
    """Map points to two or three dimensions in which neighbours stay neighbours.

    The update rule and the defaults are those of `sklearn.manifold.TSNE`.

    Parameters
    ----------
    X
        Points [n, d].
    n_components
        Dimensions of the map.
    perplexity
        Effective number of neighbours, below n.
    max_iter
        Iterations, the first 250 of them exaggerated.
    init
        Where points start: at their principal components, or at random.
    random_state
        Seed.

    Returns
    -------
    map : ndarray of shape (n, n_components)

    Examples
    --------
    >>> import numpy as np
    >>> from latentlab import tsne
    >>> points = np.random.default_rng(0).normal(size=(60, 10)) + np.repeat([[0], [20]], 30, axis=0)
    >>> placed = tsne(points, perplexity=10)
    >>> placed.shape
    (60, 2)
    """
    with Progress.shown(verbose) as progress:
        return _native.tsne(
            X,
            n_components=n_components,
            perplexity=perplexity,
            max_iter=max_iter,
            random_state=random_state,
            init=init,
            events=progress,
        )


@dataclass
class PrincipalComponents:
    """What `pca` gives, with the names of `sklearn.decomposition.PCA`."""

    codes: NDArray[Any]
    """Points on the components [n, k]."""
    components_: NDArray[Any]
    """Directions [k, d], largest variance first."""
    explained_variance_: NDArray[Any]
    """Variance along each, with n - 1."""
    explained_variance_ratio_: NDArray[Any]
    """Share of the whole variance."""
    singular_values_: NDArray[Any]
    """√(variance · (n - 1)) of each."""
    mean_: NDArray[Any]
    """Mean of the points [d]."""


def pca(X: ArrayLike, n_components: int | None = None) -> PrincipalComponents:
    """Principal components of points [n, d]: `n_components`, or all there are.

    Examples
    --------
    >>> from latentlab import pca
    >>> found = pca([[0.0, 0.0], [1.0, 1.0], [2.0, 2.0]], 1)
    >>> found.explained_variance_ratio_.round(3)
    array([1.])
    """
    return PrincipalComponents(**_native.pca(X, n_components))


def silhouette_score(X: ArrayLike, labels: ArrayLike) -> float:
    """Mean silhouette of points [n, d] in their classes, in [-1, 1]: higher is better separated.

    Examples
    --------
    >>> from latentlab import silhouette_score
    >>> round(silhouette_score([[0.0], [1.0], [10.0], [11.0]], ["a", "a", "b", "b"]), 4)
    0.8997
    """
    return _native.silhouette_score(X, labels)


def silhouette_samples(X: ArrayLike, labels: ArrayLike) -> NDArray[np.float64]:
    """Silhouette of each point, in [-1, 1]."""
    return _native.silhouette_samples(X, labels)


def davies_bouldin_score(X: ArrayLike, labels: ArrayLike) -> float:
    """Davies-Bouldin index, at least 0: lower is better separated."""
    return _native.davies_bouldin_score(X, labels)


def calinski_harabasz_score(X: ArrayLike, labels: ArrayLike) -> float:
    """Calinski-Harabasz index, at least 0: higher is better separated."""
    return _native.calinski_harabasz_score(X, labels)


def adjusted_rand_score(labels_true: ArrayLike, labels_pred: ArrayLike) -> float:
    """How far clusters agree with classes: 1 is the same, 0 is chance."""
    return _native.adjusted_rand_score(labels_true, labels_pred)


def normalized_mutual_info_score(labels_true: ArrayLike, labels_pred: ArrayLike) -> float:
    """Mutual information of clusters and classes beside the mean of their entropies, in [0, 1]."""
    return _native.normalized_mutual_info_score(labels_true, labels_pred)


def roc_auc_score(y_true: ArrayLike, y_score: ArrayLike) -> float:
    """Chance that an anomaly (1) has a higher score than another (0), in [0, 1].

    Examples
    --------
    >>> from latentlab import roc_auc_score
    >>> roc_auc_score([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])
    0.75
    """
    return _native.roc_auc_score(y_true, y_score)


def average_precision_score(y_true: ArrayLike, y_score: ArrayLike) -> float:
    """Precision averaged over the ranks of the anomalies, in [0, 1]."""
    return _native.average_precision_score(y_true, y_score)


@dataclass
class Clusters:
    """What `kmeans` gives, with the names of `sklearn.cluster.KMeans`."""

    cluster_centers_: NDArray[Any]
    """Means of the clusters [k, d]."""
    labels_: NDArray[Any]
    """Cluster of each point [n], from 0."""
    inertia_: float
    """Sum of squared distances of points to the mean of their cluster."""
    n_iter_: int
    """Iterations of the best start."""


def kmeans(X: ArrayLike, n_clusters: int = 8, *, n_init: int = 10, random_state: int = 0) -> Clusters:
    """Clusters of points [n, d] around their means, the best of `n_init` starts.

    Examples
    --------
    >>> from latentlab import kmeans
    >>> kmeans([[0.0], [1.0], [10.0], [11.0]], 2).inertia_
    1.0
    """
    return Clusters(**_native.kmeans(X, n_clusters, n_init=n_init, random_state=random_state))


def kneighbors(
    X: ArrayLike, query: ArrayLike | None = None, n_neighbors: int = 5
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Nearest points of X [n, d] to each of `query` [m, d], by Euclidean distance.

    Returns
    -------
    distances, indices : ndarrays of shape (m, n_neighbors)
        Nearest first. Without `query` each point's neighbours, itself left out.

    Examples
    --------
    >>> from latentlab import kneighbors
    >>> distances, indices = kneighbors([[0.0], [1.0], [5.0]], n_neighbors=1)
    >>> indices.ravel()
    array([1, 0, 1])
    """
    return _native.kneighbors(X, query, n_neighbors)


def trustworthiness(X: ArrayLike, X_embedded: ArrayLike, *, n_neighbors: int = 5) -> float:
    """How far neighbours on a map are neighbours in truth, in [0, 1]: 1 is best."""
    return _native.trustworthiness(X, X_embedded, n_neighbors)
