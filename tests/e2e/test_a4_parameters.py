"""A4: parameters of every type reach the scripts of every kind as what they are."""

from __future__ import annotations

import json
from typing import Any

import pytest

from plynx.connection import ApiError
from tests.e2e.client import Client
from tests.e2e.documents import graph, node, operation, single

PARAMETERS: dict[str, Any] = {
    "whole": "int",
    "real": "float",
    "line": "str",
    "yes": "bool",
    "no": "bool",
    "prose": "text",
    "pick": {"type": "enum", "choices": ["red", "green"]},
    "ints": "list_int",
    "floats": "list_float",
    "strs": "list_str",
    "program": {"type": "code"},
    "tree": "json",
    "day": "date",
    "tint": "color",
}
VALUES: dict[str, Any] = {
    "whole": -3,
    "real": 2.5,
    "line": 'it\'s "quoted" $HOME',
    "yes": True,
    "no": False,
    "prose": "two\nlines",
    "pick": "green",
    "ints": [1, 2, 3],
    "floats": [0.5, 1.5],
    "strs": ["plain", "with space", "it's"],
    "program": "echo from code $((1 + 1))",
    "tree": {"a": [1, None, "x"]},
    "day": "2026-11-25",
    "tint": "#ff8800",
}


def with_all(cmd: str, kind: str) -> dict[str, Any]:
    return single(cmd, kind, parameters=PARAMETERS, values=VALUES)


async def test_a4_parameters_in_python_are_objects(client: Client) -> None:
    cmd = "import json; print(json.dumps(params, sort_keys=True)); assert params is param"

    run = (await client.run(with_all(cmd, "python"))).succeeded()

    assert json.loads(client.log(run.id, "it")) == VALUES


async def test_a4_parameters_in_command_are_variables_and_a_manifest(client: Client) -> None:
    cmd = r"""
        for name in whole real line yes no prose pick ints floats strs program tree day tint; do
            variable="PLYNX_PARAM_$name"
            printf '%s\0' "${!variable}"
        done
        cp "$PLYNX_CONTEXT" "$PLYNX_OUTPUT_context"
        """
    document = single(cmd, parameters=PARAMETERS, values=VALUES, outputs={"context": "json"})

    run = (await client.run(document)).succeeded()

    assert dict(zip(PARAMETERS, client.log(run.id, "it").decode().split("\0"), strict=False)) == {
        "whole": "-3",
        "real": "2.5",
        "line": 'it\'s "quoted" $HOME',
        "yes": "True",
        "no": "False",
        "prose": "two\nlines",
        "pick": "green",
        "ints": "1\n2\n3",
        "floats": "0.5\n1.5",
        "strs": "plain\nwith space\nit's",
        "program": "echo from code $((1 + 1))",
        "tree": '{"a": [1, null, "x"]}',
        "day": "2026-11-25",
        "tint": "#ff8800",
    }
    assert json.loads(client.output(run.id, "it", "context"))["params"] == VALUES


async def test_a4_parameters_in_bash_jinja2_are_text_of_the_script(client: Client) -> None:
    cmd = """
        set -e
        echo {{ param['whole'] }} {{ params['real'] }} {{ param.yes }} {{ param.no }} {{ param['pick'] }}
        echo {{ param['line'] | sh }}
        echo {{ param['prose'] | sh }}
        for n in {{ param['ints'] }}; do echo int $n; done
        {% for x in param['floats'] %}echo float {{ x }}
        {% endfor %}
        for s in {{ param['strs'] }}; do echo "str $s"; done
        {{ param['program'] }}
        {% if not params.no %}echo a bool is a bool{% endif %}
        echo {{ param['tree'] | json | sh }}
        echo {{ param['day'] }} '{{ param["tint"] }}'
        """

    run = (await client.run(with_all(cmd, "bash_jinja2"))).succeeded()

    assert client.log(run.id, "it").decode().splitlines() == [
        "-3 2.5 True False green",
        'it\'s "quoted" $HOME',
        "two",
        "lines",
        *("int 1", "int 2", "int 3"),
        *("float 0.5", "float 1.5"),
        *("str plain", "str with space", "str it's"),
        "from code 2",
        "a bool is a bool",
        '{"a": [1, null, "x"]}',
        "2026-11-25 #ff8800",
    ]


async def test_a4_defaults_and_graph_parameters_take_their_places(client: Client) -> None:
    echo = operation(
        "echo $PLYNX_PARAM_depth $PLYNX_PARAM_rate",
        parameters={"depth": {"type": "int", "default": 3}, "rate": {"type": "float", "default": 0.1}},
    )
    nodes = node("default", "echo"), node("bound", "echo", parameters={"rate": {"$param": "learning_rate"}})
    document = graph({"echo": echo}, *nodes, parameters=[{"name": "learning_rate", "type": "float", "default": 0.2}])

    by_default = (await client.run(document)).succeeded()
    chosen = (await client.run(document, parameters={"learning_rate": 0.7})).succeeded()

    assert client.log(by_default.id, "default") == b"3 0.1\n"
    assert client.log(by_default.id, "bound") == b"3 0.2\n"
    assert client.log(chosen.id, "bound") == b"3 0.7\n"
    assert chosen.states["default"] == "restored"


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("whole", 1.5),
        ("whole", "many"),
        ("real", "x"),
        ("yes", "perhaps"),
        ("pick", "blue"),
        ("ints", [1, "two"]),
        ("day", "yesterday"),
        ("tint", "reddish"),
    ],
)
def test_a4_a_value_of_another_type_is_refused_by_name(client: Client, parameter: str, value: Any) -> None:
    document = single("true", parameters=PARAMETERS, values={**VALUES, parameter: value})

    with pytest.raises(ApiError) as refused:
        client.submit(document)

    assert refused.value.status == 422
    assert any(f"'{parameter}'" in issue["detail"] for issue in refused.value.issues)
