"""An interrupt is quick, and leaves a run that resumes to the same weights."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

import latentlab

SCRIPT = """
import sys, time
import latentlab
from latentlab._display import progress

seen = progress.Progress.__call__
def tell(self, event):
    seen(self, event)
    if event["event"] == "epoch":
        print("epoch", flush=True)
progress.Progress.__call__ = tell
try:
    {training}
except KeyboardInterrupt:
    print("interrupted", flush=True)
    {after}
"""

TRAIN = 'latentlab.train("synthetic-digits-plane", epochs=40, settings={"data.count": 3000}, folder="run", verbose=False)'
FIT = 'est = latentlab.VAE(2, epochs=100, random_state=0, verbose=False)\n    est.fit(__import__("numpy").eye(200))'


def _interrupted(training: str, after: str, folder: Path) -> tuple[float, str]:
    """Seconds from the signal to the exception, and what the script printed after it."""
    script = SCRIPT.format(training=training, after=after)
    process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, cwd=folder)
    assert process.stdout is not None
    for _ in range(2):
        assert process.stdout.readline() == "epoch\n"
    sent = time.monotonic()
    os.kill(process.pid, signal.SIGINT)
    line = "epoch\n"
    while line == "epoch\n":
        line = process.stdout.readline()
    taken = time.monotonic() - sent
    assert line == "interrupted\n"
    rest = process.communicate(timeout=60)[0]
    assert process.returncode == 0
    return taken, rest


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX's")
def test_an_interrupted_training_resumes_to_the_same_weights(tmp_path: Path) -> None:
    # A machine that does other things may be late once.
    taken = min(_interrupted(TRAIN.replace('"run"', f'"run-{attempt}"'), "pass", tmp_path)[0] for attempt in range(3))
    assert taken < 0.2
    run = latentlab.Run("run-0")
    assert run.status == "interrupted"
    run.resume(verbose=False)
    assert (run.status, len(run.history)) == ("completed", 40)
    whole = latentlab.train(
        "synthetic-digits-plane", epochs=40, settings={"data.count": 3000}, folder="whole", report=False, verbose=False
    )
    np.testing.assert_array_equal(run.sample(5), whole.sample(5))
    assert [row["valid_total"] for row in run.history] == [row["valid_total"] for row in whole.history]


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX's")
def test_an_interrupted_estimator_resumes(tmp_path: Path) -> None:
    after = (
        "print(est.run_.status, hasattr(est, 'offset_')); est.resume(); "
        "print(est.run_.status, len(est.history_), est.transform(__import__('numpy').eye(200)).shape)"
    )
    _, said = _interrupted(FIT, after, tmp_path)
    assert [line for line in said.splitlines() if line != "epoch"] == ["interrupted False", "completed 100 (200, 2)"]


def test_an_exception_of_the_display_ends_the_training(monkeypatch: pytest.MonkeyPatch) -> None:
    from latentlab._display.progress import Progress

    def fail(self: Progress, event: dict[str, object]) -> None:
        if event["event"] == "epoch":
            raise RuntimeError("the display is gone")

    monkeypatch.setattr(Progress, "__call__", fail)
    with pytest.raises(RuntimeError, match="the display is gone"):
        latentlab.train("synthetic-digits-plane", epochs=50, settings={"data.count": 2000}, folder="run", report=False)
    assert latentlab.Run("run").status == "interrupted"


def test_other_threads_run_while_a_network_trains() -> None:
    ticks: list[float] = []
    is_over = threading.Event()

    def tick() -> None:
        while not is_over.wait(0.002):
            ticks.append(time.monotonic())

    thread = threading.Thread(target=tick)
    thread.start()
    began = time.monotonic()
    latentlab.train(
        "synthetic-digits-plane", epochs=5, settings={"data.count": 6000}, folder="run", report=False, verbose=False
    )
    ended = time.monotonic()
    is_over.set()
    thread.join()
    during = [tick for tick in ticks if began < tick < ended]
    # Were the interpreter held, there would be a handful.
    assert len(during) > 20 * (ended - began)
