"""What a notebook, a terminal and a script see."""

from __future__ import annotations

import io
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import numpy as np
import pytest
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook
from numpy.typing import NDArray
from PIL import Image

import latentlab
from latentlab import VAE, Run
from latentlab._display.curves import loss_curve
from latentlab._display.progress import Progress, State, duration


def _executed(*cells: str, folder: Path) -> list[list[dict[str, object]]]:
    """Outputs of cells in a kernel."""
    book = new_notebook(cells=[new_code_cell(cell) for cell in cells])
    NotebookClient(book, timeout=120, resources={"metadata": {"path": str(folder)}}).execute()
    return [cell["outputs"] for cell in book.cells]


def test_a_notebook_sees_one_display_that_ends_with_the_curve(tmp_path: Path) -> None:
    training, shown = _executed(
        "import latentlab\n"
        'run = latentlab.train("synthetic-digits-plane", epochs=6, settings={"data.count": 8000}, folder="run", report=False)',
        "run",
        folder=tmp_path,
    )
    assert [output["output_type"] for output in training] == ["display_data"]
    page = str(training[0]["data"]["text/html"])  # type: ignore[index]
    assert "6 epochs in" in page and "<polyline" in page and "best after epoch" in page
    assert "<polyline" in str(shown[0]["data"]["text/html"])  # type: ignore[index]


def test_a_notebook_sees_nothing_of_a_training_of_a_moment_and_nothing_when_told(tmp_path: Path) -> None:
    moment, silent = _executed(
        "import numpy as np, latentlab\nfit = latentlab.VAE(1, epochs=1).fit(np.eye(20))",
        'run = latentlab.train("synthetic-digits-plane", epochs=4, settings={"data.count": 8000}, folder="r", report=False, verbose=False)',
        folder=tmp_path,
    )
    assert moment == [] and silent == []


def test_results_show_themselves(run: Run, digits: NDArray[np.uint8]) -> None:
    vae = VAE(2, epochs=2, random_state=0)
    assert "not fitted" in vae._repr_html_()
    page = vae.fit(digits[:200])._repr_html_()
    assert "VAE(n_components=2, epochs=2, random_state=0)" in page and page.count("<svg") == 3
    for thing in (run, run.evaluate(), run.anomalies(n=3), run.figures, run.metrics, run.summary()):
        html = thing._repr_html_()
        assert html.count("<div") == html.count("</div>") > 0
    assert "report.html" in run._repr_html_()


def test_an_estimator_of_a_table_shows_no_pictures(tumours: NDArray[np.float64]) -> None:
    page = VAE(2, epochs=3).fit(tumours)._repr_html_()
    assert "data:image" not in page and "score above" in page


def test_other_work_shows_its_stages_and_leaves_nothing(tmp_path: Path) -> None:
    (outputs,) = _executed(
        "import numpy as np, latentlab\n"
        "placed = latentlab.tsne(np.random.default_rng(0).normal(size=(3000, 8)), max_iter=1500)",
        folder=tmp_path,
    )
    assert [output["output_type"] for output in outputs] == ["display_data"]
    assert outputs[0]["data"]["text/html"] == ""  # type: ignore[index]


def test_names_are_escaped(tmp_path: Path) -> None:
    recipe = latentlab.recipe("synthetic-digits-plane").replace('name = "synthetic-digits-plane"', 'name = "<b>x"', 1)
    state = State()
    state.take({"event": "started", "recipe": "<script>", "parameters": 1, "epochs": 1, "steps_per_epoch": 1})
    from latentlab._display.progress import training_markup

    assert "<script>" not in training_markup(state) and "&lt;script&gt;" in training_markup(state)
    assert recipe


@pytest.mark.parametrize(
    "history",
    [
        [],
        [{"epoch": 1, "train_total": 5.0, "valid_total": 5.0}],
        [
            {"epoch": 1, "train_total": None, "valid_total": 3.0},
            {"epoch": 2, "train_total": float("nan"), "valid_total": 2.0},
        ],
        [{"epoch": n, "train_total": 10.0**-n, "valid_total": -(10.0**n)} for n in range(1, 30)],
    ],
)
def test_a_curve_is_drawn_of_whatever_losses_there_are(history: list[dict[str, float]]) -> None:
    svg = loss_curve(history, 30)
    if not history:
        assert svg == ""
        return
    ElementTree.fromstring(svg)
    assert "nan" not in svg
    heights = [float(number) for pair in re.findall(r'points="([^"]*)"', svg) for number in re.findall(r",([\d.-]+)", pair)]
    assert all(0 <= height <= 130 for height in heights)


