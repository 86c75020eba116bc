"""Writes the stored cases that hold the engine to Keras' arithmetic.

    python -m venv keras && keras/bin/pip install \
        tensorflow==2.21.0 keras==3.15.1 numpy==2.4.6 safetensors==0.8.0
    keras/bin/python scripts/keras_cases.py crates/engine/tests/keras

writes `cases.json` (what each case is) and `cases.safetensors` (its numbers; every value under "tensors",
"parameters", "gradients" and "after" in the JSON is the name of one tensor there).

How the numbers are made:
- Inputs, weights and upstream gradients are rounded to float32 first, so both sides start from identical
  numbers; Keras then computes in float64, so its results are the truth to float32 accuracy.
- Each case draws from a generator seeded by its own name: adding a case leaves the others as they are.
- A case whose gradients jump when its inputs move by 1e-6 (a unit on the kink of a ReLU, two nearly equal
  values under a max-pool) is drawn again: correct float32 code could land on the other side.
- Layouts are Keras': activations NHWC, Dense [in, out], Conv2D [kh, kw, in, out],
  Conv2DTranspose [kh, kw, out, in], attention [in, heads, size] and [heads, size, out].
- Keras enlarges bilinearly in float32 whatever it is given; the errors stay below 2e-7.
- A layer case with "training": true is a training step: batch statistics, and the running averages after it
  under "after.NAME". One with "training": false has outputs only. Elsewhere the mode makes no difference.
"""

import json
import platform
import sys
from pathlib import Path

from cases import numbers  # first: it chooses Keras' backend
from cases import functions, layers, networks, optimizers

import keras
import numpy as np
import safetensors
import safetensors.numpy
import tensorflow as tf


def main(folder):
    cases = {
        "versions": {
            "python": platform.python_version(),
            "keras": keras.__version__,
            "tensorflow": tf.__version__,
            "numpy": np.__version__,
            "safetensors": safetensors.__version__,
        },
        "layers": [layers.layer_case(*case) for case in layers.layer_cases()],
        "activations": list(functions.activation_cases()),
        "objectives": list(functions.objective_cases()),
        "optimizers": list(optimizers.optimizer_cases()),
        "networks": [networks.network_case(*network) for network in networks.network_cases()],
        "trained_networks": [
            networks.trained_network_case(*network) for network in networks.trained_network_cases()
        ],
    }
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "cases.json").write_text(json.dumps(cases, indent=1) + "\n")
    safetensors.numpy.save_file(numbers.TENSORS, folder / "cases.safetensors")
    for file in ["cases.json", "cases.safetensors"]:
        print(f"{folder / file}: {(folder / file).stat().st_size:,} bytes")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: keras_cases.py FOLDER")
    main(Path(sys.argv[1]))
