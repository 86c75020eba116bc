"""A search over settings with Optuna, by ask and tell: each trial is a training of the command `latentlab`.

    python examples/optuna/command_line.py study.journal --trials 40

in as many processes as one likes, on any machines that share the folder. Each epoch's loss is read from the run's
events.jsonl as it comes; a trial without hope is interrupted, which saves it: `latentlab train --resume RUN` goes on with it.
"""

from __future__ import annotations

import argparse
import json
import shlex
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import optuna
from optuna.trial import TrialState
from search import RECIPE, arguments_of, is_done, open_study, report, settings_of, tell_best


def epochs_of(training: subprocess.Popen[bytes], run: Path) -> Iterator[dict[str, Any]]:
    """Give the events of the epochs that a training writes, as it writes them, until it ends."""
    events, rest = run / "events.jsonl", ""
    at, is_over = 0, False
    while not is_over:
        is_over = training.poll() is not None
        if events.exists():
            with events.open(encoding="utf-8") as file:
                file.seek(at)
                rest += file.read()
                at = file.tell()
        *lines, rest = rest.split("\n")
        yield from (event for event in map(json.loads, lines) if event["event"] == "epoch")
        time.sleep(0 if is_over else 0.05)


def train(trial: optuna.Trial, arguments: argparse.Namespace) -> float | None:
    """Train and measure what a trial asks for; None where it was pruned.

    Raises
    ------
    subprocess.CalledProcessError
        If the command fails.
    """
    run = Path(arguments.runs) / f"trial-{trial.number:04}"
    trial.set_user_attr("run", str(run))
    settings = settings_of(trial) | {"data.count": arguments.images, "seed": trial.number}
    latentlab = shlex.split(arguments.command)
    command = [*latentlab, "train", RECIPE, "--epochs", str(arguments.epochs), "--out", str(run), "--no-report", "--quiet"]
    command += [word for key, value in settings.items() for word in ("--set", f"{key}={value}")]
    training = subprocess.Popen(command)
    is_pruned = False
    for epoch in epochs_of(training, run):
        if not is_pruned and report(trial, epoch, arguments):
            is_pruned = True
            training.send_signal(signal.SIGINT)
    if is_pruned:
        return None
    if training.returncode != 0:
        raise subprocess.CalledProcessError(training.returncode, command)
    evaluate = [*latentlab, "evaluate", str(run), "--split", "valid", "--json", "--quiet"]
    return float(json.loads(subprocess.run(evaluate, check=True, stdout=subprocess.PIPE).stdout)[arguments.metric])


def main() -> None:
    """Make trials until there are enough."""
    parser = arguments_of(__doc__)
    parser.add_argument("--command", default="latentlab", help="the command, where it is not on the path")
    arguments = parser.parse_args()
    study = open_study(arguments)
    while not is_done(study, arguments):
        trial = study.ask()
        try:
            value = train(trial, arguments)
        except subprocess.CalledProcessError as error:
            print(f"trial {trial.number}: {error}")
            study.tell(trial, state=TrialState.FAIL)
        else:
            study.tell(trial, value, state=TrialState.PRUNED if value is None else TrialState.COMPLETE)
    tell_best(study, arguments.metric)


if __name__ == "__main__":
    main()
