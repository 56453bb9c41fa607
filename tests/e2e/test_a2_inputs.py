"""A2: inputs `min`/`max` with defaults, optional, unlimited, lists."""

from __future__ import annotations

from typing import Any

import pytest

from plynx.connection import ApiError
from tests.e2e.client import Client
from tests.e2e.documents import Document, graph, node, operation

INPUTS = {
    "one": "text",  # min = max = 1 by default
    "maybe": {"types": ["text"], "min": 0, "max": 1},
    "pair": {"types": ["text"], "min": 2, "max": 2},
    "many": {"types": ["text"], "min": 1, "max": -1},
    "any": {"types": ["text"], "min": 0, "max": -1},
}
READ = {
    "bash_jinja2": """
        echo one=$(cat {{ input['one'] }})
        echo maybe={% for path in input['maybe'] %}$(cat {{ path }}){% endfor %}
        echo pair=$(cat {{ inputs['pair'] }} | paste -sd ,)
        echo many={% for path in inputs.many %}$(cat {{ path }}),{% endfor %}
        echo any={{ inputs['any'] | length }}
        """,
    "command": """
        cats() { while read -r path; do [ -z "$path" ] || cat "$path"; done | paste -sd ,; }
        echo one=$(cat "$PLYNX_INPUT_one")
        echo maybe=$(echo "$PLYNX_INPUT_maybe" | cats)
        echo pair=$(echo "$PLYNX_INPUT_pair" | cats)
        echo many=$(echo "$PLYNX_INPUT_many" | cats),
        echo any=$(printf "%s" "$PLYNX_INPUT_any" | wc -l)
        """,
    "python": """
from pathlib import Path
read = lambda paths: ",".join(Path(path).read_text().strip() for path in paths)
print(f"one={Path(inputs['one']).read_text().strip()}")
print(f"maybe={read(inputs['maybe'])}")
print(f"pair={read(inputs['pair'])}")
print(f"many={read(inputs['many'])},")
print(f"any={len(input['any'])}")
""",
}


def reading(kind: str, **inputs: Any) -> Document:
    sources = [node(f"s{number}", "source", parameters={"word": f"w{number}"}) for number in range(4)]
    operations = {
        "source": operation(
            'echo "$PLYNX_PARAM_word" > "$PLYNX_OUTPUT_out"', parameters={"word": "str"}, outputs={"out": "text"}
        ),
        "reader": operation(READ[kind], kind, inputs=INPUTS),
    }
    return graph(operations, *sources, node("reader", inputs=inputs))


@pytest.mark.parametrize("kind", READ)
async def test_a2_single_optional_bounded_and_unlimited_inputs_reach_the_script_in_order(
    client: Client, kind: str
) -> None:
    given = {"one": "s0.out", "pair": ["s1.out", "s2.out"], "many": ["s3.out", "s1.out", "s2.out"]}

    run = (await client.run(reading(kind, **given))).succeeded()

    assert client.log(run.id, "reader").decode().split() == [
        "one=w0",
        "maybe=",
        "pair=w1,w2",
        "many=w3,w1,w2,",
        "any=0",
    ]


async def test_a2_the_order_of_a_list_is_part_of_what_is_computed(client: Client) -> None:
    given = {"one": "s0.out", "maybe": ["s3.out"], "pair": ["s1.out", "s2.out"], "many": ["s0.out"]}
    await client.run(reading("command", **given))

    same = (await client.run(reading("command", **given))).succeeded()
    turned = (await client.run(reading("command", **{**given, "pair": ["s2.out", "s1.out"]}))).succeeded()

    assert same.states["reader"] == "restored"
    assert turned.states["reader"] == "succeeded"
    assert b"pair=w2,w1" in client.log(turned.id, "reader")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"one": []}, "'one'"),
        ({"one": ["s0.out", "s1.out"]}, "'one'"),
        ({"maybe": ["s0.out", "s1.out"]}, "'maybe'"),
        ({"pair": ["s0.out"]}, "'pair'"),
        ({"pair": ["s0.out", "s1.out", "s2.out"]}, "'pair'"),
        ({"many": []}, "'many'"),
    ],
)
def test_a2_too_few_and_too_many_artifacts_are_refused_by_name(
    client: Client, change: dict[str, list[str]], said: str
) -> None:
    given = {"one": ["s0.out"], "pair": ["s1.out", "s2.out"], "many": ["s0.out"], **change}

    with pytest.raises(ApiError) as refused:
        client.submit(reading("command", **{name: links for name, links in given.items() if links}))

    assert refused.value.status == 422
    assert any("reader" in str(issue) and said in issue["detail"] for issue in refused.value.issues)


@pytest.mark.parametrize(("least", "most"), [(-1, 1), (0, 0), (3, 2)])
def test_a2_bounds_that_mean_nothing_are_refused(client: Client, least: int, most: int) -> None:
    wrong = operation("true", name="wrong", inputs={"data": {"types": ["file"], "min": least, "max": most}})

    answer = client.connection.post("/operations/validate", wrong)

    errors = [issue for issue in answer["issues"] if issue["severity"] == "error"]
    assert errors
    assert "'data'" in errors[0]["message"]
