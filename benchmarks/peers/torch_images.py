"""Trains an autoencoder of PyTorch on images for a given time, and measures it on test images.

    torch_images.py NET IMAGES.npz CODE SECONDS THREADS wall|processor

IMAGES.npz holds `train`, `valid` and `test`, [n, side, side, channels] in [0, 1]. NET is one of those below, as people write
them. All get AdamW, a cosine over the time, mirrored images, the epoch that validates best; what is printed is one line of
JSON.
"""

import copy
import json
import math
import sys
import time

import numpy as np
import torch
import torch.nn as nn


def down(inputs, filters):
    return nn.Conv2d(inputs, filters, 3, stride=2, padding=1)


def up(inputs, filters):
    return nn.ConvTranspose2d(inputs, filters, 3, stride=2, padding=1, output_padding=1)


def batchnorm(channels, side, code, widths=(32, 64, 128, 256)):
    """PyTorch-VAE's pattern: strided convolution, batch normalisation, LeakyReLU, to 4 x 4 pixels."""
    widths = widths[: int(math.log2(side)) - 2]
    last = side >> len(widths)
    encoder, inputs = [], channels
    for filters in widths:
        encoder += [down(inputs, filters), nn.BatchNorm2d(filters), nn.LeakyReLU(0.01)]
        inputs = filters
    encoder += [nn.Flatten(), nn.Linear(inputs * last * last, code)]
    decoder = [nn.Linear(code, inputs * last * last), nn.Unflatten(1, (inputs, last, last))]
    for filters in reversed(widths[:-1]):
        decoder += [up(inputs, filters), nn.BatchNorm2d(filters), nn.LeakyReLU(0.01)]
        inputs = filters
    decoder += [up(inputs, widths[0]), nn.BatchNorm2d(widths[0]), nn.LeakyReLU(0.01)]
    decoder += [nn.Conv2d(widths[0], channels, 3, padding=1), nn.Sigmoid()]
    return nn.Sequential(*encoder), nn.Sequential(*decoder)


class Block(nn.Module):
    """Normalisation, activation, convolution, twice."""

    def __init__(self, channels):
        super().__init__()
        half = [nn.GroupNorm(8, channels), nn.SiLU(), nn.Conv2d(channels, channels, 3, padding=1)]
        self.layers = nn.Sequential(*half, nn.GroupNorm(8, channels), nn.SiLU(), nn.Conv2d(channels, channels, 3, padding=1))

    def forward(self, x):
        return x + self.layers(x)


def residual(channels, side, code, widths=(32, 64, 128, 128)):
    """Residual blocks with group normalisation and SiLU after each strided convolution."""
    widths = widths[: int(math.log2(side)) - 2]
    last = side >> len(widths)
    encoder, inputs = [], channels
    for filters in widths:
        encoder += [down(inputs, filters), Block(filters)]
        inputs = filters
    encoder += [nn.GroupNorm(8, inputs), nn.SiLU(), nn.Flatten(), nn.Linear(inputs * last * last, code)]
    decoder = [nn.Linear(code, inputs * last * last), nn.Unflatten(1, (inputs, last, last))]
    for filters in reversed((channels, *widths[:-1])):
        decoder += [Block(inputs), nn.GroupNorm(8, inputs), nn.SiLU(), up(inputs, filters)]
        inputs = filters
    return nn.Sequential(*encoder), nn.Sequential(*decoder, nn.Sigmoid())


NETS = {"batchnorm": batchnorm, "residual": residual}


def main():
    name, file, code, seconds, threads, clock = sys.argv[1:7]
    seconds, clock = float(seconds), {"wall": time.perf_counter, "processor": time.process_time}[clock]
    torch.set_num_threads(int(threads))
    torch.manual_seed(0)
    arrays = np.load(file)
    sets = {key: torch.from_numpy(arrays[key]).permute(0, 3, 1, 2).contiguous() for key in ("train", "valid", "test")}
    _, channels, side, _ = sets["train"].shape
    encoder, decoder = NETS[name](channels, side, int(code))
    model = nn.Sequential(encoder, decoder).to(memory_format=torch.channels_last)
    adam = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.02, fused=True)

    def of(images):
        with torch.no_grad():
            return torch.cat([model(part) for part in images.split(64)])

    start, epoch, batch = clock(), 0, 16
    best, kept = math.inf, None
    while clock() - start < seconds:
        model.train()
        for part in torch.randperm(len(sets["train"])).split(batch):
            share = min((clock() - start) / seconds, 1.0)
            adam.param_groups[0]["lr"] = 1e-3 * 0.5 * (1 + math.cos(math.pi * share))
            x = sets["train"][part]
            mirrored = torch.rand(len(x), 1, 1, 1) < 0.5
            x = torch.where(mirrored, x.flip(3), x).to(memory_format=torch.channels_last)
            adam.zero_grad()
            ((model(x) - x) ** 2).sum().div(len(x)).backward()
            adam.step()
            if share == 1.0:
                break
        epoch += 1
        model.eval()
        error = ((of(sets["valid"]) - sets["valid"]) ** 2).mean().item()
        if error < best:
            best, kept = error, copy.deepcopy(model.state_dict())
    took = clock() - start
    model.load_state_dict(kept)
    model.eval()
    errors = ((of(sets["test"]) - sets["test"]) ** 2).mean(dim=(1, 2, 3))
    psnr = (-10 * torch.log10(errors.clamp_min(1e-10))).mean().item()
    parameters = sum(p.numel() for p in model.parameters())
    print(json.dumps({
        "mse": errors.mean().item(), "psnr": psnr, "epochs": epoch, "seconds": took, "parameters": parameters,
        "torch": torch.__version__,
    }))


main()
