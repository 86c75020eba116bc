"""What both searches share: the study, what is varied, and how a trial is judged."""

from __future__ import annotations

import argparse
from typing import Any

import optuna
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from optuna.trial import TrialState

RECIPE = "synthetic-digits-plane"
"""What is trained: a recipe, or a TOML file."""


def settings_of(trial: optuna.Trial) -> dict[str, Any]:
    """Draw the settings that are varied, by their keys in a recipe."""
    return {
        "optimizer.learning_rate": trial.suggest_float("learning_rate", 1e-4, 1e-2, log=True),
        "training.batch_size": trial.suggest_categorical("batch_size", [32, 64, 128]),
        "model.latent.size": trial.suggest_int("latent", 2, 16, log=True),
    }


def arguments_of(description: str | None) -> argparse.ArgumentParser:
    """Give the options that both programs have."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("journal", help="file of the study; all processes name the same one, on a folder that they share")
    parser.add_argument("--trials", type=int, default=20, help="how many trials the study shall have, over all processes")
    parser.add_argument("--metric", default="total", help="what is measured, a name of `latentlab evaluate --json`")
    parser.add_argument("--maximize", action="store_true", help="whether higher is better, as of psnr")
    parser.add_argument("--epochs", type=int, default=10, help="epochs of each training")
    parser.add_argument("--images", type=int, default=12_000, help="digits to train, validate and test with")
    parser.add_argument("--runs", default="runs", help="folder for the trials' runs")
    return parser


def open_study(arguments: argparse.Namespace) -> optuna.Study:
    """Open the study, or begin it: a file that any number of processes may write to."""
    return optuna.create_study(
        storage=JournalStorage(JournalFileBackend(arguments.journal)),
        study_name="latentlab",
        direction="maximize" if arguments.maximize else "minimize",
        pruner=optuna.pruners.MedianPruner(n_startup_trials=4),
        load_if_exists=True,
    )


def is_done(study: optuna.Study, arguments: argparse.Namespace) -> bool:
    """Tell whether there are enough trials; one whose process was killed ends never, and does not count."""
    ended = (TrialState.COMPLETE, TrialState.PRUNED)
    return bool(len(study.get_trials(deepcopy=False, states=ended)) >= arguments.trials)


def report(trial: optuna.Trial, epoch: dict[str, Any], arguments: argparse.Namespace) -> bool:
    """Report the validation loss of an epoch, and tell whether the trial is hopeless.

    Trials are compared by what the study makes smaller or larger, so a loss is negative where more is better.
    """
    loss = float(epoch["valid"]["total"])
    trial.report(-loss if arguments.maximize else loss, epoch["epoch"])
    return trial.should_prune()


def tell_best(study: optuna.Study, metric: str) -> None:
    """Print what was found."""
    counts = {state.name.lower(): len(study.get_trials(deepcopy=False, states=(state,))) for state in TrialState}
    print(", ".join(f"{count} {state}" for state, count in counts.items() if count))
    if counts["complete"]:
        best = study.best_trial
        print(f"best {metric} {best.value:.4g}: {best.params}\n  {best.user_attrs['run']}")
