"""Whole networks: loss terms, and their gradients for every parameter."""

import keras
import numpy as np
import tensorflow as tf

from .functions import kl_per_dimension
from .keras_layers import draw_weights, keras_chain, keras_layer, through
from .numbers import BATCH, single, steady, store
from .recipe import (
    FLATTEN,
    LEAKY,
    activate,
    average_pool,
    batch_norm,
    branches,
    conv,
    conv_t,
    dense,
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


def gaussian(size):
    return {"kind": "gaussian", "size": size}


def gaussian_image(channels):
    return {"kind": "gaussian", "channels": channels}


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

    def block(filters, stride=1, shortcut="identity"):
        layers = [group_norm(2, "silu"), conv(filters, 3, stride), group_norm(3, "silu"), conv(filters, 3)]
        return residual(layers, shortcut)

    yield (
        "residual_vae",  # 12 -> 6 -> 3, code 3 x 3 x 2
        [conv(6, 3), block(6), conv(6, 3, 2), block(9, 1, "projection"), conv(6, 3, 2), block(6)],
        gaussian_image(2),
        [
            conv(6, 3),
            block(6),
            upsample(),
            conv(6, 3, 1, "reflect"),
            block(9, 1, "projection"),
            enlarge(2, 2),
            conv(6, 3),
            block(6),
            group_norm(3),
            activate("silu"),
            conv(1, 3),
        ],
    )
    yield (
        "attention_vae",
        [
            conv(4, 3, 2, "reflect", "silu"),
            branches("concat", [], [conv(4, 1), activate("tanh")], [average_pool((3, 3), (1, 1))]),
            conv(8, 3, 2, "same", "silu"),
            residual([layer_norm(), self_attention(2, 3)]),
            FLATTEN,
            gated_dense(12, "tanh"),
        ],
        gaussian(3),
        [
            dense(36, "silu"),
            reshape(3, 3, 4),
            residual([layer_norm(), self_attention(1)]),
            branches("add", [upsample(), conv(4, 3)], [conv_t(4, 3, 2)]),
            activate("silu"),
            enlarge(2, 2),
            conv(1, 3),
        ],
    )


class KerasNetwork:
    """Encoder, heads and decoder in Keras; the loss is binary cross-entropy summed over an image, and KL."""

    def __init__(self, encoder, latent, decoder, input_shape):
        self.encoder, features = keras_chain(encoder, input_shape)
        self.heads, self.code = [], features
        if latent["kind"] == "gaussian":
            head = dense(latent["size"]) if "size" in latent else conv(latent["channels"], 1)
            self.heads = [keras_layer(head, features) for _ in range(2)]
            self.code = (latent["size"],) if "size" in latent else (*features[:2], latent["channels"])
        self.decoder, _ = keras_chain(decoder, self.code)
        parts = [(f"encoder.{i}", block) for i, block in enumerate(self.encoder)]
        parts += zip(["latent.mean", "latent.log_var"], self.heads)
        parts += [(f"decoder.{i}", block) for i, block in enumerate(self.decoder)]
        self.parts = parts
        self.weights = {f"{part}.{key}": v for part, block in parts for key, v in block.weights().items()}
        self.learned = {key: v for key, v in self.weights.items() if v.trainable}

    def assign(self, values):
        for key, variable in self.weights.items():
            variable.assign(values[key])

    def draw(self, rng):
        values = {}
        for part, block in self.parts:
            values |= {f"{part}.{key}": value for key, value in draw_weights(block.weights(), rng).items()}
        return values

    def forward(self, x, eps, training=False):
        x = through(self.encoder, x, training)
        results = {}
        if self.heads:
            mean, log_var = (head(x) for head in self.heads)
            x = mean + tf.math.exp(0.5 * log_var) * eps
            results = {"mean": mean, "log_var": log_var}
        return {**results, "z": x, "logits": through(self.decoder, x, training)}

    def differentiate(self, x, target, eps, training=False):
        """The results of the forward pass, the loss terms, and the gradient of their sum by parameter."""
        with tf.GradientTape() as tape:
            results = self.forward(x, eps, training)
            bce = keras.ops.binary_crossentropy(target, results["logits"], from_logits=True)
            reconstruction = tf.reduce_sum(bce) / len(x)
            kl = tf.constant(0.0, tf.float64)
            if self.heads:
                kl = tf.reduce_sum(kl_per_dimension(results["mean"], results["log_var"])) / len(x)
            total = reconstruction + kl
        gradients = tape.gradient(total, [v.value for v in self.learned.values()])
        terms = {"reconstruction": reconstruction, "kl": kl, "total": total}
        return results, terms, dict(zip(self.learned, gradients))


def network_case(name, encoder, latent, decoder, input_shape=(12, 12, 1)):
    network = KerasNetwork(encoder, latent, decoder, input_shape)

    def draw(rng):
        inputs = network.draw(rng)
        target = single(rng.random((BATCH, *input_shape)))
        noise = 0.5 * rng.standard_normal(target.shape) if name == "denoiser" else 0
        inputs |= {"x": single(np.clip(target + noise, 0, 1)), "target": target}
        eps = {"eps": single(rng.standard_normal((BATCH, *network.code)))} if network.heads else {}
        return inputs | eps

    def compute(inputs):
        network.assign(inputs)
        results, terms, gradients = network.differentiate(inputs["x"], inputs["target"], inputs.get("eps"))
        results = results | terms | {f"gradient.{key}": value for key, value in gradients.items()}
        return {key: value.numpy() for key, value in results.items()}

    inputs, results = steady(name, draw, compute)
    prefix = f"networks.{name}"
    terms = {key: float(results.pop(key)) for key in ["reconstruction", "kl", "total"]}
    gradients = {key: results.pop(f"gradient.{key}") for key in network.learned}
    parameters = {key: inputs.pop(key) for key in network.weights}
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


def trained_network_cases():
    """Nets that change while they train, and the optimizer."""
    sgd = {"name": "sgd", "learning_rate": 1e-3, "momentum": 0.9, "nesterov": False}
    leaky = {"name": "leaky_relu", "slope": 0.01}
    yield (
        "batch_norm_vae",
        [
            conv(4, 3, 2),
            batch_norm(leaky),
            conv(6, 3, 2),
            batch_norm(leaky, 0.9, 1e-5),
            FLATTEN,
        ],
        gaussian(4),
        [
            dense(54),
            batch_norm("tanh"),
            reshape(3, 3, 6),
            conv_t(6, 3, 2),
            batch_norm(leaky),
            residual([conv_t(6, 3), batch_norm("silu", 0.9), conv(6, 3)]),
            conv_t(4, 3, 2),
            batch_norm(leaky),
            conv(1, 3),
        ],
        sgd,
    )


def trained_network_case(
    name, encoder, latent, decoder, optimizer, input_shape=(12, 12, 1), steps=4, images=7
):
    """Steps of training, each with its own batch and noise; the targets are the images. Stored are every
    step's loss terms, all tensors after the last, and what the net then gives for the first batch."""
    network = KerasNetwork(encoder, latent, decoder, input_shape)
    rule = {key: value for key, value in optimizer.items() if key != "name"}
    assert optimizer["name"] == "sgd", optimizer

    def draw(rng):
        x = single(rng.random((steps, images, *input_shape)))
        return network.draw(rng) | {
            "x": x,
            "eps": single(rng.standard_normal((steps, images, *network.code))),
        }

    def compute(inputs):
        network.assign(inputs)
        sgd, losses = keras.optimizers.SGD(**rule), {"reconstruction": [], "kl": [], "total": []}
        for x, eps in zip(inputs["x"], inputs["eps"]):
            _, terms, gradients = network.differentiate(x, x, eps, training=True)
            sgd.apply(list(gradients.values()), list(network.learned.values()))
            for key, value in terms.items():
                losses[key].append(float(value))
        after = {f"after.{key}": variable.numpy() for key, variable in network.weights.items()}
        results = network.forward(inputs["x"][0], inputs["eps"][0])
        results = {key: value.numpy() for key, value in results.items()}
        return results | after | {key: np.array(values) for key, values in losses.items()}

    inputs, results = steady(name, draw, compute)
    prefix = f"trained_networks.{name}"
    terms = {key: results.pop(key).tolist() for key in ["reconstruction", "kl", "total"]}
    after = {key: results.pop(f"after.{key}") for key in network.weights}
    parameters = {key: inputs.pop(key) for key in network.weights}
    return {
        "name": name,
        "input_shape": list(input_shape),
        "encoder": encoder,
        "latent": latent,
        "decoder": decoder,
        "optimizer": optimizer,
        **terms,
        "tensors": store(prefix, {**inputs, **results}),
        "parameters": store(f"{prefix}.parameters", parameters),
        "after": store(f"{prefix}.after", after),
    }
