"""What the folder of a run says by itself."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from ._display.figures import Figure, Figures, Records
from ._display.progress import epoch_row


class RunFolder:
    """The files of a run, read."""

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = Path(folder)
        if not (self.folder / "manifest.json").exists():
            raise ValueError(f"{self.folder}: is no run, it has no manifest.json\nhint: latentlab.train(...) makes one")

    @property
    def manifest(self) -> dict[str, Any]:
        """What was trained when, on what, by which program, on which machine."""
        manifest: dict[str, Any] = json.loads((self.folder / "manifest.json").read_text(encoding="utf-8"))
        return manifest

    @property
    def name(self) -> str:
        """Name of the recipe."""
        return str(self.manifest["recipe"])

    @property
    def status(self) -> str:
        """ "completed", "interrupted", or how it stands else."""
        return str(self.manifest["status"])

    @property
    def recipe(self) -> str:
        """The recipe as TOML, every setting filled in; `latentlab.train` takes it."""
        return (self.folder / "recipe.toml").read_text(encoding="utf-8")

    @property
    def history(self) -> list[dict[str, Any]]:
        """Losses of each epoch in nats per image: `epoch`, `train_total`, `valid_total`, …, `seconds`."""
        rows: dict[int, dict[str, Any]] = {}
        for line in (self.folder / "events.jsonl").read_text(encoding="utf-8").splitlines():
            event = json.loads(line)
            if event["event"] == "epoch":
                row = epoch_row(event)
                # What was trained again after a crash replaces what came after the last save.
                rows = {epoch: kept for epoch, kept in rows.items() if epoch < row["epoch"]} | {row["epoch"]: row}
        return list(rows.values())

    @property
    def metrics(self) -> list[dict[str, Any]]:
        """What was measured so far: name, value, unit, range, direction, split, samples."""
        path = self.folder / "metrics.json"
        splits = json.loads(path.read_text(encoding="utf-8"))["splits"] if path.exists() else {}
        return Records({"metric": name, **about} for split in splits.values() for name, about in split["metrics"].items())

    @property
    def figures(self) -> Figures:
        """Figures that are in the folder, by name."""
        return Figures({path.stem: Figure(path) for path in sorted((self.folder / "figures").glob("*.svg"))})
