"""Tables for people, `-o json|yaml|name` for scripts."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any, cast

import typer


class Format(StrEnum):
    TABLE = "table"
    JSON = "json"
    YAML = "yaml"
    NAME = "name"


Output = Annotated[Format, typer.Option("--output", "-o", help="How to print: for people, or for scripts.")]

UNFOLDED = 1000
"""Columns."""
STATE_STYLES = {
    "succeeded": ("✓", "green"),
    "restored": ("↺", "cyan"),
    "running": ("●", "blue"),
    "pending": ("·", "dim"),
    "waiting": ("·", "dim"),
    "ready": ("○", "yellow"),
    "backoff": ("◔", "yellow"),
    "cancelling": ("◌", "magenta"),
    "cancelled": ("⊘", "magenta"),
    "failed": ("✗", "red"),
    "skipped": ("»", "dim"),
}


def show(format: Format, value: Any, columns: Mapping[str, str], name: str = "id") -> None:
    """`columns`: heading → key of an item (dots descend). `value`: a list of items, or one."""
    items = cast("list[dict[str, Any]]", value if isinstance(value, list) else [value])
    match format:
        case Format.JSON:
            sys.stdout.write(json.dumps(value, indent=2) + "\n")
        case Format.YAML:
            from plynx_common.domain.graph_yaml import to_yaml

            sys.stdout.write(to_yaml(value))
        case Format.NAME:
            sys.stdout.writelines(f"{item[name]}\n" for item in items)
        case Format.TABLE:
            print_table(list(columns), [[cell(item, key) for key in columns.values()] for item in items])


def print_table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Cells are plain text, whatever is in them; states get their mark and colour."""
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in headings:
        table.add_column(heading, overflow="fold")
    for row in rows:
        table.add_row(*(_styled(heading, text) for heading, text in zip(headings, row, strict=True)))
    # In a pipe nothing is cut or folded: whoever reads it has lines to search.
    width = None if sys.stdout.isatty() else UNFOLDED
    Console(width=width).print(table)


def _styled(heading: str, text: str) -> Any:
    from rich.text import Text

    if heading != "state":
        return Text(text)
    mark, style = STATE_STYLES.get(text, ("?", "white"))
    return Text(f"{mark} {text}", style=style)


def cell(item: Mapping[str, Any], key: str) -> str:
    value: Any = dict(item)
    for part in key.split("."):
        value = cast("dict[str, Any]", value).get(part) if isinstance(value, dict) else None
    if value is None:
        return ""
    if key.endswith("_at"):
        return ago(str(value))
    if isinstance(value, dict):
        return " ".join(f"{count} {name}" for name, count in cast("dict[str, Any]", value).items())
    return str(value)


def seconds_between(start: str | None, end: str | None) -> float | None:
    if start is None:
        return None
    until = datetime.now(UTC) if end is None else datetime.fromisoformat(end)
    return max((until - datetime.fromisoformat(start)).total_seconds(), 0.0)


def duration(seconds: float | None) -> str:
    if seconds is None:
        return ""
    if seconds < 60:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min {rest:02d} s"


def ago(moment: str) -> str:
    passed = seconds_between(moment, None) or 0.0
    if passed < 86_400:
        return f"{duration(passed)} ago"
    return datetime.fromisoformat(moment).astimezone().strftime("%Y-%m-%d %H:%M")
