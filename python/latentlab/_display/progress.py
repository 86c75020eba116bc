"""What is seen of a training while it runs: a live display in a notebook, a line in a terminal, or nothing."""

from __future__ import annotations

import contextlib
import importlib
import shutil
import sys
import time
from collections.abc import Iterator
from html import escape
from typing import Any, Literal, TextIO

from . import markup
from .curves import loss_curve

Verbosity = bool | Literal["auto"]

_PATIENCE = 0.4
"""Seconds that a training may take unseen, so that a search over many small ones does not fill the page."""
_PAUSE = 0.15
"""Seconds between two changes of what is seen."""


class Progress:
    """Takes the events of a training and shows where it is.

    Parameters
    ----------
    verbose
        "auto" shows a live display in a notebook, a bar at an interactive prompt, and nothing in a script;
        True shows it in a script as well; False shows nothing.
    """

    def __init__(self, verbose: Verbosity) -> None:
        self._view = _view(verbose)
        self._began = time.monotonic()
        self._shown = float("-inf")
        self.state = State()

    def __call__(self, event: dict[str, Any]) -> None:
        """Take one event."""
        self.state.take(event)
        now = time.monotonic()
        is_due = now - self._began > _PATIENCE and now - self._shown > _PAUSE
        if self._view is not None and (is_due or self._view.wants(event)):
            self._shown = now
            self._view.show(self.state)

    @classmethod
    @contextlib.contextmanager
    def shown(cls, verbose: Verbosity) -> Iterator[Progress]:
        """Progress of what happens inside the block, with its end."""
        progress = cls(verbose)
        outcome: Literal["done", "interrupted", "failed"] = "failed"
        try:
            yield progress
            outcome = "done"
        except KeyboardInterrupt:
            outcome = "interrupted"
            raise
        finally:
            progress.close(outcome)

    def close(self, outcome: Literal["done", "interrupted", "failed"]) -> None:
        """Show the end, where anything was shown."""
        self.state.outcome = outcome
        self.state.seconds = time.monotonic() - self._began
        if self._view is not None:
            self._view.end(self.state)


class State:
    """Where a training is, or other work that goes through stages."""

    def __init__(self) -> None:
        self.recipe = ""
        self.parameters = 0
        self.things = "images"
        self.epoch, self.epochs = 0, 1
        self.step, self.steps = 0, 1
        self.terms: dict[str, float] = {}
        self.rate: float | None = None
        self.left: float | None = None
        self.history: list[dict[str, Any]] = []
        self.best: int | None = None
        self.stage = ""
        self.stage_share = 0.0
        self.is_training = False
        self.warnings: list[str] = []
        self.outcome: str | None = None
        self.seconds = 0.0

    def take(self, event: dict[str, Any]) -> None:
        """Change by one event; kinds that are not known change nothing."""
        kind = event.get("event")
        if kind == "started":
            self.is_training = True
            self.recipe = str(event.get("recipe", ""))
            self.parameters = int(event.get("parameters", 0))
            self.epochs = int(event.get("epochs", 1))
            self.steps = int(event.get("steps_per_epoch", 1))
            self.things = "rows" if event.get("is_table") else "images"
            # Of a study, another model begins.
            self.epoch, self.step, self.history, self.best, self.stage = int(event.get("epochs_done", 0)), 0, [], None, ""
        elif kind == "step":
            self.epoch, self.step = int(event["epoch"]), int(event["step"])
            self.epochs, self.steps = int(event.get("epochs", self.epochs)), int(event.get("steps_per_epoch", self.steps))
            self.terms = dict(event.get("terms", {}))
            self.rate, self.left = event.get("images_per_second"), event.get("seconds_left")
        elif kind == "epoch":
            self.epoch, self.step = int(event["epoch"]), self.steps
            self.epochs = int(event.get("epochs", self.epochs))
            self.history.append(epoch_row(event))
            if event.get("is_best"):
                self.best = self.epoch
            self.stage = ""
        elif kind == "stage":
            self.stage = str(event.get("name", ""))
            self.stage_share = min(event.get("done", 0) / event["of"], 1.0) if event.get("of") else 0.0
        elif kind == "warn":
            self.warnings.append(str(event.get("text", "")))

    @property
    def share(self) -> float:
        """What is done, from 0 to 1."""
        if not self.is_training:
            return self.stage_share
        done = max(self.epoch - 1, 0) + min(self.step / max(self.steps, 1), 1.0) if self.epoch else 0.0
        return min(done / max(self.epochs, 1), 1.0)

    def words(self) -> str:
        """One line: epoch, losses, speed, time left; the stage of other work."""
        if not self.is_training:
            return self.stage
        last = self.history[-1] if self.history else {}
        if self.outcome == "done":
            parts = [f"{len(self.history):,} epochs in {duration(self.seconds)}"]
        elif self.outcome is not None:
            parts = [f"{self.outcome} in epoch {max(self.epoch, 1)} of {self.epochs}"]
        else:
            parts = [f"epoch {max(self.epoch, 1)}/{self.epochs}"]
        train = last.get("train_total", self.terms.get("total"))
        if train is not None:
            parts.append(f"train {train:.5g}")
        if last.get("valid_total") is not None:
            best = f" (best after epoch {self.best})" if self.outcome == "done" and self.best else ""
            parts.append(f"valid {last['valid_total']:.5g}{best}")
        if self.outcome is None:
            if self.stage:
                parts.append(self.stage)
            if self.rate:
                parts.append(f"{self.rate:,.0f} {self.things}/s")
            if self.left is not None:
                parts.append(f"{duration(self.left)} left")
        return " · ".join(parts)


