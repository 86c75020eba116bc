"""Writes the stored cases that hold the crate `analysis`'s statistics to scikit-learn, SciPy and the definitions.

    python -m venv sk && sk/bin/pip install scikit-learn==1.9.1 scipy==1.17.1 numpy==2.4.6
    sk/bin/python scripts/analysis_statistics_cases.py crates/analysis/tests/statistics.json

Tables hold multiples of 1/1024, so both sides start from identical numbers; the references compute in float64.
"""

import json
import sys
import warnings
from pathlib import Path

import numpy as np
from scipy import integrate, linalg, optimize, special, stats
from scipy.spatial import distance
from sklearn import metrics
from sklearn.cluster import KMeans
from sklearn.linear_model import LogisticRegression
from sklearn.mixture import GaussianMixture
from sklearn.neighbors import KNeighborsClassifier, NearestCentroid
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor


def grid(values):
    """Rounded so that float32 holds every value exactly."""
    return np.round(np.asarray(values, dtype=np.float64) * 1024) / 1024


def table(values):
    values = np.asarray(values)
    return {"columns": int(values.shape[1]), "values": values.ravel().tolist()}


def anomaly(generator):
    """ROC curve, its area and average precision, with ties and without."""
    cases = [(np.array([0.1, 0.4, 0.35, 0.8]), np.array([0, 0, 1, 1]))]
    for count, levels in [(50, None), (400, 7), (1000, 60), (3, None)]:
        marks = generator.random(count) < 0.3
        marks[:2] = [True, False]
        scores = generator.normal(size=count) + marks
        if levels:
            scores = np.round(scores * levels / 6)
        cases.append((grid(scores), marks.astype(int)))
    cases.append((np.zeros(6), np.array([0, 1, 0, 1, 1, 0])))
    for scores, marks in cases:
        false_rate, true_rate, thresholds = metrics.roc_curve(marks, scores, drop_intermediate=False)
        yield {
            "scores": scores.tolist(),
            "anomalous": marks.astype(bool).tolist(),
            "auroc": metrics.roc_auc_score(marks, scores),
            "average_precision": metrics.average_precision_score(marks, scores),
            "thresholds": thresholds[1:].tolist(),  # the first is infinite
            "false_positive_rates": false_rate.tolist(),
            "true_positive_rates": true_rate.tolist(),
        }


def log_normal(z, mean, log_var):
    return stats.norm.logpdf(z, mean, np.exp(0.5 * log_var))


def posterior(generator):
    """KL by integration, moments and bins of the mixture, and the split of the KL by integration over z.

    Dimensions are independent given the image, but not in q(z): the split is integrated for each single
    dimension's posterior on its own.
    """
    for images, dims, spread in [(5, 1, 1.0), (7, 3, 2.0), (40, 2, 0.3), (3, 2, 12.0)]:
        mean = grid(generator.normal(size=(images, dims)) * spread)
        log_var = grid(generator.uniform(-4, 0.5, size=(images, dims)))
        if dims > 1:
            mean[:, -1], log_var[:, -1] = grid(mean[:, -1] * 0.01), grid(log_var[:, -1] * 0.001)

        def kl(m, v):
            deviation = np.exp(0.5 * v)
            def integrand(z):
                return np.exp(log_normal(z, m, v)) * (log_normal(z, m, v) - stats.norm.logpdf(z))
            return integrate.quad(integrand, m - 12 * deviation, m + 12 * deviation, epsabs=1e-13, epsrel=1e-12)[0]

        columns = []
        for j in range(dims):
            m, v = mean[:, j], log_var[:, j]
            deviation = np.exp(0.5 * v)

            def log_q(z, m=m, v=v):
                return special.logsumexp(log_normal(z, m, v)) - np.log(images)

            def integrand(z):
                return np.exp(log_q(z)) * (log_q(z) - stats.norm.logpdf(z))

            marks = np.unique(np.concatenate([m - 10 * deviation, m - deviation, m, m + deviation, m + 10 * deviation]))
            marginal = sum(
                integrate.quad(integrand, a, b, epsabs=1e-13, epsrel=1e-11, limit=200)[0]
                for a, b in zip(marks, marks[1:])
            )
            mixture_mean = m.mean()
            mixture_deviation = np.sqrt(np.mean(np.exp(v) + m**2) - mixture_mean**2)
            low = min(-4, mixture_mean - 4 * mixture_deviation)
            high = max(4, mixture_mean + 4 * mixture_deviation)
            edges = np.linspace(low, high, 12)
            columns.append({
                "kl": float(np.mean([kl(*pair) for pair in zip(m, v)])),
                "variance_of_mean": float(np.var(m)),
                "mean_variance": float(np.mean(np.exp(v))),
                "marginal_kl": float(marginal),
                "edges": edges.tolist(),
                "aggregated": np.diff(stats.norm.cdf(edges[:, None], m, deviation).mean(1)).tolist(),
                "prior": np.diff(stats.norm.cdf(edges)).tolist(),
            })
        second = np.mean([np.diag(np.exp(v)) + np.outer(m, m) for m, v in zip(mean, log_var)], 0)
        yield {
            "mean": table(mean),
            "log_var": table(log_var),
            "dimensions": columns,
            "aggregated_mean": mean.mean(0).tolist(),
            "aggregated_covariance": (second - np.outer(mean.mean(0), mean.mean(0))).ravel().tolist(),
        }


