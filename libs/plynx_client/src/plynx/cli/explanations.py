"""Why nodes are where they are, as the platform explains it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from plynx.cli.output import Format, duration, print_table, seconds_between, show
from plynx.connection import Connection

ASKED_ABOUT = 20
"""Nodes at once: each is a question of its own."""
OPEN = ("ready", "running", "backoff", "waiting", "cancelling")


def reasons_of(connection: Connection, nodes: list[dict[str, Any]]) -> dict[str, str]:
    """By node; the platform is asked about the first that are open and do not say it themselves."""
    silent = [node for state in OPEN for node in nodes if node["state"] == state and not node.get("reason")]
    asked = {
        node["node"]: explanation(connection, node["run"], node["node"])["message"] for node in silent[:ASKED_ABOUT]
    }
    return {node["node"]: asked.get(node["node"]) or reason(node) for node in nodes}


def reason(node: Mapping[str, Any]) -> str:
    """What the node itself says."""
    origin: Mapping[str, Any] = node.get("restored_from") or {}
    if "from_run" in origin:
        return f"taken from run {origin['from_run']}"
    if "run" in origin:
        return f"from the cache, made by {origin.get('node')} of run {origin['run']}"
    return str(node.get("reason") or "")


def explanation(connection: Connection, run: str, node: str) -> dict[str, Any]:
    return connection.get(f"/runs/{run}/nodes/{node}/explain")


def show_node(connection: Connection, run: str, node: str, format: Format) -> None:
    """Why it is where it is, with its attempts and outputs."""
    found = explanation(connection, run, node)
    found["attempts"] = connection.get(f"/runs/{run}/nodes/{node}/attempts")["items"]
    found["outputs"] = connection.get(f"/runs/{run}/nodes/{node}/outputs")["items"]
    if format is not Format.TABLE:
        show(format, found, {}, name="node")
        return
    cause = found["cache"]["message"] if found["cache"]["verdict"] != "unknown" else ""
    print_table(["node", "state", "why", "cache"], [[found["node"], found["state"], found["message"], cause]])
    if found["attempts"]:
        print_table(["attempt", "worker", "time", "outcome"], [_attempt(each) for each in found["attempts"]])
    if found["outputs"]:
        show(format, found["outputs"], {"output": "name", "type": "type", "bytes": "size", "digest": "digest"})


def _attempt(attempt: Mapping[str, Any]) -> list[str]:
    seconds = duration(seconds_between(attempt["started_at"], attempt["ended_at"]))
    return [str(attempt["attempt"]), str(attempt["worker"] or ""), seconds, str(attempt["outcome"])]
