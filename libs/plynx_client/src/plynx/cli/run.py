"""`plynx run`: submit a graph file or a saved graph, and watch it if asked."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, cast

import typer

from plynx import following
from plynx.cli import exits
from plynx.cli.output import Format, Output, show
from plynx.connection import ApiError, Connection, Profile
from plynx_common.domain.errors import InvalidInput
from plynx_common.domain.graph_yaml import YamlDocument, load_yaml, parse_yaml

Wait = Annotated[bool, typer.Option("--wait", help="Until it has ended; show its progress.")]
Follow = Annotated[bool, typer.Option("--follow", help="Like --wait, with the logs.")]
Force = Annotated[bool, typer.Option("--force", help="Execute everything, whatever the cache holds.")]
Timeout = Annotated[float | None, typer.Option(min=0, help="Seconds to wait at most; the run goes on (exit code 4).")]


def run(
    graph: Annotated[str, typer.Argument(metavar="FILE|GRAPH", help="A graph file (YAML or JSON), or a graph's id.")],
    parameter: Annotated[list[str] | None, typer.Option("--param", "-p", metavar="NAME=VALUE")] = None,
    wait: Wait = False,  # noqa: FBT002
    follow: Follow = False,  # noqa: FBT002
    force: Force = False,  # noqa: FBT002
    target: Annotated[list[str] | None, typer.Option(metavar="NODE", help="Only what this node needs.")] = None,
    label: Annotated[list[str] | None, typer.Option("--label", "-l", metavar="NAME=VALUE")] = None,
    priority: Annotated[int, typer.Option(help="Higher goes first.")] = 0,
    key: Annotated[str, typer.Option("--idempotency-key", help="The same key gives the same run.")] = "",
    timeout: Timeout = None,
    output: Output = Format.TABLE,
) -> int:
    """Run a graph."""
    options = {"force": force, "targets": target or [], "priority": priority, "labels": dict(pairs(label or []))}
    with Connection(Profile.find()) as connection:
        named = Named.find(connection, graph)
        body = {**named.body, **options, "parameters": parameters_of(parameter or [], named.texts)}
        try:
            submitted = connection.post("/runs", body, **{"Idempotency-Key": key or secrets.token_hex(16)})
        except ApiError as error:
            raise named.located(error) from None
        if not (wait or follow or timeout is not None):
            show(output, submitted, {"run": "id", "state": "state"})
            return exits.DONE
        return watch(connection, submitted["id"], output, with_logs=follow, within=timeout)


def watch(connection: Connection, run: str, output: Format, *, with_logs: bool, within: float | None = None) -> int:
    """Until it has ended; the exit code says how. Raises `Exit` after `within` seconds."""
    try:
        if output is Format.TABLE:
            from plynx.cli.live import watch_live

            view = watch_live(connection, run, with_logs=with_logs, within=within)
        else:
            view = following.RunView(run)
            for _ in following.follow(connection, view, within=within):
                pass
            show(output, connection.get(f"/runs/{run}"), {"run": "id", "state": "state"})
    except following.StillRunning as error:
        raise exits.Exit(exits.TIMEOUT, str(error)) from error
    except KeyboardInterrupt:
        remedy = f"`plynx runs watch {run}` comes back to it, `plynx runs cancel {run}` ends it"
        raise exits.Exit(exits.INTERRUPTED, f"run '{run}' goes on: {remedy}") from None
    return exits.OF_STATE[view.state]


TEXTS = frozenset({"str", "text", "enum", "code", "date", "color", "secret"})
"""Parameter types whose values are text, whatever they look like."""


@dataclass(frozen=True, slots=True)
class Named:
    """The graph that the command line names."""

    body: dict[str, Any]
    document: dict[str, Any]
    file: Path | None = None
    lines: YamlDocument | None = None

    @classmethod
    def find(cls, connection: Connection, name: str) -> Named:
        path = Path(name)
        if path.suffix in (".yaml", ".yml", ".json") or path.exists():
            loaded = load_graph(path)
            value: Any = loaded.value
            document = cast("dict[str, Any]", value) if isinstance(value, dict) else {}
            return cls({"graph": value}, document, path, loaded)
        return cls({"graph_id": name}, connection.get(f"/graphs/{name}")["graph"])

    @property
    def texts(self) -> frozenset[str]:
        """Names of the graph's parameters that are text."""
        declared = self.document.get("parameters")
        entries: list[Any] = cast("list[Any]", declared) if isinstance(declared, list) else []
        well_formed = [cast("dict[str, Any]", entry) for entry in entries if isinstance(entry, dict)]
        return frozenset(str(entry.get("name")) for entry in well_formed if entry.get("type", "str") in TEXTS)

    def located(self, error: ApiError) -> ApiError:
        """The same, with file and line of each issue that is in the file."""
        if self.lines is None:
            return error
        issues: list[dict[str, Any]] = []
        for issue in error.issues:
            pointer = str(issue.get("pointer") or "")
            inside = pointer.removeprefix("/graph")
            is_inside = inside != pointer
            place = f"{self.file}:{self.lines.line_of(inside)}" if is_inside else pointer
            issues.append({**issue, "place": place})
        return ApiError(error.status, {**error.problem, "errors": issues})


def read_graph(path: Path) -> Any:
    """Raises `Exit` that names the file, and the line where it is malformed."""
    return load_graph(path).value


def load_graph(path: Path) -> YamlDocument:
    """Raises `Exit` that names the file, and the line where it is malformed."""
    try:
        return load_yaml(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise exits.Exit(exits.USAGE, f"there is no file '{path}'") from None
    except (OSError, UnicodeDecodeError) as error:
        raise exits.Exit(exits.USAGE, f"'{path}' cannot be read: {error}") from error
    except InvalidInput as error:
        raise exits.Exit(exits.USAGE, f"'{path}': {error.message}") from error


def parameters_of(given: list[str], texts: Collection[str] = ()) -> dict[str, Any]:
    """`texts`: names of those that are taken as they stand; others are read as YAML: numbers, lists, objects."""
    found: dict[str, Any] = {}
    for name, value in pairs(given):
        try:
            found[name] = value if name in texts or not value else parse_yaml(value)
        except InvalidInput:
            found[name] = value
    return found


def pairs(given: list[str]) -> Iterator[tuple[str, str]]:
    for text in given:
        name, separator, value = text.partition("=")
        if not separator or not name:
            raise exits.Exit(exits.USAGE, f"'{text}': expected NAME=VALUE, such as depth=3")
        yield name, value
