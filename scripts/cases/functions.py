"""Activations and objectives: values and derivatives."""

import keras
import numpy as np
import tensorflow as tf

from .keras_layers import activation
from .numbers import BATCH, generator, single, store
from .recipe import ACTIVATIONS


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
