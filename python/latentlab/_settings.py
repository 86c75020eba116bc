"""Settings of a recipe as `KEY=VALUE` with a value in TOML, as the program's `--set` takes them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np


def settings_list(settings: Mapping[str, Any] | None) -> list[str]:
    """`{"optimizer.learning_rate": 3e-4}` → `["optimizer.learning_rate=0.0003"]`; values of None are left out.

    Examples
    --------
    >>> settings_list({"optimizer": {"kind": "sgd", "learning_rate": 0.1}, "data.size": [48, 64], "seed": None})
    ['optimizer={ kind = "sgd", learning_rate = 0.1 }', 'data.size=[48, 64]']
    """
    return [f"{key}={toml(value)}" for key, value in (settings or {}).items() if value is not None]


def toml(value: Any) -> str:
    """A value as TOML writes it on one line.

    Raises
    ------
    TypeError
        If TOML has no such value.
    """
    if isinstance(value, (bool, np.bool_)):
        return "true" if value else "false"
    if isinstance(value, (int, np.integer)):
        return str(int(value))
    if isinstance(value, (float, np.floating)):
        return repr(float(value))
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, Mapping):
        return (
            "{ "
            + ", ".join(f"{json.dumps(str(key)) if '.' in str(key) else key} = {toml(item)}" for key, item in value.items())
            + " }"
        )
    if isinstance(value, (Sequence, np.ndarray)):
        return "[" + ", ".join(toml(item) for item in value) + "]"
    raise TypeError(f"settings: {value!r} is a {type(value).__name__}, which a recipe cannot hold")
