"""The timed nets as plain data, shared by all peers: layers, code, batch size, loss.

A layer is (kind, units or filters, kernel, stride, padding, activation), ("groupnorm", groups, activation),
("batchnorm", activation), ("residual", layers, filters of a 1 × 1 projection or None), or a bare ("pool",), ("up",),
("flatten",), ("reshape", h, w, c). `code` is ("gaussian", size) or None for an autoencoder. `loss` is binary
cross-entropy, "sum" or "mean" over an image, or "squared", the sum of squared errors. Images are grey where `channels`
says nothing else.
"""


def dense(units, act="linear"):
    return ("dense", units, act)


def conv(filters, kernel, stride=1, padding="same", act="relu"):
    return ("conv", filters, kernel, stride, padding, act)


def convt(filters, kernel, stride=1, padding="same", act="relu"):
    return ("convt", filters, kernel, stride, padding, act)


def residual(filters, projection=False):
    """Two convolutions, each behind a norm of eight groups and SiLU."""
    return ("residual", [GROUPS, conv(filters, 3, act="linear")] * 2, filters if projection else None)


def level(filters, projection=False):
    return [residual(filters, projection), residual(filters)]


def down(filters):
    return conv(filters, 3, 2, act="linear")


def up(filters):
    return [UP, conv(filters, 3, act="linear")]


def batchnorm(layer, *filters):
    """Layers of stride 2, each with a norm and a leaky ReLU behind it."""
    return [one for n in filters for one in (layer(n, 3, 2, act="linear"), ("batchnorm", FAINTLY_LEAKY))]


LEAKY, FAINTLY_LEAKY = "leaky", "faintly leaky"
SLOPES = {LEAKY: 0.3, FAINTLY_LEAKY: 0.01}
GROUPS = ("groupnorm", 8, "silu")
POOL, UP, FLATTEN = ("pool",), ("up",), ("flatten",)
TAIL_A = [dense(3136, "relu"), ("reshape", 7, 7, 64), convt(64, 3, 2), convt(32, 3, 2), convt(1, 3, act="linear")]

NETS = {
    "mnist-mlp-ae": dict(
        batch=100, side=28, loss="sum", code=None,
        encoder=[FLATTEN, dense(300, LEAKY), dense(10)], decoder=[dense(300, LEAKY), dense(784)]),
    "mnist-mlp-vae": dict(
        batch=100, side=28, loss="sum", code=("gaussian", 10),
        encoder=[FLATTEN, dense(300, LEAKY)], decoder=[dense(300, LEAKY), dense(784)]),
    "mnist-wide-mlp-vae": dict(
        batch=128, side=28, loss="sum", code=("gaussian", 2),
        encoder=[FLATTEN, dense(512, "relu")], decoder=[dense(512, "relu"), dense(784)]),
    "mnist-conv-vae": dict(
        batch=128, side=28, loss="sum", code=("gaussian", 2),
        encoder=[conv(32, 3, 2), conv(64, 3, 2), FLATTEN], decoder=TAIL_A),
    "fashion-conv-vae": dict(
        batch=10, side=32, loss="sum", code=("gaussian", 2),
        encoder=[conv(32, 3, 2), conv(64, 3, 2), conv(128, 3, 2), FLATTEN],
        decoder=[dense(2048), ("reshape", 4, 4, 128), convt(128, 3, 2), convt(64, 3, 2), convt(32, 3, 2),
                 conv(1, 3, act="linear")]),
    "mnist-pool-ae": dict(
        batch=64, side=28, loss="mean", code=None,
        encoder=[conv(8, 5), POOL, conv(16, 5), POOL, FLATTEN, dense(10, "relu")],
        decoder=[dense(784, "relu"), ("reshape", 7, 7, 16), convt(16, 5, 2), convt(8, 5, 2),
                 convt(1, 5, act="linear")]),
    "mnist-pool-vae": dict(
        batch=128, side=28, loss="sum", code=("gaussian", 2),
        encoder=[conv(32, 3), POOL, conv(64, 3), POOL, FLATTEN, dense(16, "relu")], decoder=TAIL_A),
    "mnist-deep-conv-vae": dict(
        batch=100, side=28, loss="sum", code=("gaussian", 10),
        encoder=[conv(32, 5, act=LEAKY), conv(32, 5, 2, act=LEAKY), conv(64, 5, act=LEAKY),
                 conv(64, 5, 2, act=LEAKY), conv(128, 7, padding="valid", act=LEAKY), FLATTEN],
        decoder=[("reshape", 1, 1, 10), convt(64, 7, padding="valid", act=LEAKY), convt(64, 5, act=LEAKY),
                 convt(64, 5, 2, act=LEAKY), convt(32, 5, act=LEAKY), convt(32, 5, 2, act=LEAKY),
                 convt(32, 5, act=LEAKY), conv(1, 5, act="linear")]),
    "mnist-shallow-ae": dict(
        batch=256, side=28, loss="mean", code=None, encoder=[FLATTEN, dense(32, "relu")], decoder=[dense(784)]),
    "mnist-upsample-ae": dict(
        batch=256, side=28, loss="mean", code=None,
        encoder=[conv(16, 3), POOL, conv(8, 3), POOL, conv(8, 3), POOL],
        decoder=[conv(8, 3), UP, conv(8, 3), UP, conv(16, 3, padding="valid"), UP, conv(1, 3, act="linear")]),
    "mnist-denoiser": dict(
        batch=256, side=28, loss="mean", code=None,
        encoder=[conv(32, 3), POOL, conv(32, 3), POOL],
        decoder=[conv(32, 3), UP, conv(32, 3), UP, conv(1, 3, act="linear")]),
    "photo-residual-vae": dict(
        batch=32, side=64, channels=3, loss="squared", code=("gaussian", 128),
        encoder=[conv(32, 3, act="linear"), *level(32), down(32), *level(64, True), down(64), *level(128, True),
                 down(128), *level(128), GROUPS, FLATTEN],
        decoder=[dense(8192), ("reshape", 8, 8, 128), *level(128), *up(128), *level(128), *up(128), *level(64, True),
                 *up(64), *level(32, True), GROUPS, conv(3, 3, act="linear")]),
    "photo-batchnorm-vae": dict(
        batch=64, side=64, channels=3, loss="squared", code=("gaussian", 128),
        encoder=[*batchnorm(conv, 32, 64, 128, 256, 512), FLATTEN],
        decoder=[dense(2048), ("reshape", 2, 2, 512), *batchnorm(convt, 256, 128, 64, 32, 32),
                 conv(3, 3, act="linear")]),
}
