"""The searches of `examples/optuna`, over the command line and over Python, on one study in a journal."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType

import pytest

import latentlab

optuna = pytest.importorskip("optuna")

EXAMPLES = Path(__file__).parents[2] / "examples" / "optuna"
COMMAND = f"{sys.executable} -m latentlab"
SMALL = ["--epochs", "2", "--images", "400"]


@pytest.fixture(params=["command_line", "python_package"])
def example(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(EXAMPLES))
    module = pytest.importorskip(request.param)
    assert Path(module.__file__).parent == EXAMPLES
    return module


def _arguments(epochs: int, *, maximize: bool = False) -> argparse.Namespace:
    return argparse.Namespace(
        journal="study.journal",
        trials=4,
        metric="psnr" if maximize else "total",
        maximize=maximize,
        epochs=epochs,
        images=400,
        runs="runs",
        command=COMMAND,
    )


def _worker(program: str, trials: int, *more: str) -> subprocess.Popen[str]:
    command = [sys.executable, str(EXAMPLES / program), "study.journal", "--trials", str(trials), *SMALL, *more]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True)


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX's")
def test_processes_share_a_study_and_a_killed_one_stops_no_other() -> None:
    killed = _worker("command_line.py", 1, "--command", COMMAND, "--epochs", "100000")
    while not Path("runs/trial-0000/events.jsonl").exists():
        assert killed.poll() is None
        time.sleep(0.02)
    os.killpg(killed.pid, signal.SIGKILL)
    killed.communicate()
    workers = [_worker("command_line.py", 4, "--command", COMMAND), _worker("python_package.py", 4)]
    said = [worker.communicate(timeout=120)[0] for worker in workers]
    assert [worker.returncode for worker in workers] == [0, 0], said
    storage = optuna.storages.JournalStorage(optuna.storages.journal.JournalFileBackend("study.journal"))
    study = optuna.load_study(study_name="latentlab", storage=storage)
    states = [trial.state.name for trial in study.trials]
    # Two that begin at once may make one trial too many.
    assert states[0] == "RUNNING" and len(states) in (5, 6)
    assert {"COMPLETE"} <= set(states[1:]) <= {"COMPLETE", "PRUNED"}
    for trial in study.trials[1:]:
        assert len(trial.intermediate_values) == 2 or trial.state.name == "PRUNED"
    # What the study calls best is what the run says of itself.
    best = study.best_trial
    assert latentlab.Run(best.user_attrs["run"]).evaluate(split="valid")["total"] == best.value
    assert f"best total {best.value:.4g}" in "".join(said)


@pytest.mark.parametrize("maximize", [False, True])
def test_a_trial_without_hope_ends_after_an_epoch_and_is_saved(example: ModuleType, maximize: bool) -> None:
    # No digits cost less than nothing.
    hopeless = optuna.pruners.ThresholdPruner(lower=0.0) if maximize else optuna.pruners.ThresholdPruner(upper=0.0)
    study = optuna.create_study(direction="maximize" if maximize else "minimize", pruner=hopeless)
    arguments = _arguments(100, maximize=maximize)
    if hasattr(example, "objective"):
        study.optimize(lambda trial: example.objective(trial, arguments), n_trials=1)
    else:
        trial = study.ask()
        assert example.train(trial, arguments) is None
        study.tell(trial, state=optuna.trial.TrialState.PRUNED)
    (trial,) = study.trials
    assert trial.state.name == "PRUNED" and 1 in trial.intermediate_values
    assert (trial.intermediate_values[1] < 0) == maximize
    run = latentlab.Run("runs/trial-0000")
    assert (run.status, run.history[0]["valid_total"]) == ("interrupted", abs(trial.intermediate_values[1]))
    assert len(run.history) < 100
    assert run.sample(1).shape == (1, 28, 28, 1)


def test_the_objective_is_a_metric_by_its_name(example: ModuleType) -> None:
    arguments = _arguments(2, maximize=True)
    study = optuna.create_study(direction="maximize")
    make = getattr(example, "objective", None) or example.train
    value = make(study.ask(), arguments)
    assert value == latentlab.Run("runs/trial-0000").evaluate(split="valid")["psnr"]


def test_what_an_epoch_raises_ends_the_training_and_saves_it() -> None:
    class Enough(Exception):
        pass

    seen = []

    def judge(epoch: dict[str, object]) -> None:
        seen.append(epoch["epoch"])
        if len(seen) == 2:
            raise Enough

    with pytest.raises(Enough):
        latentlab.train(
            "synthetic-digits-plane", epochs=50, settings={"data.count": 400}, folder="run", report=False, on_epoch=judge
        )
    run = latentlab.Run("run")
    assert (run.status, seen) == ("interrupted", [1, 2]) and 2 <= len(run.history) < 50
