"""A3: types round-trip: what one node writes is, to the byte and mode, what the next one reads."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import zipfile

import pytest

from plynx.connection import ApiError
from plynx_common.domain.types import BUILT_IN
from tests.e2e.client import Client
from tests.e2e.documents import Document, graph, link, node, operation

CONTENT = {
    "file": b"\x00\xff anything",
    "json": b'{"a": [1, 2.5, null]}',
    "csv": b"a,b\n1,2\n",
    "tsv": b"a\tb\n1\t2\n",
    "text": b"line\n\xc3\xa4\xe2\x82\xac\n",
    "image": b"\x89PNG\r\n\x1a\n\x00\x00",
    "pdf": b"%PDF-1.7\n\x00",
    "html": b"<p>hello</p>",
    "parquet": b"PAR1\x00\xffPAR1",
    "model": b"\x80\x05\x00.",
    "metrics": b'{"accuracy": 0.5}',
    "int": b"42\n",
    "float": b"1e-3\n",
    "str": b"two words\n",
    "bool": b"true\n",
}
BY_THEMSELVES = {"directory", "executable", "cloud-storage"}


def test_a3_every_type_is_in_these_tests() -> None:
    assert {entry.name for entry in BUILT_IN} == set(CONTENT) | BY_THEMSELVES


async def test_a3_files_and_scalars_arrive_as_they_were_written(client: Client) -> None:
    operations: dict[str, Document] = {}
    nodes: list[Document] = []
    for name, content in CONTENT.items():
        encoded = base64.b64encode(content).decode()
        operations[f"make_{name}"] = operation(f"echo {encoded} | base64 -d > $PLYNX_OUTPUT_out", outputs={"out": name})
        operations[f"copy_{name}"] = operation(
            "cp {{ input['data'] }} {{ output['out'] }}", "bash_jinja2", inputs={"data": name}, outputs={"out": name}
        )
        nodes += [
            node(f"make-{name}", f"make_{name}"),
            node(f"copy-{name}", f"copy_{name}", {"data": f"make-{name}.out"}),
        ]

    run = (await client.run(graph(operations, *nodes))).succeeded()

    for name, expected in CONTENT.items():
        copied = run.nodes[f"copy-{name}"]["outputs"]["out"]
        assert client.artifact(copied["digest"]) == expected, name
        assert copied == {"digest": hashlib.sha256(expected).hexdigest(), "size": len(expected), "type": name}


async def test_a3_a_directory_keeps_names_modes_and_empty_directories(client: Client) -> None:
    make = """
        test -d "$PLYNX_OUTPUT_tree"  # it is a directory before the script
        cd "$PLYNX_OUTPUT_tree"
        mkdir -p a/b empty
        echo one > a/b/file; echo two > "a/with space"; printf '#!/bin/sh\\necho ran\\n' > a/program
        chmod 640 a/b/file; chmod 755 a/program; chmod 700 empty
        """
    look = """
        cd "$PLYNX_INPUT_tree"
        find . -mindepth 1 -printf '%M %P\\n' | LC_ALL=C sort -k 2
        cat a/b/file "a/with space"
        ./a/program
        cp -a . "$PLYNX_OUTPUT_tree"
        """
    operations = {
        "make": operation(make, outputs={"tree": "directory"}),
        "look": operation(look, inputs={"tree": "directory"}, outputs={"tree": "directory"}),
    }

    run = (await client.run(graph(operations, node("make"), node("look", inputs={"tree": "make.tree"})))).succeeded()

    assert client.log(run.id, "look").decode().splitlines() == [
        "drwxr-xr-x a",
        "drwxr-xr-x a/b",
        "-rw-r----- a/b/file",
        "-rwxr-xr-x a/program",
        "-rw-r--r-- a/with space",
        "drwx------ empty",
        "one",
        "two",
        "ran",
    ]
    made, again = (run.nodes[name]["outputs"]["tree"] for name in ("make", "look"))
    assert made == again, "the same tree is the same artifact: the archive is deterministic"
    with zipfile.ZipFile(io.BytesIO(client.artifact(made["digest"]))) as archive:
        assert archive.namelist() == sorted(archive.namelist())
        assert "empty/" in archive.namelist()


async def test_a3_an_executable_can_be_executed_by_the_next_node(client: Client) -> None:
    operations = {
        # It is not executable when it is written: its type makes it so.
        "make": operation(r"printf '#!/bin/sh\necho I run with $1\n' > $PLYNX_OUTPUT_it", outputs={"it": "executable"}),
        "use": operation("{{ input['it'] }} it", "bash_jinja2", inputs={"it": "executable"}),
        "plain": operation("test ! -x $PLYNX_INPUT_it", inputs={"it": "file"}),
    }
    nodes = node("make"), node("use", inputs={"it": "make.it"})

    run = (await client.run(graph(operations, *nodes))).succeeded()

    assert client.log(run.id, "use") == b"I run with it\n"


@pytest.mark.parametrize("kind", ["bash_jinja2", "command", "python"])
async def test_a3_cloud_storage_gives_the_path_instead_of_the_file(client: Client, kind: str) -> None:
    make = {
        "bash_jinja2": "echo {{ cloud_output['place'] }}; cat {{ output['place'] }}",
        "command": "echo $PLYNX_CLOUD_OUTPUT_place; cat $PLYNX_OUTPUT_place",
        "python": "print(cloud_output['place']); print(open(outputs['place']).read())",
    }
    use = {
        "bash_jinja2": "echo {{ cloud_input['place'] }}; cat {{ input['place'] }}",
        "command": "echo $PLYNX_CLOUD_INPUT_place; cat $PLYNX_INPUT_place",
        "python": "print(cloud_input['place']); print(open(inputs['place']).read())",
    }
    operations = {
        "make": operation(make[kind], kind, outputs={"place": "cloud-storage"}),
        "use": operation(use[kind], kind, inputs={"place": "cloud-storage"}),
    }

    run = (await client.run(graph(operations, node("make"), node("use", inputs={"place": "make.place"})))).succeeded()

    path, document = client.log(run.id, "make").decode().split(maxsplit=1)
    assert path.startswith("s3://bucket/plynx/")
    assert json.loads(document) == {"path": path}
    assert client.log(run.id, "use") == client.log(run.id, "make")
    assert json.loads(client.output(run.id, "make", "place")) == {"path": path}


async def test_a3_scalars_are_parameters_downstream(client: Client) -> None:
    wanted = {"int": "3", "float": "0.25", "str": "two words", "bool": "false"}
    operations: dict[str, Document] = {}
    nodes: list[Document] = []
    for name, text in wanted.items():
        operations[f"make_{name}"] = operation(f"echo '{text}' > $PLYNX_OUTPUT_out", outputs={"out": name})
        operations[f"use_{name}"] = operation(
            "print(type(params['value']).__name__, params['value'])", "python", parameters={"value": name}
        )
        bound = {"value": {"$output": link(f"make-{name}.out")}}
        nodes += [node(f"make-{name}", f"make_{name}"), node(f"use-{name}", f"use_{name}", parameters=bound)]

    run = (await client.run(graph(operations, *nodes))).succeeded()

    said = {name: client.log(run.id, f"use-{name}").decode().strip() for name in wanted}
    assert said == {"int": "int 3", "float": "float 0.25", "str": "str two words", "bool": "bool False"}


async def test_a3_a_scalar_that_holds_something_else_is_named(client: Client) -> None:
    wrong = graph({"it": operation("echo many > $PLYNX_OUTPUT_count", outputs={"count": "int"})})

    run = (await client.run(wrong)).failed()

    assert run.failures["it"]["kind"] == "output_missing"
    assert "'count'" in run.failures["it"]["message"]
    assert "is no int: expected a whole number" in run.failures["it"]["message"]


def test_a3_links_of_types_that_do_not_fit_are_refused_with_both_named(client: Client) -> None:
    operations = {
        "make": operation("true", outputs={"out": "csv"}),
        "use": operation("true", inputs={"data": "json"}),
    }

    with pytest.raises(ApiError) as refused:
        client.submit(graph(operations, node("make"), node("use", inputs={"data": "make.out"})))

    details = " ".join(str(issue["detail"]) for issue in refused.value.issues)
    assert "csv" in details
    assert "json" in details
