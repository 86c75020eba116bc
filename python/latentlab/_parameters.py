"""scikit-learn's protocol for parameters, tags and fitted state, without importing scikit-learn."""

from __future__ import annotations

import inspect
import sys
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

_Self = TypeVar("_Self", bound="Parameters")


class NotFittedError(ValueError, AttributeError):
    """A method that needs a fitted estimator was called before `fit`."""


def not_fitted(estimator: object) -> Exception:
    """The error to raise: scikit-learn's own where it is loaded, for who catches that."""
    message = (
        f"This {type(estimator).__name__} instance is not fitted yet. "
        "Call 'fit' with appropriate arguments before using this estimator."
    )
    exceptions = sys.modules.get("sklearn.exceptions")
    kind: type[Exception] = getattr(exceptions, "NotFittedError", NotFittedError)
    return kind(message)


def seed_of(random_state: int | np.random.RandomState | np.random.Generator | None) -> int:
    """A seed from what scikit-learn calls `random_state`: an int is itself, None draws from NumPy's global state."""
    if random_state is None:
        return int(np.random.randint(2**31))
    if isinstance(random_state, np.random.RandomState):
        return int(random_state.randint(2**31))
    if isinstance(random_state, np.random.Generator):
        return int(random_state.integers(2**31))
    if isinstance(random_state, (int, np.integer)) and random_state >= 0:
        return int(random_state)
    raise ValueError(f"random_state = {random_state!r}: must be None, an int of at least 0, a RandomState or a Generator")


class Parameters:
    """`get_params`, `set_params` and a repr, from the signature of `__init__`."""

    @classmethod
    def _names(cls) -> list[str]:
        return [name for name in inspect.signature(cls.__init__).parameters if name != "self"]

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Parameters by name; `deep` is there for scikit-learn and changes nothing."""
        return {name: getattr(self, name) for name in self._names()}

    def set_params(self: _Self, **params: Any) -> _Self:
        """Set parameters by name.

        Raises
        ------
        ValueError
            If there is no parameter of that name.
        """
        names = self._names()
        for name, value in params.items():
            if name not in names:
                raise ValueError(f"Invalid parameter {name!r} for estimator {self}. Valid parameters are: {names!r}.")
            setattr(self, name, value)
        return self

    def _changed(self) -> Iterable[tuple[str, Any]]:
        for name, parameter in inspect.signature(type(self).__init__).parameters.items():
            if name == "self":
                continue
            value = getattr(self, name, parameter.default)
            if repr(value) != repr(parameter.default):
                yield name, value

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in self._changed())})"
