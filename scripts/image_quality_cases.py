"""Writes the stored cases that hold the image measures to scikit-image's.

    python -m venv skimage && skimage/bin/pip install scikit-image==0.26.0 numpy==2.4.6
    skimage/bin/python scripts/image_quality_cases.py crates/analysis/tests/image_quality.json

Pixels are multiples of 1/255 and stored as bytes, so both sides start from identical numbers; scikit-image
computes in float64. Images whose sides are shorter than 11 pixels are refused by scikit-image; for them the
same definition is written out here with the largest odd window that fits, and that code is first held to
scikit-image on the larger cases.
"""

import json
import sys
import zlib
from pathlib import Path

import numpy as np
from skimage.metrics import mean_squared_error, peak_signal_noise_ratio, structural_similarity

SIGMA = 1.5


def ssim(x, y):
    """SSIM of one channel, by the definition, over the positions where the whole window fits."""
    size = min(11, *x.shape)
    size -= 1 - size % 2
    taps = np.exp(-0.5 * ((np.arange(size) - size // 2) / SIGMA) ** 2)
    window = np.outer(taps, taps) / taps.sum() ** 2

    def local(a):
        return (np.lib.stride_tricks.sliding_window_view(a, (size, size)) * window).sum((-2, -1))

    mx, my = local(x), local(y)
    vx, vy, vxy = local(x * x) - mx**2, local(y * y) - my**2, local(x * y) - mx * my
    c1, c2 = 0.01**2, 0.03**2
    return ((2 * mx * my + c1) * (2 * vxy + c2) / ((mx**2 + my**2 + c1) * (vx + vy + c2))).mean()


def measure(original, image):
    a, b = original / 255.0, image / 255.0
    written_out = np.mean([ssim(a[..., c], b[..., c]) for c in range(a.shape[-1])])
    value = written_out
    if min(a.shape[:2]) >= 11:
        settings = {"gaussian_weights": True, "sigma": SIGMA, "use_sample_covariance": False}
        value = structural_similarity(a, b, channel_axis=-1, data_range=1.0, **settings)
        assert abs(value - written_out) < 1e-12, (value, written_out)
    with np.errstate(divide="ignore"):
        psnr = peak_signal_noise_ratio(a, b, data_range=1.0)
    return {
        "mse": float(mean_squared_error(a, b)),
        "psnr": float(psnr) if np.isfinite(psnr) else None,  # null: infinite
        "ssim": float(value),
    }


def strokes(generator, shape):
    """Smooth bright bands on black: flat areas, edges and gradients, as in digits."""
    height, width, channels = shape
    y, x = np.mgrid[:height, :width]
    planes = []
    for _ in range(channels):
        angle, shift = generator.uniform(0, np.pi), generator.uniform(-0.2, 0.2)
        distance = (x / width - 0.5) * np.cos(angle) + (y / height - 0.5) * np.sin(angle) - shift
        planes.append(np.clip(1.5 - np.abs(distance) * 8, 0, 1))
    return to_bytes(np.stack(planes, -1))


def to_bytes(values):
    return np.round(np.clip(values, 0, 1) * 255).astype(np.uint8)


def variants(generator, original):
    values = original / 255.0
    yield "noise", to_bytes(values + generator.normal(0, 0.1, values.shape))
    yield "blur", to_bytes((values + np.roll(values, 1, 0) + np.roll(values, 1, 1)) / 3)
    yield "contrast", to_bytes(0.2 + 0.6 * values)
    yield "negative", 255 - original
    yield "unrelated", generator.integers(0, 256, original.shape, dtype=np.uint8)
    yield "equal", original.copy()


def main(path):
    cases = []
    for shape in [(28, 28, 1), (32, 32, 3), (11, 11, 1), (17, 40, 3), (10, 10, 1), (8, 30, 3), (3, 5, 1)]:
        name = "x".join(map(str, shape))
        generator = np.random.default_rng(zlib.crc32(name.encode()))
        original = strokes(generator, shape)
        case = {"shape": shape, "original": original.tobytes().hex(), "images": []}
        for kind, image in variants(generator, original):
            case["images"].append({"kind": kind, "pixels": image.tobytes().hex()} | measure(original, image))
        cases.append(case)
    Path(path).write_text(json.dumps(cases, indent=1) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
