#!/usr/bin/env python3
"""Writes crates/data/src/noise/cases.toml: what SciPy's Gaussian blur and Pillow's JPEG make of small images.

    pip install numpy scipy pillow
    scripts/noise_cases.py
"""

import io
import pathlib

import numpy as np
from PIL import Image
from scipy.ndimage import gaussian_filter

TARGET = pathlib.Path(__file__).parents[1] / "crates/data/src/noise/cases.toml"
HEIGHT, WIDTH = 7, 5

# [height, width, 3], as `image` in noise/tests.rs makes it.
image = (np.arange(HEIGHT * WIDTH * 3).reshape(HEIGHT, WIDTH, 3) * 37 % 101) / 100

lines = ["# Written by scripts/noise_cases.py."]
for deviation in (0.5, 1.5, 3.0):
    planes = [gaussian_filter(image[..., channel], deviation, mode="reflect") for channel in range(3)]
    values = ", ".join(f"{value:.7f}" for value in np.stack(planes, -1).ravel())
    lines += ["[[blur]]", f"deviation = {deviation}", f"values = [{values}]"]

# [16, 16, 3], as `ramp` makes it.
at = 16 * np.arange(16)
down, across = np.meshgrid(at, at, indexing="ij")
ramp = np.stack([down, across, (down + across) // 2 % 256], -1).astype(np.uint8)
for quality in (10, 30, 90):
    file = io.BytesIO()
    Image.fromarray(ramp).save(file, "JPEG", quality=quality, subsampling=0)
    error = np.array(Image.open(file)) / 255 - ramp / 255
    lines += ["[[jpeg]]", f"quality = {quality}", f"squared_error = {(error**2).mean():.4e}"]
TARGET.write_text("\n".join(lines) + "\n")
