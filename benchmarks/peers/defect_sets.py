"""Pictures with drawn defects and their masks, in MVTec's layout, from what ships in scikit-image and scikit-learn.

    peers/defect_sets.py FOLDER

Textures are patches anywhere in a picture: training ones of its left two thirds, the tested ones of the rest. Parts
are one place of a photograph as a camera over a belt sees it: shifted, turned and lit a little differently each time.
"""

import pathlib
import sys

import numpy as np
from scipy import ndimage
from skimage import data, draw, io
from sklearn.datasets import load_sample_image

TRAINED, GOOD, DEFECTIVE = 500, 60, 15
# Name: picture, side in pixels, and of a part the middle of its place.
SETS = {
    "brick": (data.brick, 64, None),
    "grass": (data.grass, 64, None),
    "gravel": (data.gravel, 64, None),
    "coffee": (data.coffee, 64, (190, 290)),
    "astronaut": (data.astronaut, 64, (110, 225)),
    "flower": (lambda: load_sample_image("flower.jpg"), 128, (210, 330)),
}


def texture(picture, side, is_trained, rng):
    height, width = picture.shape[:2]
    border = int(width * 2 / 3)
    low, high = (0, border - side) if is_trained else (border, width - side)
    y, x = rng.integers(0, height - side), rng.integers(low, high)
    return picture[y:y + side, x:x + side].astype(float)


def part(picture, side, middle, rng):
    """A place three times the side across, halved in scale, moved by two pixels at most and turned by three degrees."""
    angle, scale = np.deg2rad(rng.uniform(-3, 3)), 2.0 if side == 64 else 1.5
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]) * scale
    at = np.array(middle) + rng.uniform(-2, 2, 2) * scale
    smooth = ndimage.gaussian_filter(picture.astype(float), (0.4 * scale, 0.4 * scale, 0))
    offset = at - turn @ np.full(2, (side - 1) / 2)
    planes = [ndimage.affine_transform(smooth[..., c], turn, offset, (side, side), order=1, mode="reflect") for c in range(3)]
    light = rng.uniform(0.92, 1.08)
    return (np.stack(planes, -1) * light + rng.normal(0, 2.5, (side, side, 3))).clip(0, 255)


def blot(side, rng, low=0.08, high=0.16):
    """An ellipse that lies inside."""
    mask = np.zeros((side, side), bool)
    margin = int(high * side) + 2
    y, x = rng.integers(margin, side - margin, 2)
    height, width = rng.uniform(low, high, 2) * side
    mask[draw.ellipse(y, x, height, width, shape=mask.shape, rotation=rng.uniform(0, np.pi))] = True
    return mask


def line(side, rng, bends):
    """A line of one to two pixels across, which bends so often."""
    mask, at, angle = np.zeros((side, side), bool), rng.uniform(0.2, 0.8, 2) * side, rng.uniform(0, 2 * np.pi)
    for _ in range(bends + 1):
        to = at + np.array([np.sin(angle), np.cos(angle)]) * rng.uniform(0.25, 0.5) * side / (bends + 1) ** 0.5
        rows, columns = draw.line(*np.rint([*at, *to]).astype(int))
        inside = (rows >= 0) & (rows < side - 1) & (columns >= 0) & (columns < side - 1)
        mask[rows[inside], columns[inside]] = mask[rows[inside] + 1, columns[inside]] = True
        at, angle = to, angle + rng.uniform(-0.9, 0.9)
    return mask if mask.sum() > side // 4 else line(side, rng, bends)


def soft(mask, width):
    return ndimage.gaussian_filter(mask.astype(float), width)[..., None]


def scratch(image, others, rng):
    mask = line(len(image), rng, 0)
    return np.where(mask[..., None], image + rng.choice([-1, 1]) * rng.uniform(50, 100), image), mask


def crack(image, others, rng):
    mask = line(len(image), rng, 4)
    return np.where(mask[..., None], image * 0.45, image), mask


def stain(image, others, rng):
    mask = blot(len(image), rng)
    return image * (1 - rng.uniform(0.3, 0.5) * soft(mask, 1.5)), mask


def missing(image, others, rng):
    mask = blot(len(image), rng)
    return np.where(mask[..., None], image.mean((0, 1)), image), mask


def dent(image, others, rng):
    """What is in a blot is drawn in to its middle."""
    mask = blot(len(image), rng, 0.12, 0.18)
    grid = np.stack(np.mgrid[:len(image), :len(image)]).astype(float)
    middle = np.argwhere(mask).mean(0)[:, None, None]
    places = grid + (grid - middle) * 0.8 * soft(mask, 1.5)[None, ..., 0]
    planes = [ndimage.map_coordinates(image[..., c], places, order=1, mode="reflect") for c in range(image.shape[2])]
    return np.stack(planes, -1), mask


def grains(image, others, rng):
    """Specks of two pixels, bright and dark, in a blot."""
    mask = blot(len(image), rng, 0.1, 0.18)
    seeds = mask & (rng.random(mask.shape) < 0.08)
    specks = ndimage.binary_dilation(seeds, np.ones((2, 2))) & mask
    image = np.where(specks[..., None], rng.choice([20, 235], (*mask.shape, 1)), image)
    return image, mask


def blur(image, others, rng):
    mask = blot(len(image), rng, 0.12, 0.18)
    share = soft(mask, 1)
    return image * (1 - share) + ndimage.gaussian_filter(image, (2.5, 2.5, 0)) * share, mask


def tint(image, others, rng):
    """Another colour at the same brightness; of a grey picture, a gamma."""
    mask = blot(len(image), rng, 0.12, 0.18)
    tinted = image[..., [2, 0, 1]] if image.shape[2] == 3 else 255 * (image / 255) ** 0.6
    return image + (tinted - image) * soft(mask, 1), mask


def foreign(image, others, rng):
    mask = blot(len(image), rng, 0.12, 0.18)
    other = others[rng.integers(len(others))]
    return np.where(mask[..., None], other if image.shape[2] == 3 else other.mean(-1, keepdims=True), image), mask


TUNED = [scratch, crack, stain, missing, dent, grains]
APART = [blur, tint, foreign]


def write(folder, name, seed=7):
    picture, side, middle = SETS[name]
    picture, rng = picture(), np.random.default_rng([seed, *name.encode()])
    if picture.ndim == 2:
        picture = picture[..., None]

    def draw_one(is_trained):
        return part(picture, side, middle, rng) if middle else texture(picture, side, is_trained, rng)

    def save(image, file):
        file = folder / name / file
        file.parent.mkdir(parents=True, exist_ok=True)
        io.imsave(file, image.clip(0, 255).astype(np.uint8).squeeze(), check_contrast=False)

    foreigners = [load_sample_image("china.jpg")[:, :, :3], data.immunohistochemistry()]
    for i in range(TRAINED):
        save(draw_one(True), f"train/good/{i:03}.png")
    for i in range(GOOD):
        save(draw_one(False), f"test/good/{i:03}.png")
    for kind in TUNED + APART:
        for i in range(DEFECTIVE):
            others = [texture(other, side, True, rng) for other in foreigners]
            image, mask = kind(draw_one(False), others, rng)
            save(image, f"test/{kind.__name__}/{i:03}.png")
            save(mask * 255, f"ground_truth/{kind.__name__}/{i:03}_mask.png")


if __name__ == "__main__":
    for name in sys.argv[2:] or SETS:
        write(pathlib.Path(sys.argv[1]), name)
