"""`plynx run`: submit a graph file or a saved graph, and watch it if asked."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Annotated, Any

import typer

from plynx import following
from plynx.cli import exits
from plynx.cli.output import Format, Output, show
from plynx.connection import Connection, Profile
from plynx_common.domain.errors import InvalidInput
from plynx_common.domain.graph_yaml import parse_yaml


def run(
    graph: Annotated[str, typer.Argument(metavar="FILE|GRAPH", help="A graph file (YAML or JSON), or a graph's id.")],
    parameter: Annotated[list[str] | None, typer.Option("--param", "-p", metavar="NAME=VALUE")] = None,
    wait: Annotated[bool, typer.Option("--wait", help="Until it has ended; show its progress.")] = False,  # noqa: FBT002
    follow: Annotated[bool, typer.Option("--follow", help="Like --wait, with the logs.")] = False,  # noqa: FBT002
    force: Annotated[bool, typer.Option("--force", help="Execute everything, whatever the cache holds.")] = False,  # noqa: FBT002
    output: Output = Format.TABLE,
) -> int:
    """Run a graph."""
    body: dict[str, Any] = {"parameters": parameters_of(parameter or []), "force": force}
    body |= named_graph(graph)
    with Connection(Profile.find()) as connection:
        submitted = connection.post("/runs", body, **{"Idempotency-Key": secrets.token_hex(16)})
        if not (wait or follow):
            show(output, submitted, {"run": "id", "state": "state"})
            return exits.DONE
        return watch(connection, submitted["id"], output, with_logs=follow)


def watch(connection: Connection, run: str, output: Format, *, with_logs: bool) -> int:
    """Until it has ended; the exit code says how."""
    if output is Format.TABLE:
        from plynx.cli.live import watch_live

        view = watch_live(connection, run, with_logs=with_logs)
    else:
        view = following.RunView(run)
        for _ in following.follow(connection, view):
            pass
        show(output, connection.get(f"/runs/{run}"), {"run": "id", "state": "state"})
    return exits.OF_STATE[view.state]


def named_graph(name: str) -> dict[str, Any]:
    path = Path(name)
    if path.suffix in (".yaml", ".yml", ".json") or path.exists():
        return {"graph": read_graph(path)}
    return {"graph_id": name}


def read_graph(path: Path) -> Any:
    """Raises `Exit` that names the file, and the line where it is malformed."""
    try:
        return parse_yaml(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise exits.Exit(exits.USAGE, f"there is no file '{path}'") from None
    except (OSError, UnicodeDecodeError) as error:
        raise exits.Exit(exits.USAGE, f"'{path}' cannot be read: {error}") from error
    except InvalidInput as error:
        raise exits.Exit(exits.USAGE, f"'{path}': {error.message}") from error


def parameters_of(given: list[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for text in given:
        name, separator, value = text.partition("=")
        if not separator or not name:
            raise exits.Exit(exits.USAGE, f"parameter '{text}': expected NAME=VALUE, such as -p depth=3")
        try:
            found[name] = parse_yaml(value) if value else ""
        except InvalidInput:
            found[name] = value
    return found
