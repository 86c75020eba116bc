"""Annotations hold, for two checkers, in the package and for who uses it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import latentlab

PACKAGE = Path(latentlab.__file__).parent

USE = """
import numpy as np
import latentlab
vae = latentlab.VAE(2, epochs=1).fit(np.zeros((3, 4)))
{checks}
"""

GOOD = """
score: float = vae.score(np.zeros((3, 4)))
run: latentlab.Run = vae.run_
words: str = latentlab.compare([run, "other"]).words
placed: np.ndarray = latentlab.tsne([[0.0, 1.0]])
"""
BAD = """
latentlab.VAE("two")
latentlab.train("x", epochs="many")
text: str = vae.threshold_
"""


def _mypy(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", *arguments], capture_output=True, text=True, check=False
    )


def _pyright(*arguments: str) -> list[str]:
    ran = subprocess.run(
        [sys.executable, "-m", "pyright", "--outputjson", "--pythonpath", sys.executable, *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    return [found["message"] for found in json.loads(ran.stdout)["generalDiagnostics"] if found["severity"] == "error"]


def test_the_package_passes_mypy_strictly(tmp_path: Path) -> None:
    # What lies among installed packages, mypy does not check.
    shutil.copytree(PACKAGE, tmp_path / "latentlab", ignore=shutil.ignore_patterns("*.so", "__pycache__"))
    ran = _mypy(str(tmp_path / "latentlab"))
    assert ran.returncode == 0, ran.stdout


def test_the_package_passes_pyright() -> None:
    assert _pyright(str(PACKAGE)) == []


def test_who_uses_the_package_is_told_of_wrong_types(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.py", tmp_path / "bad.py"
    good.write_text(USE.format(checks=GOOD))
    bad.write_text(USE.format(checks=BAD))
    assert _mypy(str(good)).returncode == 0 and _pyright(str(good)) == []
    assert "Found 3 errors" in _mypy(str(bad)).stdout
    assert len(_pyright(str(bad))) == 3


def test_the_stubs_name_what_the_compiled_module_has(tmp_path: Path) -> None:
    (tmp_path / "allowed").write_text("latentlab._native.__all__\nlatentlab._native.Events\n")
    ran = subprocess.run(
        [sys.executable, "-m", "mypy.stubtest", "latentlab._native", "--allowlist", "allowed"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
