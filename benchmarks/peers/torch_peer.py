"""Steady training time per image of one net in PyTorch.

    torch_peer.py NET eager|channels_last|compile|compile_channels_last IMAGES THREADS
"""

import sys
import time

import torch
import torch.nn as nn
import torch.nn.functional as F

from nets import NETS, SLOPES


def activation(name):
    if name in SLOPES:
        return nn.LeakyReLU(SLOPES[name])
    return {"relu": nn.ReLU, "silu": nn.SiLU}[name]()


class Same(nn.Module):
    """Convolution or transposed convolution with Keras' `same` padding."""

    def __init__(self, transposed, inputs, filters, kernel, stride, size):
        super().__init__()
        self.size, self.stride, self.kernel, self.transposed = size, stride, kernel, transposed
        kind = nn.ConvTranspose2d if transposed else nn.Conv2d
        self.conv = kind(inputs, filters, kernel, stride=stride)

    def forward(self, x):
        if self.transposed:
            cut = max(self.kernel - self.stride, 0)
            y = self.conv(x)
            n = self.size * self.stride
            return y[:, :, cut // 2 : cut // 2 + n, cut // 2 : cut // 2 + n]
        pad = max((-(-self.size // self.stride) - 1) * self.stride + self.kernel - self.size, 0)
        return self.conv(F.pad(x, (pad // 2, pad - pad // 2, pad // 2, pad - pad // 2)))


class Residual(nn.Module):
    def __init__(self, spec, filters, shape):
        super().__init__()
        self.layers = Stack(spec, shape)
        self.shape = self.layers.shape
        self.shortcut = nn.Identity() if filters is None else nn.Conv2d(shape[0], filters, 1)

    def forward(self, x):
        return self.layers(x) + self.shortcut(x)


class Stack(nn.Module):
    def __init__(self, spec, shape):
        super().__init__()
        steps = []
        for kind, *p in spec:
            if kind == "dense":
                steps.append(nn.Linear(shape[0], p[0]))
                shape = (p[0],)
                act = p[1]
            elif kind in ("conv", "convt"):
                channels, side = shape[0], shape[1]
                filters, kernel, stride, padding, act = p
                if padding == "same" and stride == 1:
                    pad = (kernel - 1) // 2
                    layer = nn.Conv2d if kind == "conv" else nn.ConvTranspose2d
                    steps.append(layer(channels, filters, kernel, padding=pad))
                elif padding == "same" and kind == "convt":
                    steps.append(nn.ConvTranspose2d(
                        channels, filters, kernel, stride=stride, padding=(kernel - 1) // 2,
                        output_padding=stride - 1))
                    side *= stride
                elif padding == "same":
                    steps.append(Same(False, channels, filters, kernel, stride, side))
                    side = -(-side // stride)
                else:
                    layer = nn.Conv2d if kind == "conv" else nn.ConvTranspose2d
                    steps.append(layer(channels, filters, kernel, stride=stride))
                    side = (side - kernel) // stride + 1 if kind == "conv" else (side - 1) * stride + kernel
                shape = (filters, side, side)
            elif kind == "pool":
                steps.append(nn.MaxPool2d(2, ceil_mode=True))
                shape = (shape[0], -(-shape[1] // 2), -(-shape[2] // 2))
                act = "linear"
            elif kind == "up":
                steps.append(nn.Upsample(scale_factor=2))
                shape = (shape[0], shape[1] * 2, shape[2] * 2)
                act = "linear"
            elif kind == "groupnorm":
                steps.append(nn.GroupNorm(p[0], shape[0], eps=1e-3))
                act = p[1]
            elif kind == "batchnorm":
                steps.append(nn.BatchNorm2d(shape[0]))
                act = p[0]
            elif kind == "residual":
                steps.append(Residual(p[0], p[1], shape))
                shape = steps[-1].shape
                act = "linear"
            elif kind == "flatten":
                steps.append(nn.Flatten())
                shape = (shape[0] * shape[1] * shape[2],)
                act = "linear"
            else:
                steps.append(nn.Unflatten(1, (p[2], p[0], p[1])))
                shape = (p[2], p[0], p[1])
                act = "linear"
            if act != "linear":
                steps.append(activation(act))
        self.steps, self.shape = nn.Sequential(*steps), shape

    def forward(self, x):
        return self.steps(x)


class Net(nn.Module):
    """Returns the loss, as the other peers minimise it."""

    def __init__(self, net):
        super().__init__()
        self.loss = net["loss"]
        self.encoder = Stack(net["encoder"], image_shape(net))
        shape, self.gaussian = self.encoder.shape, net["code"] is not None
        if self.gaussian:
            size = net["code"][1]
            self.mean, self.log_var = nn.Linear(shape[0], size), nn.Linear(shape[0], size)
            shape = (size,)
        self.decoder = Stack(net["decoder"], shape)

    def forward(self, x):
        h, kl = self.encoder(x), 0.0
        if self.gaussian:
            mean, log_var = self.mean(h), self.log_var(h)
            h = mean + torch.exp(0.5 * log_var) * torch.randn_like(mean)
            kl = -0.5 * (1 + log_var - mean * mean - log_var.exp()).sum() / x.shape[0]
        logits = self.decoder(h).reshape(x.shape)
        if self.loss == "squared":
            return F.mse_loss(logits, x, reduction="sum") / x.shape[0] + kl
        if self.loss == "mean":
            return F.binary_cross_entropy_with_logits(logits, x) + kl
        return F.binary_cross_entropy_with_logits(logits, x, reduction="sum") / x.shape[0] + kl


def image_shape(net):
    return net.get("channels", 1), net["side"], net["side"]


def main():
    name, mode, images, threads = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    net = NETS[name]
    batch = net["batch"]
    images -= images % batch
    x = torch.rand(images, *image_shape(net))
    model = Net(net)
    if mode.endswith("channels_last"):
        model, x = model.to(memory_format=torch.channels_last), x.to(memory_format=torch.channels_last)
    adam = torch.optim.Adam(model.parameters(), lr=1e-3, fused=True)
    forward = torch.compile(model) if mode.startswith("compile") else model

    def epoch():
        order = torch.randperm(images)
        for first in range(0, images, batch):
            adam.zero_grad()
            forward(x[order[first : first + batch]]).backward()
            adam.step()

    epoch()
    times = []
    for _ in range(3):
        start = time.perf_counter()
        epoch()
        times.append((time.perf_counter() - start) / images * 1e6)
    count = sum(p.numel() for p in model.parameters())
    print(f"us_per_image {sorted(times)[1]:.3f} parameters {count}")


main()
