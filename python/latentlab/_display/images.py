"""Arrays of images as one picture, without a plotting library."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray


class Picture:
    """Images in rows, which a notebook shows.

    Attributes
    ----------
    pixels : ndarray of uint8
        [height, width] or [height, width, 3].
    """

    def __init__(self, pixels: NDArray[np.uint8], scale: int) -> None:
        self.pixels = pixels
        self._scale = scale

    def save(self, path: str | Path) -> Path:
        """Write it as PNG, a pixel for each value."""
        path = Path(path)
        if path.suffix != ".png":
            raise ValueError(f"{path}: pictures are saved as .png")
        path.write_bytes(_png(self.pixels))
        return path

    def _repr_png_(self) -> bytes:
        return _png(self.pixels.repeat(self._scale, axis=0).repeat(self._scale, axis=1))

    def __repr__(self) -> str:
        return f"<Picture {' × '.join(map(str, self.pixels.shape))}>"


def _png(pixels: NDArray[np.uint8]) -> bytes:
    height, width = pixels.shape[:2]
    kind = 0 if pixels.ndim == 2 else 2
    # Each row begins with the number of its filter, which is none.
    data = zlib.compress(np.hstack([np.zeros((height, 1), np.uint8), pixels.reshape(height, -1)]).tobytes(), 9)
    head = struct.pack(">IIBBBBB", width, height, 8, kind, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", data) + _chunk(b"IEND", b"")


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def show(images: ArrayLike, columns: int = 10, *, scale: int | None = None) -> Picture:
    """Put images into rows.

    Parameters
    ----------
    images
        [n, h, w], [n, h, w, 1] or [n, h, w, 3], in [0, 1] or as bytes; one image [h, w] as well.
    columns
        Images in a row.
    scale
        Pixels of the screen to a pixel; by default so many that an image is about 50 high.

    Examples
    --------
    >>> import numpy as np
    >>> from latentlab import show
    >>> show(np.zeros((12, 28, 28)), columns=5)
    <Picture 86 × 144>
    """
    array = np.asarray(images)
    if array.ndim == 2:
        array = array[None]
    if array.ndim == 4 and array.shape[-1] == 1:
        array = array[..., 0]
    if array.ndim not in (3, 4) or (array.ndim == 4 and array.shape[-1] != 3) or not array.size:
        raise ValueError(f"images of shape {array.shape}: must be [n, h, w], [n, h, w, 1] or [n, h, w, 3]")
    if array.dtype != np.uint8:
        array = np.rint(np.nan_to_num(array.astype(np.float64)).clip(0, 1) * 255).astype(np.uint8)
    n, height, width = array.shape[:3]
    columns = max(min(columns, n), 1)
    rows = -(-n // columns)
    # A grey line lies between images.
    sheet = np.full((rows * (height + 1) - 1, columns * (width + 1) - 1, *array.shape[3:]), 128, np.uint8)
    for number, image in enumerate(array):
        top, left = number // columns * (height + 1), number % columns * (width + 1)
        sheet[top : top + height, left : left + width] = image
    return Picture(sheet, scale or max(round(50 / height), 1))