def epoch_row(event: dict[str, Any]) -> dict[str, Any]:
    """One epoch as a flat dict: `epoch`, `train_total`, `train_reconstruction`, …, `valid_total`, …, `seconds`."""
    row: dict[str, Any] = {"epoch": int(event["epoch"])}
    for split in ("train", "valid"):
        row.update({f"{split}_{name}": value for name, value in (event.get(split) or {}).items()})
    row.update({name: event[name] for name in ("learning_rate", "seconds") if name in event})
    return row


def duration(seconds: float) -> str:
    """A time as people say it."""
    if seconds < 60:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02} min"


class _Notebook:
    """A display that is changed in place; needs no widgets."""

    def __init__(self) -> None:
        self._handle: Any = None

    def wants(self, event: dict[str, Any]) -> bool:
        return False

    def show(self, state: State) -> None:
        # Not installed with this package: it is there wherever there is a notebook.
        ipython: Any = importlib.import_module("IPython.display")
        page = ipython.HTML(training_markup(state))
        if self._handle is None:
            self._handle = ipython.display(page, display_id=True)
        else:
            self._handle.update(page)

    def end(self, state: State) -> None:
        if self._handle is None:
            return
        if state.is_training:
            self.show(state)
        else:
            # What other work gives is seen by itself.
            ipython: Any = importlib.import_module("IPython.display")
            self._handle.update(ipython.HTML(""))


class _Bar:
    """One line of a terminal, written over."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._length = 0

    def wants(self, event: dict[str, Any]) -> bool:
        return False

    def show(self, state: State) -> None:
        done = round(20 * state.share)
        line = f"{'█' * done}{'░' * (20 - done)} {state.words()}"[: shutil.get_terminal_size().columns - 1]
        self._stream.write("\r" + line.ljust(self._length))
        self._stream.flush()
        self._length = len(line)

    def end(self, state: State) -> None:
        if self._length and state.is_training:
            self.show(state)
            self._stream.write("\n")
        elif self._length:
            self._stream.write("\r" + " " * self._length + "\r")


class _Lines:
    """A line an epoch, for logs."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def wants(self, event: dict[str, Any]) -> bool:
        return event.get("event") in ("epoch", "warn")

    def show(self, state: State) -> None:
        if state.warnings:
            print(f"warning: {state.warnings.pop(0)}", file=self._stream)
        elif state.step == state.steps:
            print(state.words(), file=self._stream, flush=True)

    def end(self, state: State) -> None:
        if state.is_training:
            print(state.words(), file=self._stream, flush=True)


def training_markup(state: State) -> str:
    """What a notebook shows of a training, or of other work."""
    is_done = state.outcome == "done"
    size = markup.faint(f"{state.parameters:,} parameters") if state.parameters else ""
    head = f"<div><b>{escape(state.recipe)}</b> {size}</div>" if state.is_training else ""
    bar = (
        '<div style="height:6px;width:420px;max-width:100%;border-radius:3px;margin:4px 0;'
        'background:color-mix(in srgb,currentColor 18%,transparent)">'
        f'<div style="height:6px;border-radius:3px;width:{100 * state.share:.1f}%;background:#0072b2"></div></div>'
    )
    words = f'<div style="font-variant-numeric:tabular-nums">{escape(state.words())}</div>'
    warnings = "".join(f'<div style="color:#d55e00">{escape(text)}</div>' for text in state.warnings)
    curve = loss_curve(state.history, max(len(state.history), 1) if is_done else state.epochs)
    return markup.box(f"{head}{'' if is_done else bar}{words}{warnings}{curve}")


def is_notebook() -> bool:
    """Whether there is a page that shows HTML."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return getattr(shell, "kernel", None) is not None


def _view(verbose: Verbosity) -> _Notebook | _Bar | _Lines | None:
    if verbose is False:
        return None
    if is_notebook():
        return _Notebook()
    is_interactive = hasattr(sys, "ps1") or bool(sys.flags.interactive)
    if sys.stderr.isatty() and (verbose is True or is_interactive):
        return _Bar(sys.stderr)
    return _Lines(sys.stderr) if verbose is True else None
