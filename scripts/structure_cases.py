"""Writes the stored cases that hold the losses SSIM and MS-SSIM, and their gradients, to pytorch-msssim's.

    python -m venv ssim && ssim/bin/pip install torch==2.13.0 pytorch-msssim==1.0.0 scikit-image==0.26.0 numpy==2.4.6
    ssim/bin/python scripts/structure_cases.py crates/engine/tests/keras/structure.json

Images are patterns of whole numbers that both sides make for themselves; everything is computed in float64, and
gradients by torch's autograd. SSIM is held to scikit-image's too. pytorch-msssim has five scales and wants sides above
160: other numbers of scales are written out below from its similarity at one scale, and that code is first held to its
`ms_ssim`. Of an odd side the last row counts twice when an image is halved, as TensorFlow does it.
"""

import json
import sys
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from pytorch_msssim import ms_ssim, ssim
from pytorch_msssim.ssim import _ssim
from skimage.metrics import structural_similarity

# They add up to 1.0001, which pytorch-msssim leaves.
SCALES = [0.0448, 0.2856, 0.3001, 0.2363, 0.1333]
SHAPES = [(11, 11, 1), (13, 29, 2), (40, 33, 3), (45, 64, 3), (81, 90, 1), (176, 192, 2)]


def patterns(height, width, channels):
    """A target of slopes and edges, and an output that has some of it."""
    y, x, c = np.mgrid[:height, :width, :channels].astype(np.int64)
    target = (4 * y + 2 * x + 40 * c + 90 * ((x // 9 + y // 7) % 2)) % 256
    output = 3 * target // 4 + (7 * x * y + 31 * c + 13 * y) % 61
    return output / 255, target / 255


def tensor(image):
    return torch.tensor(np.moveaxis(image, -1, 0)[None])


def halves(image):
    odd = [side % 2 for side in image.shape[2:]]
    return F.avg_pool2d(F.pad(image, (0, odd[1], 0, odd[0]), mode="replicate"), 2)


def window(channels):
    """The library's own is of float32."""
    taps = torch.exp(-((torch.arange(11, dtype=torch.float64) - 5) ** 2) / (2 * 1.5**2))
    return (taps / taps.sum()).repeat([channels, 1, 1, 1])


def scales(side):
    weights = []
    while side >= 11 and len(weights) < len(SCALES):
        weights.append(SCALES[len(weights)])
        side = (side + 1) // 2
    return torch.tensor(weights, dtype=torch.float64) / sum(weights)


def several_scales(x, y):
    weights, product = scales(min(x.shape[2:])), 1.0
    for i, weight in enumerate(weights):
        if i > 0:
            x, y = halves(x), halves(y)
        whole, contrast = _ssim(x, y, data_range=1.0, win=window(x.shape[1]), size_average=False)
        product = product * torch.relu(whole if i + 1 == len(weights) else contrast) ** weight
    return product.mean()


def differentiated(measure, x, y):
    x = x.clone().requires_grad_()
    value = measure(x, y)
    (gradient,) = torch.autograd.grad(value, x)
    gradient = gradient[0].permute(1, 2, 0).numpy()
    # The whole gradient in few numbers: for each channel its sum, and its products with the output's.
    bias = gradient.sum((0, 1))
    kernel = np.einsum("yxi,yxj->ij", x.detach()[0].permute(1, 2, 0).numpy(), gradient)
    return {"value": value.item(), "bias": bias.tolist(), "kernel": kernel.ravel().tolist()}


def case(shape):
    output, target = patterns(*shape)
    x, y = tensor(output), tensor(target)

    def single(x, y):
        return ssim(x, y, data_range=1.0, win=window(x.shape[1]))

    one, several = differentiated(single, x, y), differentiated(several_scales, x, y)
    settings = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False}
    other = structural_similarity(output, target, channel_axis=-1, data_range=1.0, **settings)
    assert abs(one["value"] - other) < 1e-12, (one, other)
    if min(shape[:2]) > 160:
        assert all(side % 16 == 0 for side in shape[:2])
        theirs = ms_ssim(x, y, data_range=1.0, win=window(x.shape[1]), weights=scales(176).tolist())
        assert abs(several["value"] - float(theirs)) < 1e-12, (several, theirs)
    return {"shape": shape, "ssim": one, "ms_ssim": several}


def main(path):
    cases = [case(shape) for shape in SHAPES]
    path.write_text(json.dumps(cases, indent=1) + "\n")
    print(f"{path}: {path.stat().st_size:,} bytes")


main(Path(sys.argv[1]))
