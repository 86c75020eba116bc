"""Writes the stored cases that hold the engine to Keras' arithmetic.

    python -m venv keras && keras/bin/pip install \
        tensorflow-cpu==2.21.0 keras==3.15.1 numpy==2.4.6 safetensors==0.8.0
    keras/bin/python scripts/keras_cases.py crates/engine/tests/keras

writes `cases.json` (what each case is) and `cases.safetensors` (its numbers; every value under "tensors",
"parameters" and "gradients" in the JSON is the name of one tensor there).

How the numbers are made:
- Inputs, weights and upstream gradients are rounded to float32 first, so both sides start from identical
  numbers; Keras then computes in float64, so its results are the truth to float32 accuracy.
- Each case draws from a generator seeded by its own name: adding a case leaves the others as they are.
- A case whose gradients jump when its inputs move by 1e-6 (a unit on the kink of a ReLU, two nearly equal
  values under a max-pool) is drawn again: correct float32 code could land on the other side.
- Layouts are Keras': activations NHWC, Dense [in, out], Conv2D [kh, kw, in, out],
  Conv2DTranspose [kh, kw, out, in].
"""

import itertools
import json
import os
import platform
import sys
import zlib
from pathlib import Path

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import safetensors
import safetensors.numpy
import tensorflow as tf

keras.backend.set_floatx("float64")

BATCH = 3
TENSORS = {}  # everything that goes into cases.safetensors, by name


def generator(name, attempt=0):
    return np.random.default_rng([zlib.crc32(name.encode()), attempt])


def single(array):
    """The array rounded to float32 values, held as float64 for Keras."""
    return np.asarray(array, np.float32).astype(np.float64)


def store(prefix, tensors):
    """Keeps `tensors` under `prefix` and returns {key: stored name} for the JSON."""
    names = {}
    for key, value in tensors.items():
        value = np.asarray(value)
        assert np.isfinite(value).all(), f"{prefix}.{key} is not finite"
        names[key] = f"{prefix}.{key}"
        TENSORS[names[key]] = np.ascontiguousarray(value, dtype=np.float32)
    return names


def steady(name, draw, compute):
    """Draws inputs until `compute` (inputs -> results) does not jump under a tiny change of the inputs."""
    for attempt in range(100):
        rng = generator(name, attempt)
        inputs = draw(rng)
        results = compute(inputs)
        moved = compute({k: v + 1e-6 * rng.standard_normal(v.shape) for k, v in inputs.items()})
        if all(np.abs(moved[k] - v).max() <= 1e-4 * max(1.0, np.abs(v).max()) for k, v in results.items()):
            return inputs, results
    raise RuntimeError(f"{name}: no steady draw in 100 attempts")


# Layers -------------------------------------------------------------------------------------------------


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


# Activations and objectives -----------------------------------------------------------------------------


def gradient_of(function, *arguments):
    """function(*arguments) and the gradients of its sum with respect to each argument, as numpy arrays."""
    variables = [tf.Variable(a) for a in arguments]
    with tf.GradientTape() as tape:
        value = function(*variables)
        total = tf.reduce_sum(value)
    return value.numpy(), [g.numpy() for g in tape.gradient(total, variables)]


def activation_cases():
    near_zero = [1e-6, 1e-4, 1e-2, 0.1]  # 0 itself is the kink of some
    x = single(sorted([*np.linspace(-12, 12, 98), *near_zero, *(-v for v in near_zero)]))
    for spec in [*ACTIVATIONS, {"name": "leaky_relu", "slope": 0.1}, {"name": "elu", "alpha": 0.5}]:
        y, (dy,) = gradient_of(activation(spec), x)
        name = spec if isinstance(spec, str) else "{}_{}".format(*spec.values())
        yield {
            "name": name,
            "activation": spec,
            "tensors": store(f"activations.{name}", {"x": x, "y": y, "dy": dy}),
        }


