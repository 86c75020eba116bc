"""Compares imported models with the programs that trained them: the published systems as people write and train them in Keras,
then nets of PyTorch, each imported by latentlab and measured on test images.

    cargo build --release
    pip install numpy keras tensorflow            # for the first, and
    pip install numpy torch safetensors           # for the second (and onnx, onnxscript for its graphs)
    LATENTLAB_DATA=… python3 scripts/check_imports.py target/release/latentlab keras
    LATENTLAB_DATA=… python3 scripts/check_imports.py target/release/latentlab torch

Trainings are short: what is compared are losses, not how low they are. A VAE's reconstruction is compared at the posterior's mean,
where both programs give one number, and by draws, where they have to agree within four standard errors.
"""

import csv
import gzip
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

LARGEST = 1e-4  # relative difference of losses
TRAINED = 1_000  # images
TESTED = 2_000
DRAWS = 3


def idx(name, file):
    with gzip.open(Path(os.environ["LATENTLAB_DATA"]) / name / f"{file}-images-idx3-ubyte.gz") as images:
        images = np.frombuffer(images.read(), np.uint8, offset=16)
    return (images.reshape(-1, 28, 28, 1) / np.float32(255)).astype(np.float32)


class Latentlab:
    """The program, and a folder for its runs."""

    def __init__(self, program, folder):
        self.program, self.folder = program, folder

    def run(self, *arguments):
        ran = subprocess.run([self.program, *map(str, arguments), "--json", "--quiet"], capture_output=True, text=True)
        if ran.returncode != 0:
            raise RuntimeError(f"{' '.join(map(str, arguments))}: {ran.stderr.strip()}")
        return json.loads(ran.stdout)

    def losses(self, files, *options):
        """Terms on the test images, and the mean reconstruction error at the posterior's mean."""
        run = self.folder / "run"
        self.run("import", *files, *options, "--set", f"data.limit.test={TESTED}", "--out", run, "--force")
        terms = self.run("evaluate", run)
        self.run("anomalies", run, "--out", self.folder / "scores.csv", "--force")
        with open(self.folder / "scores.csv") as scores:
            errors = [float(row["reconstruction_error"]) for row in csv.DictReader(scores)]
        self.run("verify", run)
        return terms, float(np.mean(errors))


def cross_entropy(target, pixels):
    """Summed over the pixels of each image, as Keras clips it."""
    target, pixels = (array.reshape(len(array), -1).astype(np.float64) for array in (target, pixels))
    pixels = np.clip(pixels, 1e-7, 1 - 1e-7)
    return -(target * np.log(pixels) + (1 - target) * np.log1p(-pixels)).sum(1)


def divergence(mean, log_var):
    mean, log_var = mean.astype(np.float64), log_var.astype(np.float64)
    return -0.5 * (1 + log_var - mean**2 - np.exp(log_var))


class Report:
    def __init__(self):
        self.failed, self.largest, self.count = 0, 0.0, 0

    def compare(self, system, **pairs):
        self.count += 1
        lines = []
        for name, (found, expected) in pairs.items():
            difference = abs(found - expected) / abs(expected)
            self.largest = max(self.largest, difference)
            self.failed += not difference <= LARGEST
            lines.append(f"{name} {found:.5f} beside {expected:.5f} ({difference:.0e}{'' if difference <= LARGEST else ', TOO MUCH'})")
        print(f"{system}: {', '.join(lines)}", flush=True)

    def draws(self, system, found, expected):
        """`expected`: losses of each image, by draw."""
        error = np.sqrt(2) * expected.std(0).mean() / np.sqrt(expected.shape[1])
        away = abs(found - expected.mean()) / error
        self.failed += not away <= 4
        print(f"  {system}, drawn codes: {found:.4f} beside {expected.mean():.4f}, {away:.1f} standard errors", flush=True)


# ---------------------------------------------------------------------------------------------------------------- Keras


