"""Results that show themselves in a notebook: figures, records, pages."""

from __future__ import annotations

import webbrowser
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from . import markup


class Figure:
    """A figure that a notebook shows.

    Attributes
    ----------
    svg : str
        The drawing.
    path : pathlib.Path
        The file it was read from; beside it lies the same as PNG.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.svg = path.read_text(encoding="utf-8")

    @property
    def name(self) -> str:
        """What it shows, as files are called: "map-tsne"."""
        return self.path.stem

    def save(self, path: str | Path) -> Path:
        """Write it to a file that ends with .svg or .png."""
        path = Path(path)
        if path.suffix == ".svg":
            path.write_text(self.svg, encoding="utf-8")
        elif path.suffix == ".png" and self.path.with_suffix(".png").exists():
            path.write_bytes(self.path.with_suffix(".png").read_bytes())
        else:
            raise ValueError(f"{path}: figures are saved as .svg or .png")
        return path

    def _repr_svg_(self) -> str:
        return self.svg

    def __repr__(self) -> str:
        return f"<Figure {self.path}>"


class Figures(dict[str, Figure]):
    """Figures by name."""

    def _repr_html_(self) -> str:
        return markup.box("".join(markup.folded(name, markup.picture(figure.svg)) for name, figure in self.items()))


class Record(dict[str, Any]):
    """A dict that a notebook shows as a table, with the figures that belong to it.

    Attributes
    ----------
    figures : Figures
    """

    def __init__(self, values: Mapping[str, Any], figures: Iterable[Figure] = ()) -> None:
        super().__init__(values)
        self.figures = Figures({figure.name: figure for figure in figures})

    def _repr_html_(self) -> str:
        lists = "".join(
            markup.folded(name, markup.table(value))
            for name, value in self.items()
            if isinstance(value, list) and value and all(isinstance(item, dict) for item in value)
        )
        pictures = "".join(markup.picture(figure.svg) for figure in self.figures.values())
        return markup.box(markup.pairs(self) + lists + pictures)


class Records(list[dict[str, Any]]):
    """A list of dicts, which `pandas.DataFrame` takes as it is, with the figures that belong to it.

    Attributes
    ----------
    summary : dict
        What was measured of all rows together.
    figures : Figures
    """

    def __init__(
        self, rows: Iterable[dict[str, Any]], summary: Mapping[str, Any] | None = None, figures: Iterable[Figure] = ()
    ) -> None:
        super().__init__(rows)
        self.summary = dict(summary or {})
        self.figures = Figures({figure.name: figure for figure in figures})

    def _repr_html_(self) -> str:
        pictures = "".join(markup.picture(figure.svg) for figure in self.figures.values())
        return markup.box(markup.pairs(self.summary) + pictures + markup.table(self))


class Page:
    """An HTML file that a notebook shows inside, and a browser opens.

    Attributes
    ----------
    path : pathlib.Path
    """

    def __init__(self, path: Path, title: str, height: int = 760) -> None:
        self.path = path
        self.title = title
        self.height = height

    def open(self) -> None:
        """Open it in the browser."""
        webbrowser.open(self.path.resolve().as_uri())

    def _repr_html_(self) -> str:
        page = self.path.read_text(encoding="utf-8")
        return markup.frame(page, self.height, self.title) + markup.box(
            markup.link(str(self.path), f"{self.title}: {self.path}")
        )

    def __repr__(self) -> str:
        return f"<{self.title}: {self.path}>"
