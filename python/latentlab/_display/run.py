"""What a notebook shows of a run."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from . import markup
from .curves import loss_curve
from .progress import duration

if TYPE_CHECKING:
    from ..run import Run

_SHOWN = ("reconstructions", "samples")
"""Figures that are shown; of the others, which may be large, the names."""


def run_markup(run: Run) -> str:
    """Summary, curves, samples, a link to the report."""
    manifest = run.manifest
    report = run.folder / "report.html"
    head = f"<b>{escape(run.name)}</b> {markup.faint(escape(f'{run.status} · {run.folder}'))}"
    if report.exists():
        head += f" · {markup.link(str(report), 'report')}"
    figures = run.figures
    shown = "".join(markup.picture(figures[name].svg) for name in _SHOWN if name in figures)
    others = [name for name in figures if name not in _SHOWN]
    names = markup.faint(escape(f"run.figures has {', '.join(others)}")) if others else ""
    return markup.box(f"<div>{head}</div>{summary(manifest, run.history)}{curve(run.history)}{shown}{names}")


def summary(manifest: dict[str, Any], history: list[dict[str, Any]]) -> str:
    """The facts of a training in one table."""
    images = manifest.get("data", {}).get("images", {})
    best = min(history, key=lambda row: row.get("valid_total", float("inf")), default={})
    facts: dict[str, Any] = {
        "data": f"{manifest.get('data', {}).get('name', '')}: "
        + ", ".join(f"{count:,} {split}" for split, count in images.items()),
        "epochs": f"{len(history)} in {duration(manifest.get('seconds', {}).get('training', 0.0))}",
    }
    if best:
        loss = " + ".join(
            f"{name.removeprefix('valid_')} {value:.5g}"
            for name, value in best.items()
            if name.startswith("valid_") and name != "valid_total" and isinstance(value, float)
        )
        facts["best"] = f"epoch {best['epoch']}, validation loss {best['valid_total']:.5g} nats" + (
            f" = {loss}" if "+" in loss else ""
        )
    return markup.pairs(facts)


def curve(history: list[dict[str, Any]]) -> str:
    """The loss curve of a training that is over."""
    return loss_curve(history, len(history)) if len(history) > 1 else ""
