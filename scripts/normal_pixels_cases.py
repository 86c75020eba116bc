#!/usr/bin/env python3
"""Heat maps of a few small pictures by NumPy and SciPy in double precision: crates/analysis/tests/normal_pixels.json.

    scripts/normal_pixels_cases.py
"""

import json
import pathlib

import numpy as np
from scipy import ndimage

HERE = pathlib.Path(__file__).resolve().parent
OUT = HERE.parent / "crates" / "analysis" / "tests" / "normal_pixels.json"


def blurred(planes, deviation):
    """Pictures [n, h, w, c] or maps [n, h, w], along height and width; "reflect" mirrors, edge pixels included."""
    along = (0, deviation, deviation) + (0,) * (planes.ndim - 3)
    return ndimage.gaussian_filter(planes, along, mode="reflect", truncate=3.5)


def features(pictures, made):
    found = []
    for seen in (pictures, pictures - made):
        upper, finest = seen, None
        for band, window in [(1.0, 1.0), (2.0, 1.41), (4.0, 2.0)]:
            lower = blurred(seen, band)
            if finest is None:
                finest = upper - lower
            found.append(np.log(blurred(((upper - lower) ** 2).mean(-1), window) + 1e-6)[..., None])
            upper = lower
        found.append(upper)
    return np.concatenate([*found, finest], -1)


def heat(normal, tested, aligned):
    """Maps of tested pictures, and the hottest pixel of each normal one beside the others."""
    axes = (0,) if aligned else (0, 1, 2)
    seen = features(*normal)
    mean = seen.mean(axes, keepdims=True)
    deviations = (seen - mean).reshape(-1, seen.shape[-1])
    covariance = deviations.T @ deviations / len(deviations)
    covariance += 1e-3 * np.trace(covariance) / len(covariance) * np.eye(len(covariance))
    inverse = np.linalg.inv(covariance)
    side = min(seen.shape[1:3])
    squared = lambda f: np.einsum("nhwi,ij,nhwj->nhw", f - mean, inverse, f - mean)
    distance = lambda f: np.log1p(blurred(squared(f), max(side / 80, 0.35)))
    own, others = distance(seen), distance(features(*tested))

    def standardised(maps, of):
        variance = of.var(axes, keepdims=True)
        return (maps - of.mean(axes, keepdims=True)) / np.sqrt((variance + variance.mean()) / 2)

    peaks = [standardised(own[i:i + 1], np.delete(own, i, 0)).max() for i in range(len(own))]
    return standardised(others, own), peaks


def main():
    rng, cases = np.random.default_rng(5), []
    for aligned, channels, height, width in [(True, 1, 12, 9), (True, 3, 8, 11), (False, 3, 9, 8)]:
        def draw(count):
            pictures = rng.random((count, height, width, channels)).round(3)
            return pictures, (pictures * 0.5 + 0.25 * rng.random(pictures.shape)).round(3)
        normal, tested = draw(7), draw(2)
        tested[0][0, 3:6, 4:7] = 1.0
        maps, peaks = heat(normal, tested, aligned)
        lists = lambda pair: [part.reshape(len(part), -1).tolist() for part in pair]
        cases.append({"aligned": aligned, "shape": [height, width, channels], "normal": lists(normal), "tested": lists(tested),
                      "maps": maps.reshape(len(maps), -1).round(6).tolist(), "peaks": np.round(peaks, 6).tolist()})
    OUT.write_text(json.dumps(cases) + "\n")


main()
