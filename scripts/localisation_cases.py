"""Writes the stored cases that hold the measures of heat maps, and thresholds, to other programs'.

    pip install scikit-learn==1.9.1 scipy==1.17.1 numpy
    python scripts/localisation_cases.py crates/analysis/tests/localisation.json

The area under the ROC curve of pixels is scikit-learn's; regions are scipy's (8-connected, as in MVTec's evaluation);
the per-region overlap is computed by its definition, threshold by threshold. Maps are multiples of 1/64, with many ties.
"""

import json
import sys

import numpy as np
from scipy.ndimage import label
from scipy.stats import genpareto
from sklearn.metrics import roc_auc_score

MOST_FALSE_POSITIVES = 0.3


def overlap_area(maps, masks):
    regions = [
        np.argwhere(labels == number)
        for labels, image in ((label(mask, structure=np.ones((3, 3)))[0], i) for i, mask in enumerate(masks))
        for number in range(1, labels.max() + 1)
    ]
    owners = [i for i, mask in enumerate(masks) for _ in range(label(mask, structure=np.ones((3, 3)))[1])]
    rates, overlaps = [0.0], [0.0]
    for threshold in sorted(set(maps.ravel().tolist()), reverse=True):
        found = maps >= threshold
        rates.append((found & ~masks).sum() / (~masks).sum())
        parts = [np.mean([found[owner][y, x] for y, x in region]) for owner, region in zip(owners, regions, strict=True)]
        overlaps.append(np.mean(parts))
    # The curve up to the limit, where it is interpolated; vertical steps have no area.
    rates, overlaps = np.array(rates), np.array(overlaps)
    area = 0.0
    for i in range(1, len(rates)):
        if rates[i - 1] >= MOST_FALSE_POSITIVES or rates[i] == rates[i - 1]:
            continue
        end = min(rates[i], MOST_FALSE_POSITIVES)
        at_end = overlaps[i - 1] + (end - rates[i - 1]) / (rates[i] - rates[i - 1]) * (overlaps[i] - overlaps[i - 1])
        area += (end - rates[i - 1]) * (overlaps[i - 1] + at_end) / 2
    return area / MOST_FALSE_POSITIVES, len(regions)


def case(seed, count, height, width):
    rng = np.random.default_rng(seed)
    masks = np.zeros((count, height, width), bool)
    for mask in masks[: max(1, count - 1)]:
        for _ in range(rng.integers(1, 4)):
            y, x = rng.integers(height), rng.integers(width)
            mask[y : y + rng.integers(1, 5), x : x + rng.integers(1, 6)] = True
    maps = np.clip(np.round(64 * (rng.random(masks.shape) * 0.7 + 0.4 * masks * rng.random(masks.shape))), 0, 64) / 64
    pro, regions = overlap_area(maps, masks)
    return {
        "shape": [count, height, width],
        "maps": maps.ravel().tolist(),
        "masks": masks.ravel().astype(int).tolist(),
        "pixel_auroc": roc_auc_score(masks.ravel(), maps.ravel()),
        "pro": pro,
        "regions": regions,
    }


def tail(seed, shape):
    """Quantiles of a generalised Pareto distribution, from scores at its plotting positions."""
    positions = (np.arange(40) + 0.65) / 40
    scores = np.random.default_rng(seed).permutation(genpareto.ppf(positions, shape, scale=2.0) + 1.0)
    return {"shape": shape, "scores": scores.tolist(), "p": 0.005, "true": float(genpareto.ppf(0.995, shape, scale=2.0) + 1.0)}


if __name__ == "__main__":
    cases = [case(1, 3, 12, 17), case(2, 1, 9, 8), case(3, 6, 20, 20), case(4, 2, 1, 40)]
    tails = [tail(5, -0.3), tail(6, 0.0), tail(7, 0.2)]
    with open(sys.argv[1], "w") as file:
        json.dump({"maps": cases, "tails": tails}, file)
