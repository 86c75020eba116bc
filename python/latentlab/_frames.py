"""`set_output`: codes as a pandas or polars frame, as scikit-learn's transformers give them."""

from __future__ import annotations

import importlib
import sys
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Container = Literal["default", "pandas", "polars"]


def wanted(own: Container | None) -> str:
    """The container that `set_output` names, or else scikit-learn's configuration."""
    if own is not None:
        return own
    sklearn = sys.modules.get("sklearn")
    return "default" if sklearn is None else str(sklearn.get_config()["transform_output"])


def frame(codes: NDArray[np.float32], names: NDArray[Any], samples: Any, container: str) -> Any:
    """Codes in their container; a pandas frame keeps the index of the frame it was made from."""
    if container == "default":
        return codes
    if container == "pandas":
        pandas: Any = importlib.import_module("pandas")
        index = samples.index if isinstance(samples, pandas.DataFrame) else None
        return pandas.DataFrame(codes, columns=list(names), index=index)
    if container == "polars":
        polars: Any = importlib.import_module("polars")
        return polars.DataFrame(codes, schema=list(names), orient="row")
    raise ValueError(f"output config must be 'default', 'pandas' or 'polars', got {container!r}")