def objective_cases():
    """`value` is per image (summed over its pixels or dimensions); gradients are of the sum of `value`."""
    pixels, dims = 37, 5

    def case(name, objective, **tensors):
        return {"name": name, **objective, "tensors": store(f"objectives.{name}", tensors)}

    # Half grey targets, half exact 0 and 1; the second set of logits reaches +-50.
    rng = generator("bce")
    target = single(
        np.where(
            rng.random((BATCH, pixels)) < 0.5,
            rng.random((BATCH, pixels)),
            rng.integers(0, 2, (BATCH, pixels)),
        )
    )
    bce = keras.losses.BinaryCrossentropy(from_logits=True, reduction="none")
    for name, logits in [
        ("bce", rng.standard_normal((BATCH, pixels)) * 2),
        ("bce_large", np.linspace(-50, 50, BATCH * pixels).reshape(BATCH, pixels)),
    ]:
        logits = single(logits)
        value, (dlogits,) = gradient_of(lambda l: bce(target, l) * pixels, logits)
        yield case(name, {"objective": "bce"}, logits=logits, target=target, value=value, dlogits=dlogits)

    rng = generator("squared error")
    mean, target = single(rng.standard_normal((BATCH, pixels))), single(rng.random((BATCH, pixels)))
    value, (dmean,) = gradient_of(lambda m: tf.reduce_sum((target - m) ** 2, -1), mean)
    yield case(
        "squared_error", {"objective": "squared_error"}, mean=mean, target=target, value=value, dmean=dmean
    )

    for sigma in [0.125, 1.0, 2.5]:
        z = (target - mean) / sigma
        value = np.sum(0.5 * z**2 + np.log(sigma) + 0.5 * np.log(2 * np.pi), -1)
        yield case(
            f"gaussian_sigma_{sigma}",
            {"objective": "gaussian", "sigma": sigma},
            mean=mean,
            target=target,
            value=value,
            dmean=-z / sigma,
            dlog_sigma=np.sum(1 - z**2, -1),  # per image, of one sigma shared by all pixels
        )

    rng = generator("kl")
    for name, mean, log_var in [
        ("kl", rng.standard_normal((BATCH, dims)), rng.standard_normal((BATCH, dims))),
        ("kl_large", rng.uniform(-20, 20, (BATCH, dims)), rng.uniform(-12, 8, (BATCH, dims))),
        ("kl_near_prior", rng.uniform(-1e-2, 1e-2, (BATCH, dims)), rng.uniform(-1e-2, 1e-2, (BATCH, dims))),
    ]:
        mean, log_var = single(mean), single(log_var)
        per_dim, (dmean, dlog_var) = gradient_of(kl_per_dimension, mean, log_var)
        yield case(
            name,
            {"objective": "kl"},
            mean=mean,
            log_var=log_var,
            per_dim=per_dim,
            value=per_dim.sum(-1),
            dmean=dmean,
            dlog_var=dlog_var,
        )


def kl_per_dimension(mean, log_var):
    return -0.5 * (1 + log_var - mean**2 - tf.math.exp(log_var))


# Optimizers ---------------------------------------------------------------------------------------------


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


