"""`plynx graph`: saved graphs and graph files, from one to the other and side by side."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from plynx.cli import exits
from plynx.cli.graph_files import Mark, mark_of, set_mark, write_graph
from plynx.cli.output import Format, Output, duration, print_table, show
from plynx.cli.run import Named, load_graph, parameters_of
from plynx.connection import ApiError, Connection, Profile
from plynx_common.domain.graph import Graph
from plynx_common.domain.graph_diff import differences
from plynx_common.domain.issues import summary
from plynx_common.domain.parsing import parse_graph

app = typer.Typer(
    no_args_is_help=True, add_completion=False, rich_markup_mode=None, help="Graphs: list, check, plan, push, pull."
)
Id = Annotated[str, typer.Argument(metavar="GRAPH", help="A saved graph's id.")]
SAVED = {"graph": "id", "revision": "revision", "title": "title", "nodes": "node_count", "updated": "updated_at"}


@app.command("ls")
def list_graphs(limit: int = 20, output: Output = Format.TABLE) -> None:
    """List saved graphs."""
    with Connection(Profile.find()) as connection:
        graphs = connection.pages("/graphs", most=limit)
    show(output, graphs, {"graph": "id", "title": "title", "updated": "updated_at"})


@app.command("validate")
def validate(file: Annotated[Path, typer.Argument(metavar="FILE")], output: Output = Format.TABLE) -> int:
    """Check a graph file: every issue with its place and remedy."""
    return checked(file, "/graphs/validate", output)


@app.command("show")
def show_graph(
    graph: Id,
    revision: Annotated[int | None, typer.Option(min=1, help="An earlier one; by default the current.")] = None,
    history: Annotated[bool, typer.Option("--history", help="List its revisions instead.")] = False,  # noqa: FBT002
    output: Output = Format.TABLE,
) -> None:
    """Show a saved graph: its nodes, or with --history its revisions."""
    with Connection(Profile.find()) as connection:
        if history:
            revisions = connection.pages(f"/graphs/{graph}/history", most=1000)
            show(output, revisions, {"revision": "revision", "title": "title", "by": "saved_by", "at": "updated_at"})
            return
        found = connection.get(f"/graphs/{graph}" if revision is None else f"/graphs/{graph}/history/{revision}")
    show(output, found, SAVED)
    if output is Format.TABLE:
        nodes = found["graph"].get("nodes", [])
        print_table(["node", "operation", "title"], [[n["id"], n["operation"], n.get("title", "")] for n in nodes])


@app.command("pull")
def pull(
    graph: Id,
    file: Annotated[Path | None, typer.Argument(metavar="FILE", help="By default the graph's name.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite whatever the file holds.")] = False,  # noqa: FBT002
) -> None:
    """Write a saved graph into a file, which then knows what it was made from."""
    with Connection(Profile.find()) as connection:
        found = connection.get(f"/graphs/{graph}")
    target = file or Path(f"{found['name'] or graph}.yaml")
    if target.exists() and not force:
        mark = mark_of(target)
        if mark is None or mark.id != found["id"]:
            raise exits.Exit(exits.USAGE, f"'{target}' is there and is not graph '{graph}': choose another, or --force")
    write_graph(target, Mark(found["id"], found["revision"]), found["graph"])
    sys.stdout.write(f"{target}\n")


@app.command("push")
def push(
    file: Annotated[Path, typer.Argument(metavar="FILE")],
    new: Annotated[bool, typer.Option("--new", help="Save it as a new graph, whatever it was made from.")] = False,  # noqa: FBT002
    output: Output = Format.TABLE,
) -> None:
    """Save a graph file: as a new graph, or as the next revision of the graph that it was pulled from."""
    document = load_graph(file).value
    mark = None if new else mark_of(file)
    with Connection(Profile.find()) as connection:
        try:
            if mark is None:
                saved = connection.post("/graphs", document)
            else:
                saved = connection.put(f"/graphs/{mark.id}", document, **{"If-Match": f'"{mark.revision}"'})
        except ApiError as error:
            if error.code != "stale_revision":
                raise
            remedy = f"`plynx graph diff {file} {mark.id if mark else ''}` shows how it differs; pull it, or push --new"
            raise exits.Exit(exits.USAGE, f"{error}; {remedy}") from error
    set_mark(file, Mark(saved["id"], saved["revision"]))
    show(output, saved, SAVED)


@app.command("export")
def export(graph: Id) -> None:
    """Print a saved graph as YAML."""
    with Connection(Profile.find()) as connection:
        sys.stdout.write(connection.text(f"/graphs/{graph}/export"))


@app.command("plan")
def plan(
    graph: Annotated[str, typer.Argument(metavar="FILE|GRAPH", help="A graph file, or a saved graph's id.")],
    parameter: Annotated[list[str] | None, typer.Option("--param", "-p", metavar="NAME=VALUE")] = None,
    force: Annotated[bool, typer.Option("--force", help="As if the cache held nothing.")] = False,  # noqa: FBT002
    target: Annotated[list[str] | None, typer.Option(metavar="NODE", help="Only what this node needs.")] = None,
    output: Output = Format.TABLE,
) -> None:
    """Tell what a run would execute and what it would restore, without starting it."""
    with Connection(Profile.find()) as connection:
        named = Named.find(connection, graph)
        values = parameters_of(parameter or [], named.texts)
        body = {**named.body, "parameters": values, "force": force, "targets": target or []}
        try:
            found = connection.post("/graphs/plan", body)
        except ApiError as error:
            raise named.located(error) from None
    if output is not Format.TABLE:
        show(output, found if output is not Format.NAME else found["nodes"], {}, name="node")
        return
    rows = [[each["node"], each["outcome"], duration(each["seconds"]), each["reason"]] for each in found["nodes"]]
    print_table(["node", "outcome", "time", "why"], rows)
    counts = ", ".join(f"{count} {outcome}" for outcome, count in found["counts"].items())
    sys.stdout.write(f"{counts}; about {duration(found['seconds'])}\n" if found["seconds"] else f"{counts}\n")


@app.command("diff")
def diff(
    before: Annotated[str, typer.Argument(metavar="FILE|GRAPH[@REVISION]")],
    after: Annotated[str, typer.Argument(metavar="[FILE|GRAPH[@REVISION]]", help="By default the last change.")] = "",
    output: Output = Format.TABLE,
) -> int:
    """Tell how two graphs differ; the exit code is 1 where they do."""
    with Connection(Profile.find()) as connection:
        if after:
            old, new = _graph(connection, before), _graph(connection, after)
            found = [
                {name: getattr(each, name) for name in (*each.__slots__, "message")} for each in differences(old, new)
            ]
        else:
            found = connection.get(f"/graphs/{before}/diff")["differences"]
    if output is Format.TABLE:
        sys.stdout.writelines(f"{_MARKS[each['change']]} {each['message']}\n" for each in found)
    else:
        show(output, found, {}, name="name")
    return exits.RUN_FAILED if found else exits.DONE


_MARKS = {"added": "+", "removed": "-", "changed": "~"}


def _graph(connection: Connection, name: str) -> Graph:
    id, separator, revision = name.rpartition("@")
    if separator and revision.isdecimal() and not Path(name).exists():
        document = connection.get(f"/graphs/{id}/history/{revision}")["graph"]
    else:
        named = Named.find(connection, name)
        document = named.body.get("graph", named.document)
    graph, issues = parse_graph(document)
    if graph is None:
        raise exits.Exit(exits.USAGE, f"'{name}' is no graph: {summary(issues)}")
    return graph


def checked(file: Path, route: str, output: Format) -> int:
    """Prints what is wrong with a document; of a file, with the line."""
    document = load_graph(file)
    with Connection(Profile.find()) as connection:
        issues = connection.post(route, document.value)["issues"]
    if output is Format.TABLE and not issues:
        sys.stdout.write(f"{file}: valid\n")
    else:
        lined = [{**issue, "line": document.line_of(issue["path"])} for issue in issues]
        columns = {"severity": "severity", "line": "line", "where": "path", "what": "message"}
        show(output, lined, columns, name="code")
    is_wrong = any(issue["severity"] == "error" for issue in issues)
    return exits.USAGE if is_wrong else exits.DONE
