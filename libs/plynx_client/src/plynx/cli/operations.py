"""`plynx op`: the catalogue of operations."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any, cast

import typer

from plynx.cli import exits
from plynx.cli.graph_files import write
from plynx.cli.output import Format, Output, show
from plynx.cli.run import Named, load_graph, parameters_of
from plynx.connection import ApiError, Connection, Profile

app = typer.Typer(
    no_args_is_help=True, add_completion=False, rich_markup_mode=None, help="Operations: list, write, push, approve."
)
Ref = Annotated[str, typer.Argument(metavar="TEAM/NAME@VERSION")]
COLUMNS = {"operation": "ref", "kind": "operation.kind", "status": "operation.status", "title": "operation.title"}
TEMPLATES = {
    "bash_jinja2": "set -e\nsort -k {{ param['column'] | sh }} {{ input['table'] }} > {{ output['sorted'] }}\n",
    "command": 'set -e\nsort -k "$PLYNX_PARAM_column" "$PLYNX_INPUT_table" > "$PLYNX_OUTPUT_sorted"\n',
    "python": "with open(inputs['table']) as table, open(outputs['sorted'], 'w') as result:\n"
    "    result.writelines(sorted(table, key=lambda line: line.split()[params['column'] - 1]))\n",
}


@app.command("ls")
def list_operations(limit: int = 50, output: Output = Format.TABLE) -> None:
    """List operations."""
    with Connection(Profile.find()) as connection:
        found = connection.pages("/operations", most=limit)
    show(output, found, COLUMNS, name="ref")


@app.command("show")
def show_operation(operation: Ref, output: Output = Format.YAML) -> None:
    """Show one version of an operation."""
    with Connection(Profile.find()) as connection:
        show(output, connection.get(f"/operations/{operation}"), COLUMNS, name="ref")


@app.command("new")
def new(
    name: Annotated[str, typer.Argument(metavar="NAME")],
    kind: Annotated[str, typer.Option(help="bash_jinja2, command or python.")] = "bash_jinja2",
) -> None:
    """Write an example of an operation into NAME.yaml, to begin with."""
    from plynx_common.domain.graph_yaml import to_yaml

    if kind not in TEMPLATES:
        raise exits.Exit(exits.USAGE, f"there is no example of kind '{kind}': expected one of {', '.join(TEMPLATES)}")
    target = Path(f"{name}.yaml")
    if target.exists():
        raise exits.Exit(exits.USAGE, f"'{target}' is there already: choose another name, or remove it")
    document: dict[str, Any] = {
        "name": name,
        "title": "Sort a table",
        "kind": kind,
        "inputs": [{"name": "table", "types": ["text"]}],
        "parameters": [{"name": "column", "type": "int", "default": 1, "description": "Counted from 1."}],
        "outputs": [{"name": "sorted", "type": "text"}],
        "cmd": TEMPLATES[kind],
    }
    write(target, to_yaml(document))
    sys.stdout.write(f"{target}\n")


@app.command("push")
def push(file: Annotated[Path, typer.Argument(metavar="FILE")], output: Output = Format.TABLE) -> None:
    """Save an operation's file as a draft: a new operation, its draft changed, or a draft of its next version."""
    document = _document(file)
    if not document.get("name"):
        raise exits.Exit(exits.USAGE, f"'{file}' is no operation: it has no field 'name'")
    with Connection(Profile.find()) as connection:
        team = connection.get("/me")["team"]
        newest = _newest(connection, f"{team}/{document['name']}")
        if newest is None:
            saved = connection.post("/operations", document)
        else:
            if newest["operation"]["status"] != "draft":
                newest = connection.post(f"/operations/{newest['ref']}/clone", {})
            saved = connection.put(f"/operations/{newest['ref']}", document, **_if_match(newest))
    show(output, saved, COLUMNS, name="ref")


def _document(file: Path) -> dict[str, Any]:
    found: Any = load_graph(file).value
    return cast("dict[str, Any]", found) if isinstance(found, dict) else {}


def _newest(connection: Connection, name: str) -> dict[str, Any] | None:
    """Of whatever state."""
    try:
        found: dict[str, Any] = connection.get(f"/operations/{name}/versions")["items"][0]
    except ApiError as error:
        if error.code != "not_found":
            raise
        return None
    return found


def _if_match(operation: dict[str, Any]) -> dict[str, str]:
    return {"If-Match": f'"{operation["revision"]}"'}


@app.command("clone")
def clone(
    operation: Ref,
    name: Annotated[str, typer.Option(help="Another name; by default it is the next version.")] = "",
    output: Output = Format.TABLE,
) -> None:
    """Make a draft from a version."""
    with Connection(Profile.find()) as connection:
        made = connection.post(f"/operations/{operation}/clone", {"name": name} if name else {})
    show(output, made, COLUMNS, name="ref")


@app.command("approve")
def approve(operation: Ref, output: Output = Format.TABLE) -> None:
    """Make a draft immutable, and ready to be used."""
    show(output, _changed(operation, "approve"), COLUMNS, name="ref")


@app.command("deprecate")
def deprecate(
    operation: Ref,
    successor: Annotated[str, typer.Option(metavar="TEAM/NAME@VERSION", help="What to use instead.")] = "",
    output: Output = Format.TABLE,
) -> None:
    """Warn who still uses a version."""
    show(output, _changed(operation, "deprecate", {"successor": successor or None}), COLUMNS, name="ref")


def _changed(operation: str, change: str, body: dict[str, Any] | None = None) -> Any:
    with Connection(Profile.find()) as connection:
        found = connection.get(f"/operations/{operation}")
        return connection.post(f"/operations/{operation}/{change}", body, **_if_match(found))


@app.command("preview")
def preview(
    operation: Annotated[str, typer.Argument(metavar="FILE|TEAM/NAME@VERSION")],
    parameter: Annotated[list[str] | None, typer.Option("--param", "-p", metavar="NAME=VALUE")] = None,
    output: Output = Format.TABLE,
) -> None:
    """Print the script that a worker would execute, with placeholders for paths."""
    path = Path(operation)
    is_file = path.suffix in (".yaml", ".yml", ".json") or path.exists()
    with Connection(Profile.find()) as connection:
        document = _document(path) if is_file else connection.get(f"/operations/{operation}")["operation"]
        values = parameters_of(parameter or [], Named({}, document).texts)
        subject = {"operation": document} if is_file else {"ref": operation}
        found = connection.post("/operations/preview", {**subject, "parameters": values})
    if output is Format.TABLE:
        sys.stdout.write(found["text"])
    else:
        show(output, found, {}, name="filename")


@app.command("validate")
def validate(file: Annotated[Path, typer.Argument(metavar="FILE")], output: Output = Format.TABLE) -> int:
    """Check an operation's file, its script included."""
    from plynx.cli.graphs import checked

    return checked(file, "/operations/validate", output)
