"""Operations that the stories draw with: numbers → doubled → a picture; none takes more than a moment."""

from __future__ import annotations

from typing import Any

from plynx.connection import ApiError
from tests.e2e.client import Client

NUMBERS: dict[str, Any] = {
    "name": "numbers",
    "title": "Make numbers",
    "kind": "bash_jinja2",
    "outputs": [{"name": "table", "type": "csv"}],
    "parameters": [{"name": "count", "type": "int", "default": 5, "min": 1, "max": 1000}],
    "cmd": "echo n > {{ output.table }}; seq {{ param.count }} >> {{ output.table }}",
}
DOUBLE: dict[str, Any] = {
    "name": "double",
    "title": "Double the numbers",
    "kind": "bash_jinja2",
    "inputs": [{"name": "table", "types": ["csv"]}],
    "outputs": [{"name": "table", "type": "csv"}],
    "parameters": [{"name": "pause", "type": "float", "default": 0}],
    "cmd": """for line in $(seq 20); do echo "doubling, step $line"; sleep {{ param.pause }}; done
awk 'NR == 1 {print "doubled"} NR > 1 {print 2 * $1}' {{ input.table }} > {{ output.table }}""",
}
PLOT: dict[str, Any] = {
    "name": "plot",
    "title": "Draw a plot",
    "kind": "bash_jinja2",
    "inputs": [{"name": "table", "types": ["csv"]}, {"name": "style", "types": ["json"], "min": 0}],
    "outputs": [{"name": "picture", "type": "image"}],
    "cmd": """{
echo '<svg xmlns="http://www.w3.org/2000/svg" width="320" height="200" viewBox="0 0 320 200">'
awk 'NR > 1 {
  printf "<rect x=\\"%d\\" y=\\"%d\\" width=\\"14\\" height=\\"%d\\"/>\\n", 20 * NR, 190 - $1, $1
}' {{ input.table }}
echo '</svg>'
} > {{ output.picture }}""",
}
BROKEN: dict[str, Any] = {
    "name": "broken",
    "title": "Fail after some lines",
    "kind": "bash_jinja2",
    "inputs": [{"name": "table", "types": ["csv"]}],
    "outputs": [{"name": "table", "type": "csv"}],
    "cmd": """for line in $(seq 80); do echo "line $line"; done
echo "ERROR: the disk of the laboratory is full" >&2
exit 3""",
}


def approve(client: Client, *operations: dict[str, Any]) -> None:
    """Into the catalogue, unless a story before has brought them there."""
    for operation in operations:
        try:
            made = client.connection.post("/operations", operation)
        except ApiError as error:
            if error.status != 409:
                raise
            continue
        client.connection.post(f"/operations/{made['ref']}/approve", None, **{"If-Match": f'"{made["revision"]}"'})
