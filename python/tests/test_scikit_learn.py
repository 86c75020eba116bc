"""The estimators are scikit-learn's in all that it checks, and in what it is used for."""

from __future__ import annotations

import pickle
import subprocess
import sys
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import estimator_checks
from sklearn.utils.estimator_checks import check_estimator

from latentlab import VAE, Autoencoder

KINDS = pytest.mark.parametrize("kind", [VAE, Autoencoder])


@KINDS
@pytest.mark.filterwarnings("ignore:Estimator .* does not inherit from `sklearn.base.BaseEstimator`")
def test_every_check_of_scikit_learn_passes_and_none_is_skipped(kind: type[Any]) -> None:
    results = check_estimator(kind(epochs=2), on_fail=None, on_skip=None)
    assert {result["status"] for result in results} == {"passed"}, [
        (result["check_name"], result["exception"]) for result in results if result["status"] != "passed"
    ]
    assert len(results) > 50


# scikit-learn runs these on its own estimators and leaves them out of `check_estimator`.
FRAME_CHECKS = [
    "check_dataframe_column_names_consistency",
    "check_transformer_get_feature_names_out",
    "check_transformer_get_feature_names_out_pandas",
    "check_set_output_transform",
    "check_set_output_transform_pandas",
    "check_global_output_transform_pandas",
    "check_set_output_transform_polars",
    "check_global_set_output_transform_polars",
]


@KINDS
@pytest.mark.parametrize("check", FRAME_CHECKS)
def test_checks_of_frames_pass(kind: type[Any], check: str) -> None:
    getattr(estimator_checks, check)(kind.__name__, kind(epochs=2))


def test_a_pipeline_is_searched_and_its_codes_classify(tumours: NDArray[np.float64]) -> None:
    classes = load_breast_cancer().target
    pipeline = make_pipeline(
        StandardScaler(), VAE(epochs=10, random_state=0, verbose=False), LogisticRegression(max_iter=1000)
    )
    search = GridSearchCV(pipeline, {"vae__n_components": [2, 8], "vae__beta": [0.1, 1.0]}, cv=2)
    search.fit(tumours, classes)
    # A constant answer is right for 63 %.
    assert search.best_score_ > 0.85
    assert search.best_estimator_.named_steps["vae"].n_components_ == search.best_params_["vae__n_components"]
    assert pickle.loads(pickle.dumps(search)).predict(tumours[:5]).tolist() == search.predict(tumours[:5]).tolist()


def test_a_search_runs_in_processes(tumours: NDArray[np.float64]) -> None:
    search = GridSearchCV(Autoencoder(epochs=5, random_state=0), {"n_components": [1, 8]}, cv=2, n_jobs=2)
    search.fit(tumours)
    # More numbers reconstruct better.
    assert search.best_params_ == {"n_components": 8}


def test_images_are_cross_validated(digits: NDArray[np.uint8]) -> None:
    trained = cross_val_score(Autoencoder(8, epochs=8, random_state=0), digits[:600], cv=2)
    hardly = cross_val_score(Autoencoder(8, epochs=1, learning_rate=1e-6, random_state=0), digits[:600], cv=2)
    assert (trained > hardly + 5).all()


@KINDS
def test_what_is_not_fitted_says_so(kind: type[Any], tumours: NDArray[np.float64]) -> None:
    for method in (
        "transform",
        "inverse_transform",
        "reconstruct",
        "score_samples",
        "score",
        "decision_function",
        "predict",
    ):
        with pytest.raises(NotFittedError, match=f"This {kind.__name__} instance is not fitted yet"):
            getattr(kind(), method)(tumours)
    with pytest.raises(NotFittedError):
        kind().sample()
    with pytest.raises(NotFittedError):
        kind().get_feature_names_out()


def test_frames_keep_their_columns_and_index() -> None:
    frame = load_breast_cancer(as_frame=True).data.iloc[100:200]
    vae = VAE(3, epochs=2, random_state=0).set_output(transform="pandas").fit(frame)
    codes = vae.transform(frame)
    assert isinstance(codes, pd.DataFrame)
    assert list(codes.columns) == ["vae0", "vae1", "vae2"] and codes.index.equals(frame.index)
    assert list(vae.feature_names_in_) == list(frame.columns)
    with pytest.raises(ValueError, match="Feature names must be in the same order"):
        vae.transform(frame[frame.columns[::-1]])
    with pytest.warns(UserWarning, match="X does not have valid feature names"):
        vae.transform(frame.to_numpy())


def test_parameters_are_cloned_set_and_shown() -> None:
    vae = VAE(4, beta=0.5, settings={"optimizer.kind": "adamw"})
    assert repr(vae) == "VAE(n_components=4, beta=0.5, settings={'optimizer.kind': 'adamw'})"
    assert clone(vae).get_params() == vae.get_params()
    assert vae.set_params(beta=2.0).beta == 2.0
    with pytest.raises(ValueError, match="Invalid parameter 'gamma'"):
        vae.set_params(gamma=1)


def test_numpy_is_all_that_is_imported() -> None:
    code = (
        "import sys, numpy as np, latentlab\n"
        "vae = latentlab.VAE(1, epochs=1, random_state=0).fit(np.eye(20))\n"
        "vae.transform(np.eye(20)); repr(vae)\n"
        "print(sorted({'sklearn', 'pandas', 'IPython', 'PIL', 'polars', 'scipy'} & set(sys.modules)))\n"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout) == (0, "[]\n"), ran.stderr


def test_a_pipeline_shows_its_estimators_as_a_diagram(tumours: NDArray[np.float64]) -> None:
    pipeline = make_pipeline(StandardScaler(), VAE(2, epochs=1, random_state=0))
    assert "VAE" in pipeline._repr_html_()
    assert "StandardScaler" in pipeline.fit(tumours)._repr_html_()
    assert pipeline.get_feature_names_out().tolist() == ["vae0", "vae1"]
