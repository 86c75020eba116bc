"""Keras in float64, and how the cases draw, check and keep their numbers."""

import os
import zlib

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np

keras.backend.set_floatx("float64")

BATCH = 3
TENSORS = {}  # everything that goes into cases.safetensors, by name


def generator(name, attempt=0):
    return np.random.default_rng([zlib.crc32(name.encode()), attempt])


def single(array):
    """The array rounded to float32 values, held as float64 for Keras."""
    return np.asarray(array, np.float32).astype(np.float64)


def store(prefix, tensors):
    """Keeps `tensors` under `prefix` and returns {key: stored name} for the JSON."""
    names = {}
    for key, value in tensors.items():
        value = np.asarray(value)
        assert np.isfinite(value).all(), f"{prefix}.{key} is not finite"
        names[key] = f"{prefix}.{key}"
        assert names[key] not in TENSORS, f"two tensors of the name {names[key]}"
        TENSORS[names[key]] = np.ascontiguousarray(value, dtype=np.float32)
    return names


def steady(name, draw, compute):
    """Draws inputs until `compute` (inputs -> results) does not jump under a tiny change of the inputs."""
    for attempt in range(100):
        rng = generator(name, attempt)
        inputs = draw(rng)
        results = compute(inputs)
        moved = compute({k: v + 1e-6 * rng.standard_normal(v.shape) for k, v in inputs.items()})
        if all(np.abs(moved[k] - v).max() <= 1e-4 * max(1.0, np.abs(v).max()) for k, v in results.items()):
            return inputs, results
    raise RuntimeError(f"{name}: no steady draw in 100 attempts")
