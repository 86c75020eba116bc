"""A search over settings with Optuna: each trial is a training of the Python package `latentlab`.

    python examples/optuna/python_package.py study.journal --trials 40

in as many processes as one likes, on any machines that share the folder. Epochs are reported as they end; a trial without
hope ends there, and is saved: `latentlab.Run(folder).resume()` goes on with it.
"""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path
from typing import Any

import optuna
from search import RECIPE, arguments_of, is_done, open_study, report, settings_of, tell_best

import latentlab


def objective(trial: optuna.Trial, arguments: argparse.Namespace) -> float:
    """Train and measure what a trial asks for."""
    folder = Path(arguments.runs) / f"trial-{trial.number:04}"
    trial.set_user_attr("run", str(folder))

    def judge(epoch: dict[str, Any]) -> None:
        if report(trial, epoch, arguments):
            raise optuna.TrialPruned

    settings = settings_of(trial) | {"data.count": arguments.images}
    run = latentlab.train(
        RECIPE,
        epochs=arguments.epochs,
        seed=trial.number,
        settings=settings,
        folder=folder,
        report=False,
        verbose=False,
        on_epoch=judge,
    )
    return float(run.evaluate(split="valid")[arguments.metric])


def main() -> None:
    """Make trials until there are enough."""
    arguments = arguments_of(__doc__).parse_args()
    study = open_study(arguments)
    while not is_done(study, arguments):
        study.optimize(partial(objective, arguments=arguments), n_trials=1, catch=latentlab.Fault)
    tell_best(study, arguments.metric)


if __name__ == "__main__":
    main()
