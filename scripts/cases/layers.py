"""Every layer over awkward shapes: outputs, and gradients for a given upstream gradient."""

import itertools

import numpy as np
import tensorflow as tf

from .keras_layers import draw_weights, keras_layer, output_shape
from .numbers import BATCH, single, steady, store
from .recipe import (
    ACTIVATIONS,
    ELU,
    FLATTEN,
    GLOBAL_AVERAGE_POOL,
    LEAKY,
    activate,
    average_pool,
    batch_norm,
    branches,
    conv,
    conv_t,
    dense,
    dropout,
    enlarge,
    gated_dense,
    group_norm,
    layer_norm,
    pool,
    reshape,
    residual,
    self_attention,
    upsample,
)


def layer_case(input_shape, spec, label=None, training=None):
    """A case of one layer. `training` is given where it matters: true has also the running averages after the
    step (`after.NAME`), false only the outputs."""
    name = layer_name(input_shape, spec, label, training)
    layer = keras_layer(spec, input_shape)
    out_shape = output_shape(layer, input_shape)
    weights = layer.weights()
    learned = {key: variable for key, variable in weights.items() if variable.trainable}
    state = {key: variable for key, variable in weights.items() if not variable.trainable}

    def draw(rng):
        if spec["layer"] == "max_pool2d":  # distinct values: no ties
            x = rng.permutation(BATCH * int(np.prod(input_shape))).reshape(BATCH, *input_shape) / 64 - 2
        else:
            x = rng.standard_normal((BATCH, *input_shape))
        inputs = {"x": single(x), **draw_weights(weights, rng)}
        return (
            inputs if training is False else inputs | {"g": single(rng.standard_normal((BATCH, *out_shape)))}
        )

    def compute(inputs):
        for key, variable in weights.items():
            variable.assign(inputs[key])
        x = tf.Variable(inputs["x"])
        if training is False:
            return {"y": layer(x).numpy()}
        with tf.GradientTape() as tape:
            y = layer(x, training is True)
            loss = tf.reduce_sum(y * inputs["g"])
        gradients = tape.gradient(loss, [x, *(v.value for v in learned.values())])
        return {
            "y": y.numpy(),
            **{f"d{key}": gradient.numpy() for key, gradient in zip(["x", *learned], gradients)},
            **({f"after.{key}": v.numpy() for key, v in state.items()} if training else {}),
        }

    inputs, results = steady(name, draw, compute)
    mode = {} if training is None else {"training": training}
    tensors = store(f"layers.{name}", {**inputs, **results})
    return {"name": name, "input_shape": list(input_shape), "layer": spec, **mode, "tensors": tensors}


def layer_name(input_shape, spec, label, training):
    def by(sizes):
        return "x".join(map(str, sizes))

    parts = [spec["layer"], by(input_shape)]
    marks = {"units": "u", "filters": "f", "groups": "g", "heads": "h", "key_size": "k", "rate": "r"}
    for key, mark in [*marks.items(), ("momentum", "m"), ("epsilon", "e")]:
        if key in spec:
            parts.append(f"{mark}{spec[key]}")
    for key, mark in [("kernel", "k"), ("size", "p"), ("stride", "s"), ("shape", "to")]:
        if key in spec:
            parts.append(f"{mark}{by(spec[key])}")
    for key in ["padding", "interpolation", "shortcut", "merge"]:
        if key in spec:
            parts.append(spec[key])
    if "activation" in spec:
        parts.append(
            spec["activation"] if isinstance(spec["activation"], str) else spec["activation"]["name"]
        )
    parts += [label] if label else []
    parts += [] if training is None else ["training" if training else "inference"]
    return "_".join(parts)


def layer_cases():
    """Input shape, layer, and where the layer does not say it all a label and the mode."""
    yield from chain_cases()
    yield from pool_cases()
    yield from norm_cases()
    yield from attention_cases()
    yield from nested_cases()


def chain_cases():
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

    # The border filled by reflection: sizes of `same`, odd amounts, as wide as the image allows.
    yield (7, 6, 3), conv(5, 3, 1, "reflect", "relu")
    yield (5, 6, 5), conv(3, 5, 1, "reflect", "silu")
    yield (8, 7, 3), conv(5, 3, 2, "reflect", LEAKY)
    yield (6, 9, 3), conv(17, (4, 3), (2, 3), "reflect")
    yield (4, 5, 16), conv(3, (7, 2), 1, "reflect", "tanh")
    yield (5, 5, 3), conv(5, (1, 2), 3, "reflect")  # kernel smaller than stride: no border
    yield (2, 3, 33), conv(3, 3, 1, "reflect")
    yield (1, 6, 3), conv(5, (1, 5), 1, "reflect")

    for activation in ["silu", LEAKY]:
        yield (5, 4, 3), activate(activation)
    yield (17,), activate("gelu")
    for features, units, activation in [
        (7, 1, "linear"),
        (33, 5, "tanh"),
        (5, 17, LEAKY),
        (20, 16, "sigmoid"),
        (1, 3, "silu"),
    ]:
        yield (features,), gated_dense(units, activation)


