"""Optimizers: the parameters after each of a few steps with given gradients."""

import keras
import numpy as np
import tensorflow as tf

from .numbers import generator, single, store

RMSPROP = {"learning_rate": 0.001, "rho": 0.9, "momentum": 0.0, "epsilon": 1e-7, "centered": False}
ADAM = {"learning_rate": 0.001, "beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-7}
LION = {"learning_rate": 0.001, "beta_1": 0.9, "beta_2": 0.99}


def optimizer_cases():
    rng = generator("optimizers")
    steps, size = 5, 7
    p0 = single(rng.standard_normal(size) * 0.1)
    # From gradients that Adam's epsilon dwarfs, and exact zeros, to ones far over the clipping norm.
    scale = np.array([1e-7, 1e-4, 1e-2, 0.1, 0.3, 1.0, 0.0])
    gradients = single(rng.standard_normal((steps, size)) * scale * np.array([[1], [0.1], [10], [1], [3]]))
    cases = [
        ("sgd", keras.optimizers.SGD, {"learning_rate": 0.01, "momentum": 0.0, "nesterov": False}),
        ("sgd_momentum", keras.optimizers.SGD, {"learning_rate": 0.01, "momentum": 0.9, "nesterov": False}),
        ("sgd_nesterov", keras.optimizers.SGD, {"learning_rate": 0.01, "momentum": 0.9, "nesterov": True}),
        ("rmsprop", keras.optimizers.RMSprop, RMSPROP),
        ("rmsprop_centered", keras.optimizers.RMSprop, {**RMSPROP, "momentum": 0.9, "centered": True}),
        ("adam", keras.optimizers.Adam, ADAM),
        ("adamw", keras.optimizers.AdamW, {**ADAM, "weight_decay": 0.004}),
        ("adadelta", keras.optimizers.Adadelta, {"learning_rate": 1.0, "rho": 0.95, "epsilon": 1e-7}),
        ("adam_clipped", keras.optimizers.Adam, {**ADAM, "global_clipnorm": 1.0}),
        (
            "sgd_clipped",
            keras.optimizers.SGD,
            {"learning_rate": 0.01, "momentum": 0.0, "nesterov": False, "global_clipnorm": 1.0},
        ),
        ("adamax", keras.optimizers.Adamax, ADAM),
        ("adamax_clipped", keras.optimizers.Adamax, {**ADAM, "global_clipnorm": 1.0}),
        ("lion", keras.optimizers.Lion, LION),
        ("lion_decay", keras.optimizers.Lion, {**LION, "weight_decay": 0.04}),
    ]
    for name, optimizer, settings in cases:
        optimizer, p = optimizer(**settings), keras.Variable(p0)
        after = []
        for gradient in gradients:
            optimizer.apply([tf.constant(gradient)], [p])
            after.append(keras.ops.convert_to_numpy(p).copy())
        yield {
            "name": name,
            "clip_norm": settings.pop("global_clipnorm", None),
            "optimizer": {"name": name.split("_")[0], **settings},
            "tensors": store(f"optimizers.{name}", {"p0": p0, "gradients": gradients, "p": after}),
        }