def keras_systems(lab, report):
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import keras
    from keras import layers, ops

    keras.utils.set_random_seed(1)
    digits, test = idx("mnist", "train")[:TRAINED], idx("mnist", "t10k")[:TESTED]
    clothes, clothes_test = (np.pad(idx("fashion-mnist", part), ((0, 0), (2, 2), (2, 2), (0, 0))) for part in ("train", "t10k"))
    clothes, clothes_test = clothes[:TRAINED], clothes_test[:TESTED]

    @keras.saving.register_keras_serializable()
    class Sampling(layers.Layer):
        def call(self, inputs):
            mean, log_var = inputs
            return mean + ops.exp(0.5 * log_var) * keras.random.normal(ops.shape(mean))

    class VAE(keras.Model):
        """As published: an own training step, weights of the two losses in code."""

        def __init__(self, encoder, decoder, reconstruction, divergence):
            super().__init__()
            self.encoder, self.decoder = encoder, decoder
            self.weigh_reconstruction, self.weigh_divergence = reconstruction, divergence
            self.loss_tracker = keras.metrics.Mean(name="loss")

        def call(self, images):
            return self.decoder(self.encoder(images)[2])

        def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
            mean, log_var, code = self.encoder(x)
            pixels = self.decoder(code)
            count = int(np.prod(x.shape[1:]))
            entropy = keras.losses.binary_crossentropy(ops.reshape(x, (-1, count)), ops.reshape(pixels, (-1, count)))
            kl = -0.5 * ops.sum(1 + log_var - ops.square(mean) - ops.exp(log_var), axis=1)
            return ops.mean(self.weigh_reconstruction * count * entropy + self.weigh_divergence * kl)

    def train(model, images, batch=128, **compiled):
        model.compile(optimizer=compiled.pop("optimizer", "adam"), **compiled)
        model.fit(images, images, batch_size=batch, epochs=1, verbose=0)
        return model

    def save(name, model):
        file = lab.folder / name
        model.save_weights(file) if name.endswith(".weights.h5") else model.save(file)
        return file

    def plain(name, model, files, images, *options, mean=True):
        terms, at_mean = lab.losses(files, *options)
        losses = cross_entropy(images, model.predict(images, verbose=0))
        each = images[0].size if mean else 1
        report.compare(name, reconstruction=(terms["reconstruction"], losses.mean() / each), error=(at_mean, losses.mean()))
        if model.loss is not None and model.count_params():
            own = model.evaluate(images, images, batch_size=1000, verbose=0)
            report.compare(f"{name}, model.evaluate", total=(terms["total"], own))

    def variational(name, encoder, decoder, files, images, *options, kl=np.sum, weight=1.0):
        terms, at_mean = lab.losses(files, *options)
        mean, log_var = encoder.predict(images, verbose=0)[:2]
        losses = cross_entropy(images, decoder.predict(mean, verbose=0))
        divergences = divergence(mean, log_var)
        report.compare(name, error=(at_mean, losses.mean()), kl=(terms["kl"], kl(divergences, axis=1).mean()))
        random = np.random.default_rng(3)
        drawn = []
        for _ in range(DRAWS):
            codes = mean + np.exp(0.5 * log_var) * random.standard_normal(mean.shape)
            drawn.append(weight * cross_entropy(images, decoder.predict(codes.astype(np.float32), verbose=0)))
        report.draws(name, terms["reconstruction"], np.array(drawn))

    def heads(features, size, sampling=None):
        mean, log_var = layers.Dense(size, name="z_mean")(features), layers.Dense(size, name="z_log_var")(features)
        return mean, log_var, (sampling or Sampling())([mean, log_var])

    # A: a convolutional VAE; encoder and decoder as files, the sampling a layer of its own.
    image = keras.Input((28, 28, 1))
    x = layers.Conv2D(32, 3, activation="relu", strides=2, padding="same")(image)
    x = layers.Conv2D(64, 3, activation="relu", strides=2, padding="same")(x)
    encoder = keras.Model(image, heads(layers.Flatten()(x), 2), name="encoder")
    code = keras.Input((2,))
    x = layers.Dense(7 * 7 * 64, activation="relu")(code)
    x = layers.Reshape((7, 7, 64))(x)
    x = layers.Conv2DTranspose(64, 3, activation="relu", strides=2, padding="same")(x)
    x = layers.Conv2DTranspose(32, 3, activation="relu", strides=2, padding="same")(x)
    decoder = keras.Model(code, layers.Conv2DTranspose(1, 3, activation="sigmoid", padding="same")(x), name="decoder")
    vae = train(VAE(encoder, decoder, 1.0, 0.5), digits)
    files = [save("a-encoder.keras", encoder), save("a-decoder.keras", decoder)]
    variational("A, .keras", encoder, decoder, files, test, "--data", "mnist", "--set", "objective.kl.reduction=mean", kl=np.mean)
    file = save("a.weights.h5", vae)
    variational("A, .weights.h5", encoder, decoder, [file], test, "--data", "mnist", "--recipe", "mnist-conv-vae", kl=np.mean)

    # B: an autoencoder as one compiled Functional model of two; a VAE with a weight of 500.
    def clothes_nets(variational):
        image = keras.Input((32, 32, 1))
        x = image
        for filters in (32, 64, 128):
            x = layers.Conv2D(filters, 3, strides=2, activation="relu", padding="same")(x)
        x = layers.Flatten()(x)
        encoder = keras.Model(image, heads(x, 2) if variational else layers.Dense(2)(x), name="encoder")
        code = keras.Input((2,))
        x = layers.Reshape((4, 4, 128))(layers.Dense(2048)(code))
        for filters in (128, 64, 32):
            x = layers.Conv2DTranspose(filters, 3, strides=2, activation="relu", padding="same")(x)
        x = layers.Conv2D(1, 3, activation="sigmoid", padding="same")(x)
        return encoder, keras.Model(code, x, name="decoder")

    encoder, decoder = clothes_nets(False)
    model = train(keras.Model(encoder.input, decoder(encoder.output)), clothes, loss="binary_crossentropy")
    plain("B, one .keras", model, [save("b.keras", model)], clothes_test, "--data", "fashion-mnist")
    encoder, decoder = clothes_nets(True)
    vae = train(VAE(encoder, decoder, 500 / 1024, 1.0), clothes)
    options = ["--data", "fashion-mnist", "--recipe", "fashion-conv-vae"]
    variational("B, VAE, .keras", encoder, decoder, [save("b-d.keras", decoder), save("b-e.keras", encoder)], clothes_test, *options, weight=500 / 1024)
    variational("B, VAE, .weights.h5", encoder, decoder, [save("b.weights.h5", vae)], clothes_test, *options, weight=500 / 1024)

    # C: a Sequential autoencoder with pools; a VAE whose code is drawn in a Lambda.
    model = keras.Sequential([
        keras.Input((28, 28, 1)),
        layers.Conv2D(8, 5, activation="relu", padding="same"),
        layers.MaxPooling2D(2, padding="same"),
        layers.Conv2D(16, 5, activation="relu", padding="same"),
        layers.MaxPooling2D(2, padding="same"),
        layers.Flatten(),
        layers.Dense(10, activation="relu", name="code"),
        layers.Dense(784, activation="relu"),
        layers.Reshape((7, 7, 16)),
        layers.Conv2DTranspose(16, 5, strides=2, activation="relu", padding="same"),
        layers.Conv2DTranspose(8, 5, strides=2, activation="relu", padding="same"),
        layers.Conv2DTranspose(1, 5, activation="sigmoid", padding="same"),
    ])
    train(model, digits, 64, loss="binary_crossentropy")
    plain("C, Sequential", model, [save("c.keras", model)], test, "--data", "mnist")
    plain("C, .weights.h5", model, [save("c.weights.h5", model)], test, "--data", "mnist", "--recipe", "mnist-pool-ae")

    image = keras.Input((28, 28, 1))
    x = layers.MaxPooling2D(2, padding="same")(layers.Conv2D(32, 3, activation="relu", padding="same")(image))
    x = layers.MaxPooling2D(2, padding="same")(layers.Conv2D(64, 3, activation="relu", padding="same")(x))
    x = layers.Dense(16, activation="relu")(layers.Flatten()(x))
    draw = layers.Lambda(lambda both: both[0] + ops.exp(0.5 * both[1]) * keras.random.normal(ops.shape(both[0])), output_shape=(2,))
    encoder = keras.Model(image, heads(x, 2, draw), name="encoder")
    code = keras.Input((2,))
    x = layers.Reshape((7, 7, 64))(layers.Dense(3136, activation="relu")(code))
    x = layers.Conv2DTranspose(64, 3, activation="relu", strides=2, padding="same")(x)
    x = layers.Conv2DTranspose(32, 3, activation="relu", strides=2, padding="same")(x)
    decoder = keras.Model(code, layers.Conv2DTranspose(1, 3, activation="sigmoid", padding="same")(x), name="decoder")
    train(VAE(encoder, decoder, 1.0, 1.0), digits)
    files = [save("c-encoder.keras", encoder), save("c-decoder.keras", decoder)]
    variational("C, Lambda", encoder, decoder, files, test, "--data", "mnist")

    # D: dense nets with LeakyReLU, as layers and as activations; the deep convolutional VAE as one model.
    model = keras.Sequential([
        keras.Input((28, 28, 1)), layers.Flatten(), layers.Dense(300), layers.LeakyReLU(negative_slope=0.3), layers.Dense(10),
        layers.Dense(300), layers.LeakyReLU(negative_slope=0.3), layers.Dense(784, activation="sigmoid"), layers.Reshape((28, 28, 1)),
    ])
    train(model, digits, 100, loss="binary_crossentropy")
    plain("D, AE", model, [save("d-ae.keras", model)], test, "--data", "mnist")

    image = keras.Input((28, 28, 1))
    x = layers.Dense(300, activation=layers.LeakyReLU(negative_slope=0.3))(layers.Flatten()(image))
    encoder = keras.Model(image, heads(x, 10), name="encoder")
    code = keras.Input((10,))
    x = layers.Dense(784, activation="sigmoid")(layers.Dense(300, activation=layers.LeakyReLU(negative_slope=0.3))(code))
    decoder = keras.Model(code, layers.Reshape((28, 28, 1))(x), name="decoder")
    vae = train(VAE(encoder, decoder, 1.0, 1.0), digits, 100)
    whole = keras.Model(encoder.input, decoder(encoder.output[2]))
    variational("D, VAE, one .keras", encoder, decoder, [save("d-vae.keras", whole)], test, "--data", "mnist")
    file = save("d-vae.weights.h5", vae)
    variational("D, VAE, .weights.h5", encoder, decoder, [file], test, "--data", "mnist", "--recipe", "mnist-mlp-vae")

    leaky = layers.LeakyReLU(negative_slope=0.3)
    image = keras.Input((28, 28, 1))
    x = image
    for filters, kernel, stride, padding in ((32, 5, 1, "same"), (32, 5, 2, "same"), (64, 5, 1, "same"), (64, 5, 2, "same"), (128, 7, 1, "valid")):
        x = leaky(layers.Conv2D(filters, kernel, strides=stride, padding=padding)(x))
    encoder = keras.Model(image, heads(layers.Flatten()(x), 10), name="encoder")
    code = keras.Input((10,))
    x = layers.Reshape((1, 1, 10))(code)
    for filters, kernel, stride, padding in ((64, 7, 1, "valid"), (64, 5, 1, "same"), (64, 5, 2, "same"), (32, 5, 1, "same"), (32, 5, 2, "same"), (32, 5, 1, "same")):
        x = leaky(layers.Conv2DTranspose(filters, kernel, strides=stride, padding=padding)(x))
    decoder = keras.Model(code, layers.Conv2D(1, 5, padding="same", activation="sigmoid")(x), name="decoder")
    train(VAE(encoder, decoder, 1.0, 1.0), digits[:500], 100)
    files = [save("d-encoder.keras", encoder), save("d-decoder.keras", decoder)]
    variational("D, deep VAE", encoder, decoder, files, test, "--data", "mnist")

    # E: step by step.
    model = keras.Sequential([keras.Input((28, 28, 1)), layers.Flatten(), layers.Dense(32, activation="relu"), layers.Dense(784, activation="sigmoid"), layers.Reshape((28, 28, 1))])
    train(model, digits, 256, optimizer=keras.optimizers.Adadelta(1.0), loss="binary_crossentropy")
    plain("E, shallow", model, [save("e-shallow.keras", model)], test, "--data", "mnist")

    image = keras.Input((784,))
    hidden = layers.Dense(32, activation="relu")(image)
    model = keras.Model(image, layers.Dense(784, activation="sigmoid")(hidden))
    train(model, digits.reshape(-1, 784), 256, loss="mse")
    terms, _ = lab.losses([save("e-flat.keras", model)], "--data", "mnist")
    flat = test.reshape(-1, 784)
    report.compare("E, flat images, mse", total=(terms["total"], model.evaluate(flat, flat, batch_size=1000, verbose=0)))

    def up(filters):
        return [layers.Conv2D(filters, 3, activation="relu", padding="same"), layers.UpSampling2D(2)]

    def down(filters):
        return [layers.Conv2D(filters, 3, activation="relu", padding="same"), layers.MaxPooling2D(2, padding="same")]

    last = layers.Conv2D(1, 3, activation="sigmoid", padding="same")
    inner = [layers.Conv2D(16, 3, activation="relu"), layers.UpSampling2D(2)]
    model = keras.Sequential([keras.Input((28, 28, 1)), *down(16), *down(8), *down(8), *up(8), *up(8), *inner, last])
    train(model, digits, 256, loss="binary_crossentropy")
    plain("E, convolutional", model, [save("e-conv.keras", model)], test, "--data", "mnist")

    last = layers.Conv2D(1, 3, activation="sigmoid", padding="same")
    model = keras.Sequential([keras.Input((28, 28, 1)), *down(32), *down(32), *up(32), *up(32), last])
    train(model, digits, 256, loss="binary_crossentropy")
    plain("E, denoiser, on clean images", model, [save("e-denoiser.keras", model)], test, "--data", "mnist")

    image = keras.Input((784,))
    x = layers.Dense(512, activation="relu")(image)
    mean, log_var = layers.Dense(2)(x), layers.Dense(2)(x)
    encoder = keras.Model(image, [mean, log_var, Sampling()([mean, log_var])], name="encoder")
    decoder = keras.Sequential([keras.Input((2,)), layers.Dense(512, activation="relu"), layers.Dense(784, activation="sigmoid")], name="decoder")
    vae = VAE(encoder, decoder, 1.0, 1.0)
    vae.compile(optimizer="adam")
    vae.fit(digits.reshape(-1, 784), digits.reshape(-1, 784), batch_size=128, verbose=0)
    files = [save("e-encoder.keras", encoder), save("e-decoder.keras", decoder)]
    variational("E, VAE of flat images", encoder, decoder, files, test.reshape(-1, 784), "--data", "mnist")

    # What people put in besides: norms, dropout, residuals, borders.
    image = keras.Input((28, 28, 1))
    x = layers.ZeroPadding2D(1)(image)
    x = layers.Conv2D(16, 3, strides=2)(x)
    x = layers.ReLU()(layers.BatchNormalization()(x))
    y = layers.Conv2D(16, 3, padding="same", activation="silu")(x)
    x = layers.Add()([x, layers.Conv2D(16, 3, padding="same")(y)])
    x = layers.SpatialDropout2D(0.1)(layers.AveragePooling2D(2)(x))
    x = layers.Concatenate()([x, layers.Conv2D(8, 1, activation="gelu")(x)])
    x = layers.GroupNormalization(4)(x)
    x = layers.Dropout(0.2)(layers.Flatten()(x))
    x = layers.Dense(12, activation="tanh", name="bottleneck")(x)
    x = layers.LayerNormalization()(layers.Dense(7 * 7 * 8, use_bias=False)(x))
    x = layers.Reshape((7, 7, 8))(layers.ELU()(x))
    x = layers.UpSampling2D(2, interpolation="bilinear")(x)
    x = layers.Conv2DTranspose(8, 4, strides=2, padding="same")(x)
    x = layers.Activation("softplus")(x)
    x = layers.Dense(1, activation="sigmoid")(x)
    model = keras.Model(image, x)
    train(model, digits, loss=keras.losses.BinaryCrossentropy())
    plain("many layers", model, [save("many.keras", model)], test, "--data", "mnist")
    print(f"Keras {keras.__version__} on {keras.backend.backend()}")