def pool_cases():
    yield (7, 7, 3), average_pool(padding="same")  # 7 -> 4
    yield (7, 7, 3), average_pool(padding="valid")  # 7 -> 3
    yield (8, 6, 17), average_pool()
    yield (8, 7, 5), average_pool((3, 3), (2, 2), "same")
    yield (8, 7, 5), average_pool((3, 3), (2, 2), "valid")
    yield (5, 6, 3), average_pool((3, 3), (1, 1), "same")
    yield (7, 8, 1), average_pool((3, 2), (2, 3), "same")
    yield (5, 5, 3), average_pool((2, 2), (3, 3), "valid")
    yield (6, 3, 33), average_pool((6, 3), (6, 3), "valid")
    yield (5, 7, 3), GLOBAL_AVERAGE_POOL
    yield (1, 1, 17), GLOBAL_AVERAGE_POOL
    yield (4, 3, 33), GLOBAL_AVERAGE_POOL

    yield (3, 4, 5), enlarge(2, 2)
    yield (3, 4, 5), enlarge(3, 2)
    yield (5, 2, 1), enlarge(1, 4)
    yield (1, 3, 17), enlarge(2, 3)
    yield (4, 4, 16), enlarge(2, 2)


def norm_cases():
    for shape, groups, activation, epsilon in [
        ((5, 6, 8), 2, "linear", 1e-3),
        ((7, 4, 16), 8, "silu", 1e-3),
        ((4, 3, 33), 3, "relu", 1e-5),
        ((3, 5, 17), 17, "tanh", 1e-3),  # each channel a group
        ((3, 4, 5), 1, LEAKY, 1e-3),  # all one group
        ((1, 1, 12), 3, "linear", 1e-2),
        ((9, 8, 24), 4, "gelu", 1e-5),
        ((24,), 6, "silu", 1e-3),
        ((15,), 1, "linear", 1e-5),
    ]:
        yield shape, group_norm(groups, activation, epsilon)
    for shape, activation, epsilon in [
        ((5, 6, 7), "linear", 1e-3),
        ((1, 9, 33), "silu", 1e-5),
        ((4, 3, 16), "relu", 1e-3),
        ((3, 4, 2), LEAKY, 1e-2),
        ((17,), "linear", 1e-5),
        ((64,), "gelu", 1e-3),
    ]:
        yield shape, layer_norm(activation, epsilon)
    for shape, activation, momentum, epsilon in [
        ((5, 6, 3), "linear", 0.99, 1e-3),
        ((4, 7, 17), LEAKY, 0.9, 1e-5),
        ((3, 3, 33), "relu", 0.99, 1e-3),
        ((8, 8, 1), "silu", 0.5, 1e-2),
        ((1, 1, 16), "tanh", 0.99, 1e-3),
        ((7,), "linear", 0.99, 1e-3),
        ((20,), ELU, 0.9, 1e-3),
    ]:
        for training in [True, False]:
            yield shape, batch_norm(activation, momentum, epsilon), None, training
    yield (4, 5, 3), dropout(0.25), None, False
    yield (17,), dropout(0.5), None, False


def attention_cases():
    for shape, heads, key_size in [
        ((3, 4, 5), 1, None),
        ((3, 3, 8), 4, None),
        ((4, 5, 6), 2, 5),
        ((2, 3, 33), 3, 7),
        ((1, 7, 16), 1, 16),
        ((1, 1, 4), 2, 3),
        ((7, 7, 8), 2, None),
    ]:
        yield shape, self_attention(heads, key_size)


def nested_cases():
    def pre_norm(filters, groups, activation="silu", stride=1):
        return [
            group_norm(1, activation),
            conv(filters, 3, stride),
            group_norm(groups, activation),
            conv(filters, 3),
        ]

    yield (5, 6, 4), residual(pre_norm(4, 2)), "pre_norm"
    yield (5, 4, 4), residual(pre_norm(6, 3), "projection"), "wider"
    yield (6, 8, 3), residual(pre_norm(5, 5, "relu", 2), "projection", "relu"), "half"
    yield (7, 5, 3), residual([conv(5, 3, 2, "same", "silu")], "projection"), "odd_half"  # 7 -> 4, 5 -> 3
    yield (4, 6, 3), residual([conv_t(3, 3), activate("tanh")], "identity", LEAKY), "transposed"
    yield (5, 3, 3), residual([pool((3, 3), (1, 1))]), "pool"
    yield (7,), residual([layer_norm("gelu"), dense(17, "silu"), dense(7)]), "vector"
    yield (7,), residual([dense(5, "tanh")], "projection", "relu"), "vector"
    yield (3, 4, 8), residual([layer_norm(), self_attention(2)]), "attention"
    inner = residual([conv(3, 3, 1, "same", "tanh")])
    yield (4, 5, 3), residual([inner, conv(4, (1, 2), 1, "same", "silu")], "projection"), "of_residual"
    shape, spec = (4, 6, 3), residual(
        [conv(5, 3, 2), batch_norm(LEAKY), conv(5, 3), batch_norm()], "projection"
    )
    for training in [True, False]:
        yield shape, spec, None, training

    yield (4, 5, 3), branches("add", [conv(4, 3, 1, "same", "relu")], [conv(4, 1)]), "two"
    yield (4, 5, 3), branches("add", [], [conv(6, 3, 1, "same", "silu"), conv(3, 1)]), "empty"
    yield (4, 5, 3), branches("concat", [conv(4, 3, 1, "same", "silu")], [], [pool((3, 3), (1, 1))]), "empty"
    yield (6, 4, 3), branches("concat", [conv(2, 5, 2)], [average_pool(), conv(5, 1)], [pool()]), "half"
    yield (7,), branches("concat", [dense(5, "tanh")], [gated_dense(3)], []), "vector"
    yield (7,), branches("add", [dense(5)], [dense(17, "relu"), dense(5)]), "vector"
    yield (3, 4, 4), branches(
        "concat", [residual([conv(4, 3)])], [branches("add", [], [activate("silu")])]
    ), "nested"
    yield (3, 3, 2), residual([branches("concat", [], [conv(3, 3)]), conv(2, 1)]), "of_branches"
