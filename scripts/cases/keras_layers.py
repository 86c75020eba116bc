"""The Keras layers that layers in recipe form name."""

from dataclasses import dataclass
from typing import Callable

import keras
import numpy as np

from .numbers import single


def activation(spec):
    """The Keras function of an activation in recipe form: a name, or an object with its parameter."""
    if isinstance(spec, str):
        return keras.activations.get(spec)  # gelu: the exact form with erf
    if spec["name"] == "leaky_relu":
        return lambda x: keras.activations.leaky_relu(x, negative_slope=spec["slope"])
    assert spec["name"] == "elu", spec
    return lambda x: keras.activations.elu(x, alpha=spec["alpha"])


@dataclass
class Block:
    """One layer of a recipe in Keras: a function of (input, training), and the parts that hold weights."""

    parts: dict  # name in the recipe's weights ("" for none of its own) -> Keras layer or Block
    function: Callable

    def __call__(self, x, training=False):
        return self.function(x, training)

    def weights(self):
        """The variables by their names in the recipe's weights, in its order."""
        named = {}
        for part, inner in self.parts.items():
            inner = inner.weights() if isinstance(inner, Block) else {v.name: v for v in inner.weights}
            named |= {f"{part}.{key}" if part else key: variable for key, variable in inner.items()}
        return named


def keras_layer(spec, shape):
    """The Keras form of a layer in recipe form for inputs of `shape`, its weights in place."""
    block = BLOCKS[spec["layer"]](spec, shape)
    output_shape(block, shape)
    return block


def keras_chain(specs, shape):
    """The Keras forms of layers one after the other, and the shape that they give."""
    blocks = []
    for spec in specs:
        blocks.append(keras_layer(spec, shape))
        shape = output_shape(blocks[-1], shape)
    return blocks, shape


def output_shape(block, shape):
    return tuple(block(np.zeros((1, *shape))).shape[1:])


def through(blocks, x, training):
    for block in blocks:
        x = block(x, training)
    return x


def single_layer(make):
    """A layer that is one of Keras', with its activation inside."""

    def block(spec, _):
        layer = make(spec)
        return Block({"": layer}, lambda x, training: layer(x, training=training))

    return block


def normalization(make):
    """A normalisation of Keras, and the activation after it."""

    def block(spec, _):
        layer, after = make(spec), activation(spec["activation"])
        return Block({"": layer}, lambda x, training: after(layer(x, training=training)))

    return block


def convolution(spec, shape):
    settings = {"strides": spec["stride"], "activation": activation(spec["activation"])}
    if spec["layer"] == "conv2d_transpose":
        layer = keras.layers.Conv2DTranspose
    else:
        layer = keras.layers.Conv2D
    if spec["padding"] != "reflect":
        layer = layer(spec["filters"], spec["kernel"], padding=spec["padding"], **settings)
        return Block({"": layer}, lambda x, _: layer(x))
    assert spec["layer"] == "conv2d", spec
    layer = layer(spec["filters"], spec["kernel"], padding="valid", **settings)
    borders = [same_border(*sizes) for sizes in zip(shape, spec["kernel"], spec["stride"])]
    borders = [(0, 0), *borders, (0, 0)]
    return Block({"": layer}, lambda x, _: layer(keras.ops.pad(x, borders, mode="reflect")))


def same_border(size, kernel, stride):
    """What padding `same` adds before and after; the odd one goes after."""
    total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
    return total // 2, total - total // 2


def gated_dense(spec, _):
    value = keras.layers.Dense(spec["units"], activation=activation(spec["activation"]))
    gate = keras.layers.Dense(spec["units"], activation="sigmoid")
    return Block({"value": value, "gate": gate}, lambda x, _: value(x) * gate(x))


