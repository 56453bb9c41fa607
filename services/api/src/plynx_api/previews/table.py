"""Tables from the beginning of a file: header, first rows, and what each column holds."""

from __future__ import annotations

import csv
import io
import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, cast

import orjson

from plynx_api.previews.models import Column, Frequency, TablePreview
from plynx_common.domain.types import parse_bool, parse_float, parse_int

MOST_COLUMNS = 500
LONGEST_CELL = 1000
"""Characters that are shown."""
FREQUENT = 5
DELIMITERS = {"csv": ",", "tsv": "\t"}


class NoTable(Exception):
    """Says why, for people."""


@dataclass(frozen=True, slots=True)
class Beginning:
    """What was read of a file."""

    type: str
    content: bytes
    size: int

    @property
    def is_whole(self) -> bool:
        return len(self.content) == self.size

    @property
    def text(self) -> str:
        """Whole lines, without a byte order mark. Raises `NoTable`."""
        end = len(self.content) if self.is_whole else self.content.rfind(b"\n") + 1
        if not self.size:
            raise NoTable("it is empty")
        if not end:
            raise NoTable(f"its first line has more than {len(self.content)} bytes")
        return self.content[:end].decode("utf-8-sig", "replace")


def table_of(beginning: Beginning, rows: int) -> TablePreview:
    """Raises `NoTable`."""
    header, body = _json_lines(beginning) if beginning.type in ("json", "jsonl") else _separated(beginning)
    cut = len(header) > MOST_COLUMNS
    columns = [
        _column(name, [row[index] for row in body if index < len(row)])
        for index, name in enumerate(header[:MOST_COLUMNS])
    ]
    notes = [f"of {len(header)} columns the first {MOST_COLUMNS} are shown"] if cut else []
    if ragged := sum(len(row) != len(header) for row in body):
        notes.append(f"{ragged} rows have more or fewer cells than the header")
    if not beginning.is_whole:
        notes.append(f"only the first {len(beginning.content)} of {beginning.size} bytes were read")
    return TablePreview(
        type=beginning.type,
        size=beginning.size,
        note="; ".join(notes) or None,
        columns=columns,
        rows=[[_shortened(cell) for cell in row[:MOST_COLUMNS]] for row in body[:rows]],
        row_count=len(body),
        is_whole=beginning.is_whole,
    )


def _separated(beginning: Beginning) -> tuple[list[str], list[list[str]]]:
    delimiter = DELIMITERS.get(beginning.type, ",")
    try:
        lines = [row for row in csv.reader(io.StringIO(beginning.text, newline=""), delimiter=delimiter) if row]
    except csv.Error as error:
        raise NoTable(str(error)) from None
    if not lines:
        raise NoTable("it is empty")
    return lines[0], lines[1:]


def _json_lines(beginning: Beginning) -> tuple[list[str], list[list[str]]]:
    """One object a line; columns in the order in which they first come."""
    objects: list[dict[str, Any]] = []
    for number, line in enumerate(beginning.text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            found: Any = orjson.loads(line)
        except orjson.JSONDecodeError as error:
            raise NoTable(f"line {number} is no JSON: {error}") from None
        if not isinstance(found, dict):
            raise NoTable(f"line {number} is no JSON object")
        objects.append(cast("dict[str, Any]", found))
    header = list(dict.fromkeys(name for each in objects for name in each))
    if not header:
        raise NoTable("it holds no objects with fields")
    shown = header[:MOST_COLUMNS]
    return header, [[_cell(each.get(name)) for name in shown] + [""] * (len(header) - len(shown)) for each in objects]


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def _column(name: str, cells: Sequence[str]) -> Column:
    values = [cell for cell in cells if cell.strip()]
    type = _type_of(values)
    numbers = [number for number in map(float, values) if math.isfinite(number)] if type in ("int", "float") else []
    counts = Counter(values)
    return Column(
        name=_shortened(name),
        type=type,
        values=len(values),
        empty=len(cells) - len(values),
        distinct=len(counts),
        min=min(numbers, default=None),
        max=max(numbers, default=None),
        mean=math.fsum(numbers) / len(numbers) if numbers else None,
        frequent=[Frequency(value=_shortened(value), count=count) for value, count in counts.most_common(FREQUENT)],
    )


def _type_of(values: Iterable[str]) -> str:
    """The narrowest that all of them can be read as."""
    distinct = set(values)
    if not distinct:
        return "empty"
    for name, parse in (("int", parse_int), ("float", parse_float), ("bool", parse_bool)):
        try:
            for value in distinct:
                parse(value)
        except ValueError:
            continue
        return name
    return "text"


def _shortened(cell: str) -> str:
    return cell if len(cell) <= LONGEST_CELL else f"{cell[: LONGEST_CELL - 1]}…"
