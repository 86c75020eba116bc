"""Several runs beside each other, and studies that train them."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ._display import markup
from ._display.figures import Figure, Page, Records
from ._display.progress import Verbosity
from ._inputs import Samples, named_data, read_input
from ._settings import settings_list
from ._training import threads_of
from ._verbs import RowFile, call, figures_of, without_files
from .run import Run


class Comparison(Records):
    """A list with one dict for each model: its name, its recipe, and its numbers.

    Attributes
    ----------
    folder : pathlib.Path
        Where report, figures and numbers lie.
    words : str
        What the numbers say.
    runs : list of Run
    """

    def __init__(self, result: Mapping[str, Any]) -> None:
        self.folder = Path(result["files"][0]).parent
        figures = [Figure(self.folder / "figures" / f"{name}.svg") for name in result["figures"]]
        super().__init__((_model_row(model) for model in result["models"]), {}, figures)
        self.words = str(result["words"])
        self.runs = [Run(run["run"]) for model in result["models"] for run in model["runs"] if "run" in run]

    @property
    def report(self) -> Page:
        """The page with all of it."""
        return Page(self.folder / "report.html", "report")

    def explore(self) -> Page:
        """Write explorer.html, the latent spaces of all models to walk through."""
        return Page(Path(call("explore", self.folder)["files"][0]), "explorer", height=860)

    def _repr_html_(self) -> str:
        report = markup.link(str(self.report.path), "report")
        names = markup.faint(markup.text(f"figures has {', '.join(self.figures)}"))
        return markup.box(f"<p>{markup.text(self.words)}</p>{markup.table(self)}<div>{names} · {report}</div>")


def _model_row(model: Mapping[str, Any]) -> dict[str, Any]:
    numbers: dict[str, Any] = {}
    for name, value in model["numbers"].items():
        numbers[name] = value["mean"]
        if value["sd"] is not None:
            numbers[f"{name}_sd"] = value["sd"]
    return {"model": model["name"], "recipe": model["recipe"], **numbers}


def compare(
    runs: Sequence[Run | str | os.PathLike[str]],
    *,
    names: Sequence[str] | None = None,
    data: Samples | None = None,
    folder: str | os.PathLike[str] | None = None,
) -> Comparison:
    """Compare runs on the same test images: numbers, figures side by side, and what they say in words.

    Parameters
    ----------
    runs
        At least two, whose images have the same shape.
    names
        How they are called; by default as their folders.
    data
        Other data than the first run's own.
    folder
        Folder to write; by default comparisons/comparison-N.
    """
    folders = [run.folder if isinstance(run, Run) else Path(run) for run in runs]
    source, path = _source(data)
    result = call("compare", *folders, names=None if names is None else tuple(names), data=path, out=folder)
    del source
    return Comparison(result)


def study(
    study: str | os.PathLike[str],
    *,
    epochs: int | None = None,
    seeds: int | None = None,
    values: Sequence[float | str | bool] | None = None,
    data: Samples | None = None,
    settings: Mapping[str, Any] | None = None,
    folder: str | os.PathLike[str] | None = None,
    n_jobs: int | None = None,
    verbose: Verbosity = "auto",
) -> Comparison:
    """Train the models of a study and compare them; those that are complete are not trained again.

    Parameters
    ----------
    study
        A built-in one ("kl-weight"), or a TOML file.
    epochs, seeds, values
        Epochs of every model, seeds for each, values of the sweep if it is one of one key.
    data
        Other data than the recipes' own.
    settings
        Any other setting, of every recipe.
    folder
        Folder of the study; by default studies/NAME.
    """
    source, path = _source(data)
    arguments: dict[str, Any] = {
        "epochs": epochs,
        "seeds": seeds,
        "values": None if values is None else tuple(values),
        "data": path,
        "set": settings_list(settings),
        "out": folder,
        "threads": threads_of(n_jobs),
    }
    result = call("study", study, verbose=verbose, **arguments)
    del source
    if "models" not in result:
        raise RuntimeError(f"not compared, as other processes train some of the models: {result['folder']}")
    return Comparison(result)


def _source(data: Samples | None) -> tuple[object, str | None]:
    """What has to live, and its path."""
    if data is None:
        return None, None
    source = read_input(data)
    if source.array is None:
        return source, source.path
    arrays = named_data(source)
    return arrays, arrays.path


def duplicates(
    data: Samples | Run, *, threshold: float | None = None, figure: str | os.PathLike[str] | None = None
) -> Records:
    """Find images that are nearly the same, by their thumbnails.

    Parameters
    ----------
    data
        A data set, or a run whose data are looked through.
    threshold
        Largest difference that counts: root mean square of the thumbnails' values in [0, 1]. By default found from copies.
    figure
        File to draw the largest groups into, .png or .svg.

    Returns
    -------
    rows : list of dict
        One for each image of a group, the first of each being the one to keep. `summary` says how the threshold was found.
    """
    rows = RowFile()
    source, path = (data, str(data.folder)) if isinstance(data, Run) else _source(data)
    result = call("duplicates", path, threshold=threshold, figure=figure, out=rows.path)
    del source
    return Records(rows.rows(), without_files(result), figures_of(result))


def recipes() -> Records:
    """The built-in recipes: name, data set, description, epochs, parameters."""
    return Records(call("recipes")["recipes"])


def recipe(name: str) -> str:
    """A built-in recipe as TOML, to be changed and trained."""
    return str(call("recipes", show=name)["toml"])


def studies() -> Records:
    """The built-in studies: name, description, models."""
    return Records({name: value for name, value in study.items() if name != "toml"} for study in call("study")["studies"])


def data_sets() -> Records:
    """The data sets that have a name: description, shape, images, and whether they are on this machine."""
    return Records(call("data")["sets"])
