"""Verbs of the program as calls: arguments from keywords, results as dicts, figures and tables from files."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal

from . import _native
from ._display.figures import Figure
from ._display.progress import Progress, Verbosity
from ._folder import TemporaryFolder

Split = Literal["train", "valid", "test", "all"]
Checkpoint = Literal["best", "last"]
Sampler = Literal["prior", "gaussian", "gmm"]


def call(verb: str, *positional: object, verbose: Verbosity = "auto", **options: object) -> dict[str, Any]:
    """Do what `latentlab VERB POSITIONAL --OPTION VALUE` does, and show how far it is.

    Options that are None or False are left out, True is a flag, a list is given once for each item, a tuple joined
    with commas.
    """
    arguments = [verb]
    for name, value in options.items():
        arguments.extend(_option(name.replace("_", "-"), value))
    with Progress.shown(verbose) as progress:
        return _native.call([*arguments, "--", *map(str, positional)], events=progress)


def _option(name: str, value: object) -> list[str]:
    if value is None or value is False:
        return []
    dashes = "-" if len(name) == 1 else "--"
    if value is True:
        return [f"{dashes}{name}"]
    if isinstance(value, list):
        return [text for item in value for text in _option(name, item)]
    text = ",".join(map(str, value)) if isinstance(value, tuple) else str(value)
    return [f"--{name}={text}"] if dashes == "--" else [f"-{name}", text]


def figures_of(result: dict[str, Any]) -> list[Figure]:
    """Figures that a verb wrote, as its result names their files."""
    return [Figure(Path(file)) for file in result.get("files", []) if file.endswith(".svg")]


def without_files(result: dict[str, Any]) -> dict[str, Any]:
    """A result without the names of files."""
    return {name: value for name, value in result.items() if name != "files"}


class RowFile:
    """A table that a verb writes and this reads: one dict a row."""

    def __init__(self) -> None:
        self._folder = TemporaryFolder()
        self.path = self._folder.path / "rows.csv"

    def rows(self) -> list[dict[str, Any]]:
        """Rows by column, numbers as numbers; a column that is empty in every row is left out."""
        with self.path.open(newline="", encoding="utf-8") as file:
            head, *lines = csv.reader(file)
        columns = (
            [_column(name, values) for name, values in zip(head, zip(*lines, strict=True), strict=True)] if lines else []
        )
        return [dict(zip(head, row, strict=True)) for row in zip(*columns, strict=True)]


_TEXT = ("class", "file", "label")
"""Columns that stay text, whatever their values look like."""


def _column(name: str, values: Iterable[str]) -> list[Any]:
    values = list(values)
    if name in _TEXT:
        return [value or None for value in values]
    for kind in (int, float):
        try:
            return [kind(value) if value else None for value in values]
        except ValueError:
            continue
    return values
