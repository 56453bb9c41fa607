"""What was measured in the browser, as a table for people and as a line of history."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from rich.console import Console
from rich.table import Table

PIPE_WIDTH = 110
"""Columns of the table where there is no terminal that says."""


@dataclass(frozen=True, slots=True)
class Measure:
    """`budget`: what the median should not exceed; shown beside it, never asserted."""

    name: str
    unit: str
    budget: float | None = None
    values: list[float] = field(default_factory=list[float])
    """One of each repetition."""

    @property
    def median(self) -> float:
        return statistics.median(self.values)


class Measures:
    """In the order in which they were first named."""

    def __init__(self) -> None:
        self._all: dict[str, Measure] = {}

    def note(self, name: str, unit: str, value: float, budget: float | None = None) -> None:
        self._all.setdefault(name, Measure(name, unit, budget)).values.append(value)

    @property
    def all(self) -> Sequence[Measure]:
        return list(self._all.values())


def show(measures: Sequence[Measure], console: Console | None = None) -> None:
    console = console or Console()
    if not console.is_terminal:
        console.width = PIPE_WIDTH
    table = Table("measure", title="Browser, medians")
    for column in ("median", "of all", "unit", "budget"):
        table.add_column(column, justify="left" if column == "unit" else "right")
    for measure in measures:
        table.add_row(measure.name, _number(measure.median), _range(measure.values), measure.unit, _budget(measure))
    console.print(table)


def as_json(measures: Sequence[Measure]) -> dict[str, Any]:
    return {
        measure.name: {
            "unit": measure.unit,
            "budget": measure.budget,
            "values": [round(value, 3) for value in measure.values],
        }
        for measure in measures
    }


def _budget(measure: Measure) -> str:
    if measure.budget is None:
        return ""
    colour, verdict = ("green", "kept") if measure.median <= measure.budget else ("red", "missed")
    return f"[{colour}]{measure.budget:g} {verdict}[/]"


def _range(values: Sequence[float]) -> str:
    return f"{_number(min(values))}-{_number(max(values))}"


def _number(value: float) -> str:
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"