def likelihood(generator):
    for images, samples, level in [(1, 1, -97.0), (6, 20, -1200.0), (3, 500, 40.0)]:
        weights = grid(level + 3 * generator.normal(size=(images, samples)))
        each = special.logsumexp(weights, 1) - np.log(samples)
        share = special.softmax(weights, 1)
        effective = 1 / (share**2).sum(1)
        # Variance of the mean weight over the squared mean weight, from the sample variance of the weights.
        relative = np.var(np.exp(weights - weights.max(1, keepdims=True)), axis=1, ddof=1) if samples > 1 else None
        mean_weight = np.exp(weights - weights.max(1, keepdims=True)).mean(1)
        yield {
            "weights": table(weights),
            "elbo": float(weights.mean()),
            "nll": float(-each.mean()),
            "nll_standard_error": float(stats.sem(each)) if images > 1 else None,
            "nll_sampling_error": float(np.sqrt((relative / samples / mean_weight**2).sum()) / images) if samples > 1 else None,
            "effective_samples": float(effective.mean()),
            "least_effective_samples": float(effective.min()),
        }


def blobs(generator, rows, columns, classes, spread):
    """Overlapping clouds of different shapes; labels are not consecutive."""
    labels = generator.integers(0, classes, rows)
    labels[:classes] = np.arange(classes)
    centres = generator.normal(size=(classes, columns)) * 3
    shapes = generator.normal(size=(classes, columns, columns)) / np.sqrt(columns)
    points = centres[labels] + spread * np.einsum("nij,nj->ni", shapes[labels], generator.normal(size=(rows, columns)))
    return grid(points), labels * 3 + 2


def clusters(generator):
    """Separation, classifiers and k-means; train and test are halves of one cloud."""
    for rows, columns, classes, spread in [(60, 1, 2, 1.0), (200, 3, 4, 1.5), (400, 10, 10, 2.0), (90, 17, 3, 4.0)]:
        points, labels = blobs(generator, 2 * rows, columns, classes, spread)
        points[:, -1] *= 8  # columns of different scales
        train, test, train_labels, test_labels = points[:rows], points[rows:], labels[:rows], labels[rows:]
        centroid = NearestCentroid().fit(train, train_labels)
        probes = []
        for c in [1.0, 0.01]:
            settings = {"C": c, "tol": 1e-12, "max_iter": 100000}
            probe = make_pipeline(StandardScaler(), LogisticRegression(**settings)).fit(train, train_labels)
            weights = probe[-1].coef_
            probabilities = probe.predict_proba(train)
            if classes == 2:
                # Two classes: scikit-learn fits one logistic function, ours a softmax of two; the same model for
                # a penalty of half the strength, since each of the two vectors takes half the weight.
                settings["C"] = 2 * c
                probe = make_pipeline(StandardScaler(), LogisticRegression(**settings)).fit(train, train_labels)
                weights = np.concatenate([-probe[-1].coef_, probe[-1].coef_]) / 2
                probabilities = probe.predict_proba(train)
            probes.append({
                "c": c,
                "objective": metrics.log_loss(train_labels, probabilities) + (weights**2).sum() / (2 * c * rows),
                "accuracy": probe.score(test, test_labels),
                "log_loss": metrics.log_loss(test_labels, probe.predict_proba(test), labels=probe.classes_),
            })
        # From the same first centres Lloyd's iterations end at the same place. From random ones both sides end in
        # one of many minima: there the averages over seeds are compared.
        first = train[:classes] + 0.25
        lloyd = KMeans(classes, init=first, n_init=1, tol=0, max_iter=1000, algorithm="lloyd").fit(train)
        tens = [KMeans(classes, n_init=10, random_state=seed).fit(train).inertia_ for seed in range(100)]
        yield {
            "train": table(train), "test": table(test),
            "train_labels": train_labels.tolist(), "test_labels": test_labels.tolist(),
            "nearest_centroid": centroid.predict(test).tolist(),
            "nearest_centroid_accuracy": centroid.score(test, test_labels),
            "knn": [
                {"k": k, "accuracy": KNeighborsClassifier(k).fit(train, train_labels).score(test, test_labels)}
                for k in [1, 5, 15]
            ],
            "davies_bouldin": metrics.davies_bouldin_score(train, train_labels),
            "calinski_harabasz": metrics.calinski_harabasz_score(train, train_labels),
            "probes": probes,
            "first_centres": first.ravel().tolist(),
            "centres": lloyd.cluster_centers_.ravel().tolist(),
            "inertia": lloyd.inertia_,
            "inertia_of_ten_starts": [float(np.mean(tens)), float(stats.sem(tens))],
        }