# -------------------------------------------------------------------------------------------------------------- PyTorch


def torch_systems(lab, report):
    import safetensors.torch
    import torch
    from torch import nn
    from torch.nn import functional as F

    torch.manual_seed(1)
    digits, test = (torch.from_numpy(idx("mnist", part).transpose(0, 3, 1, 2).copy()) for part in ("train", "t10k"))
    digits, test = digits[:TRAINED], test[:TESTED]

    def train(model, images, batch=128):
        optimizer = torch.optim.Adam(model.parameters(), 1e-3)
        for part in images.split(batch):
            pixels, mean, log_var = model(part)
            loss = F.binary_cross_entropy(pixels.flatten(1), part.flatten(1), reduction="sum")
            if log_var is not None:
                loss = loss - 0.5 * torch.sum(1 + log_var - mean.square() - log_var.exp())
            optimizer.zero_grad()
            (loss / len(part)).backward()
            optimizer.step()
        return model.eval()

    def compare(name, model, files, *options):
        terms, at_mean = lab.losses(files, *options)
        with torch.no_grad():
            mean, log_var = model.encode(test)
            pixels = model.decode(mean).numpy()
        errors = cross_entropy(test.numpy(), pixels)
        pairs = {"error": (at_mean, errors.mean())}
        if log_var is not None:
            pairs["kl"] = (terms["kl"], divergence(mean.numpy(), log_var.numpy()).sum(1).mean())
        report.compare(name, **pairs)

    def save(name, model):
        file = lab.folder / name
        if name.endswith(".safetensors"):
            safetensors.torch.save_file({key: value.contiguous() for key, value in model.state_dict().items()}, file)
        elif name.startswith("checkpoint"):
            torch.save({"epoch": 1, "model_state_dict": model.state_dict()}, file)
        else:
            torch.save(model.state_dict(), file)
        return file

    class Dense(nn.Module):
        """The VAE of PyTorch's examples."""

        def __init__(self):
            super().__init__()
            self.fc1, self.fc21, self.fc22 = nn.Linear(784, 400), nn.Linear(400, 20), nn.Linear(400, 20)
            self.fc3, self.fc4 = nn.Linear(20, 400), nn.Linear(400, 784)

        def encode(self, x):
            hidden = F.relu(self.fc1(x.flatten(1)))
            return self.fc21(hidden), self.fc22(hidden)

        def decode(self, z):
            return torch.sigmoid(self.fc4(F.relu(self.fc3(z))))

        def forward(self, x):
            mean, log_var = self.encode(x)
            return self.decode(mean + torch.randn_like(mean) * torch.exp(0.5 * log_var)), mean, log_var

    def recipe(name, encoder, latent, decoder):
        text = f"""
            name = "{name}"
            data = {{ name = "mnist" }}
            model = {{ encoder = [{encoder}], latent = {latent}, decoder = [{decoder}] }}
            objective = {{ reconstruction = {{ loss = "bce" }} }}
            optimizer = {{ kind = "adam", learning_rate = 1e-3 }}
            training = {{ epochs = 1, batch_size = 128 }}
        """
        file = lab.folder / f"{name}.toml"
        file.write_text("\n".join(line.strip() for line in text.strip().splitlines()))
        return file

    def dense(units, activation="linear"):
        return f'{{ layer = "dense", units = {units}, activation = "{activation}" }}'

    def conv(kind, filters, kernel, stride, activation="relu"):
        return f'{{ layer = "{kind}", filters = {filters}, kernel = {kernel}, stride = {stride}, padding = "same", activation = "{activation}" }}'

    flatten = '{ layer = "flatten" }'
    model = train(Dense(), digits)
    net = recipe("dense", f"{flatten}, {dense(400, 'relu')}", '{ kind = "gaussian", size = 20 }', f"{dense(400, 'relu')}, {dense(784)}")
    for name in ("dense.safetensors", "dense.pt", "checkpoint.pth"):
        compare(f"dense VAE, {name}", model, [save(name, model)], "--data", "mnist", "--recipe", net)

    class Convolutional(nn.Module):
        """Strided convolutions, a flattened image with channels first, heads by name, norms."""

        def __init__(self, kernel=4, more=0):
            super().__init__()
            self.encoder = nn.Sequential(
                nn.Conv2d(1, 16, kernel, 2, 1), nn.ReLU(), nn.Conv2d(16, 32, kernel, 2, 1, bias=False), nn.BatchNorm2d(32), nn.LeakyReLU(0.2)
            )
            self.fc_log_var, self.fc_mu = nn.Linear(32 * 7 * 7, 6), nn.Linear(32 * 7 * 7, 6)
            self.up = nn.Linear(6, 32 * 7 * 7)
            self.decoder = nn.Sequential(
                nn.ConvTranspose2d(32, 16, kernel, 2, 1, more), nn.GELU(), nn.ConvTranspose2d(16, 1, kernel, 2, 1, more), nn.Sigmoid()
            )

        def encode(self, x):
            x = self.encoder(x).view(x.size(0), -1)
            return self.fc_mu(x), self.fc_log_var(x)

        def decode(self, z):
            return self.decoder(F.relu(self.up(z)).view(-1, 32, 7, 7))

        def forward(self, x):
            mean, log_var = self.encode(x)
            return self.decode(mean + torch.randn_like(mean) * torch.exp(0.5 * log_var)), mean, log_var

    model = train(Convolutional(), digits)
    norm = '{ layer = "batch_norm", epsilon = 1e-5, activation = { name = "leaky_relu", slope = 0.2 } }'
    encoder = f"{conv('conv2d', 16, 4, 2)}, {conv('conv2d', 32, 4, 2, 'linear')}, {norm}, {flatten}"
    reshape = '{ layer = "reshape", shape = [7, 7, 32] }'
    decoder = f"{dense(1568, 'relu')}, {reshape}, {conv('conv2d_transpose', 16, 4, 2, 'gelu')}, {conv('conv2d_transpose', 1, 4, 2, 'linear')}"
    net = recipe("convolutional", encoder, '{ kind = "gaussian", size = 6 }', decoder)
    for name in ("conv.safetensors", "conv.pt"):
        compare(f"convolutional VAE, {name}", model, [save(name, model)], "--data", "mnist", "--recipe", net)

    try:
        import onnx  # noqa: F401
    except ImportError:
        print("graphs: left out, there is no onnx")
        return

    class Encoder(nn.Module):
        def __init__(self, model):
            super().__init__()
            self.model = model

        def forward(self, x):
            return self.model.encode(x)

    class Decoder(Encoder):
        def forward(self, z):
            return self.model.decode(z)

    class Whole(Encoder):
        def forward(self, x):
            return self.model(x)

    def graphs(name, model, code, dynamo):
        files = []
        for part, module, example in (("encoder", Encoder(model).eval(), test[:2]), ("decoder", Decoder(model).eval(), torch.zeros(2, code))):
            file = lab.folder / f"{name}-{part}.onnx"
            if dynamo:
                torch.onnx.export(module, (example,), file, dynamo=True, dynamic_shapes=({0: torch.export.Dim("batch")},), verbose=False)
            else:
                torch.onnx.export(module, (example,), file, dynamo=False, input_names=["x"], dynamic_axes={"x": {0: "batch"}}, opset_version=17)
            files.append(file)
        return files

    # The commonest borders of PyTorch, which are "same" nowhere.
    odd = train(Convolutional(kernel=3, more=1), digits)
    for dynamo in (False, True):
        how = "torch.export" if dynamo else "TorchScript"
        dense_model = train(Dense(), digits[:500])
        compare(f"dense VAE, ONNX by {how}", dense_model, graphs("dense", dense_model, 20, dynamo), "--data", "mnist")
        compare(f"convolutional VAE, ONNX by {how}", odd, graphs("odd", odd, 6, dynamo), "--data", "mnist")
    whole = lab.folder / "whole.onnx"
    torch.onnx.export(Whole(odd).eval(), (test[:2],), whole, dynamo=False, input_names=["x"], dynamic_axes={"x": {0: "batch"}}, opset_version=17)
    compare("convolutional VAE, one ONNX file with its draw", odd, [whole], "--data", "mnist")
    print(f"PyTorch {torch.__version__}, onnx {onnx.__version__}")


def main():
    report = Report()
    with tempfile.TemporaryDirectory() as folder:
        lab = Latentlab(sys.argv[1], Path(folder))
        for system in sys.argv[2:] or ["keras", "torch"]:
            {"keras": keras_systems, "torch": torch_systems}[system](lab, report)
    print(f"{report.count} comparisons; largest relative difference {report.largest:.1e}; {report.failed or 'none'} too large")
    sys.exit(report.failed > 0)


main()
