"""Layers in recipe form, as the engine reads them, and the Keras layers that they name."""

import keras
import numpy as np

from .numbers import single

LEAKY = {"name": "leaky_relu", "slope": 0.3}
ELU = {"name": "elu", "alpha": 1.0}
ACTIVATIONS = ["linear", "relu", LEAKY, ELU, "silu", "gelu", "tanh", "sigmoid", "softplus"]


def dense(units, activation="linear"):
    return {"layer": "dense", "units": units, "activation": activation}


def conv(filters, kernel, stride=1, padding="same", activation="linear", layer="conv2d"):
    def pair(size):
        return [size, size] if isinstance(size, int) else list(size)

    return {
        "layer": layer,
        "filters": filters,
        "kernel": pair(kernel),
        "stride": pair(stride),
        "padding": padding,
        "activation": activation,
    }


def conv_t(filters, kernel, stride=1, padding="same", activation="linear"):
    return conv(filters, kernel, stride, padding, activation, layer="conv2d_transpose")


def pool(size=(2, 2), stride=(2, 2), padding="same"):
    return {"layer": "max_pool2d", "size": list(size), "stride": list(stride), "padding": padding}


def upsample(*size):
    return {"layer": "upsample2d", "size": list(size or (2, 2))}


def reshape(*shape):
    return {"layer": "reshape", "shape": list(shape)}


FLATTEN = {"layer": "flatten"}


def activation(spec):
    """The Keras function of an activation in recipe form: a name, or an object with its parameter."""
    if isinstance(spec, str):
        return keras.activations.get(spec)  # gelu: the exact form with erf
    if spec["name"] == "leaky_relu":
        return lambda x: keras.activations.leaky_relu(x, negative_slope=spec["slope"])
    assert spec["name"] == "elu", spec
    return lambda x: keras.activations.elu(x, alpha=spec["alpha"])


def keras_layer(spec):
    """The Keras layer of a layer in recipe form."""
    kind = spec["layer"]
    if kind == "dense":
        return keras.layers.Dense(spec["units"], activation=activation(spec["activation"]))
    if kind in ("conv2d", "conv2d_transpose"):
        layer = keras.layers.Conv2D if kind == "conv2d" else keras.layers.Conv2DTranspose
        return layer(
            spec["filters"],
            spec["kernel"],
            strides=spec["stride"],
            padding=spec["padding"],
            activation=activation(spec["activation"]),
        )
    if kind == "max_pool2d":
        return keras.layers.MaxPooling2D(spec["size"], strides=spec["stride"], padding=spec["padding"])
    if kind == "upsample2d":
        return keras.layers.UpSampling2D(spec["size"], interpolation="nearest")
    if kind == "reshape":
        return keras.layers.Reshape(spec["shape"])
    assert kind == "flatten", spec
    return keras.layers.Flatten()


def weight_names(layer):
    return ["kernel", "bias"] if layer.weights else []


def draw_weights(layer, rng):
    """Kernels as wide as Glorot's, biases away from zero so that a forgotten bias shows."""
    drawn = {}
    for key, variable in zip(weight_names(layer), layer.weights):
        shape = tuple(variable.shape)
        if key == "kernel":
            area = int(np.prod(shape[:-2]))
            drawn[key] = single(rng.standard_normal(shape) * np.sqrt(2 / (area * (shape[-2] + shape[-1]))))
        else:
            drawn[key] = single(rng.uniform(0.05, 0.3, shape) * rng.choice([-1, 1], shape))
    return drawn
