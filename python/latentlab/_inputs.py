"""What people pass as data (arrays, frames, pictures, folders), checked and brought to one form."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import _native
from ._folder import TemporaryFolder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PIL.Image import Image

Samples: TypeAlias = "ArrayLike | str | os.PathLike[str] | Sequence[Image]"
"""Images [n, h, w] or [n, h, w, c], a table [n, d] or a data frame, a list of PIL images or of image files, or a path: a
folder of images, an array, a table."""

_PNG_MODES = {"1", "L", "LA", "P", "RGB", "RGBA", "I;16"}


@dataclass
class Input:
    """Data in one of two forms: an array, or a path."""

    array: NDArray[Any] | None = None
    path: str | None = None
    """Of files; None where there is an array."""
    columns: list[str] | None = None
    """Names of a table's columns, where a frame has them."""
    keep: list[object] = field(default_factory=list)
    """What has to live as long as `path` does."""

    @property
    def values(self) -> NDArray[Any] | str:
        """What a network takes: the array, or the path."""
        if self.array is not None:
            return self.array
        assert self.path is not None
        return self.path

    @property
    def is_table(self) -> bool:
        """Whether these are rows of numbers."""
        return self.array is not None and self.array.ndim == 2


def read_input(samples: Samples, estimator: str = "latentlab") -> Input:
    """Check data as scikit-learn does, with its messages.

    Raises
    ------
    TypeError
        If the data are sparse, or hold something that is no number.
    ValueError
        If they have no samples, no features, a wrong number of axes, or values that are not finite.
    """
    if isinstance(samples, (str, os.PathLike)):
        return Input(path=os.fspath(samples))
    if hasattr(samples, "tocsr"):
        raise TypeError(
            "Sparse data was passed, but dense data is required. Use '.toarray()' to convert to a dense numpy array."
        )
    if isinstance(samples, (list, tuple)) and samples:
        if all(_is_picture(sample) for sample in samples):
            return _pictures(cast("Sequence[Image]", samples))
        if all(isinstance(sample, (str, os.PathLike)) and os.path.isfile(sample) for sample in samples):
            return _files(cast("Sequence[str | os.PathLike[str]]", samples))
    return Input(array=_numbers(samples, estimator), columns=column_names(samples))


def _is_picture(sample: object) -> bool:
    return hasattr(sample, "save") and hasattr(sample, "getbands")


def _pictures(pictures: Sequence[Image]) -> Input:
    """Pictures as the files that they would be, so that one reader decides on sizes, colours and what is transparent."""
    folder = TemporaryFolder()
    digits = len(str(len(pictures)))
    for number, picture in enumerate(pictures):
        known = picture if picture.mode in _PNG_MODES else picture.convert("RGB")
        known.save(folder.path / f"{number:0{digits}}.png", compress_level=1)
    return Input(path=str(folder.path), keep=[folder])


def _files(paths: Sequence[str | os.PathLike[str]]) -> Input:
    """Files as a folder that holds them, in their order."""
    folder = TemporaryFolder()
    digits = len(str(len(paths)))
    for number, path in enumerate(paths):
        shutil.copyfile(path, folder.path / f"{number:0{digits}}-{os.path.basename(path)}")
    return Input(path=str(folder.path), keep=[folder])


def column_names(samples: Any) -> list[str] | None:
    """Names of the columns of a data frame, where all are strings.

    Raises
    ------
    TypeError
        If only some are strings.
    """
    if not hasattr(samples, "columns") or not hasattr(samples, "shape"):
        return None
    names = list(samples.columns)
    kinds = sorted({type(name).__name__ for name in names})
    if len(kinds) > 1 and "str" in kinds:
        raise TypeError(
            "Feature names are only supported if all input features have string names, but your input has "
            f"{kinds} as feature name / column name types. If you want feature names to be stored and validated, "
            "you must convert them all to strings, by using X.columns = X.columns.astype(str) for example."
        )
    return names if kinds == ["str"] else None


def _numbers(samples: object, estimator: str) -> NDArray[Any]:
    try:
        array = np.asarray(samples)
    except ValueError as error:
        raise ValueError(
            f"{error}\nhint: images of several sizes are taken as PIL images or from a folder, and brought to one size"
        ) from None
    if array.dtype.kind in "USV":
        raise ValueError(
            "dtype='numeric' is not compatible with arrays of bytes/strings. "
            "Convert your data to numeric values explicitly instead."
        )
    if array.dtype.kind == "c":
        raise ValueError(f"Complex data not supported\n{array!r}\n")
    if array.dtype.kind == "O":
        array = array.astype(np.float64)
    elif array.dtype.kind == "b":
        array = array.astype(np.uint8)
    if array.ndim < 2:
        raise ValueError(
            f"Expected 2D array, got {array.ndim}D array instead:\narray={array}.\n"
            "Reshape your data either using array.reshape(-1, 1) if your data has a single feature "
            "or array.reshape(1, -1) if it contains a single sample."
        )
    if array.ndim > 4:
        raise ValueError(f"Found array with dim {array.ndim}, while images are [n, h, w] or [n, h, w, c] and tables [n, d].")
    if array.shape[0] == 0:
        raise ValueError(
            f"Found array with 0 sample(s) (shape={array.shape}) while a minimum of 1 is required by {estimator}."
        )
    if array[0].size == 0:
        raise ValueError(
            f"Found array with 0 feature(s) (shape={array.shape}) while a minimum of 1 is required by {estimator}."
        )
    if array.dtype.kind == "f":
        _check_finite(array, estimator)
    return array


def _check_finite(array: NDArray[Any], estimator: str) -> None:
    # The sum is finite unless a value is not, or the values are so large that their sum is not: then each is looked at.
    with np.errstate(all="ignore"):
        if np.isfinite(array.sum(dtype=np.float64)) or np.isfinite(array).all():
            return
    if np.isnan(array).any():
        raise ValueError(f"Input X contains NaN.\n{estimator} does not accept missing values encoded as NaN natively.")
    raise ValueError(f"Input X contains infinity or a value too large for {array.dtype!r}.")


def named_data(source: Input, y: object = None) -> _native.Data:
    """An array under the name that everything takes; tables stay tables, however many columns they have."""
    array = source.array
    assert array is not None
    if array.ndim == 3:
        array = array[..., None]
    labels = class_names(y, len(array))
    # A single row can be trained on, and has to be seen by the validation as well.
    if len(array) == 1:
        array, labels = np.repeat(array, 2, axis=0), None if labels is None else labels * 2
    return _native.Data(array, labels=labels, columns=source.columns, kind="table" if source.is_table else "images")


def class_names(y: object, samples: int) -> list[str] | None:
    """What is written on points in figures: `y` where it holds classes (text, whole numbers), else nothing."""
    if y is None:
        return None
    values = np.asarray(y)
    if values.shape != (samples,) or values.dtype.kind not in "OUSbiu":
        return None
    return [str(value) for value in values.tolist()]
