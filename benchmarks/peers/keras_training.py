"""Trains one reference net in Keras on the real data, as its notebook does, and prints what it reaches.

    KERAS_BACKEND=… keras_training.py NET SEED EPOCHS DATA [TRAIN_IMAGES]

DATA holds mnist/ and fashion-mnist/ as gzipped IDX files. Losses are those of the recipes: BCE summed or averaged
over pixels, times a weight, plus KL summed or averaged over dimensions. The last line is JSON: the losses of the last
epoch, over whole splits.
"""

import gzip
import json
import os
import pathlib
import sys
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import keras
import numpy as np
from keras import ops

from keras_peer import stack
from nets import NETS

# Weight of the reconstruction, weight of the summed KL, optimizer, split, noise.
TRAININGS = {
    "mnist-conv-vae": (1.0, 0.5, "adam", "test", 0.0),
    "fashion-conv-ae": (1.0, 0.0, "adam", "test", 0.0),
    "fashion-conv-vae": (500.0, 1.0, "adam", "test", 0.0),
    "mnist-pool-ae": (1.0, 0.0, "adam", "test", 0.0),
    "mnist-pool-vae": (1.0, 1.0, "adam", "test", 0.0),
    "mnist-mlp-ae": (1.0, 0.0, "adam", "last", 0.0),
    "mnist-mlp-vae": (1.0, 1.0, "adam", "last", 0.0),
    "mnist-deep-conv-vae": (1.0, 1.0, "adam", "last", 0.0),
    "mnist-shallow-ae": (1.0, 0.0, "adadelta", "random", 0.0),
    "mnist-upsample-ae": (1.0, 0.0, "adadelta", "random", 0.0),
    "mnist-denoiser": (1.0, 0.0, "adadelta", "random", 0.5),
    "mnist-wide-mlp-vae": (1.0, 1.0, "adam", "test", 0.0),
}


def images(data, name):
    def read(part):
        return np.frombuffer(gzip.open(data / name / f"{part}-images-idx3-ubyte.gz").read(), np.uint8, offset=16)

    pad = 2 if name == "fashion-mnist" else 0
    for part in ("train", "t10k"):
        x = read(part).reshape(-1, 28, 28, 1).astype("float32") / 255
        yield np.pad(x, ((0, 0), (pad, pad), (pad, pad), (0, 0)))


class Autoencoder(keras.Model):
    """The loss as one sum, so that every backend trains it alike, with its terms as metrics."""

    def __init__(self, net, weight, kl_weight):
        super().__init__()
        side = net["side"]
        image = keras.layers.Input((side, side, 1))
        features = stack(image, net["encoder"])
        self.size = net["code"][1] if net["code"] else 0
        if self.size:
            heads = [keras.layers.Dense(self.size)(features) for _ in range(2)]
            self.encoder = keras.Model(image, heads)
            code = keras.layers.Input((self.size,))
        else:
            self.encoder = keras.Model(image, features)
            code = keras.layers.Input(features.shape[1:])
        logits = keras.layers.Reshape((side, side, 1))(stack(code, net["decoder"]))
        self.decoder = keras.Model(code, logits)
        self.weight, self.kl_weight, self.mean = weight, kl_weight, net["loss"] == "mean"
        self.noise = keras.random.SeedGenerator(7)
        self.terms = {name: keras.metrics.Mean(name) for name in ("reconstruction", "kl")}

    def call(self, image):
        if not self.size:
            return self.decoder(self.encoder(image)), 0.0
        mean, log_var = self.encoder(image)
        z = mean + ops.exp(0.5 * log_var) * keras.random.normal(ops.shape(mean), seed=self.noise)
        kl = -0.5 * ops.sum(1 + log_var - ops.square(mean) - ops.exp(log_var), axis=1)
        return self.decoder(z), self.kl_weight * kl

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        logits, kl = y_pred
        each = ops.maximum(logits, 0) - logits * y + ops.log1p(ops.exp(-ops.abs(logits)))
        each = ops.reshape(each, (ops.shape(each)[0], -1))
        each = self.weight * (ops.mean(each, axis=1) if self.mean else ops.sum(each, axis=1))
        self.terms["reconstruction"].update_state(each)
        self.terms["kl"].update_state(kl + 0.0 * each)
        return ops.mean(each + kl)

    @property
    def metrics(self):
        return super().metrics + list(self.terms.values())

    def compute_metrics(self, x, y, y_pred, sample_weight=None):
        return self.get_metrics_result()


def main():
    name, seed, epochs, data = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), pathlib.Path(sys.argv[4])
    most = int(sys.argv[5]) if len(sys.argv) > 5 else None
    weight, kl_weight, optimizer, split, noise = TRAININGS[name]
    net = dict(NETS["fashion-conv-vae"] if name == "fashion-conv-ae" else NETS[name])
    if name == "fashion-conv-ae":
        net |= {"code": None, "encoder": net["encoder"] + [("dense", 2, "linear")]}
    if name.startswith("fashion"):
        net["loss"] = "mean"
    keras.utils.set_random_seed(seed)
    train, test = images(data, "fashion-mnist" if name.startswith("fashion") else "mnist")
    valid = test
    if split == "last":
        train, valid = train[:50_000], train[50_000:]
    elif split == "random":
        order = np.random.default_rng(seed).permutation(len(train))
        train, valid = train[order[:42_000]], train[order[42_000:]]
    if most:
        train, valid = train[:most], valid[:most]
    noisy = lambda x: np.clip(x + noise * np.random.default_rng(seed).standard_normal(x.shape, "float32"), 0, 1)
    inputs, valid_inputs = (noisy(train), noisy(valid)) if noise else (train, valid)

    model = Autoencoder(net, weight, kl_weight)
    # Keras 2's defaults, which the notebooks used.
    rule = keras.optimizers.Adam(1e-3) if optimizer == "adam" else keras.optimizers.Adadelta(1.0, rho=0.95)
    model.compile(optimizer=rule)
    start = time.perf_counter()
    history = model.fit(
        inputs, train, batch_size=net["batch"], epochs=epochs, verbose=0, validation_data=(valid_inputs, valid)
    ).history
    print(json.dumps({
        "train_total": history["loss"][-1],
        "valid_total": history["val_loss"][-1],
        "valid_reconstruction": history["val_reconstruction"][-1],
        "valid_kl": history["val_kl"][-1],
        "seconds": time.perf_counter() - start,
    }))


if __name__ == "__main__":
    main()
