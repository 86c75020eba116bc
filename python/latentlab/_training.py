"""A training with its progress shown, into a folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from . import _native
from ._display.progress import Progress, Verbosity
from ._settings import settings_list


def run_training(
    recipe: str | None,
    data: str | None,
    *,
    folder: str | None,
    purpose: str | None = None,
    latent: int | None = None,
    settings: Mapping[str, Any] | None = None,
    epochs: int | None = None,
    report: bool = True,
    overwrite: bool = False,
    resume: bool = False,
    threads: int | None = None,
    data_dir: str | None = None,
    verbose: Verbosity = "auto",
    on_epoch: Callable[[dict[str, Any]], object] | None = None,
) -> str:
    """Train, show how it goes, and give the run's folder."""
    with Progress.shown(verbose) as progress:

        def see(event: dict[str, Any]) -> None:
            progress(event)
            if on_epoch is not None and event["event"] == "epoch":
                on_epoch(event)

        return _native.train(
            recipe,
            data,
            purpose=purpose,
            latent=latent,
            settings=settings_list(settings),
            folder=folder,
            overwrite=overwrite,
            report=report,
            figures=report,
            epochs=epochs,
            resume=resume,
            threads=threads,
            data_dir=data_dir,
            events=see,
        )


def threads_of(n_jobs: int | None) -> int | None:
    """Threads from what scikit-learn calls `n_jobs`: None and -1 are all cores.

    Raises
    ------
    ValueError
        If it is 0 or below -1.
    """
    if n_jobs is None or n_jobs == -1:
        return None
    if n_jobs < 1:
        raise ValueError(f"n_jobs = {n_jobs}: must be None, -1 or at least 1")
    return int(n_jobs)