def self_attention(spec, shape):
    height, width, channels = shape
    layer = keras.layers.MultiHeadAttention(spec["heads"], spec.get("key_size", channels // spec["heads"]))
    layer.build((None, height * width, channels), (None, height * width, channels))
    parts = {
        "query": layer.query_dense,
        "key": layer.key_dense,
        "value": layer.value_dense,
        "output": layer.output_dense,
    }

    def attend(x, training):
        pixels = keras.ops.reshape(x, (-1, height * width, channels))
        return keras.ops.reshape(layer(pixels, pixels, training=training), (-1, height, width, channels))

    return Block(parts, attend)


def residual(spec, shape):
    blocks, output = keras_chain(spec["layers"], shape)
    parts = {f"layers.{i}": block for i, block in enumerate(blocks)}
    shortcut, after = keras.layers.Identity(), activation(spec["activation"])
    if spec["shortcut"] == "projection":
        if len(shape) == 1:
            shortcut = keras.layers.Dense(output[0])
        else:
            stride = [-(-size // result) for size, result in zip(shape[:2], output[:2])]
            shortcut = keras.layers.Conv2D(output[2], 1, strides=stride)
        parts["shortcut"] = shortcut
    return Block(parts, lambda x, training: after(through(blocks, x, training) + shortcut(x)))


def branches(spec, shape):
    chains = [keras_chain(branch, shape)[0] for branch in spec["branches"]]
    parts = {f"branches.{i}.{j}": block for i, chain in enumerate(chains) for j, block in enumerate(chain)}
    merge = keras.layers.Add() if spec["merge"] == "add" else keras.layers.Concatenate(axis=-1)
    return Block(parts, lambda x, training: merge([through(chain, x, training) for chain in chains]))


LAYERS = keras.layers
BLOCKS = {
    "dense": single_layer(lambda s: LAYERS.Dense(s["units"], activation=activation(s["activation"]))),
    "conv2d": convolution,
    "conv2d_transpose": convolution,
    "max_pool2d": single_layer(lambda s: LAYERS.MaxPooling2D(s["size"], s["stride"], s["padding"])),
    "average_pool2d": single_layer(lambda s: LAYERS.AveragePooling2D(s["size"], s["stride"], s["padding"])),
    "global_average_pool2d": single_layer(lambda s: LAYERS.GlobalAveragePooling2D()),
    "upsample2d": single_layer(
        lambda s: LAYERS.UpSampling2D(s["size"], interpolation=s.get("interpolation", "nearest"))
    ),
    "reshape": single_layer(lambda s: LAYERS.Reshape(s["shape"])),
    "flatten": single_layer(lambda s: LAYERS.Flatten()),
    "activation": single_layer(lambda s: LAYERS.Activation(activation(s["activation"]))),
    "dropout": single_layer(lambda s: LAYERS.Dropout(s["rate"])),
    "group_norm": normalization(lambda s: LAYERS.GroupNormalization(s["groups"], epsilon=s["epsilon"])),
    "layer_norm": normalization(lambda s: LAYERS.LayerNormalization(epsilon=s["epsilon"])),
    "batch_norm": normalization(
        lambda s: LAYERS.BatchNormalization(momentum=s["momentum"], epsilon=s["epsilon"])
    ),
    "gated_dense": gated_dense,
    "self_attention": self_attention,
    "residual": residual,
    "branches": branches,
}


def draw_weights(weights, rng):
    """Values by name: kernels as wide as Glorot's, everything else away from what would do nothing."""
    return {name: single(draw_weight(name, tuple(variable.shape), rng)) for name, variable in weights.items()}


def draw_weight(name, shape, rng):
    kind = name.split(".")[-1]
    if kind == "kernel" and len(shape) == 3:  # attention: wide enough for weights far from even ones
        inputs = shape[0] if not name.endswith("output.kernel") else shape[0] * shape[1]
        return rng.standard_normal(shape) * np.sqrt(2 / inputs)
    if kind == "kernel":
        area = int(np.prod(shape[:-2]))
        return rng.standard_normal(shape) * np.sqrt(2 / (area * (shape[-2] + shape[-1])))
    if kind == "gamma":
        return rng.uniform(0.5, 1.5, shape)
    if kind == "moving_mean":
        return rng.uniform(-0.5, 0.5, shape)
    if kind == "moving_variance":
        return rng.uniform(0.5, 2, shape)
    assert kind in ("bias", "beta"), name
    return rng.uniform(0.05, 0.3, shape) * rng.choice([-1, 1], shape)
