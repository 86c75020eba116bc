"""Autoencoders as scikit-learn's estimators."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ._display.progress import Verbosity
from ._estimator import Estimator, RandomState


class Autoencoder(Estimator):
    """An autoencoder: images or rows to short codes, and back.

    Parameters
    ----------
    n_components : int, optional
        Numbers of a code. By default as many as suit the data, or as the recipe has.
    loss : {"auto", "bce", "squared_error", "gaussian", "l1", "charbonnier"}, default="auto"
        Reconstruction loss of an image; "bce" and "gaussian" are in nats.
    noise : float or dict, optional
        Noise that the network sees on its input and learns to remove: the standard deviation of Gaussian noise, in pixel
        values [0, 1], or how much of each kind, as ``{"poisson": 30, "jpeg": 40}``.
    recipe : str, optional
        A built-in recipe (`latentlab.recipes()`), a TOML file or its text. By default a net is chosen that suits the data.
    epochs, batch_size, learning_rate : optional
        Instead of the recipe's, or of those that are chosen for the data.
    settings : dict, optional
        Any other key of a recipe: ``{"optimizer.kind": "adamw", "data.input.noise": 0.3}``.
    validation_fraction : float, default=0.1
        Part of the data that is held out to choose the best epoch, in (0, 1).
    contamination : float, default=0.1
        Part of the training data that counts as anomalous, in (0, 0.5]; sets `threshold_`.
    folder : path, optional
        Where the run is kept. By default it is temporary, and goes with the estimator.
    random_state : int, RandomState, Generator or None
        Seed of first weights, shuffles and noise. The same int gives the same network, on any number of threads.
    n_jobs : int, optional
        Threads; None and -1 are all cores.
    verbose : bool or "auto", default="auto"
        "auto" shows a live display in a notebook and a bar at an interactive prompt, nothing in a script.

    Attributes
    ----------
    run_ : Run
        Everything that can be done with the trained network: report, explorer, export, maps.
    n_components_ : int
        Numbers of a code.
    history_ : list of dict
        Losses of each epoch, in nats per image; `pandas.DataFrame(history_)` plots them.
    threshold_, offset_ : float
        `anomaly_score` above which, and `score_samples` below which, something is an anomaly.
    decision_scores_, labels_ : ndarray of shape (n,)
        Anomaly scores of the training data, and 1 for those beyond `threshold_`.
    n_features_in_ : int
        Values of an image or a row.
    feature_names_in_ : ndarray of str
        Columns of the frame, where `fit` had one.
    input_shape_ : tuple of int
        What the network sees: (h, w, c).

    Examples
    --------
    >>> import numpy as np
    >>> from latentlab import Autoencoder
    >>> rows = np.random.default_rng(0).normal(size=(200, 6)) @ np.ones((6, 6))
    >>> codes = Autoencoder(2, epochs=5, random_state=0).fit_transform(rows)
    >>> codes.shape
    (200, 2)
    """

    @property
    def _purpose(self) -> str:
        return "ae" if self.noise is None else "denoiser"

    def __init__(
        self,
        n_components: int | None = None,
        *,
        loss: str = "auto",
        noise: float | dict[str, float] | None = None,
        recipe: str | None = None,
        epochs: int | None = None,
        batch_size: int | None = None,
        learning_rate: float | None = None,
        settings: Mapping[str, Any] | None = None,
        validation_fraction: float = 0.1,
        contamination: float = 0.1,
        folder: str | Path | None = None,
        random_state: RandomState = None,
        n_jobs: int | None = None,
        verbose: Verbosity = "auto",
    ) -> None:
        self.n_components = n_components
        self.loss = loss
        self.noise = noise
        self.recipe = recipe
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.settings = settings
        self.validation_fraction = validation_fraction
        self.contamination = contamination
        self.folder = folder
        self.random_state = random_state
        self.n_jobs = n_jobs
        self.verbose = verbose

    def _recipe_settings(self) -> dict[str, Any]:
        return super()._recipe_settings() | {"data.input.noise": self.noise}