def agreement(generator):
    labellings = [([5, 5, 7, 7], [1, 1, 0, 0]), ([0, 0, 0], [4, 4, 4]), ([0, 1, 2, 3], [9, 9, 9, 9]), ([0, 1, 2], [3, 4, 5])]
    for rows, few, many in [(40, 3, 5), (500, 10, 10), (300, 12, 4)]:
        first = generator.integers(0, few, rows)
        second = np.where(generator.random(rows) < 0.6, first * 2, generator.integers(0, many, rows))
        labellings.append((first.tolist(), second.tolist()))
    for first, second in labellings:
        table_ = metrics.cluster.contingency_matrix(first, second)
        matched = optimize.linear_sum_assignment(table_, maximize=True)
        yield {
            "clusters": first, "classes": second,
            "accuracy": table_[matched].sum() / len(first),
            "nmi": metrics.normalized_mutual_info_score(first, second),
            "ari": metrics.adjusted_rand_score(first, second),
        }


def symmetric_root(matrix):
    values, vectors = linalg.eigh(matrix)
    return (vectors * np.sqrt(np.where(values > 1e-12 * values[-1], values, 0))) @ vectors.T


def generation(generator):
    """Fréchet distance by the matrix square root, and the balls of the two papers by all distances.

    SciPy's square root of a product is inexact where covariances are singular, as those of fewer rows than columns
    are: there the singular values of the product of both roots.
    """
    shapes = [(1, 40, 30, 1), (2, 200, 150, 5), (10, 300, 300, 5), (30, 100, 80, 3), (120, 25, 20, 3), (40, 90, 12, 2)]
    for columns, real_rows, generated_rows, k in shapes:
        shape = generator.normal(size=(columns, columns))
        real = grid(generator.normal(size=(real_rows, columns)) @ shape)
        generated = grid(generator.normal(size=(generated_rows, columns)) @ (shape * 0.9) + 0.3)
        a, b = np.atleast_2d(np.cov(real.T)), np.atleast_2d(np.cov(generated.T))
        if min(real_rows, generated_rows) > columns:
            overlap = np.trace(linalg.sqrtm(a @ b).real)
        else:
            overlap = linalg.svdvals(symmetric_root(a) @ symmetric_root(b)).sum()
        between = distance.cdist(real, generated)
        real_radii = np.sort(distance.cdist(real, real), 1)[:, k]  # the first is the point itself
        generated_radii = np.sort(distance.cdist(generated, generated), 1)[:, k]
        held = between <= real_radii[:, None]
        yield {
            "real": table(real), "generated": table(generated), "k": k,
            "frechet_distance": ((real.mean(0) - generated.mean(0)) ** 2).sum() + np.trace(a) + np.trace(b) - 2 * overlap,
            "precision": held.any(0).mean(),
            "recall": (between <= generated_radii).any(1).mean(),
            "density": held.sum(0).mean() / k,
            "coverage": held.any(1).mean(),
        }


def mixture(generator):
    """Iterations from the same first components, and the whole fit from k-means on clear clusters."""
    warnings.simplefilter("ignore")  # iterations that end before convergence do so on purpose
    for rows, columns, components, spread in [(300, 1, 1, 1.0), (300, 2, 3, 1.0), (600, 6, 4, 2.0)]:
        points, _ = blobs(generator, rows, columns, components, spread)
        first = {
            "weights_init": np.full(components, 1 / components), "means_init": points[:components],
            "precisions_init": np.repeat(np.eye(columns)[None], components, 0),
        }
        steps = GaussianMixture(components, tol=0, max_iter=25, **first).fit(points)
        whole = GaussianMixture(components, tol=1e-12, max_iter=10000, n_init=20, random_state=0).fit(points)
        yield {
            "points": table(points),
            "components": components,
            "weights": steps.weights_.tolist(),
            "means": steps.means_.ravel().tolist(),
            "covariances": steps.covariances_.ravel().tolist(),
            "log_densities": steps.score_samples(points).tolist(),
            "best": whole.score(points),
        }


