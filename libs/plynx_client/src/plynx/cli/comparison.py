"""Two runs side by side."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from plynx.cli.output import Format, duration, print_table, show


def show_comparison(format: Format, found: dict[str, Any]) -> None:
    """Names are those of the nodes that differ."""
    if format is Format.NAME:
        show(format, [node for node in found["nodes"] if _differs(node)], {}, name="node")
    elif format is not Format.TABLE:
        show(format, found, {})
    else:
        show(format, [found["before"], found["after"]], {"run": "id", "state": "state", "created": "created_at"})
        _show_changes(found)
        print_table(
            ["node", "before", "after", "time", "outputs", "why executed"], [_row(each) for each in found["nodes"]]
        )


def _show_changes(found: Mapping[str, Any]) -> None:
    if found["parameters"]:
        rows = [[each["name"], json.dumps(each["before"]), json.dumps(each["after"])] for each in found["parameters"]]
        print_table(["parameter", "before", "after"], rows)
    if found["graph"]:
        print_table(["difference of the graphs"], [[each["message"]] for each in found["graph"]])


def _differs(node: Mapping[str, Any]) -> bool:
    return not node["same_state"] or node["same_outputs"] is False


def _row(node: Mapping[str, Any]) -> list[str]:
    sides: list[Mapping[str, Any]] = [node["before"] or {}, node["after"] or {}]
    states = [str(side.get("state") or "none") for side in sides]
    times = " → ".join(duration(side.get("seconds")) or "none" for side in sides)
    outputs = {True: "same", False: "differ", None: ""}[node["same_outputs"]]
    return [str(node["node"]), *states, times if times != "none → none" else "", outputs, str(node["message"] or "")]
