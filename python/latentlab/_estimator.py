"""What autoencoders and variational autoencoders share as scikit-learn's estimators."""

from __future__ import annotations

import importlib
import os
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import _frames, _native, _state
from ._display.estimator import estimator_markup
from ._display.progress import Verbosity
from ._folder import TemporaryFolder
from ._inputs import Input, Samples, column_names, named_data, read_input
from ._parameters import Parameters, not_fitted, seed_of
from ._training import run_training, threads_of

if TYPE_CHECKING:
    from .run import Run

RandomState = int | np.random.RandomState | np.random.Generator | None
Sampler = Literal["prior", "gaussian", "gmm"]
Codes = Any
"""Codes [n, n_components_] as a NumPy array, or in the container that `set_output` names."""

_Self = TypeVar("_Self", bound="Estimator")


class Estimator(Parameters):
    """Base of `Autoencoder` and `VAE`: everything but the parameters."""

    recipe: str | None
    n_components: int | None
    loss: str
    epochs: int | None
    batch_size: int | None
    learning_rate: float | None
    settings: Mapping[str, Any] | None
    validation_fraction: float
    contamination: float
    folder: str | Path | None
    random_state: RandomState
    n_jobs: int | None
    verbose: Verbosity

    run_: Run
    n_features_in_: int
    feature_names_in_: NDArray[np.object_]
    input_shape_: tuple[int, ...]
    n_components_: int
    history_: list[dict[str, Any]]
    decision_scores_: NDArray[np.float64]
    labels_: NDArray[np.int64]
    threshold_: float
    offset_: float

    def fit(self: _Self, X: Samples, y: ArrayLike | None = None) -> _Self:
        """Train on images or rows.

        Parameters
        ----------
        X
            Images [n, h, w] or [n, h, w, c]; a table [n, d] or a data frame, of any range; a list of PIL images;
            or a path: a folder of images, an array, a table.
        y
            Never trained on. Where it holds classes, the run's figures are coloured by them.

        Returns
        -------
        self
        """
        self._check_parameters()
        self._forget()
        source = read_input(X, type(self).__name__)
        self._source = source
        self._train(source, y)
        self._finish(source)
        return self

    def resume(self: _Self, epochs: int | None = None) -> _Self:
        """Go on with a training that was interrupted, to the same network as without the interruption.

        Parameters
        ----------
        epochs
            Train to this many epochs instead of those that `fit` began with.
        """
        if not hasattr(self, "run_"):
            raise not_fitted(self)
        self.run_.resume(epochs, verbose=self.verbose)
        self._finish(self._source)
        return self

    def transform(self, X: Samples) -> Codes:
        """Codes of images or rows: the posterior's means [n, n_components_], float32."""
        source = self._known(X)
        return self._framed(self._model.encode(source.values)[0], X)

    def fit_transform(self, X: Samples, y: ArrayLike | None = None) -> Codes:
        """`fit(X, y).transform(X)`."""
        return self.fit(X, y).transform(X)

    def inverse_transform(self, X: ArrayLike) -> NDArray[np.float32]:
        """Decode codes [n, n_components_]: images in [0, 1], or rows in the table's own units."""
        self._check_fitted()
        codes = np.asarray(X, dtype=np.float32)
        if codes.ndim != 2 or codes.shape[1] != self.n_components_:
            raise ValueError(f"codes of shape {codes.shape}: must be [n, {self.n_components_}]")
        return self._shaped(self._model.decode(np.ascontiguousarray(codes)))

    def reconstruct(self, X: Samples) -> NDArray[np.float32]:
        """`inverse_transform(transform(X))`."""
        source = self._known(X)
        return self._shaped(self._model.reconstruct(source.values))

    def sample(
        self, n_samples: int = 1, random_state: RandomState = None, *, sampler: Sampler | None = None
    ) -> NDArray[np.float32]:
        """Generate images or rows.

        Parameters
        ----------
        n_samples
            How many.
        random_state
            Which ones; None takes the estimator's own.
        sampler
            Where codes are drawn from: "prior" is N(0, I), what a VAE was trained towards and its default; "gaussian"
            has mean and covariance of the training codes, an autoencoder's default; "gmm" is a mixture of Gaussians that
            is fitted to them.

        Returns
        -------
        samples : images in [0, 1] of the shape of the training images, or rows in the table's own units
        """
        self._check_fitted()
        seed = seed_of(self.random_state if random_state is None else random_state)
        where = sampler or ("prior" if self._model.is_variational else "gaussian")
        if where == "prior":
            return self._shaped(self._model.sample(n_samples, seed=seed))
        source: Input | None = getattr(self, "_source", None)
        if source is None:
            raise ValueError(
                f"sampler = {where!r}: is fitted to the codes of the training data, which a saved estimator does not hold\n"
                "hint: sampler='prior'"
            )
        return self._shaped(self._model.sample(n_samples, seed=seed, sampler=where, x=source.values))

    def score_samples(self, X: Samples) -> NDArray[np.float64]:
        """Score each image or row: higher is more like the training data.

        It is minus the loss in nats with the code at the posterior's mean: reconstruction and, of a VAE, KL divergence.
        """
        return self._scores(self._known(X))

    def score(self, X: Samples, y: ArrayLike | None = None) -> float:
        """Mean of `score_samples(X)`, for model selection: higher is better."""
        return float(self.score_samples(X).mean())

    def anomaly_score(self, X: Samples) -> NDArray[np.float64]:
        """`-score_samples(X)`: higher is stranger, as pyod counts."""
        return -self.score_samples(X)

    def decision_function(self, X: Samples) -> NDArray[np.float64]:
        """`score_samples(X) - offset_`: below zero is an anomaly, as scikit-learn counts."""
        return self.score_samples(X) - self.offset_

    def predict(self, X: Samples) -> NDArray[np.int64]:
        """1 for what is like the training data, -1 for anomalies: beyond `threshold_`, which leaves out the part
        `contamination` of the training data."""
        return np.where(self.decision_function(X) < 0, -1, 1).astype(np.int64)

    def fit_predict(self, X: Samples, y: ArrayLike | None = None) -> NDArray[np.int64]:
        """`fit(X).predict(X)`."""
        return self.fit(X, y).predict(X)

    def get_feature_names_out(self, input_features: ArrayLike | None = None) -> NDArray[np.object_]:
        """Names of the code's numbers: "vae0", "vae1", …"""
        self._check_fitted()
        if input_features is not None:
            names = np.asarray(input_features, dtype=object)
            known = getattr(self, "feature_names_in_", None)
            if known is not None and not np.array_equal(known, names):
                raise ValueError("input_features is not equal to feature_names_in_")
            if len(names) != self.n_features_in_:
                raise ValueError(
                    f"input_features should have length equal to number of features ({self.n_features_in_}), "
                    f"got {len(names)}"
                )
        return np.array([f"{type(self).__name__.lower()}{number}" for number in range(self.n_components_)], dtype=object)

    def set_output(self: _Self, *, transform: _frames.Container | None = None) -> _Self:
        """Choose what `transform` gives: "default" is a NumPy array, "pandas" and "polars" are frames."""
        if transform is not None:
            self._sklearn_output_config = {"transform": transform}
        return self

    def save(self, path: str | Path) -> Path:
        """Write parameters, network and thresholds to one file, which `load` opens on any machine.

        No code runs when it is loaded, and it holds no image.
        """
        self._check_fitted()
        return _state.save(self, Path(path))

    @classmethod
    def load(cls: type[_Self], path: str | Path) -> _Self:
        """Open what `save` wrote."""
        return _state.load(cls, Path(path))

    def __getstate__(self) -> dict[str, Any]:
        return _state.to_state(self)

    def __setstate__(self, state: dict[str, Any]) -> None:
        _state.from_state(self, state)

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "offset_")

    def __sklearn_tags__(self) -> Any:
        # Only scikit-learn asks for it.
        utils: Any = importlib.import_module("sklearn.utils")
        return utils.Tags(
            estimator_type="outlier_detector",
            target_tags=utils.TargetTags(required=False),
            transformer_tags=utils.TransformerTags(preserves_dtype=["float32"]),
            input_tags=utils.InputTags(two_d_array=True, three_d_array=True),
        )

    def _repr_html_(self) -> str:
        return estimator_markup(self)

    # What follows is for this class alone.

    @property
    def _purpose(self) -> str:
        """What the network is for, as recipes call it."""
        raise NotImplementedError

    def _recipe_settings(self) -> dict[str, Any]:
        """Settings that come from parameters."""
        return {
            "objective.reconstruction.loss": None if self.loss == "auto" else self.loss,
            "training.batch_size": self.batch_size,
            "optimizer.learning_rate": self.learning_rate,
        }

    def _check_parameters(self) -> None:
        if not 0 < self.contamination <= 0.5:
            raise ValueError(f"contamination = {self.contamination!r}: must be in (0, 0.5]")
        if not 0 < self.validation_fraction < 1:
            raise ValueError(f"validation_fraction = {self.validation_fraction!r}: must be in (0, 1)")

    def _forget(self) -> None:
        for name in [name for name in vars(self) if name.endswith("_") and not name.startswith("_")]:
            delattr(self, name)

    def _train(self, source: Input, y: ArrayLike | None) -> None:
        from .run import Run

        settings: dict[str, Any] = {"seed": seed_of(self.random_state)}
        data: _native.Data | None = None
        if source.array is not None:
            data = named_data(source, y)
            # What is held out validates, and is what the run's report shows. `y` must not change what is trained.
            held_out = max(int(len(source.array) * self.validation_fraction), 1)
            settings |= {"data.test": held_out, "data.valid": "test", "data.stratify": False}
        temporary = TemporaryFolder() if self.folder is None else None
        folder = temporary.path / "run" if temporary is not None else Path(cast("str", self.folder))
        try:
            run_training(
                self.recipe,
                source.path if data is None else data.path,
                folder=str(folder),
                purpose=self._purpose,
                latent=self.n_components,
                settings=settings | self._recipe_settings() | dict(self.settings or {}),
                epochs=self.epochs,
                report=False,
                threads=threads_of(self.n_jobs),
                verbose=self.verbose,
            )
        finally:
            # An interrupted training leaves its run, which `resume` goes on with.
            if (folder / "manifest.json").exists():
                self.run_ = Run(folder, n_jobs=self.n_jobs)
                self.run_.keep(data, temporary, source)

    def _finish(self, source: Input) -> None:
        """Everything that is known after training."""
        self._model = self.run_.model
        self.input_shape_ = tuple(self._model.input_shape)
        self.n_components_ = self._model.latent_size
        if source.columns is not None:
            self.feature_names_in_ = np.array(source.columns, dtype=object)
        self.history_ = self.run_.history
        self._axes = 1 + len(self.input_shape_) if source.array is None else source.array.ndim
        self.n_features_in_ = int(np.prod(self.input_shape_))
        scores = self._scores(source)
        self.decision_scores_ = -scores
        self.offset_ = float(np.percentile(scores, 100 * self.contamination))
        self.threshold_ = -self.offset_
        self.labels_ = (scores < self.offset_).astype(np.int64)

    def _check_fitted(self) -> None:
        if not hasattr(self, "offset_"):
            raise not_fitted(self)

    def _known(self, samples: Samples) -> Input:
        """Data that are checked to be like those of `fit`."""
        self._check_fitted()
        name = type(self).__name__
        # Names come first: columns that are not there are why values may be missing.
        if not isinstance(samples, (str, os.PathLike)):
            self._check_names(column_names(samples))
        source = read_input(samples, name)
        if source.array is None:
            return source
        shape, is_table = source.array.shape, self._axes == 2
        if is_table and source.is_table:
            if shape[1] != self.n_features_in_:
                raise ValueError(
                    f"X has {shape[1]} features, but {name} is expecting {self.n_features_in_} features as input."
                )
        elif is_table or source.is_table:
            expected = "rows [n, d]" if is_table else f"images [n, {', '.join(map(str, self.input_shape_))}]"
            raise ValueError(f"X has shape {shape}, but {name} was fitted on {expected}.")
        return source

    def _check_names(self, names: list[str] | None) -> None:
        fitted = getattr(self, "feature_names_in_", None)
        if fitted is None and names is None:
            return
        name = type(self).__name__
        if fitted is None:
            warnings.warn(f"X has feature names, but {name} was fitted without feature names", UserWarning, stacklevel=4)
        elif names is None:
            warnings.warn(
                f"X does not have valid feature names, but {name} was fitted with feature names", UserWarning, stacklevel=4
            )
        elif list(fitted) != names:
            raise ValueError(_names_differ(list(fitted), names))

    def _scores(self, source: Input) -> NDArray[np.float64]:
        losses = self._model.losses(source.values, samples=0)
        scores = -np.asarray(losses["reconstruction"], dtype=np.float64)
        return scores - losses["kl"] if "kl" in losses else scores

    def _shaped(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """Images without their channel where those of `fit` had none."""
        return values[..., 0] if self._axes == 3 and values.ndim == 4 and values.shape[-1] == 1 else values

    def _framed(self, codes: NDArray[np.float32], samples: object) -> Codes:
        own = getattr(self, "_sklearn_output_config", {}).get("transform")
        container = _frames.wanted(own)
        return _frames.frame(codes, self.get_feature_names_out(), samples, container)


def _names_differ(fitted: list[str], names: list[str]) -> str:
    """scikit-learn's words for columns of other names, or in another order."""
    message = "The feature names should match those that were passed during fit.\n"

    def listed(title: str, unlike: list[str]) -> str:
        shown = "".join(f"- {name}\n" for name in unlike[:5]) + ("- ...\n" if len(unlike) > 5 else "")
        return title + shown if unlike else ""

    unseen, missing = sorted(set(names) - set(fitted)), sorted(set(fitted) - set(names))
    message += listed("Feature names unseen at fit time:\n", unseen)
    message += listed("Feature names seen at fit time, yet now missing:\n", missing)
    if not unseen and not missing:
        message += "Feature names must be in the same order as they were in fit.\n"
    return message