def trees(generator):
    """Single trees on whole tables: no random draws to differ in.

    Of columns that split equally well scikit-learn takes one at random, which is likely in small leaves of classes;
    the cases are such that its trees are the same for every seed.
    """
    cases = [(80, 2, 0, 3, 8), (300, 5, 0, 12, 5), (400, 3, 2, 2, 60), (500, 3, 3, 3, 50), (600, 4, 4, 3, 60)]
    for rows, columns, classes, depth, leaf in cases:
        x = grid(generator.normal(size=(rows, columns)))
        signal = x[:, 0] * 2 + np.sin(3 * x[:, 1]) + 0.3 * generator.normal(size=rows)
        values = np.digitize(signal, np.quantile(signal, np.arange(1, classes) / classes)) if classes else grid(signal)
        kind = DecisionTreeClassifier if classes else DecisionTreeRegressor
        grown = [kind(max_depth=depth, min_samples_leaf=leaf, random_state=seed).fit(x, values) for seed in range(20)]
        tree = grown[0]
        assert all(np.array_equal(tree.predict(x), other.predict(x)) for other in grown)
        assert all(np.allclose(tree.feature_importances_, other.feature_importances_, rtol=1e-9) for other in grown)
        yield {
            "columns": x.T.tolist(), "values": values.tolist(), "classes": classes, "depth": depth, "leaf": leaf,
            "importances": tree.feature_importances_.tolist(),
            "predictions": tree.predict(x).tolist(),
        }


def gaps(generator):
    """Mutual information gap and separated attribute predictability, written out from their definitions."""
    for rows, dims in [(800, 4), (2000, 6)]:
        factors = np.stack([
            generator.integers(0, 5, rows), generator.uniform(-1, 1, rows), generator.normal(size=rows),
            generator.integers(0, 2, rows),
        ], 1)
        factors = grid(factors)
        mix = generator.normal(size=(4, dims)) * (generator.random((4, dims)) < 0.5)
        codes = grid(factors @ mix + 0.3 * generator.normal(size=(rows, dims)))
        kinds = ["class", "quantity", "quantity", "class"]

        def bins(values):
            return np.digitize(values, np.histogram(values, 20)[1][:-1])

        levels = [f if kind == "class" else bins(f) for f, kind in zip(factors.T, kinds)]
        information = np.array([[metrics.mutual_info_score(bins(c), f) for f in levels] for c in codes.T])
        information /= np.array([metrics.mutual_info_score(f, f) for f in levels])
        half = rows // 2
        predictability = np.zeros((dims, 4))
        for j in range(dims):
            for k, kind in enumerate(kinds):
                c, f = codes[:half, j], factors[:half, k]
                if kind == "quantity":
                    predictability[j, k] = np.corrcoef(c, f)[0, 1] ** 2
                else:
                    # A softmax of two classes takes half the penalty, see `clusters`.
                    settings = {"C": 2.0 if len(set(f)) == 2 else 1.0, "tol": 1e-12, "max_iter": 10000}
                    probe = make_pipeline(StandardScaler(), LogisticRegression(**settings)).fit(c[:, None], f)
                    predictability[j, k] = probe.score(codes[half:, j, None], factors[half:, k])

        def gap(told):
            ordered = np.sort(told, 0)
            return (ordered[-1] - ordered[-2]).tolist()

        yield {
            "codes": table(codes), "factors": table(factors), "kinds": kinds,
            "information": information.ravel().tolist(), "information_gaps": gap(information),
            "predictability": predictability.ravel().tolist(), "predictability_gaps": gap(predictability),
        }


SECTIONS = [anomaly, posterior, likelihood, clusters, agreement, generation, mixture, trees, gaps]


def main(path):
    found = {}
    for section in SECTIONS:
        seed = np.frombuffer(section.__name__.encode().ljust(32, b"-"), dtype=np.uint32)
        found[section.__name__] = list(section(np.random.default_rng(seed)))
    Path(path).write_text(json.dumps(found) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
