"""One autoencoder of PyTorch's world on one set of parts: heat maps and scores of its tested images.

    defects_peer.py SET batchnorm|residual|pca|pyod SECONDS THREADS wall|processor OUT.npz

Training ends when the time has passed by that clock. A heat map is the squared error, averaged over channels and smoothed by a
Gaussian of a fortieth of the side; fifty of the training images are held out for the threshold.
"""

import pathlib
import resource
import sys
import time

import numpy as np
import torch
import torch.nn as nn
from PIL import Image
from scipy import ndimage

HELD_OUT, CODE = 50, 32


def read(files):
    images = np.stack([np.asarray(Image.open(file), np.float32) / 255 for file in files])
    return images if images.ndim == 4 else images[..., None]


def down(inputs, outputs):
    return [nn.Conv2d(inputs, outputs, 3, 2, 1, bias=False), nn.BatchNorm2d(outputs), nn.LeakyReLU(0.1)]


def up(inputs, outputs):
    return [nn.ConvTranspose2d(inputs, outputs, 3, 2, 1, 1, bias=False), nn.BatchNorm2d(outputs), nn.LeakyReLU(0.1)]


class Residual(nn.Module):
    def __init__(self, channels):
        super().__init__()
        part = lambda: [nn.GroupNorm(8, channels), nn.SiLU(), nn.Conv2d(channels, channels, 3, 1, 1)]
        self.inner = nn.Sequential(*part(), *part())

    def forward(self, x):
        return x + self.inner(x)


def net(kind, side, channels):
    widths = [channels, 32, 64, 128] + ([128] if side > 64 else [])
    bottom = side >> (len(widths) - 1)
    flat = widths[-1] * bottom**2
    encoder, decoder = [], []
    for inputs, outputs in zip(widths, widths[1:]):
        encoder += down(inputs, outputs) if kind == "batchnorm" else [nn.Conv2d(inputs, outputs, 3, 2, 1), Residual(outputs)]
    for inputs, outputs in zip(widths[:0:-1], widths[-2:0:-1]):
        decoder += up(inputs, outputs) if kind == "batchnorm" else [Residual(inputs), nn.ConvTranspose2d(inputs, outputs, 4, 2, 1)]
    encoder += [nn.Flatten(), nn.Linear(flat, CODE), nn.Linear(CODE, flat), nn.Unflatten(1, (widths[-1], bottom, bottom))]
    return nn.Sequential(*encoder, *decoder, nn.ConvTranspose2d(widths[1], channels, 4, 2, 1), nn.Sigmoid())


def trained(kind, images, seconds, clock):
    torch.manual_seed(0)
    side, channels = images.shape[1], images.shape[3]
    model = net(kind, side, channels).to(memory_format=torch.channels_last)
    x = torch.from_numpy(images).permute(0, 3, 1, 2).contiguous(memory_format=torch.channels_last)
    optimizer = torch.optim.Adam(model.parameters(), 1e-3)
    begin = clock()
    while (spent := clock() - begin) < seconds:
        optimizer.param_groups[0]["lr"] = 1e-3 * 0.5 * (1 + np.cos(np.pi * spent / seconds))
        batch = x[torch.randint(len(x), (32,))]
        optimizer.zero_grad(set_to_none=True)
        nn.functional.mse_loss(model(batch), batch).backward()
        optimizer.step()
    model.eval()

    @torch.no_grad()
    def reconstruct(images):
        parts = torch.from_numpy(images).permute(0, 3, 1, 2).split(64)
        return torch.cat([model(part) for part in parts]).permute(0, 2, 3, 1).numpy()

    return reconstruct


def principal(images):
    from sklearn.decomposition import PCA

    flat = lambda x: x.reshape(len(x), -1)
    model = PCA(CODE, random_state=0).fit(flat(images))
    return lambda x: model.inverse_transform(model.transform(flat(x))).reshape(x.shape)


def pyod(images, seconds, clock):
    """PyOD's AutoEncoder, as many epochs as fit."""
    from pyod.models.auto_encoder import AutoEncoder

    flat = lambda x: x.reshape(len(x), -1)
    made = lambda epochs: AutoEncoder(epoch_num=epochs, hidden_neuron_list=[256, CODE], verbose=0, random_state=0)
    begin = clock()
    made(2).fit(flat(images))
    model = made(max(2, int(2 * seconds / (clock() - begin)))).fit(flat(images))

    @torch.no_grad()
    def reconstruct(x):
        rows = (flat(x) - model.X_mean) / model.X_std if model.preprocessing else flat(x)
        rows = model.model(torch.tensor(rows, dtype=torch.float32)).numpy()
        return (rows * model.X_std + model.X_mean if model.preprocessing else rows).reshape(x.shape)

    return reconstruct


def main():
    folder, kind, seconds, threads, clock, out = sys.argv[1:]
    torch.set_num_threads(int(threads))
    folder = pathlib.Path(folder)
    good = sorted((folder / "train" / "good").iterdir())
    step = len(good) // HELD_OUT
    held = set(good[::step][:HELD_OUT])
    normal, images = read(sorted(held)), read([file for file in good if file not in held])
    tested = sorted((folder / "test").glob("*/*.png"))
    begin, cpu = time.perf_counter(), time.process_time()
    clock = {"wall": time.perf_counter, "processor": time.process_time}[clock]
    match kind:
        case "pca":
            reconstruct = principal(images)
        case "pyod":
            reconstruct = pyod(images, float(seconds), clock)
        case _:
            reconstruct = trained(kind, images, float(seconds), clock)
    wall, cpu = time.perf_counter() - begin, time.process_time() - cpu

    def maps(images):
        errors = ((images - reconstruct(images)) ** 2).mean(-1)
        width = max(images.shape[1] / 40, 0.7)
        return ndimage.gaussian_filter(errors, (0, width, width))

    np.savez(out, heat=maps(read(tested)), normal=maps(normal), files=[str(f.relative_to(folder)) for f in tested],
             wall=wall, cpu=cpu, memory=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


main()
