"""What the documents say runs: docstrings, the README, the page on Python, the notebook."""

from __future__ import annotations

import doctest
import importlib
import inspect
import pkgutil
import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

import latentlab

ROOT = Path(__file__).parents[2]


def _python_blocks(page: str) -> str:
    text = (ROOT / page).read_text(encoding="utf-8")
    return "\n".join(re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL))


MODULES = [
    f"latentlab.{module.name}"
    for module in pkgutil.iter_modules(latentlab.__path__)
    if module.name not in ("_native", "__main__")
]


@pytest.mark.parametrize("module", [*MODULES, "latentlab._display.images"])
def test_examples_of_docstrings_are_true(module: str, tmp_path: Path) -> None:
    found = doctest.testmod(importlib.import_module(module), extraglobs={"tmp": tmp_path}, optionflags=doctest.ELLIPSIS)
    assert found.failed == 0


def test_every_public_function_and_method_says_what_it_does() -> None:
    public = [getattr(latentlab, name) for name in latentlab.__all__]
    members = [
        member
        for thing in public
        if inspect.isclass(thing)
        for name, member in inspect.getmembers(thing)
        if not name.startswith("_")
    ]
    things = [
        thing
        for thing in (*public, *members)
        if callable(thing) and str(getattr(thing, "__module__", "")).startswith("latentlab")
    ]
    assert len(things) > 60
    assert [thing.__qualname__ for thing in things if not inspect.getdoc(thing)] == []


@pytest.mark.parametrize("page", ["README.md", "docs/python.md"])
def test_the_code_of_a_page_runs_from_top_to_bottom(page: str) -> None:
    code = _python_blocks(page)
    assert "import latentlab" in code
    exec(compile(code, page, "exec"), {"__name__": "page"})


@pytest.mark.parametrize("data", ["drawn digits", "MNIST"])
def test_the_notebook_runs(data: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if data == "drawn digits":
        monkeypatch.setenv("LATENTLAB_DATA", str(tmp_path))
        monkeypatch.setenv("HOME", str(tmp_path))
    elif {row["name"] for row in latentlab.data_sets() if row["ready"]} < {"mnist", "fashion-mnist"}:
        pytest.skip("MNIST and Fashion-MNIST are not on this machine: LATENTLAB_DATA names their folder")
    monkeypatch.setenv("LATENTLAB_QUICK", "1")
    book = nbformat.read(ROOT / "docs" / "python.ipynb", nbformat.NO_CONVERT)
    NotebookClient(book, timeout=300, resources={"metadata": {"path": str(tmp_path)}}).execute()
    outputs = [output for cell in book.cells for output in cell.get("outputs", [])]
    assert len([output for output in outputs if "image/svg+xml" in output.get("data", {})]) >= 10
    assert ("mnist" in outputs[0]["text"]) == (data == "MNIST")


def test_the_notebook_is_kept_with_its_figures_and_is_small() -> None:
    path = ROOT / "docs" / "python.ipynb"
    book = nbformat.read(path, nbformat.NO_CONVERT)
    kinds = {kind for cell in book.cells for output in cell.get("outputs", []) for kind in output.get("data", {})}
    assert {"image/svg+xml", "text/html"} <= kinds
    assert not [output for cell in book.cells for output in cell.get("outputs", []) if output["output_type"] == "error"]
    assert path.stat().st_size < 3_000_000
