"""The live table of a run: states, times, progress; in a pipe or a file one line a change instead."""

from __future__ import annotations

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

SHOWN = 30
"""Nodes in the table; of more, those that need a look come first."""
ORDER = ("running", "failed", "backoff", "cancelling", "ready", "waiting", "succeeded", "restored", "skipped")


def watch_live(connection: Connection, run: str, *, with_logs: bool = False) -> RunView:
    view = RunView(run)
    console = Console()
    logs = Logs(connection, run, console) if with_logs else None
    if console.is_terminal:
        with Live(table_of(view), console=console, refresh_per_second=8, get_renderable=lambda: table_of(view)):
            _follow(connection, view, logs)
    else:
        _follow(connection, view, logs, say=console)
    console.print(summary(connection, view))
    return view


def _follow(connection: Connection, view: RunView, logs: Logs | None, say: Console | None = None) -> None:
    known: dict[str, str] = {}
    for changed in follow(connection, view):
        for node in changed:
            state = str(view.nodes[node].get("state"))
            if known.get(node) == state:
                continue
            known[node] = state
            if say is not None:
                say.print(_line(node, view.nodes[node]))
            if logs is not None and state == "running":
                logs.start(node)
    if logs is not None:
        logs.finish()


class Logs:
    """Prints the logs of every node that runs, each line behind its node's name."""

    def __init__(self, connection: Connection, run: str, console: Console) -> None:
        self._profile = connection.profile
        self._run = run
        self._console = console
        self._threads: list[Thread] = []

    def start(self, node: str) -> None:
        for stream in ("stdout", "stderr"):
            thread = Thread(target=self._tail, args=(node, stream), daemon=True)
            thread.start()
            self._threads.append(thread)

    def finish(self) -> None:
        for thread in self._threads:
            thread.join(timeout=5.0)

    def _tail(self, node: str, stream: str) -> None:
        try:
            with (
                Connection(self._profile) as connection,
                connection.stream(f"/runs/{self._run}/nodes/{node}/logs/{stream}", follow="true") as answer,
            ):
                for line in answer.iter_lines():
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
        table.add_row(id, _state(str(node.get("state"))), _time(node), Text(str(node.get("reason") or ""), style="dim"))
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


def _time(node: dict[str, Any]) -> str:
    if node.get("state") in ("waiting", "ready", "skipped", "restored"):
        return ""
    return duration(seconds_between(node.get("started_at"), node.get("finished_at")))


def _rank(state: str) -> int:
    return ORDER.index(state) if state in ORDER else len(ORDER)
