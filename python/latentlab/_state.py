"""What of a fitted estimator is pickled and saved: parameters, numbers, and the network as the run keeps it."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from . import _native
from ._training import threads_of

if TYPE_CHECKING:
    from ._estimator import Estimator

_Estimator = TypeVar("_Estimator", bound="Estimator")

_FITTED = ("feature_names_in_", "decision_scores_", "labels_")
"""Attributes that are arrays; the other ones that end with _ are JSON as they are, but for `run_`."""

_FORMAT = 1


def to_state(estimator: Estimator) -> dict[str, Any]:
    """What pickle keeps."""
    state: dict[str, Any] = {"params": estimator.get_params()}
    if hasattr(estimator, "_sklearn_output_config"):
        state["output"] = estimator._sklearn_output_config
    if hasattr(estimator, "offset_"):
        state["fitted"] = _fitted(estimator)
        state["axes"] = estimator._axes
        state["model"] = estimator._model.to_bytes()
        if estimator.folder is not None and hasattr(estimator, "run_"):
            state["run"] = str(estimator.run_.folder.resolve())
    return state


def from_state(estimator: Estimator, state: dict[str, Any]) -> None:
    """The other way."""
    for name, value in state["params"].items():
        setattr(estimator, name, value)
    if "output" in state:
        estimator._sklearn_output_config = state["output"]
    if "fitted" in state:
        for name, value in state["fitted"].items():
            setattr(estimator, name, value)
        estimator._axes = state["axes"]
        estimator._model = _native.Model.from_bytes(state["model"], threads=threads_of(estimator.n_jobs))
        if "run" in state and Path(state["run"]).is_dir():
            from .run import Run

            estimator.run_ = Run(state["run"])


def save(estimator: Estimator, path: Path) -> Path:
    """Write `estimator.json` and the network into one zip file."""
    state = to_state(estimator)
    params = {
        name: str(value) if isinstance(value, Path) else value if name != "random_state" or isinstance(value, int) else None
        for name, value in state["params"].items()
    }
    about = {
        "format": _FORMAT,
        "estimator": type(estimator).__name__,
        "params": params,
        "fitted": state["fitted"],
        "axes": state["axes"],
        "output": state.get("output"),
    }
    text = json.dumps(about, indent=1, default=_plain)
    partial = path.with_name(f".{path.name}.partial")
    with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("estimator.json", text)
        file.writestr("model", state["model"])
    partial.replace(path)
    return path


def load(kind: type[_Estimator], path: Path) -> _Estimator:
    """Read what `save` wrote.

    Raises
    ------
    ValueError
        If the file is of another kind, or of a newer version.
    """
    try:
        with zipfile.ZipFile(path) as file:
            about = json.loads(file.read("estimator.json"))
            model = file.read("model")
    except (zipfile.BadZipFile, KeyError, json.JSONDecodeError) as error:
        raise ValueError(f"{path}: is no estimator that latentlab saved: {error}") from None
    if about["format"] != _FORMAT:
        raise ValueError(
            f"{path}: was saved in format {about['format']}, this latentlab reads {_FORMAT}\nhint: a newer latentlab wrote it; install that one"
        )
    if about["estimator"] != kind.__name__:
        raise ValueError(f"{path}: holds a {about['estimator']}\nhint: latentlab.{about['estimator']}.load({str(path)!r})")
    fitted = about["fitted"]
    for name in _FITTED:
        if name in fitted:
            fitted[name] = np.array(fitted[name], dtype=object if name == "feature_names_in_" else None)
    fitted["input_shape_"] = tuple(fitted["input_shape_"])
    estimator = kind.__new__(kind)
    state = {"params": about["params"], "fitted": fitted, "axes": about["axes"], "model": model}
    if about["output"]:
        state["output"] = about["output"]
    from_state(estimator, state)
    return estimator


def _fitted(estimator: Estimator) -> dict[str, Any]:
    return {
        name: value
        for name, value in vars(estimator).items()
        if name.endswith("_") and not name.startswith("_") and name != "run_"
    }


def _plain(value: Any) -> Any:
    if isinstance(value, (np.ndarray, np.generic)):
        return value.tolist()
    raise TypeError(f"{value!r} cannot be saved\nhint: use pickle for it")
