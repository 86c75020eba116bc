"""Small pieces of HTML that look right on light and dark pages: everything takes the page's own colours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

STYLE = "font-family:system-ui,sans-serif;font-size:13px;line-height:1.45;max-width:900px"
_CELL = "padding:2px 10px 2px 0;text-align:left;border:0;background:none;color:inherit;white-space:nowrap"


def number(value: Any) -> str:
    """A value as people read it: five digits, thousands with commas."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:.5g}" if abs(value) < 1e5 else f"{value:,.0f}"
    return str(value)


def box(content: str) -> str:
    """The block that holds what one object shows."""
    return f'<div class="latentlab" style="{STYLE}">{content}</div>'


def text(content: str) -> str:
    """Plain text."""
    return escape(content)


def faint(content: str) -> str:
    """Text of less importance."""
    return f'<span style="opacity:.7">{content}</span>'


def table(rows: Sequence[Mapping[str, Any]], most: int = 10) -> str:
    """The first rows of a list of dicts."""
    names: list[str] = list(dict.fromkeys(name for row in rows[:most] for name in row))
    head = "".join(f'<th style="{_CELL};font-weight:600">{escape(name)}</th>' for name in names)
    body = "".join(
        "<tr style='background:none'>"
        + "".join(f'<td style="{_CELL}">{_cell(row.get(name))}</td>' for name in names)
        + "</tr>"
        for row in rows[:most]
    )
    rest = faint(f"{len(rows):,} rows; the first {most}") if len(rows) > most else ""
    return (
        f'<div style="overflow-x:auto"><table style="border-collapse:collapse;margin:4px 0;font-size:13px">'
        f"<thead><tr style='border-bottom:1px solid color-mix(in srgb,currentColor 30%,transparent)'>{head}</tr></thead>"
        f"<tbody>{body}</tbody></table></div>{rest}"
    )


def pairs(values: Mapping[str, Any]) -> str:
    """A table of two columns, names and values; what is no single value is left out."""
    rows = "".join(
        f'<tr style="background:none"><th style="{_CELL};font-weight:400;opacity:.7">{escape(str(name))}</th>'
        f'<td style="{_CELL}">{_cell(value)}</td></tr>'
        for name, value in values.items()
        if value is not None and not isinstance(value, (list, dict, tuple))
    )
    return f'<table style="border-collapse:collapse;margin:4px 0;font-size:13px"><tbody>{rows}</tbody></table>'


def picture(svg: str) -> str:
    """A figure: its paper is white on every page."""
    paper = f'<div style="display:inline-block;background:#fff;border-radius:4px">{svg}</div>'
    return f'<div style="overflow-x:auto;margin:6px 0">{paper}</div>'


def folded(title: str, content: str) -> str:
    """Content behind a title that opens."""
    return f'<details style="margin:4px 0"><summary style="cursor:pointer">{escape(title)}</summary>{content}</details>'


def link(path: str, text: str) -> str:
    """A link to a file."""
    return f'<a href="{escape(path, quote=True)}" target="_blank">{escape(text)}</a>'


def frame(page: str, height: int, title: str) -> str:
    """A whole page inside the notebook."""
    return (
        f'<iframe title="{escape(title, quote=True)}" srcdoc="{escape(page, quote=True)}" loading="lazy" '
        f'style="width:100%;height:{height}px;border:1px solid color-mix(in srgb,currentColor 25%,transparent);'
        'border-radius:4px;background:#fff">'
        "</iframe>"
    )


def _cell(value: Any) -> str:
    return "" if value is None else escape(number(value))