RMSPROP = {"learning_rate": 0.001, "rho": 0.9, "momentum": 0.0, "epsilon": 1e-7, "centered": False}
ADAM = {"learning_rate": 0.001, "beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-7}


# Networks -----------------------------------------------------------------------------------------------


def gaussian(size):
    return {"kind": "gaussian", "size": size}


DETERMINISTIC = {"kind": "deterministic"}


def mlp(units, activation, flat=144):
    return [FLATTEN, dense(units, activation)], [dense(units, activation), dense(flat), reshape(12, 12, 1)]


def network_cases():
    """The reference systems' nets, small: 12x12 pixels, a few channels. The last layer gives logits."""
    yield (
        "conv_vae",
        [conv(4, 3, 2, "same", "relu"), conv(6, 3, 2, "same", "relu"), FLATTEN],
        gaussian(2),
        [
            dense(54, "relu"),
            reshape(3, 3, 6),
            conv_t(6, 3, 2, "same", "relu"),
            conv_t(4, 3, 2, "same", "relu"),
            conv_t(1, 3),
        ],
    )
    fashion = [
        conv(4, 3, 2, "same", "relu"),
        conv(5, 3, 2, "same", "relu"),
        conv(6, 3, 1, "same", "relu"),
        FLATTEN,
    ]
    fashion_decoder = [
        dense(54),
        reshape(3, 3, 6),
        conv_t(6, 3, 1, "same", "relu"),
        conv_t(5, 3, 2, "same", "relu"),
        conv_t(4, 3, 2, "same", "relu"),
        conv(1, 3),
    ]
    yield "fashion_vae", fashion, gaussian(2), fashion_decoder
    yield "fashion_ae", [*fashion, dense(2)], DETERMINISTIC, fashion_decoder
    pooled = [conv(3, 5, 1, "same", "relu"), pool(), conv(4, 5, 1, "same", "relu"), pool(), FLATTEN]
    pooled_decoder = [
        dense(36, "relu"),
        reshape(3, 3, 4),
        conv_t(4, 5, 2, "same", "relu"),
        conv_t(3, 5, 2, "same", "relu"),
        conv_t(1, 5),
    ]
    yield "pool_ae", [*pooled, dense(10, "relu")], DETERMINISTIC, pooled_decoder
    yield "pool_vae", [*pooled, dense(8, "relu")], gaussian(2), pooled_decoder
    encoder, decoder = mlp(20, LEAKY)
    yield "mlp_vae", encoder, gaussian(10), decoder
    yield "mlp_ae", [*encoder, dense(10)], DETERMINISTIC, decoder
    yield (
        "deep_conv_vae",
        [
            conv(4, 5, 1, "same", LEAKY),
            conv(4, 5, 2, "same", LEAKY),
            conv(5, 5, 1, "same", LEAKY),
            conv(5, 5, 2, "same", LEAKY),
            conv(8, 3, 1, "valid", LEAKY),
            FLATTEN,
        ],
        gaussian(6),
        [
            reshape(1, 1, 6),
            conv_t(5, 3, 1, "valid", LEAKY),
            conv_t(5, 5, 1, "same", LEAKY),
            conv_t(5, 5, 2, "same", LEAKY),
            conv_t(4, 5, 1, "same", LEAKY),
            conv_t(4, 5, 2, "same", LEAKY),
            conv_t(4, 5, 1, "same", LEAKY),
            conv(1, 5),
        ],
    )
    yield (
        "upsample_ae",  # pools 12 -> 6 -> 3 -> 2; the `valid` convolution makes 8 -> 6
        [layer for filters in (5, 4, 4) for layer in (conv(filters, 3, 1, "same", "relu"), pool())],
        DETERMINISTIC,
        [
            conv(4, 3, 1, "same", "relu"),
            upsample(),
            conv(4, 3, 1, "same", "relu"),
            upsample(),
            conv(5, 3, 1, "valid", "relu"),
            upsample(),
            conv(1, 3),
        ],
    )
    yield (
        "denoiser",
        [layer for _ in range(2) for layer in (conv(5, 3, 1, "same", "relu"), pool())],
        DETERMINISTIC,
        [*(layer for _ in range(2) for layer in (conv(5, 3, 1, "same", "relu"), upsample())), conv(1, 3)],
    )


def network_case(name, encoder, latent, decoder, input_shape=(12, 12, 1)):
    stochastic = latent["kind"] == "gaussian"
    stacks = {
        "encoder": [keras_layer(spec) for spec in encoder],
        "decoder": [keras_layer(spec) for spec in decoder],
    }
    heads = [keras.layers.Dense(latent["size"]) for _ in range(2)] if stochastic else []

    def forward(x, eps):
        for layer in stacks["encoder"]:
            x = layer(x)
        results = {}
        if stochastic:
            mean, log_var = (head(x) for head in heads)
            x = mean + tf.math.exp(0.5 * log_var) * eps
            results = {"mean": mean, "log_var": log_var}
        results["z"] = x
        for layer in stacks["decoder"]:
            x = layer(x)
        return {**results, "logits": x}

    eps_shape = (BATCH, latent.get("size", 0))
    forward(np.zeros((BATCH, *input_shape)), np.zeros(eps_shape))  # builds the layers
    parts = [(f"{side}.{i}", layer) for side, layers in stacks.items() for i, layer in enumerate(layers)]
    parts[len(encoder) : len(encoder)] = zip(["latent.mean", "latent.log_var"], heads)
    variables = {
        f"{part}.{key}": v for part, layer in parts for key, v in zip(weight_names(layer), layer.weights)
    }

    def draw(rng):
        inputs = {}
        for part, layer in parts:
            inputs |= {f"{part}.{key}": value for key, value in draw_weights(layer, rng).items()}
        target = single(rng.random((BATCH, *input_shape)))
        noise = 0.5 * rng.standard_normal(target.shape) if name == "denoiser" else 0
        inputs |= {"x": single(np.clip(target + noise, 0, 1)), "target": target}
        return inputs | ({"eps": single(rng.standard_normal(eps_shape))} if stochastic else {})

    def compute(inputs):
        for key, variable in variables.items():
            variable.assign(inputs[key])
        with tf.GradientTape() as tape:
            results = forward(inputs["x"], inputs.get("eps"))
            bce = keras.ops.binary_crossentropy(inputs["target"], results["logits"], from_logits=True)
            reconstruction = tf.reduce_sum(bce) / BATCH
            kl = tf.constant(0.0, tf.float64)
            if stochastic:
                kl = tf.reduce_sum(kl_per_dimension(results["mean"], results["log_var"])) / BATCH
            total = reconstruction + kl
        gradients = tape.gradient(total, [v.value for v in variables.values()])
        results |= {f"gradient.{key}": gradient for key, gradient in zip(variables, gradients)}
        results |= {"reconstruction": reconstruction, "kl": kl, "total": total}
        return {key: value.numpy() for key, value in results.items()}

    inputs, results = steady(name, draw, compute)
    prefix = f"networks.{name}"
    terms = {key: float(results.pop(key)) for key in ["reconstruction", "kl", "total"]}
    gradients = {key: results.pop(f"gradient.{key}") for key in variables}
    parameters = {key: inputs.pop(key) for key in variables}
    return {
        "name": name,
        "input_shape": list(input_shape),
        "encoder": encoder,
        "latent": latent,
        "decoder": decoder,
        **terms,
        "tensors": store(prefix, {**inputs, **results}),
        "parameters": store(f"{prefix}.parameters", parameters),
        "gradients": store(f"{prefix}.gradients", gradients),
    }


def main(folder):
    cases = {
        "versions": {
            "python": platform.python_version(),
            "keras": keras.__version__,
            "tensorflow": tf.__version__,
            "numpy": np.__version__,
            "safetensors": safetensors.__version__,
        },
        "layers": [layer_case(shape, spec) for shape, spec in layer_cases()],
        "activations": list(activation_cases()),
        "objectives": list(objective_cases()),
        "optimizers": list(optimizer_cases()),
        "networks": [network_case(*network) for network in network_cases()],
    }
    for kind, members in cases.items():
        names = [member["name"] for member in members] if kind != "versions" else []
        assert len(names) == len(set(names)), f"two cases of one name among {kind}"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "cases.json").write_text(json.dumps(cases, indent=1) + "\n")
    safetensors.numpy.save_file(TENSORS, folder / "cases.safetensors")
    for file in ["cases.json", "cases.safetensors"]:
        print(f"{folder / file}: {(folder / file).stat().st_size:,} bytes")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: keras_cases.py FOLDER")
    main(Path(sys.argv[1]))
