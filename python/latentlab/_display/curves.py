"""The loss curve that grows while a network trains."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from .markup import number

_WIDTH, _HEIGHT = 420, 130
_LEFT, _RIGHT, _TOP, _BOTTOM = 62, 12, 8, 22
_TRAIN, _VALID = "#56b4e9", "#d55e00"


def loss_curve(history: Sequence[Mapping[str, Any]], epochs: int) -> str:
    """Totals of training and validation over the epochs, as SVG in the page's own colours.

    Parameters
    ----------
    history
        One dict an epoch, with `epoch`, `train_total` and `valid_total` in nats per image.
    epochs
        Where the axis ends, at least 1.
    """
    lines = {
        name: [(int(row["epoch"]), float(row[f"{name}_total"])) for row in history if _is_finite(row.get(f"{name}_total"))]
        for name in ("train", "valid")
    }
    values = [value for points in lines.values() for _, value in points]
    if not values:
        return ""
    low, high = min(values), max(values)
    # One spike in the first epochs must not flatten all that follows.
    if len(values) > 8:
        high = max(min(high, sorted(values)[-3]), max(points[-1][1] for points in lines.values() if points))
    span = high - low or max(abs(high), 1e-9) * 0.1

    def x(epoch: int) -> float:
        return _LEFT + (_WIDTH - _LEFT - _RIGHT) * (epoch - 1) / max(epochs - 1, 1)

    def y(value: float) -> float:
        return _TOP + (_HEIGHT - _TOP - _BOTTOM) * (high - min(value, high)) / span

    marks = "".join(
        f'<path d="M{_LEFT} {y(value):.1f}H{_WIDTH - _RIGHT}" stroke="currentColor" opacity=".2"/>'
        f'<text x="{_LEFT - 6}" y="{y(value) + 4:.1f}" text-anchor="end">{number(value)}</text>'
        for value in dict.fromkeys((low, high))
    )
    drawn = ""
    for points, color in zip(lines.values(), (_TRAIN, _VALID), strict=True):
        if not points:
            continue
        path = " ".join(f"{x(epoch):.1f},{y(value):.1f}" for epoch, value in points)
        last = points[-1]
        drawn += (
            f'<polyline points="{path}" fill="none" stroke="{color}" stroke-width="1.75" stroke-linejoin="round"/>'
            f'<circle cx="{x(last[0]):.1f}" cy="{y(last[1]):.1f}" r="2.5" fill="{color}"/>'
        )
    legend = "".join(
        f'<text x="{_WIDTH - _RIGHT - 92 + 52 * place}" y="{_TOP + 11}" fill="{color}" style="fill:{color}">{name}</text>'
        for place, (name, color) in enumerate((("train", _TRAIN), ("valid", _VALID)))
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{_HEIGHT}" '
        f'viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
        f'aria-label="Loss over {epochs} epochs" font-size="11" fill="currentColor" style="display:block;max-width:100%">'
        f"{marks}{drawn}{legend}"
        f'<text x="{_LEFT}" y="{_HEIGHT - 6}">epoch 1</text>'
        f'<text x="{_WIDTH - _RIGHT}" y="{_HEIGHT - 6}" text-anchor="end">{epochs}</text></svg>'
    )


def _is_finite(value: Any) -> bool:
    return isinstance(value, (int, float)) and math.isfinite(value)
