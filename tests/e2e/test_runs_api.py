"""Runs after runs: again from where it failed, compared, explained; by REST and by command."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from plynx.connection import ApiError
from tests.e2e.client import Client
from tests.e2e.documents import Document, graph, node, operation
from tests.e2e.platform import Platform


def pipeline(marker: Path, **fields: Any) -> Document:
    """`make` writes the time, so it is never the same twice; `check` fails until the marker is there."""
    operations = {
        "make": operation("date +%N > $PLYNX_OUTPUT_out", outputs={"out": "text"}, cacheable=False),
        "check": operation(
            f"test -e {marker} && cat $PLYNX_INPUT_in > $PLYNX_OUTPUT_out",
            inputs={"in": "text"},
            outputs={"out": "text"},
        ),
        "last": operation("cat $PLYNX_INPUT_in > $PLYNX_OUTPUT_out", inputs={"in": "text"}, outputs={"out": "text"}),
    }
    nodes = (node("make"), node("check", inputs={"in": "make.out"}), node("last", inputs={"in": "check.out"}))
    return graph(operations, *nodes, **fields)


async def test_a_failed_run_goes_on_where_it_failed_in_a_new_one(client: Client, tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    first = (await client.run(pipeline(marker))).failed()
    assert first.states == {"make": "succeeded", "check": "failed", "last": "skipped"}
    marker.touch()

    again = client.connection.post(f"/runs/{first.id}/rerun")
    second = (await client.end_of(again["id"])).succeeded()

    assert second.states == {"make": "restored", "check": "succeeded", "last": "succeeded"}
    assert second.nodes["make"]["outputs"] == first.nodes["make"]["outputs"]
    assert second.nodes["last"]["outputs"]["out"]["digest"] == first.nodes["make"]["outputs"]["out"]["digest"]
    told = client.connection.get(f"/runs/{second.id}/nodes/make/explain")
    assert (told["code"], told["restored_from"]["from_run"]) == ("reused", first.id)
    assert client.log(second.id, "make") == client.log(first.id, "make")
    # The old run is what it was.
    assert (await client.end_of(first.id)).states == first.states


async def test_from_a_node_on_everything_is_executed_again(client: Client, tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    marker.touch()
    first = (await client.run(pipeline(marker))).succeeded()
    again = client.connection.post(f"/runs/{first.id}/nodes/check/rerun")
    second = (await client.end_of(again["id"])).succeeded()
    # `check` writes the same bytes, so that what is below it comes from the cache.
    assert second.states == {"make": "restored", "check": "succeeded", "last": "restored"}


async def test_a_run_becomes_a_draft_that_can_be_run(client: Client, tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    marker.touch()
    first = (await client.run(pipeline(marker))).succeeded()
    draft = client.connection.post(f"/runs/{first.id}/clone")
    assert draft["origin"] == f"run/{first.id}"
    second = client.connection.post("/runs", {"graph_id": draft["id"]})
    assert (await client.end_of(second["id"])).succeeded().states["make"] == "succeeded"


async def test_a_timeline_and_a_comparison_tell_what_happened(client: Client) -> None:
    def steps(depth: int) -> Document:
        operations = {
            "one": operation("echo 1 > $PLYNX_OUTPUT_out", outputs={"out": "int"}),
            "two": operation(
                "echo $PLYNX_PARAM_depth > $PLYNX_OUTPUT_out", outputs={"out": "int"}, parameters={"depth": "int"}
            ),
        }
        return graph(operations, node("one"), node("two", parameters={"depth": depth}, after=["one"]))

    old = (await client.run(steps(3))).succeeded()
    new = (await client.run(steps(4))).succeeded()

    shown = client.connection.get(f"/runs/{old.id}/timeline")
    assert [step["node"] for step in shown["critical_path"]] == ["one", "two"]
    assert all(each["attempts"][0]["phases"]["running"] >= 0 for each in shown["nodes"])

    found = client.connection.get(f"/runs/{new.id}/compare", **{"with": old.id})
    one, two = found["nodes"]
    assert (one["after"]["state"], one["same_outputs"], one["message"]) == ("restored", True, None)
    assert (two["same_outputs"], two["message"]) == (False, "parameter 'depth' was 3, is 4")
    told = client.connection.get(f"/runs/{new.id}/nodes/two/explain")
    assert "parameter 'depth' was 3, is 4" in told["message"]


async def test_what_no_worker_serves_says_so(client: Client) -> None:
    lonely = graph({"it": operation("true  # for a card that nobody has", pool="gpu")})
    run = client.submit(lonely)
    await client.reached(run, "it", "ready")
    told = client.connection.get(f"/runs/{run}/nodes/it/explain")
    assert (told["code"], "default/gpu" in told["message"]) == ("no_worker", True)
    client.connection.post(f"/runs/{run}/cancel")
    await client.end_of(run)


async def test_the_same_key_gives_the_same_rerun_also_at_once(client: Client, tmp_path: Path) -> None:
    first = (await client.run(pipeline(tmp_path / "never"))).failed()
    key: dict[str, Any] = {"Idempotency-Key": f"again-{first.id}"}
    ids = {client.connection.post(f"/runs/{first.id}/rerun", **key)["id"] for _ in range(3)}
    assert len(ids) == 1
    with pytest.raises(ApiError, match="already used with another body") as refused:
        client.connection.post(f"/runs/{first.id}/rerun", {"priority": 1}, **key)
    assert refused.value.status == 409
    await client.end_of(ids.pop())


async def test_the_command_line_does_the_same(platform: Platform, client: Client, tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    first = (await client.run(pipeline(marker))).failed()
    shown = platform.cli("runs", "show", first.id, "check")
    assert "failed: " in shown.stdout
    marker.touch()

    again = platform.cli("runs", "rerun", first.id, "--wait", "-o", "json")
    assert again.returncode == 0, again
    second = json.loads(again.stdout)
    assert second["from_run"] == first.id
    assert f"taken from run {first.id}" in platform.cli("runs", "show", second["id"]).stdout

    table = platform.cli("runs", "compare", first.id, second["id"]).stdout
    assert "it left no result" in table
    assert platform.cli("runs", "compare", first.id, second["id"], "-o", "name").stdout.split() == [
        "make",
        "check",
        "last",
    ]
    compared = json.loads(platform.cli("runs", "compare", first.id, second["id"], "-o", "json").stdout)
    assert compared["before"]["id"] == first.id
    assert platform.cli("runs", "compare", first.id, second["id"], "-o", "yaml").stdout.startswith("before:")

    named = platform.cli("runs", "rerun", second["id"], "--from", "last", "-o", "name").stdout.strip()
    assert (await client.end_of(named)).succeeded().states["last"] == "succeeded"
    assert platform.cli("runs", "watch", named, "-o", "name").stdout.strip() == named

    for arguments, words in (
        (("rerun", second["id"]), "every node of run"),
        (("rerun", "run-nope"), "there is no run 'run-nope'"),
        (("rerun", second["id"], "--from", "lst"), "did you mean 'last'?"),
        (("compare", first.id, "run-nope"), "there is no run 'run-nope'"),
        (("show", first.id, "nope"), "has no node 'nope'"),
    ):
        refused = platform.cli("runs", *arguments)
        assert (refused.returncode, words in refused.stderr) == (2, True), refused


async def test_what_is_open_is_explained_by_the_command(platform: Platform, client: Client) -> None:
    waits = graph(
        {"long": operation("sleep 300"), "after": operation("true")}, node("long"), node("after", after=["long"])
    )
    run = client.submit(waits)
    await client.reached(run, "long", "running")
    shown = platform.cli("runs", "show", run).stdout
    assert "waits for 'long' (running)" in shown
    assert "attempt 1 runs on worker" in shown
    client.connection.post(f"/runs/{run}/cancel")
    assert (await client.end_of(run)).run["state"] == "cancelled"
