"""Compares exported models with the engine: what `write_exports` wrote, run by onnxruntime, PyTorch and Keras.

    cargo run --example write_exports -- /tmp/exports
    pip install numpy onnx onnxruntime safetensors torch keras tensorflow
    python3 scripts/check_exports.py /tmp/exports [onnx] [torch] [keras]
"""

import importlib.util
import json
import sys
from pathlib import Path

import numpy as np

LARGEST = 1e-5  # difference, relative to numbers beyond 1: rounding of f32 in sums of another order
OF_ROUNDING = 4  # times what the engine's own kernels differ by among themselves, where that is more


class Case:
    """A network, and what the engine makes of some images."""

    def __init__(self, folder):
        self.folder = folder
        described = json.loads((folder / "case.json").read_text())
        self.name, self.channels_first = described["name"], described["channels_first"]
        self.most = max(LARGEST, OF_ROUNDING * described["rounding"])
        self.images = self.read("images", described["input"])
        self.mean = self.read("mean", described["code"])
        self.log_var = self.read("log_var", described["code"])
        self.decoded = self.read("decoded", described["input"])
        self.error, self.kl = self.read("error", ()), self.read("kl", ())

    def read(self, name, shape):
        file = self.folder / f"{name}.f32"
        return np.fromfile(file, "<f4").reshape(-1, *shape) if file.exists() else None


def difference(found, expected):
    assert found.shape == expected.shape, (found.shape, expected.shape)
    assert np.isfinite(expected).all(), "the engine's numbers are not finite"
    return float(np.max(np.abs(found - expected) / np.maximum(1.0, np.abs(expected)), initial=0.0))


def channels_first(array):
    return np.ascontiguousarray(array.transpose(0, 3, 1, 2)) if array.ndim == 4 else array


def by_onnx(case):
    import onnx
    import onnxruntime

    def run(part, **inputs):
        file = case.folder / f"{part}.onnx"
        onnx.checker.check_model(onnx.load(file), full_check=True)
        session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
        return dict(zip([output.name for output in session.get_outputs()], session.run(None, inputs), strict=True))

    outside = channels_first if case.channels_first else lambda array: array
    for count in (len(case.images), 1):  # the batch is free
        images, mean = outside(case.images)[:count], outside(case.mean)[:count]
        encoded = run("encoder", image=images)
        yield "mean", encoded["code" if case.log_var is None else "mean"], mean
        if case.log_var is not None:
            yield "log_var", encoded["log_var"], outside(case.log_var)[:count]
        yield "decoded", run("decoder", code=mean)["image"], outside(case.decoded)[:count]
        yield "reconstruction", run("reconstruction", image=images)["reconstruction"], outside(case.decoded)[:count]
        score = run("score", image=images)
        yield "error", score["reconstruction_error"], case.error[:count]
        if case.log_var is not None:
            yield "kl", score["kl"], case.kl[:count]


def by_torch(case):
    import torch

    spec = importlib.util.spec_from_file_location("model", case.folder / "model.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    model = module.load()
    images, mean = (torch.from_numpy(channels_first(array)) for array in (case.images, case.mean))
    with torch.no_grad():
        encoded = model.encoder(images)
        if case.log_var is not None:
            yield "log_var", encoded[1].numpy(), channels_first(case.log_var)
        yield "mean", model.encode(images).numpy(), channels_first(case.mean)
        yield "decoded", model.decode(mean).numpy(), channels_first(case.decoded)
        yield "error", model.reconstruction_error(images).numpy(), case.error
        if case.log_var is not None:
            yield "kl", model.kl(images).numpy(), case.kl
            assert model.sample(images).shape == mean.shape
        exported = torch.export.export(model, (images,))
        yield "exported", exported.module()(images).numpy(), channels_first(case.decoded)


def by_keras(case):
    import os

    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import keras

    def load(part):
        model = keras.models.load_model(case.folder / f"{part}.keras")
        kept = model.get_weights()
        model.set_weights([np.zeros_like(values) for values in kept])
        model.load_weights(case.folder / f"{part}.weights.h5")
        for values, again in zip(kept, model.get_weights(), strict=True):
            assert np.array_equal(values, again) or values.dtype.kind == "u", "the files of weights differ"
        return model

    encoded = load("encoder")(case.images)
    if case.log_var is not None:
        yield "log_var", keras.ops.convert_to_numpy(encoded[1]), case.log_var
        encoded = encoded[0]
    yield "mean", keras.ops.convert_to_numpy(encoded), case.mean
    yield "decoded", keras.ops.convert_to_numpy(load("decoder")(case.mean)), case.decoded
    whole = load("autoencoder")
    yield "reconstruction", keras.ops.convert_to_numpy(whole(case.images)), case.decoded
    if case.log_var is not None:
        drawn = keras.ops.convert_to_numpy(whole(case.images, training=True))
        assert not np.array_equal(drawn, keras.ops.convert_to_numpy(whole(case.images))), "nothing is drawn in training"


def main():
    checks = {"onnx": by_onnx, "torch": by_torch, "keras": by_keras}
    chosen = sys.argv[2:] or list(checks)
    cases = [Case(folder) for folder in sorted(Path(sys.argv[1]).iterdir()) if folder.is_dir()]
    failed = 0
    for program in chosen:
        largest = {}
        for case in cases:
            try:
                worst = {}
                for what, found, expected in checks[program](case):
                    worst[what] = max(worst.get(what, 0.0), difference(found, expected))
            except Exception as error:  # noqa: BLE001: every kind of failure is a finding
                worst = {f"{type(error).__name__}: {error}"[:400]: float("inf")}
            if not max(worst.values()) <= case.most:
                failed += 1
                print(f"{program} {case.folder.name} {case.name[:150]}: {worst}")
            else:
                largest = {what: max(largest.get(what, 0.0), value) for what, value in worst.items()} | {
                    what: value for what, value in largest.items() if what not in worst
                }
        version = __import__({"onnx": "onnxruntime"}.get(program, program)).__version__
        differences = ", ".join(f"{what} {value:.1e}" for what, value in largest.items())
        print(f"{program} {version}: {len(cases)} networks; largest differences: {differences}")
    print("all agree" if failed == 0 else f"{failed} differ")
    sys.exit(failed > 0)


main()
