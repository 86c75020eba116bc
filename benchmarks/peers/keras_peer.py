"""Steady training time per image of one net in Keras: KERAS_BACKEND=… keras_peer.py NET jit|nojit IMAGES."""

import os
import sys
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import keras
import numpy as np
from keras import layers, ops

from nets import NETS, SLOPES


def activation(x, name):
    return layers.LeakyReLU(negative_slope=SLOPES[name])(x) if name in SLOPES else x


class Sampling(layers.Layer):
    """z = mean + exp(log_var / 2) * noise, and the KL term."""

    def __init__(self):
        super().__init__()
        self.seed = keras.random.SeedGenerator(1)

    def call(self, inputs):
        mean, log_var = inputs
        self.add_loss(-0.5 * ops.mean(ops.sum(1 + log_var - ops.square(mean) - ops.exp(log_var), axis=1)))
        return mean + ops.exp(0.5 * log_var) * keras.random.normal(ops.shape(mean), seed=self.seed)


def stack(x, spec):
    for kind, *p in spec:
        own = (lambda a: None if a in (*SLOPES, "linear") else a)
        if kind == "dense":
            x = activation(layers.Dense(p[0], activation=own(p[1]))(x), p[1])
        elif kind in ("conv", "convt"):
            layer = layers.Conv2D if kind == "conv" else layers.Conv2DTranspose
            x = activation(layer(p[0], p[1], strides=p[2], padding=p[3], activation=own(p[4]))(x), p[4])
        elif kind == "pool":
            x = layers.MaxPooling2D(2, padding="same")(x)
        elif kind == "up":
            x = layers.UpSampling2D(2)(x)
        elif kind == "groupnorm":
            x = layers.Activation(p[1])(layers.GroupNormalization(p[0])(x))
        elif kind == "batchnorm":
            x = activation(layers.BatchNormalization(momentum=0.9, epsilon=1e-5)(x), p[0])
        elif kind == "residual":
            shortcut = x if p[1] is None else layers.Conv2D(p[1], 1)(x)
            x = layers.Add()([stack(x, p[0]), shortcut])
        elif kind == "flatten":
            x = layers.Flatten()(x)
        else:
            x = layers.Reshape(p)(x)
    return x


def build(net):
    shape = (net["side"], net["side"], net.get("channels", 1))
    image = layers.Input(shape)
    x = stack(image, net["encoder"])
    if net["code"]:
        size = net["code"][1]
        x = Sampling()([layers.Dense(size)(x), layers.Dense(size)(x)])
    logits = layers.Reshape(shape)(stack(x, net["decoder"]))
    model = keras.Model(image, logits)

    def squared(target, output):
        return ops.sum(ops.square(target - output), axis=(1, 2, 3))

    def loss(target, logits):
        each = ops.maximum(logits, 0) - logits * target + ops.log1p(ops.exp(-ops.abs(logits)))
        each = ops.reshape(each, (ops.shape(each)[0], -1))
        return ops.sum(each, axis=1) if net["loss"] == "sum" else ops.mean(each, axis=1)

    return model, squared if net["loss"] == "squared" else loss


def main():
    name, jit, images = sys.argv[1], sys.argv[2] == "jit", int(sys.argv[3])
    net = NETS[name]
    images -= images % net["batch"]
    model, loss = build(net)
    x = np.random.default_rng(0).random((images, *model.input_shape[1:]), dtype=np.float32)
    model.compile(optimizer=keras.optimizers.Adam(1e-3), loss=loss, jit_compile=jit)
    fit = lambda: model.fit(x, x, batch_size=net["batch"], epochs=1, verbose=0)
    fit()
    times = []
    for _ in range(3):
        start = time.perf_counter()
        fit()
        times.append((time.perf_counter() - start) / images * 1e6)
    print(f"us_per_image {sorted(times)[1]:.3f} parameters {model.count_params()}")


if __name__ == "__main__":
    main()
