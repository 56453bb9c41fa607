"""The catalogue by command and REST on a running platform: graphs and operations to and fro, artifacts looked into."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.e2e.client import Client
from tests.e2e.documents import graph, node, operation
from tests.e2e.platform import Platform
from tests.e2e.reachable import PLYNX

DONE, DIFFERENT, USAGE = 0, 1, 2


def called(done: subprocess.CompletedProcess[str], code: int = DONE) -> str:
    assert done.returncode == code, done
    assert "Traceback" not in done.stdout + done.stderr
    return done.stdout


def within(platform: Platform, directory: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """As `platform.cli`, in a directory of its own."""
    return subprocess.run(
        [PLYNX, *arguments],
        env=platform.shell_environment(),
        cwd=directory,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def pipeline(name: str, text: str) -> dict[str, Any]:
    make = operation(f"printf '{text}' > $PLYNX_OUTPUT_table", outputs={"table": "csv"})
    count = operation(
        "wc -l < $PLYNX_INPUT_table > $PLYNX_OUTPUT_lines", inputs={"table": "csv"}, outputs={"lines": "int"}
    )
    placed = (node("make"), node("count", inputs={"table": "make.table"}))
    return graph({"make": make, "count": count}, *placed, name=name)


async def test_a_plan_says_beforehand_what_a_run_then_does(platform: Platform, client: Client, tmp_path: Path) -> None:
    document = pipeline("planned", "a,b\\n1,2\\n")
    file = tmp_path / "planned.yaml"
    file.write_text(json.dumps(document), encoding="utf-8")
    first = json.loads(called(platform.cli("graph", "plan", str(file), "-o", "json")))
    assert first["counts"] == {"executed": 1, "depends": 1}
    (await client.run(document)).succeeded()
    second = json.loads(called(platform.cli("graph", "plan", str(file), "-o", "json")))
    assert second["counts"] == {"restored": 2}
    again = (await client.run(document)).succeeded()
    assert set(again.states.values()) == {"restored"}
    assert "restored" in called(platform.cli("graph", "plan", str(file)))
    forced = json.loads(called(platform.cli("graph", "plan", str(file), "--force", "-o", "json")))
    assert forced["counts"] == {"executed": 2}
    assert forced["seconds"] is not None


def test_a_graph_is_pushed_pulled_changed_and_compared(platform: Platform, tmp_path: Path) -> None:
    file = tmp_path / "pushed.yaml"
    file.write_text("# of mine\ntitle: One\nnodes: []\n", encoding="utf-8")
    id = called(platform.cli("graph", "push", str(file), "-o", "name")).strip()
    assert file.read_text(encoding="utf-8") == f"# plynx graph {id} revision 1\n# of mine\ntitle: One\nnodes: []\n"
    pulled = tmp_path / "pulled.yaml"
    called(platform.cli("graph", "pull", id, str(pulled)))
    pulled.write_text(pulled.read_text(encoding="utf-8").replace("One", "Two"), encoding="utf-8")
    assert 'title was "One", is "Two"' in called(platform.cli("graph", "diff", id, str(pulled)), DIFFERENT)
    called(platform.cli("graph", "push", str(pulled)))
    stale = platform.cli("graph", "push", str(file))
    assert (stale.returncode, "plynx graph diff" in stale.stderr) == (USAGE, True), stale
    assert "revision 2" in called(platform.cli("graph", "pull", id, str(file))) + file.read_text(encoding="utf-8")
    assert "~ the graph: title" in called(platform.cli("graph", "diff", id), DIFFERENT)
    assert called(platform.cli("graph", "diff", f"{id}@2", str(pulled))) == ""
    history = json.loads(called(platform.cli("graph", "show", id, "--history", "-o", "json")))
    assert [each["revision"] for each in history] == [2, 1]
    assert json.loads(called(platform.cli("graph", "show", id, "--revision", "1", "-o", "json")))["title"] == "One"
    assert "title: Two" in called(platform.cli("graph", "export", id))
    other = tmp_path / "other.yaml"
    other.write_text("title: Mine\n", encoding="utf-8")
    refused = platform.cli("graph", "pull", id, str(other))
    assert (refused.returncode, "--force" in refused.stderr) == (USAGE, True)


def test_an_operation_goes_from_an_example_to_its_second_version(platform: Platform, tmp_path: Path) -> None:
    called(within(platform, tmp_path, "op", "new", "e2e-sort", "--kind", "command"))
    assert "is there already" in within(platform, tmp_path, "op", "new", "e2e-sort").stderr
    file = str(tmp_path / "e2e-sort.yaml")
    assert "sort -k" in called(platform.cli("op", "preview", file, "-p", "column=2"))
    first = called(platform.cli("op", "push", file, "-o", "name")).strip()
    assert first == "default/e2e-sort@1"
    assert called(platform.cli("op", "push", file, "-o", "name")).strip() == first
    assert "ready" in called(platform.cli("op", "approve", first))
    second = called(platform.cli("op", "push", file, "-o", "name")).strip()
    assert second == "default/e2e-sort@2"
    called(platform.cli("op", "approve", second))
    assert "deprecated" in called(platform.cli("op", "deprecate", first, "--successor", second))
    assert (
        called(platform.cli("op", "clone", second, "--name", "e2e-other", "-o", "name")).strip()
        == "default/e2e-other@1"
    )
    assert "sort -k" in called(platform.cli("op", "preview", second))
    assert platform.cli("op", "approve", second).returncode == USAGE
    assert platform.cli("op", "new", "x", "--kind", "none").returncode == USAGE


async def test_a_file_is_put_used_looked_into_and_its_origin_told(
    platform: Platform, client: Client, tmp_path: Path
) -> None:
    table = tmp_path / "flowers.csv"
    table.write_text("name,petals\niris,3\nrose,5\n", encoding="utf-8")
    ref = called(platform.cli("artifact", "put", str(table), "--name", "e2e-flowers", "-o", "name")).strip()
    assert ref == "default/e2e-flowers@1"
    shown = called(platform.cli("artifact", "preview", ref))
    assert "rose" in shown
    assert "petals  int" in shown
    count = operation(
        "echo flowers: $(tail -n +2 $PLYNX_INPUT_table | wc -l) > $PLYNX_OUTPUT_lines",
        inputs={"table": "csv"},
        outputs={"lines": "text"},
    )
    placed = (node("flowers", ref), node("count", inputs={"table": "flowers.file"}))
    run = (await client.run(graph({"count": count}, *placed))).succeeded()
    output = tmp_path / "lines.txt"
    output.write_bytes(client.output(run.id, "count", "lines"))
    (made,) = json.loads(called(platform.cli("artifact", "whence", str(output), "-o", "json")))["produced_by"]
    digest = json.loads(called(platform.cli("artifact", "put", str(table), "-o", "json")))["digest"]
    assert (made["run"], made["node"], made["inputs"]) == (run.id, "count", {"table": [digest]})
    told = called(platform.cli("artifact", "whence", str(table)))
    assert f"file {ref}" in told
    used = client.connection.get(f"/artifacts/{digest}/lineage")["used_by"]
    assert [(each["run"], each["node"]) for each in used] == [(run.id, "count")]
    usage = client.connection.get(f"/operations/{ref}/usage")
    assert [each["id"] for each in usage["runs"]] == [run.id]
    promoted = client.connection.post(
        "/files/promote", {"run": run.id, "node": "count", "node_output": "lines", "name": "e2e-lines"}
    )
    assert client.connection.get(f"/files/{promoted['ref']}/preview")["text"] == "flowers: 2\n"
    found = client.connection.get("/search", q="e2e- type:file")["items"]
    assert {each["name"] for each in found} == {"e2e-flowers", "e2e-lines"}


def test_bytes_that_nobody_here_has_seen_are_said_to_be_unknown(platform: Platform, tmp_path: Path) -> None:
    stranger = tmp_path / "stranger.bin"
    stranger.write_bytes(b"never seen before")
    done = platform.cli("artifact", "whence", str(stranger))
    assert (done.returncode, "nothing here has produced" in done.stderr) == (USAGE, True), done
    assert platform.cli("artifact", "whence", str(tmp_path / "none")).returncode == USAGE
    assert platform.cli("artifact", "put", str(tmp_path / "none")).returncode == USAGE
    assert platform.cli("artifact", "preview", "0" * 64).returncode == USAGE


async def test_directories_are_listed_and_images_come_from_another_origin(platform: Platform, client: Client) -> None:
    pixel = "89504e470d0a1a0a0000000d49484452000000020000000308020000003688490d"
    script = f"""import os
