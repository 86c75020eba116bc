"""Makes the Keras files that `exchange/tests/keras_files.rs` reads: small models as people write them, with what Keras makes of two
images.

    pip install keras tensorflow
    python3 scripts/import_fixtures.py crates/exchange/tests/keras
"""

import json
import os
import sys
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras  # noqa: E402
import numpy as np  # noqa: E402
from keras import layers, ops  # noqa: E402


@keras.saving.register_keras_serializable()
class Sampling(layers.Layer):
    def call(self, inputs):
        mean, log_var = inputs
        return mean + ops.exp(0.5 * log_var) * keras.random.normal(ops.shape(mean))


def variational():
    image = keras.Input((8, 6, 2))
    x = layers.ZeroPadding2D(1)(image)
    x = layers.Conv2D(4, 3, strides=2, activation="leaky_relu")(x)
    shared = layers.LeakyReLU(negative_slope=0.2)  # called in two places
    x = shared(layers.BatchNormalization()(x))
    y = layers.Conv2D(4, 3, padding="same", activation=layers.LeakyReLU(negative_slope=0.1))(x)
    x = shared(layers.Add()([x, y]))
    x = layers.Flatten()(layers.MaxPooling2D(2)(x))
    mean, log_var = layers.Dense(3, name="z_mean")(x), layers.Dense(3, name="z_log_var")(x)
    encoder = keras.Model(image, [mean, log_var, Sampling()([mean, log_var])], name="encoder")
    code = keras.Input((3,))
    x = layers.Reshape((4, 3, 2))(layers.Dense(24, activation="silu", use_bias=False)(code))
    x = layers.GaussianNoise(0.1)(layers.Conv2DTranspose(4, 3, strides=2, padding="same", activation="elu")(x))
    x = layers.Concatenate()([x, layers.Conv2D(2, 1, activation="tanh")(x)])
    decoder = keras.Model(code, layers.Dense(2, activation="sigmoid")(x), name="decoder")
    return encoder, decoder


def inline():
    image = keras.Input((10,))
    x = layers.Dense(7, activation="gelu")(image)
    second, first = layers.Dense(2)(x), layers.Dense(2)(x)
    code = first + ops.exp(second) * np.full(2, 0.5, "f4")
    return keras.Model(image, layers.Dense(10)(layers.Dense(6, activation="softplus")(code)))


def main():
    keras.utils.set_random_seed(7)
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(7)
    expected = {"keras": keras.__version__}

    def moved(model):
        model.set_weights([np.abs(w + 0.2 * random.standard_normal(w.shape)).astype("f4") if w.ndim == 1 else w for w in model.get_weights()])
        return model

    def flat(values):
        return np.asarray(values, "f8").ravel().round(7).tolist()

    images = random.random((2, 8, 6, 2)).astype("f4")
    encoder, decoder = map(moved, variational())
    encoder.save(folder / "encoder.keras")
    decoder.save(folder / "decoder.keras")
    mean, log_var, _ = encoder(images)
    expected["variational"] = {"images": flat(images), "mean": flat(mean), "log_var": flat(log_var), "decoded": flat(decoder(mean))}
    whole = keras.Model(encoder.input, decoder(encoder.outputs[2]))
    whole.save(folder / "whole.keras")
    whole.save_weights(folder / "whole.weights.h5")

    rows = random.random((2, 10)).astype("f4")
    model = moved(inline())
    model.save(folder / "inline.keras")
    first, second = (keras.Model(model.input, model.get_layer(name).output)(rows) for name in ("dense_4", "dense_3"))
    expected["inline"] = {"images": flat(rows), "mean": flat(first), "log_var": flat(2 * second)}

    model = keras.Sequential([
        keras.Input((4, 4)),
        layers.Flatten(),
        layers.Dense(6, activation="relu"),
        layers.Dropout(0.1),
        layers.Dense(16, activation="sigmoid"),
        layers.Reshape((4, 4)),
    ])
    model.compile(optimizer=keras.optimizers.RMSprop(2e-3), loss="binary_crossentropy")
    moved(model).save(folder / "sequential.keras")
    images = random.random((2, 4, 4)).astype("f4")
    expected["sequential"] = {"images": flat(images), "decoded": flat(model(images))}

    model = keras.Sequential([keras.Input((4, 4, 1)), layers.SeparableConv2D(3, 3), layers.Flatten(), layers.Dense(16), layers.Reshape((4, 4, 1))])
    model.save(folder / "unknown.keras")
    (folder / "expected.json").write_text(json.dumps(expected))


main()
