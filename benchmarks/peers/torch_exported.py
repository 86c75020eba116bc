"""Training time per image of a net that latentlab exported, in PyTorch.

    torch_exported.py FOLDER SIDE CHANNELS eager|channels_last|compile|compile_channels_last IMAGES BATCH THREADS wall|processor

FOLDER is what `latentlab export RUN --to torch` wrote, of a plain autoencoder. Squared error, Adam, random images; the first
epoch, in which memory is taken and graphs are compiled, does not count. Prints microseconds.
"""

import sys
import time

import torch


def main():
    folder, side, channels, mode, images, batch, threads, clock = sys.argv[1:]
    side, channels, images, batch = int(side), int(channels), int(images), int(batch)
    clock = {"wall": time.perf_counter, "processor": time.process_time}[clock]
    torch.set_num_threads(int(threads))
    torch.manual_seed(0)
    sys.path.insert(0, folder)
    from model import load

    model = load()
    model.train()
    model.requires_grad_(True)
    x = torch.rand(images, channels, side, side)
    if mode.endswith("channels_last"):
        model, x = model.to(memory_format=torch.channels_last), x.to(memory_format=torch.channels_last)
    adam = torch.optim.Adam(model.parameters(), lr=1e-4, fused=True)
    forward = torch.compile(model) if mode.startswith("compile") else model

    def epoch():
        order = torch.randperm(images)
        for first in range(0, images, batch):
            chosen = x[order[first : first + batch]]
            adam.zero_grad()
            torch.nn.functional.mse_loss(forward(chosen), chosen, reduction="sum").div(batch).backward()
            adam.step()

    epoch()
    times = []
    for _ in range(3):
        start = clock()
        epoch()
        times.append((clock() - start) / images * 1e6)
    print(sorted(times)[1])


main()
