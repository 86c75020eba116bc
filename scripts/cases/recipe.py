"""Layers in recipe form, as the engine reads them."""

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


def pool(size=(2, 2), stride=(2, 2), padding="same", layer="max_pool2d"):
    return {"layer": layer, "size": list(size), "stride": list(stride), "padding": padding}


def average_pool(size=(2, 2), stride=(2, 2), padding="same"):
    return pool(size, stride, padding, layer="average_pool2d")


def upsample(*size):
    return {"layer": "upsample2d", "size": list(size or (2, 2))}


def enlarge(*size):
    return {**upsample(*size), "interpolation": "bilinear"}


def reshape(*shape):
    return {"layer": "reshape", "shape": list(shape)}


FLATTEN = {"layer": "flatten"}
GLOBAL_AVERAGE_POOL = {"layer": "global_average_pool2d"}


def activate(activation):
    return {"layer": "activation", "activation": activation}


def group_norm(groups, activation="linear", epsilon=1e-3):
    return {"layer": "group_norm", "groups": groups, "epsilon": epsilon, "activation": activation}


def layer_norm(activation="linear", epsilon=1e-3):
    return {"layer": "layer_norm", "epsilon": epsilon, "activation": activation}


def batch_norm(activation="linear", momentum=0.99, epsilon=1e-3):
    return {"layer": "batch_norm", "momentum": momentum, "epsilon": epsilon, "activation": activation}


def dropout(rate):
    return {"layer": "dropout", "rate": rate}


def gated_dense(units, activation="linear"):
    return {"layer": "gated_dense", "units": units, "activation": activation}


def self_attention(heads, key_size=None):
    """Without a key size: channels / heads."""
    return {"layer": "self_attention", "heads": heads} | ({"key_size": key_size} if key_size else {})


def residual(layers, shortcut="identity", activation="linear"):
    return {"layer": "residual", "layers": layers, "shortcut": shortcut, "activation": activation}


def branches(merge, *branches):
    return {"layer": "branches", "merge": merge, "branches": list(branches)}