def test_a_script_is_silent_unless_told(tmp_path: Path) -> None:
    code = 'import latentlab; latentlab.train("synthetic-digits-plane", epochs=2, settings={"data.count": 500}, folder=%r, report=False%s)'
    quiet = subprocess.run([sys.executable, "-c", code % ("a", "")], capture_output=True, text=True, check=True)
    assert (quiet.stdout, quiet.stderr) == ("", "")
    told = subprocess.run([sys.executable, "-c", code % ("b", ", verbose=True")], capture_output=True, text=True, check=True)
    assert told.stdout == ""
    lines = told.stderr.splitlines()
    assert [line.split(" · ")[0] for line in lines[:2]] == ["epoch 1/2", "epoch 2/2"] and lines[2].startswith("2 epochs in")


def test_a_terminal_has_a_bar_on_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setenv("COLUMNS", "100")
    latentlab.train(
        "synthetic-digits-plane", epochs=4, settings={"data.count": 8000}, folder="r", report=False, verbose=True
    )
    text = stream.getvalue()
    assert text.endswith("\n") and text.count("\n") == 1
    frames = text.split("\r")
    assert len(frames) > 3 and all(len(frame.rstrip("\n")) < 100 for frame in frames)
    assert "4 epochs in" in frames[-1] and "█" * 20 in frames[-1]


def test_the_share_never_falls_and_ends_at_one() -> None:
    progress = Progress(False)
    shares = []
    for event in (
        {"event": "started", "recipe": "r", "parameters": 5, "epochs": 2, "steps_per_epoch": 4},
        {"event": "step", "epoch": 1, "epochs": 2, "step": 2, "steps_per_epoch": 4, "terms": {"total": 3.0}},
        {"event": "epoch", "epoch": 1, "epochs": 2, "train": {"total": 3.0}, "valid": {"total": 4.0}, "is_best": True},
        {"event": "step", "epoch": 2, "epochs": 2, "step": 1, "steps_per_epoch": 4, "terms": {"total": 2.0}},
        {"event": "epoch", "epoch": 2, "epochs": 2, "train": {"total": 2.0}, "valid": {"total": 5.0}, "is_best": False},
    ):
        progress(event)
        shares.append(progress.state.share)
    assert shares == sorted(shares) and shares[-1] == 1.0
    assert progress.state.best == 1


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.04, "0.0 s"), (9.96, "10.0 s"), (59.4, "59 s"), (59.7, "60 s"), (61, "1 min 01 s"), (7300, "2 h 01 min")],
)
def test_durations_are_said_as_people_say_them(seconds: float, said: str) -> None:
    assert duration(seconds) == said


@pytest.mark.parametrize("shape", [(3, 5, 7), (4, 5, 7, 1), (4, 5, 7, 3), (5, 7)])
def test_arrays_are_shown_as_the_pictures_that_they_are(shape: tuple[int, ...], tmp_path: Path) -> None:
    images = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    shown = latentlab.show(images, columns=2)
    read = np.asarray(Image.open(shown.save(tmp_path / "x.png")))
    np.testing.assert_array_equal(read, shown.pixels)
    first = images if images.ndim == 2 else images[0]
    np.testing.assert_array_equal(read[:5, :7], first.squeeze(-1) if first.shape[-1:] == (1,) else first)
    large = np.asarray(Image.open(io.BytesIO(shown._repr_png_())))
    np.testing.assert_array_equal(large[::10, ::10], shown.pixels)
    np.testing.assert_array_equal(latentlab.show(images / 255, columns=2).pixels, shown.pixels)
    with pytest.raises(ValueError, match="images of shape"):
        latentlab.show(np.zeros((2, 3, 4, 5)))
