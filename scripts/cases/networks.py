"""Whole networks: loss terms, and their gradients for every parameter."""

import keras
import numpy as np
import tensorflow as tf

from .functions import kl_per_dimension
from .numbers import BATCH, single, steady, store
from .recipe import (
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
