#!/usr/bin/env python3
"""Writes crates/analysis/tests/noise_level.json: scikit-image's estimate of the noise on parts of its photographs.

    pip install scikit-image==0.26.0 PyWavelets
    scripts/noise_level_cases.py
"""

import json
import pathlib

import numpy as np
from skimage import color, data
from skimage.restoration import estimate_sigma

TARGET = pathlib.Path(__file__).parents[1] / "crates/analysis/tests/noise_level.json"
PARTS = {
    "camera": (data.camera(), 100, 200, 40, 33),
    "coffee": (255 * color.rgb2gray(data.coffee()), 120, 80, 37, 48),
    "moon": (data.moon(), 0, 0, 24, 24),
}

cases = []
for name, (image, row, column, height, width) in PARTS.items():
    clean = image[row : row + height, column : column + width] / 255
    for noise in (0.0, 0.05, 0.2):
        noisy = clean + noise * np.random.default_rng(1).standard_normal(clean.shape)
        pixels = np.clip(255 * noisy + 0.5, 0, 255).astype(np.uint8)
        cases.append(
            {
                "name": f"{name} with noise {noise}",
                "height": height,
                "width": width,
                "pixels": pixels.ravel().tolist(),
                "sigma": float(estimate_sigma((pixels / 255).astype(np.float64))),
            }
        )
TARGET.write_text(json.dumps(cases) + "\n")
