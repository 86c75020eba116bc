"""Every layer over awkward shapes: outputs, and gradients for a given upstream gradient."""

import itertools

import numpy as np
import tensorflow as tf

from .numbers import BATCH, single, steady, store
from .recipe import (
    ACTIVATIONS,
    FLATTEN,
    LEAKY,
    conv,
    conv_t,
    dense,
    draw_weights,
    keras_layer,
    pool,
    reshape,
    upsample,
    weight_names,
)


def layer_case(input_shape, spec):
    name = layer_name(input_shape, spec)
    layer = keras_layer(spec)
    layer.build((BATCH, *input_shape))
    out_shape = layer(np.zeros((BATCH, *input_shape))).shape
    weights = weight_names(layer)

    def draw(rng):
        if spec["layer"] == "max_pool2d":  # distinct values: no ties
            x = rng.permutation(BATCH * int(np.prod(input_shape))).reshape(BATCH, *input_shape) / 64 - 2
        else:
            x = rng.standard_normal((BATCH, *input_shape))
        return {"x": single(x), **draw_weights(layer, rng), "g": single(rng.standard_normal(out_shape))}

    def compute(inputs):
        for key, variable in zip(weights, layer.weights):
            variable.assign(inputs[key])
        x = tf.Variable(inputs["x"])
        with tf.GradientTape() as tape:
            y = layer(x)
            loss = tf.reduce_sum(y * inputs["g"])
        gradients = tape.gradient(loss, [x, *(v.value for v in layer.weights)])
        return {
            "y": y.numpy(),
            **{f"d{key}": gradient.numpy() for key, gradient in zip(["x", *weights], gradients)},
        }

    inputs, results = steady(name, draw, compute)
    tensors = store(f"layers.{name}", {**inputs, **results})
    return {"name": name, "input_shape": list(input_shape), "layer": spec, "tensors": tensors}


def layer_name(input_shape, spec):
    def by(sizes):
        return "x".join(map(str, sizes))

    parts = [spec["layer"], by(input_shape)]
    for key, mark in [("units", "u"), ("filters", "f")]:
        if key in spec:
            parts.append(f"{mark}{spec[key]}")
    for key, mark in [("kernel", "k"), ("size", "p"), ("stride", "s"), ("shape", "to")]:
        if key in spec:
            parts.append(f"{mark}{by(spec[key])}")
    if "padding" in spec:
        parts.append(spec["padding"])
    if "activation" in spec:
        parts.append(
            spec["activation"] if isinstance(spec["activation"], str) else spec["activation"]["name"]
        )
    return "_".join(parts)


def layer_cases():
    # Each padding, stride and size once; kernels, channels and activations take turns beside them.
    grid = list(itertools.product(["same", "valid"], [1, 2, 3, (2, 1), (1, 3)], [0, 1]))
    kernels = itertools.cycle([3, 5, (3, 2), 1, (2, 5), 4, 2])
    conv_channels = itertools.cycle([(1, 16), (3, 5), (33, 3), (5, 33), (16, 17), (17, 1)])
    transposed_channels = itertools.cycle([(16, 1), (5, 3), (3, 16), (33, 5), (1, 17), (17, 3)])
    activations = itertools.cycle(ACTIVATIONS)
    for padding, stride, size in grid:
        channels, filters = next(conv_channels)
        spec = conv(filters, next(kernels), stride, padding, next(activations))
        yield [(5, 6), (8, 7)][size] + (channels,), spec
    for padding, stride, size in grid:
        channels, filters = next(transposed_channels)
        spec = conv_t(filters, next(kernels), stride, padding, next(activations))
        yield [(3, 4), (4, 3)][size] + (channels,), spec

    # The shapes of the reference systems, and what implementations get wrong.
    yield (7, 7, 3), conv(5, 3, 2, "same", "relu")  # 7 -> 4
    yield (9, 5, 5), conv(3, (5, 3), (2, 3), "same")
    yield (7, 7, 5), conv(3, 7, 1, "valid", LEAKY)  # 7x7 -> 1x1
    yield (5, 5, 3), conv(5, (1, 2), 3, "same")  # kernel smaller than stride: pixels never seen
    yield (1, 1, 5), conv(3, 3, 2, "same")
    yield (1, 9, 3), conv(17, (1, 5), (1, 2), "same")
    yield (1, 1, 5), conv_t(3, 7, 1, "valid", LEAKY)  # 1x1 -> 7x7
    yield (3, 3, 3), conv_t(5, 3, 2, "same", "relu")
    yield (4, 4, 3), conv_t(5, 3, 2, "same", "relu")
    yield (3, 5, 5), conv_t(3, 5, 2, "same", LEAKY)
    yield (3, 5, 5), conv_t(3, 5, 2, "valid")
    yield (3, 3, 33), conv_t(17, 3, 2, "same")
    yield (3, 4, 3), conv_t(5, 2, 3, "same")  # kernel smaller than stride: pixels that hold only the bias
    yield (3, 4, 3), conv_t(5, 2, 3, "valid")
    yield (4, 3, 3), conv_t(3, (1, 4), (2, 3), "same")
    yield (2, 3, 3), conv_t(3, (5, 2), (1, 3), "valid")

    for features, units, act in [
        (7, 1, "sigmoid"),
        (33, 2, "linear"),
        (20, 10, LEAKY),
        (1, 17, "tanh"),
        (31, 100, "relu"),
        (64, 17, "gelu"),
    ]:
        yield (features,), dense(units, act)

    yield (7, 7, 3), pool(padding="same")  # 7 -> 4
    yield (7, 7, 3), pool(padding="valid")  # 7 -> 3
    yield (8, 6, 17), pool()
    yield (8, 7, 5), pool((3, 3), (2, 2), "same")
    yield (8, 7, 5), pool((3, 3), (2, 2), "valid")
    yield (7, 8, 1), pool((3, 2), (2, 3), "same")
    yield (5, 5, 3), pool((2, 2), (3, 3), "valid")

    yield (3, 4, 5), upsample(2, 2)
    yield (3, 4, 5), upsample(3, 2)
    yield (2, 3, 4), FLATTEN
    yield (24,), reshape(2, 3, 4)
