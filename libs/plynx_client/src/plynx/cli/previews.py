"""Previews of artifacts on a terminal."""

from __future__ import annotations

import json
import sys
from typing import Any

from plynx.cli.output import Format, print_table, show


def print_preview(format: Format, preview: dict[str, Any]) -> None:
    if format is Format.NAME:
        sys.stdout.write(f"{preview['kind']}\n")
        return
    if format is not Format.TABLE:
        show(format, preview, {})
        return
    match preview["kind"]:
        case "text" | "html":
            text = str(preview["text"])
            sys.stdout.write(text if text.endswith("\n") else f"{text}\n")
        case "table":
            _print_table(preview)
        case "json":
            sys.stdout.write(json.dumps(preview["value"], indent=2, ensure_ascii=False) + "\n")
        case "directory":
            rows = [[str(member["size"]), str(member["path"])] for member in preview["members"]]
            print_table(["size", "path"], rows)
        case _:
            _print_facts(preview)
    if preview["note"]:
        sys.stderr.write(f"plynx: {preview['note']}\n")


def _print_table(preview: dict[str, Any]) -> None:
    columns: list[dict[str, Any]] = preview["columns"]
    width = len(columns)
    print_table([str(column["name"]) for column in columns], [(row + [""] * width)[:width] for row in preview["rows"]])
    facts = [
        [str(column["name"]), str(column["type"]), *(_number(column[name]) for name in _STATISTICS)]
        for column in columns
    ]
    sys.stdout.write("\n")
    print_table(["column", "type", *_STATISTICS], facts)


_STATISTICS = ("values", "empty", "distinct", "min", "max", "mean")


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:g}"


def _print_facts(preview: dict[str, Any]) -> None:
    for name, value in preview.items():
        if value is not None and name != "note":
            sys.stdout.write(f"{name}: {value}\n")
