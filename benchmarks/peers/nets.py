"""The reference nets as plain data, shared by all peers: layers, code, batch size, loss.

A layer is (kind, units or filters, kernel, stride, padding, activation) or a bare ("pool",), ("up",),
("flatten",), ("reshape", h, w, c). `code` is ("gaussian", size) or None for an autoencoder.
"""


def dense(units, act="linear"):
    return ("dense", units, act)


def conv(filters, kernel, stride=1, padding="same", act="relu"):
    return ("conv", filters, kernel, stride, padding, act)


def convt(filters, kernel, stride=1, padding="same", act="relu"):
    return ("convt", filters, kernel, stride, padding, act)


LEAKY = "leaky"
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
}
