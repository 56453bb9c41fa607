"""A7: the preview is the script that is executed, byte by byte, but for the paths that are not known yet."""

from __future__ import annotations

import re
from typing import Any

import pytest

from plynx.connection import ApiError
from tests.e2e.client import Client
from tests.e2e.documents import Document, graph, node, operation

KEEP = {
    "bash_jinja2": "cp exec.sh {{ output['script'] }}; pwd > {{ output['place'] }}",
    "command": 'cp exec.sh "$PLYNX_OUTPUT_script"; pwd > "$PLYNX_OUTPUT_place"',
    "python": "import os, shutil; shutil.copy('exec.py', outputs['script']); "
    "open(outputs['place'], 'w').write(os.getcwd() + '\\n')",
}
"""Each script stores itself and where it ran."""
BODY = {
    "bash_jinja2": """# ünïcode, trailing space \nset -e\t
{% for word in param['words'] %}
echo {{ loop.index }} {{ word | sh }} {{ input['data'] }}
{%- endfor %}
{{ param['code'] }}
{% raw %}{{ kept }}{% endraw %} || true
echo {{ log['worker'] }} {{ inputs['more'] }}
""",
    "command": '# ünïcode, trailing space \necho "$PLYNX_PARAM_words" {{ no template }}\n\n\techo tab\n',
    "python": "# ünïcode\nwords = params['words']\nif words:\n\tprint(words)\n\n",
}
PLACEHOLDER = "/working-directory(?=/[iol]_)"
VALUES: dict[str, Any] = {"words": ["one", "it's", "a b"], "code": "echo $((6 * 7))  # code"}


def storing_itself(kind: str) -> Document:
    return operation(
        BODY[kind] + KEEP[kind],
        kind,
        name="reader",
        parameters={"words": "list_str", "code": "code"},
        inputs={"data": "text", "more": {"types": ["text"], "min": 2, "max": -1}},
        outputs={"script": "text", "place": "str"},
    )


@pytest.mark.parametrize("kind", KEEP)
async def test_a7_the_preview_equals_the_executed_script(client: Client, kind: str) -> None:
    reader = storing_itself(kind)
    source = operation("echo x > $PLYNX_OUTPUT_out", outputs={"out": "text"})
    inputs = {"data": "source.out", "more": ["source.out", "source.out"]}
    document = graph(
        {"source": source, "reader": reader}, node("source"), node("reader", inputs=inputs, parameters=VALUES)
    )

    preview = client.connection.post("/operations/preview", {"operation": reader, "parameters": VALUES})
    run = (await client.run(document)).succeeded()

    executed = client.output(run.id, "reader", "script").decode()
    place = client.output(run.id, "reader", "place").decode().strip()
    expected = re.sub(PLACEHOLDER, place, preview["text"])
    assert executed == expected
    assert preview["filename"] == ("exec.py" if kind == "python" else "exec.sh")


async def test_a7_after_a_failure_the_message_names_the_line_of_the_shown_script(client: Client) -> None:
    broken = operation("echo fine\necho {{ param['depth'] / 0 }}", "bash_jinja2", parameters={"depth": "int"})

    run = (await client.run(graph({"it": broken}, node("it", parameters={"depth": 1})))).failed()

    assert run.failures["it"]["kind"] == "template"
    assert "line 2" in run.failures["it"]["message"]


def test_a7_an_undefined_name_is_an_error_of_the_preview_with_its_line(client: Client) -> None:
    wrong = operation("echo fine\necho {{ param['dpeth'] }}", "bash_jinja2", name="it", parameters={"depth": "int"})

    with pytest.raises(ApiError) as refused:
        client.connection.post("/operations/preview", {"operation": wrong, "parameters": {"depth": 1}})

    assert refused.value.status == 422
    assert "line 2" in str(refused.value)
    assert "dpeth" in str(refused.value)
