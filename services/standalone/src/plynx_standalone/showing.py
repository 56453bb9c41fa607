"""The demonstration beside the running platform: it is a client like any other, in a thread of its own."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from threading import Thread
from typing import Any

from rich.console import Console
from rich.table import Table

from plynx.cli.artifacts import download
from plynx.cli.live import watch_live
from plynx.cli.run import read_graph
from plynx.connection import ApiError, Connection, Profile, Unreachable
from plynx_standalone.demo import DIGITS, MODEL, REPORT


class Show:
    def __init__(self, results: Path, *, stays: bool) -> None:
        self.code = 0
        self._results = results
        self._stays = stays
        self._console = Console()
        self._thread: Thread | None = None

    def start(self, began: float) -> None:
        """Called on the platform's loop, which must go on: the client blocks, and so has its own thread."""
        self._thread = Thread(target=self._play, args=(began,), name="demo", daemon=True)
        self._thread.start()

    def join(self) -> None:
        if self._thread is not None:
            self._thread.join(timeout=5.0)

    def _play(self, began: float) -> None:
        try:
            with Connection(Profile.find()) as connection:
                self._console.print(f"PLynx is up at {connection.profile.url} ({time.monotonic() - began:.1f} s)\n")
                self._run(connection)
        except (ApiError, Unreachable) as error:
            self._console.print(f"[red]the demo could not go on: {error}[/red]")
            self.code = 1
        if self._stays:
            self._console.print(
                "\nThe platform stays up: the sign-in link above shows graph, run and logs. Ctrl-C stops it."
            )
        else:
            os.kill(os.getpid(), signal.SIGTERM)

    def _run(self, connection: Connection) -> None:
        graph = read_graph(DIGITS)
        self._console.print(f"[bold]{graph['title']}[/bold]\n{graph['description']}\n")
        began = time.monotonic()
        run = connection.post("/runs", _what_to_run(connection, graph))
        view = watch_live(connection, run["id"])
        took = time.monotonic() - began
        if view.state != "succeeded":
            self.code = 1
            self._tell_failures(connection, run["id"])
            return
        nodes = {node["node"]: node for node in connection.pages(f"/runs/{run['id']}/nodes", most=200)}
        self._console.print()
        self._tell_models(connection, nodes)
        self._save(connection, nodes)
        restored = sum(node["state"] == "restored" for node in nodes.values())
        if restored == len(nodes):
            self._console.print(
                f"\nAll {restored} nodes were restored from the cache in [bold]{took:.2f} s[/bold]: ", end=""
            )
            self._console.print("nothing had changed, so nothing was executed.")
        else:
            self._console.print(f"\nIt took [bold]{took:.1f} s[/bold]; {restored} of {len(nodes)} nodes were restored.")
            self._console.print("Run it again: everything will be restored from the cache.")

    def _tell_models(self, connection: Connection, nodes: dict[str, dict[str, Any]]) -> None:
        """Metrics of each model, the best first."""
        table = Table(box=None, pad_edge=False, header_style="bold")
        for heading in ("model", "accuracy", "macro F1", "misread", ""):
            table.add_column(heading, justify="left" if heading == "model" else "right")
        found = [
            (name.removeprefix("evaluate-"), _json_of(connection, node, "metrics"))
            for name, node in nodes.items()
            if name.startswith("evaluate-")
        ]
        found.sort(key=lambda item: -float(item[1]["accuracy"]))
        for place, (name, metrics) in enumerate(found):
            mark = "[green]← chosen[/green]" if place == 0 else ""
            misread = f"{metrics['misread']} of {metrics['images']}"
            table.add_row(name, f"{metrics['accuracy']:.2%}", f"{metrics['macro_f1']:.4f}", misread, mark)
        self._console.print(table)

    def _save(self, connection: Connection, nodes: dict[str, dict[str, Any]]) -> None:
        self._console.print()
        for (node, output), name in ((REPORT, "report.html"), (MODEL, "model.pickle")):
            target = self._results / name
            download(connection, nodes[node]["outputs"][output]["digest"], target)
            self._console.print(f"{output:<7} {target.resolve()}", soft_wrap=True)

    def _tell_failures(self, connection: Connection, run: str) -> None:
        for node in connection.pages(f"/runs/{run}/nodes", most=200):
            failure = node.get("failure")
            if failure:
                self._console.print(
                    f"[red]✗ {node['node']}: {failure['message']}[/red]\n{failure.get('stderr_tail', '')}"
                )


def _what_to_run(connection: Connection, graph: dict[str, Any]) -> dict[str, Any]:
    """The demo's graph as it is kept for the browser; where somebody has changed that one, what this demo tells of."""
    kept = connection.get("/graphs", name=graph["name"], limit=1)["items"]
    found = connection.get(f"/graphs/{kept[0]['id']}") if kept else connection.post("/graphs", graph)
    is_same = all(found["graph"].get(part) == graph.get(part) for part in ("nodes", "operations", "parameters"))
    return {"graph_id": found["id"]} if is_same else {"graph": graph}


def _json_of(connection: Connection, node: dict[str, Any], output: str) -> Any:
    digest = node["outputs"][output]["digest"]
    with connection.stream(f"/artifacts/{digest}/download") as answer:
        answer.read()
        return answer.json()
