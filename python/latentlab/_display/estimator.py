"""What a notebook shows of an estimator."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Literal

from . import markup
from .run import curve, summary

if TYPE_CHECKING:
    from .._estimator import Estimator

_PREVIEWS: tuple[Literal["reconstruct"], Literal["generate"]] = ("reconstruct", "generate")


def estimator_markup(estimator: Estimator) -> str:
    """Parameters; of a fitted one the training, its curve, and samples."""
    head = f"<div><b>{escape(repr(estimator))}</b></div>"
    if not estimator.__sklearn_is_fitted__():
        return markup.box(head + markup.faint("not fitted"))
    facts = {
        "input": " × ".join(map(str, estimator.input_shape_)),
        "code": f"{estimator.n_components_} numbers",
        "anomalies": f"score above {estimator.threshold_:.5g} ({estimator.contamination:.0%} of the training data)",
    }
    run = getattr(estimator, "run_", None)
    body = "" if run is None else summary(run.manifest, estimator.history_)
    pictures = ""
    if run is not None and len(estimator.input_shape_) == 3 and min(estimator.input_shape_[:2]) > 1:
        pictures = "".join(markup.picture(run.preview(verb).svg) for verb in _PREVIEWS)
    return markup.box(head + markup.pairs(facts) + body + curve(estimator.history_) + pictures)
