"""Writes the stored cases that hold the crate `analysis`'s statistics to scikit-learn, SciPy and the definitions.

    python -m venv sk && sk/bin/pip install scikit-learn==1.9.1 scipy==1.17.1 numpy==2.4.6
    sk/bin/python scripts/analysis_statistics_cases.py crates/analysis/tests/statistics.json

Tables hold multiples of 1/1024, so both sides start from identical numbers; the references compute in float64.
"""

import json
import sys
from pathlib import Path

import numpy as np
from scipy import integrate, special, stats
from sklearn import metrics


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


SECTIONS = [anomaly, posterior, likelihood]


def main(path):
    found = {}
    for section in SECTIONS:
        seed = np.frombuffer(section.__name__.encode().ljust(32, b"-"), dtype=np.uint32)
        found[section.__name__] = list(section(np.random.default_rng(seed)))
    Path(path).write_text(json.dumps(found) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
