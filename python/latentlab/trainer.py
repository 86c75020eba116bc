"""Training a recipe."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import _native
from ._display.progress import Progress, Verbosity
from ._inputs import Samples, named_data, read_input
from ._settings import settings_list
from ._training import run_training, threads_of
from ._verbs import call
from .run import Run


def load_data(
    data: str | os.PathLike[str],
    *,
    split: Literal["train", "valid", "test", "all"] = "all",
    settings: Mapping[str, Any] | None = None,
    data_dir: str | os.PathLike[str] | None = None,
    verbose: Verbosity = "auto",
) -> tuple[NDArray[np.float32], NDArray[np.str_] | None]:
    """Read a data set into arrays, as a training would see it.

    Parameters
    ----------
    data
        The name of a data set (`latentlab.data_sets()`), which is downloaded if it has to be, or a path: a folder of
        images, an array, a table.
    split
        Which part of it.
    settings
        How it is read, as a recipe says it: ``{"data.size": 64, "data.channels": "grey"}``.
    data_dir
        Folder with data sets; by default that of the environment variable LATENTLAB_DATA.

    Returns
    -------
    X : ndarray of float32
        Images [n, h, w, c] in [0, 1], or rows [n, d] in the table's own units.
    y : ndarray of str, or None
        Classes, where they are known.

    Examples
    --------
    >>> from latentlab import load_data
    >>> X, y = load_data("synthetic-digits", split="test")
    >>> X.shape, y[:3].tolist()
    ((1200, 28, 28, 1), ['7', '2', '4'])
    """
    with Progress.shown(verbose) as progress:
        found = _native.load(
            os.fspath(data),
            settings=settings_list(settings),
            split=split,
            data_dir=None if data_dir is None else os.fspath(data_dir),
            events=progress,
        )
    classes = found["labels"]
    return found["x"], None if classes is None else np.array(classes, dtype=np.str_)


def import_model(
    files: str | os.PathLike[str] | Sequence[str | os.PathLike[str]],
    data: Samples,
    folder: str | os.PathLike[str],
    *,
    recipe: str | os.PathLike[str] | None = None,
    loss: str | None = None,
    code: str | None = None,
    axes: Literal["nhwc", "nchw"] | None = None,
    settings: Mapping[str, Any] | None = None,
    overwrite: bool = False,
) -> Run:
    """Make a run of a model that Keras, PyTorch or another program trained.

    Parameters
    ----------
    files
        One of the whole model, or one of its encoder and one of its decoder: .keras, .onnx, .weights.h5, .safetensors, .pt.
    data
        The data that it is used on.
    folder
        Folder of the run.
    recipe
        A recipe whose splits and loss are the model's; of weights alone, its net, too.
    loss, code, axes
        Reconstruction loss, the layer that gives the code, the order of an image's values, where the files do not say.
    settings
        Any other key of the recipe.
    overwrite
        Whether a run that is in the folder is replaced.
    """
    source = read_input(data)
    arrays = None if source.array is None else named_data(source)
    given = [files] if isinstance(files, (str, os.PathLike)) else files
    call(
        "import",
        *(os.fspath(file) for file in given),
        data=source.path if arrays is None else arrays.path,
        out=os.fspath(folder),
        recipe=None if recipe is None else os.fspath(recipe),
        loss=loss,
        code=code,
        axes=axes,
        set=settings_list(settings),
        force=overwrite,
    )
    run = Run(folder)
    run.keep(source, arrays)
    return run


def train(
    recipe: str | os.PathLike[str] | None = None,
    data: Samples | None = None,
    y: ArrayLike | None = None,
    *,
    purpose: Literal["ae", "vae", "denoiser"] | None = None,
    latent: int | None = None,
    epochs: int | None = None,
    seed: int | None = None,
    settings: Mapping[str, Any] | None = None,
    folder: str | os.PathLike[str] | None = None,
    overwrite: bool = False,
    report: bool = True,
    data_dir: str | os.PathLike[str] | None = None,
    n_jobs: int | None = None,
    verbose: Verbosity = "auto",
    on_epoch: Callable[[dict[str, Any]], object] | None = None,
) -> Run:
    """Train a recipe; makes a run with weights, losses, figures and a report.

    Parameters
    ----------
    recipe
        A built-in one (`latentlab.recipes()`), a TOML file, or its text. By default one that suits `data`; without data
        "synthetic-digits-vae".
    data
        Images [n, h, w] or [n, h, w, c], a table [n, d] or a frame, PIL images, a path, or the name of a data set; by
        default the recipe's.
    y
        Classes of the images of an array, which colour the figures.
    purpose
        "ae", "vae" or "denoiser": what the network is for, if not what the recipe says.
    latent
        Numbers of a code.
    epochs, seed
        Instead of the recipe's.
    settings
        Any other key of a recipe: ``{"optimizer.learning_rate": 5e-4}``.
    folder
        Folder of the run; by default runs/RECIPE-N.
    overwrite
        Whether a run that is in the folder is replaced.
    report
        Whether report.html and the figures are made.
    data_dir
        Folder with data sets; by default that of the environment variable LATENTLAB_DATA.
    n_jobs
        Threads; None and -1 are all cores.
    verbose
        "auto" shows a live display in a notebook and a bar at an interactive prompt, nothing in a script.
    on_epoch
        Called after each epoch with a dictionary: "epoch", "epochs", "train" and "valid" (terms of the loss by name),
        "learning_rate", "seconds", "is_best", …. What it raises ends the training, as an interrupt does: what was learned is
        saved.

    Returns
    -------
    run : Run

    Raises
    ------
    KeyboardInterrupt
        When interrupted. What was learned is saved: `Run(folder).resume()` goes on from there.
    """
    source = None if data is None else read_input(data)
    arrays = None if source is None or source.array is None else named_data(source, y)
    path = arrays.path if arrays is not None else source.path if source is not None else None
    trained = run_training(
        None if recipe is None else os.fspath(recipe),
        path,
        folder=None if folder is None else os.fspath(folder),
        purpose=purpose,
        latent=latent,
        settings={"seed": seed} | dict(settings or {}),
        epochs=epochs,
        report=report,
        overwrite=overwrite,
        threads=threads_of(n_jobs),
        data_dir=None if data_dir is None else os.fspath(data_dir),
        verbose=verbose,
        on_epoch=on_epoch,
    )
    run = Run(Path(trained), n_jobs=n_jobs)
    run.keep(source, arrays)
    return run
