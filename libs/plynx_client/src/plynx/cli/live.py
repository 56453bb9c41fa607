"""The live table of a run: states, times, progress; in a pipe or a file one line a change instead."""

from __future__ import annotations

import time
from collections.abc import Iterable
from threading import Thread
from typing import Any

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from plynx.cli.output import STATE_STYLES, duration, seconds_between
from plynx.connection import ApiError, Connection, Unreachable
from plynx.following import NODE_TERMINAL, RunView, follow
from plynx.tailing import lines_of, tail

SHOWN = 30
"""Nodes in the table; of more, those that need a look come first."""
FAILURES_SHOWN = 5
ORDER = ("running", "failed", "backoff", "cancelling", "ready", "waiting", "succeeded", "restored", "skipped")


def watch_live(connection: Connection, run: str, *, with_logs: bool = False, within: float | None = None) -> RunView:
    """Raises `StillRunning` after `within` seconds."""
    view = RunView(run)
    console = Console()
    logs = Logs(connection, run, console) if with_logs else None
    if console.is_terminal:
        with Live(table_of(view), console=console, refresh_per_second=8, get_renderable=lambda: table_of(view)):
            _follow(follow(connection, view, within=within), view, logs)
    else:
        _follow(follow(connection, view, within=within), view, logs, say=console)
    console.print(summary(connection, view), soft_wrap=True)
    if view.state == "failed":
        tell_failures(connection, view, console)
    return view


def _follow(changes: Iterable[list[str]], view: RunView, logs: Logs | None, say: Console | None = None) -> None:
    known: dict[str, str] = {}
    for changed in changes:
        for node in changed:
            state = str(view.nodes[node].get("state"))
            if known.get(node) == state:
                continue
            known[node] = state
            if say is not None:
                say.print(_line(node, view.nodes[node]), soft_wrap=True)
            if logs is not None and state == "running":
                logs.start(node, view.nodes[node].get("attempt"))
    if logs is not None:
        logs.finish()


class Logs:
    """Prints the logs of every node that runs, each line behind its node's name."""

    def __init__(self, connection: Connection, run: str, console: Console) -> None:
        self._profile = connection.profile
        self._run = run
        self._console = console
        self._threads: list[Thread] = []
        self._followed: set[str] = set()

    def start(self, node: str, attempt: int | None) -> None:
        """From this attempt on, into those that follow; once is enough."""
        if node in self._followed:
            return
        self._followed.add(node)
        for stream in ("stdout", "stderr"):
            thread = Thread(target=self._tail, args=(node, stream, attempt), daemon=True)
            thread.start()
            self._threads.append(thread)

    def finish(self) -> None:
        for thread in self._threads:
            thread.join(timeout=5.0)

    def _tail(self, node: str, stream: str, attempt: int | None) -> None:
        try:
            with Connection(self._profile) as connection:
                for line in lines_of(tail(connection, self._run, node, stream, attempt=attempt)):
                    self._console.print(Text(f"{node} | ", style="dim") + Text.from_ansi(line), soft_wrap=True)
        except (ApiError, Unreachable) as error:
            self._console.print(Text(f"{node} | log not available: {error}", style="red"))


def table_of(view: RunView) -> Group:
    table = Table(box=None, pad_edge=False, header_style="bold dim", expand=False)
    for heading, width in (("node", None), ("state", 12), ("time", 12), ("", None)):
        table.add_column(heading, width=width, overflow="fold")
    ranked = sorted(view.nodes.items(), key=lambda item: _rank(str(item[1].get("state"))))
    shown = view.nodes.items() if len(ranked) <= SHOWN else ranked[:SHOWN]
    for id, node in shown:
        reason = Text(str(node.get("reason") or ""), style="dim")
        table.add_row(Text(id), _state(str(node.get("state"))), _time(view, id), reason)
    parts: list[Any] = [table]
    if len(ranked) > SHOWN:
        parts.append(Text(f"… and {len(ranked) - SHOWN} more nodes", style="dim"))
    return Group(*parts, _progress(view))


def summary(connection: Connection, view: RunView) -> Text:
    run = connection.get(f"/runs/{view.id}")
    took = duration(seconds_between(run.get("created_at"), run.get("finished_at")))
    by_state: dict[str, int] = run.get("counts") or {}
    counts = ", ".join(f"{count} {state}" for state, count in by_state.items())
    return Text.assemble("run ", view.id, " ", _state(view.state), f" in {took}", f" ({counts})" if counts else "")


def tell_failures(connection: Connection, view: RunView, console: Console) -> None:
    """Why, with the last lines that each failed node wrote."""
    failed = [id for id, node in view.nodes.items() if node.get("state") == "failed"]
    for id in failed[:FAILURES_SHOWN]:
        node = connection.get(f"/runs/{view.id}/nodes/{id}")
        failure: dict[str, Any] = node.get("failure") or {}
        console.print(Text(f"✗ {id}: {failure.get('message') or node.get('reason')}", style="red"), soft_wrap=True)
        tail = str(failure.get("stderr_tail") or "").rstrip()
        if tail:
            console.print(Text(tail, style="dim"), soft_wrap=True)
    if len(failed) > FAILURES_SHOWN:
        console.print(f"… and {len(failed) - FAILURES_SHOWN} more nodes failed: `plynx runs show {view.id}`")


def _progress(view: RunView) -> Table:
    total = sum(view.counts.values()) or len(view.nodes) or 1
    done = sum(count for state, count in view.counts.items() if state in NODE_TERMINAL)
    row = Table.grid(padding=(0, 1))
    row.add_row(ProgressBar(total=total, completed=done, width=30), f"{done}/{total}", _state(view.state))
    return row


def _line(id: str, node: dict[str, Any]) -> Text:
    return Text.assemble(
        f"{id:<24} ", _state(str(node.get("state"))), Text(f"  {node.get('reason') or ''}", style="dim")
    )


def _state(state: str) -> Text:
    mark, style = STATE_STYLES.get(state, ("?", "white"))
    return Text(f"{mark} {state}", style=style)


def _time(view: RunView, id: str) -> str:
    if id not in view.ran:
        return ""
    began, ended = view.ran[id]
    return duration((time.monotonic() if ended is None else ended) - began)


def _rank(state: str) -> int:
    return ORDER.index(state) if state in ORDER else len(ORDER)
