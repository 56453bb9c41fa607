"""The search box: its language, what it finds, in which order, and whose things it never shows."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from plynx_api.searching import Kind, Query, SortKey, parse
from plynx_common.domain.errors import InvalidInput
from tests.unit.api.parts import Stage, graph, node, pointers, problem, receipt
from tests.unit.api.test_catalogue import put

V1 = "/api/v1"


def test_words_and_tokens_are_told_apart_and_quotes_make_one_word() -> None:
    query = parse('Iris  author:ann "Two Words" tag:"a b" s3://x 10:30 "http://y"')
    assert query.words == ("iris", "two words", "s3://x", "10:30", "http://y")
    assert (query.author, query.tags) == ("ann", ("a b",))
    assert Kind.RUN not in query.kinds
    assert parse("  ") == Query()
    assert parse("sort:name order:desc") == Query(sort=SortKey.NAME, ascending=False)


def test_tokens_leave_only_the_kinds_that_have_such_a_field() -> None:
    assert parse("status:draft").kinds == {Kind.OPERATION, Kind.FILE}
    assert parse("status:failed").kinds == {Kind.RUN}
    assert parse("type:graph").kinds == {Kind.GRAPH}
    assert parse("type:python") == Query(kinds=frozenset({Kind.OPERATION}), operation_kind="python")
    assert parse("input_file_type:csv").kinds == {Kind.OPERATION}
    assert parse("output_file_type:csv").kinds == {Kind.OPERATION, Kind.FILE}
    assert parse("original:x").kinds == {Kind.OPERATION, Kind.FILE, Kind.GRAPH}
    assert parse("status:failed type:graph").kinds == frozenset()


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ("autor:ann", "unknown_token", ["'autor:'", "did you mean 'author'?", "input_file_type:", "original:"]),
        ("http://x", "unknown_token", ["'http:'", "quotes"]),
        ("status:done", "invalid_token", ["'done'", "'draft'", "'succeeded'"]),
        ("type:thing", "invalid_token", ["'thing'", "'graph'", "'python'"]),
        ("input_file_type:tabel", "invalid_token", ["'tabel'", "'csv'"]),
        ("output_file_type:tabel", "invalid_token", ["'tabel'", "'csv'"]),
        ("sort:size", "invalid_token", ["'size'", "'updated'"]),
        ("order:up", "invalid_token", ["'asc' or 'desc'"]),
        ("author: x", "invalid_token", ["'author:'", "no value"]),
        ('tag:""', "invalid_token", ["no value"]),
        ("original:", "invalid_token", ["no value"]),
    ],
)
def test_what_is_unknown_is_refused_in_words(text: str, code: str, words: list[str]) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse(text)
    (issue,) = refused.value.issues
    assert (issue.path, issue.code) == ("/query/q", code)
    assert all(word in issue.message for word in words), issue.message
    assert refused.value.message == issue.message


def test_every_mistake_is_told_and_too_many_terms_are_refused() -> None:
    with pytest.raises(InvalidInput) as refused:
        parse("a:1 sort:x")
    assert len(refused.value.issues) == 2
    with pytest.raises(InvalidInput, match="at most 20"):
        parse("x " * 21)


async def found(client: httpx.AsyncClient, q: str, **query: Any) -> list[str]:
    answer = await client.get(f"{V1}/search", params={"q": q, **query})
    assert answer.status_code == 200, answer.text
    return [f"{hit['kind']} {hit['name'] or hit['title']}" for hit in answer.json()["items"]]


async def furnished(stage: Stage) -> tuple[httpx.AsyncClient, dict[str, str]]:
    """An operation with two versions, a file, two graphs and a run; ids by name."""
    client = await stage.client()
    operation = {
        "name": "train", "kind": "python", "cmd": "pass", "title": "Train a Forest", "tags": ["ml", "slow"],
        "inputs": [{"name": "data", "types": ["csv"]}], "outputs": [{"name": "model", "type": "model"}],
    }  # fmt: skip
    made = await client.post(f"{V1}/operations", json=operation)
    await client.post(f"{made.headers['location']}/approve", headers={"If-Match": made.headers["etag"]})
    await stage.clock.advance(1)
    await client.post(f"{made.headers['location']}/clone", json={})
    await stage.clock.advance(1)
    digest = await put(stage, b"x\n")
    await client.post(
        f"{V1}/files", json={"name": "iris", "receipt": receipt(digest, 2), "description": "Flowers of Fisher"}
    )
    await stage.clock.advance(1)
    first = await client.post(f"{V1}/graphs", json=graph(node("a"), name="forest", tags=["ml"]))
    await stage.clock.advance(1)
    second = await client.post(f"{V1}/graphs/{first.json()['id']}/clone")
    await stage.clock.advance(1)
    body = {"graph": graph(node("a"), title="Nightly forest"), "labels": {"branch": "main"}}
    run = await client.post(f"{V1}/runs", json=body)
    ids = {"graph": first.json()["id"], "clone": second.json()["id"], "run": run.json()["id"], "digest": digest}
    return client, ids


async def test_one_box_finds_operations_files_graphs_and_runs(stage: Stage) -> None:
    client, ids = await furnished(stage)
    everything = [
        "run Nightly forest",
        "graph forest",
        "graph forest",
        "file iris",
        "operation train",
        "operation train",
    ]
    assert await found(client, "") == everything
    assert await found(client, "order:asc") == everything[::-1]
    assert await found(client, "FOREST") == [each for each in everything if each != "file iris"]
    assert await found(client, '"of fisher"') == ["file iris"]
    assert await found(client, "forest train") == ["operation train"] * 2
    assert await found(client, "main") == ["run Nightly forest"]
    assert await found(client, "tag:ml") == ["graph forest"] * 2 + ["operation train"] * 2
    assert await found(client, "tag:ml tag:slow") == ["operation train"] * 2
    assert await found(client, "status:draft") == ["operation train"]
    assert await found(client, "status:pending") == ["run Nightly forest"]
    assert await found(client, "type:file") == ["file iris"]
    assert await found(client, "type:operation") == ["operation train"] * 2
    assert await found(client, "type:python status:ready") == ["operation train"]
    assert await found(client, "type:bash_jinja2") == []
    assert await found(client, "input_file_type:csv") == ["operation train"] * 2
    assert await found(client, "output_file_type:csv") == ["file iris"]
    assert await found(client, "original:default/train@1") == ["operation train"]
    assert await found(client, f"original:{ids['graph']}") == ["graph forest"]
    assert await found(client, "author:nobody") == []
    assert len(await found(client, "author:owner-of-default")) == 6
    assert (await found(client, "sort:name"))[0] == "graph forest"
    assert (await found(client, "sort:name order:desc"))[0] == "operation train"
    assert await found(client, "sort:created type:graph") == ["graph forest"] * 2
    assert len(await found(client, "sort:author")) == 6


async def test_ids_references_and_digests_find_their_thing(stage: Stage) -> None:
    client, ids = await furnished(stage)
    for word in (ids["run"], ids["graph"], "default/train@1", ids["digest"]):
        answer = (await client.get(f"{V1}/search", params={"q": word})).json()
        assert [hit["id"] for hit in answer["items"]] == [word]
    assert await found(client, f"{ids['run']} x") == []


async def test_pages_follow_each_other_and_say_where_only_the_newest_were_looked_at(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, _ = await furnished(stage)
    seen: list[str] = []
    cursor = None
    while True:
        params = {"q": "sort:name", "limit": 2, **({"cursor": cursor} if cursor else {})}
        page = (await client.get(f"{V1}/search", params=params)).json()
        assert page["more"] == []
        seen += [hit["id"] for hit in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == 6
    monkeypatch.setattr("plynx_api.finding.LOOKED_AT", 2)
    page = (await client.get(f"{V1}/search", params={"q": "forest"})).json()
    assert page["more"] == ["file", "operation"]


async def test_a_search_shows_what_its_caller_may_read_and_nothing_of_other_teams(stage: Stage) -> None:
    _, ids = await furnished(stage)
    theirs = await stage.client(team="others")
    for word in ("", *ids.values(), "default/train@1"):
        assert await found(theirs, word) == []
    narrow = await stage.client(scopes=("run.read",))
    assert await found(narrow, "") == ["run Nightly forest"]
    assert await found(narrow, ids["digest"]) == []
    assert await found(narrow, ids["graph"]) == []
    assert await found(await stage.client(scopes=()), "") == []


async def test_a_bad_search_is_a_problem_that_names_the_tokens(stage: Stage) -> None:
    client = await stage.client()
    answer = problem(await client.get(f"{V1}/search", params={"q": "autor:x"}), 422, "invalid_input")
    assert pointers(answer) == [("/query/q", "unknown_token")]
    assert "author: status: tag: type: input_file_type: output_file_type: sort: order: original:" in answer["detail"]
    problem(await client.get(f"{V1}/search", params={"q": "x" * 501}), 422)
    problem(await client.get(f"{V1}/search", params={"cursor": "WyJ4Il0"}), 422)