open(os.path.join(outputs['all'], 't.csv'), 'w').write('x\\n1\\n')
for path in (os.path.join(outputs['all'], 'i.png'), outputs['one']):
    open(path, 'wb').write(bytes.fromhex('{pixel}'))
"""
    made = operation(script, "python", outputs={"all": "directory", "one": "image"})
    run = (await client.run(graph({"made": made}))).succeeded()
    listed = called(platform.cli("artifact", "preview", f"{run.id}/made/all"))
    assert "t.csv" in listed
    assert "i.png" in listed
    assert "x" in called(platform.cli("artifact", "preview", f"{run.id}/made/all", "--member", "t.csv"))
    digest = client.node(run.id, "made")["outputs"]["one"]["digest"]
    image = client.connection.get(f"/artifacts/{digest}/preview")
    assert (image["width"], image["height"]) == (2, 3)
    async with httpx.AsyncClient() as browser:
        token = {"Authorization": f"Bearer {platform.token}"}
        answer = await browser.get(f"{platform.url}/api/v1/artifacts/{digest}/image", headers=token)
        location = answer.headers["location"]
        assert not location.startswith(platform.url)
        fetched = await browser.get(location)
    assert fetched.content == bytes.fromhex(pixel)
    assert fetched.headers["content-type"] == "image/png"
    assert fetched.headers["content-disposition"].startswith("attachment")


@pytest.mark.parametrize("part_limit", ["1048576"])
async def test_a_large_file_is_put_in_parts(start_platform: Any, tmp_path: Path, part_limit: str) -> None:
    big = tmp_path / "big.bin"
    big.write_bytes(bytes(range(256)) * 4096 * 20)
    async with start_platform(PLYNX_STORAGE_PARTS_ABOVE=part_limit) as platform:
        digest = called(platform.cli("artifact", "put", str(big), "-o", "name")).strip()
        assert platform.client().artifact(digest) == big.read_bytes()
        assert called(platform.cli("artifact", "put", str(big), "-o", "name")).strip() == digest
