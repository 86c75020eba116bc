"""Measures and maps are scikit-learn's, on points drawn from a seed and on digits."""

from __future__ import annotations

import numpy as np
import pytest
import sklearn.cluster
import sklearn.decomposition
import sklearn.manifold
import sklearn.metrics
import sklearn.neighbors
from numpy.typing import NDArray

import latentlab


@pytest.fixture(scope="module", params=[np.float32, np.float64])
def points(request: pytest.FixtureRequest) -> NDArray[np.floating]:
    rng = np.random.default_rng(0)
    centres = rng.normal(size=(5, 13)) * 3
    drawn = centres[rng.integers(0, 5, 257)] + rng.normal(size=(257, 13))
    return np.asfortranarray(drawn.astype(request.param))


@pytest.fixture(scope="module")
def classes() -> list[str]:
    rng = np.random.default_rng(0)
    rng.normal(size=(5, 13))
    return [f"class {number}" for number in rng.integers(0, 5, 257)]


@pytest.mark.parametrize(
    "name", ["silhouette_score", "silhouette_samples", "davies_bouldin_score", "calinski_harabasz_score"]
)
def test_measures_of_separation_are_scikit_learns(name: str, points: NDArray[np.floating], classes: list[str]) -> None:
    theirs = getattr(sklearn.metrics, name)(points.astype(np.float64), classes)
    np.testing.assert_allclose(getattr(latentlab, name)(points, classes), theirs, rtol=1e-4)


@pytest.mark.parametrize("name", ["adjusted_rand_score", "normalized_mutual_info_score"])
def test_measures_of_agreement_are_scikit_learns(name: str, classes: list[str]) -> None:
    clusters = [hash(text) % 4 if number % 3 else 7 for number, text in enumerate(classes)]
    theirs = getattr(sklearn.metrics, name)(classes, clusters)
    assert getattr(latentlab, name)(classes, clusters) == pytest.approx(theirs, rel=1e-9)


@pytest.mark.parametrize("name", ["roc_auc_score", "average_precision_score"])
def test_measures_of_detection_are_scikit_learns_with_ties(name: str) -> None:
    rng = np.random.default_rng(1)
    truth = rng.random(300) < 0.2
    scores = np.round(rng.normal(size=300) + truth, 1)
    assert getattr(latentlab, name)(truth, scores) == pytest.approx(getattr(sklearn.metrics, name)(truth, scores), rel=1e-9)


def test_principal_components_are_scikit_learns(points: NDArray[np.floating]) -> None:
    theirs = sklearn.decomposition.PCA(4).fit(points.astype(np.float64))
    ours = latentlab.pca(points, 4)
    np.testing.assert_allclose(ours.explained_variance_, theirs.explained_variance_, rtol=1e-4)
    np.testing.assert_allclose(ours.explained_variance_ratio_, theirs.explained_variance_ratio_, rtol=1e-4)
    np.testing.assert_allclose(ours.mean_, theirs.mean_, atol=1e-4)
    signs = np.sign((ours.components_ * theirs.components_).sum(axis=1, keepdims=True))
    np.testing.assert_allclose(ours.components_ * signs, theirs.components_, atol=1e-3)
    np.testing.assert_allclose(ours.codes * signs.T, theirs.transform(points), atol=1e-2)


def test_neighbours_are_scikit_learns(points: NDArray[np.floating]) -> None:
    theirs = sklearn.neighbors.NearestNeighbors(n_neighbors=7).fit(points)
    for query in (None, points[:50]):
        distances, indices = latentlab.kneighbors(points, query, 7)
        their_distances, their_indices = theirs.kneighbors(query)
        np.testing.assert_array_equal(indices, their_indices)
        np.testing.assert_allclose(distances, their_distances, rtol=1e-3, atol=2e-3)


def test_trustworthiness_is_scikit_learns(points: NDArray[np.floating]) -> None:
    flat = points[:, :2]
    theirs = sklearn.manifold.trustworthiness(points, flat, n_neighbors=9)
    assert latentlab.trustworthiness(points, flat, n_neighbors=9) == pytest.approx(theirs, rel=1e-5)


def test_clusters_are_as_tight_as_scikit_learns(points: NDArray[np.floating]) -> None:
    ours = latentlab.kmeans(points, 5, random_state=0)
    theirs = sklearn.cluster.KMeans(5, n_init=10, random_state=0).fit(points)
    assert ours.cluster_centers_.shape == (5, 13) and ours.inertia_ == pytest.approx(theirs.inertia_, rel=0.01)
    assert latentlab.adjusted_rand_score(theirs.labels_, ours.labels_) > 0.95


def test_a_map_keeps_neighbours_as_scikit_learns_does(digits: NDArray[np.uint8]) -> None:
    rows = digits[:500].reshape(500, -1).astype(np.float32)
    ours = latentlab.tsne(rows, random_state=0)
    theirs = sklearn.manifold.TSNE(random_state=0).fit_transform(rows)
    trust = [latentlab.trustworthiness(rows, placed) for placed in (ours, theirs)]
    assert trust[0] > 0.97 and abs(trust[0] - trust[1]) < 0.01
    np.testing.assert_array_equal(latentlab.tsne(rows, random_state=0), ours)


@pytest.mark.parametrize("wrong", [np.zeros(4), np.zeros((2, 2, 2)), np.array([["a"]])])
def test_what_is_no_table_is_refused(wrong: NDArray[np.generic]) -> None:
    with pytest.raises(ValueError, match="."):
        latentlab.tsne(wrong)


def test_bad_arguments_are_refused_and_say_which() -> None:
    points = np.eye(6)
    with pytest.raises(ValueError, match="perplexity"):
        latentlab.tsne(points, perplexity=100.0)
    with pytest.raises(ValueError, match=r"labels"):
        latentlab.silhouette_score(points, [0, 1])
    with pytest.raises(ValueError, match="."):
        latentlab.roc_auc_score([1, 1], [0.5, 0.6])
    with pytest.raises(ValueError):
        latentlab.kneighbors(points, n_neighbors=6)
    with pytest.raises(ValueError):
        latentlab.pca(points, 7)
    with pytest.raises(ValueError):
        latentlab.silhouette_score(np.full((6, 2), np.nan), [0, 1] * 3)
