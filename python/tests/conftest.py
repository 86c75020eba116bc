"""What the tests share: data without a download, and a folder of its own for each test."""

from __future__ import annotations

import os
from pathlib import Path

# scikit-learn's checks of array inputs are skipped without it.
os.environ.setdefault("SCIPY_ARRAY_API", "1")

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.datasets import load_breast_cancer, load_digits

import latentlab


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="session")
def digits() -> NDArray[np.uint8]:
    """1,797 images of 8 × 8 grey pixels."""
    images: NDArray[np.float64] = load_digits().images
    return np.round(images * (255 / 16)).astype(np.uint8)


@pytest.fixture(scope="session")
def digit_names() -> NDArray[np.int64]:
    names: NDArray[np.int64] = load_digits().target
    return names


@pytest.fixture(scope="session")
def tumours() -> NDArray[np.float64]:
    """569 rows of 30 columns, of ranges from 0.001 to 4,000."""
    rows: NDArray[np.float64] = load_breast_cancer().data
    return rows


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> latentlab.Run:
    """A run of a few seconds that nothing changes but by adding files."""
    folder = tmp_path_factory.mktemp("run") / "plane"
    return latentlab.train("synthetic-digits-plane", epochs=2, settings={"data.count": 1500}, folder=folder, verbose=False)
