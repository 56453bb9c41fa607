"""What a graph was before, what changed, what it becomes with newer operations, and in which form it comes and goes."""

from __future__ import annotations

from typing import Any

import httpx

from plynx_common.domain.access import Role
from tests.unit.api.parts import Stage, graph, node, pointers, problem

V1 = "/api/v1"
YAML = {"Content-Type": "application/yaml"}


async def saved(client: httpx.AsyncClient, *versions: dict[str, Any]) -> str:
    """A graph with a revision for each; its address."""
    made = await client.post(f"{V1}/graphs", json=versions[0])
    url, etag = made.headers["location"], made.headers["etag"]
    for version in versions[1:]:
        answer = await client.put(url, json=version, headers={"If-Match": etag})
        assert answer.status_code == 200, answer.text
        etag = answer.headers["etag"]
    return str(url)


async def test_revisions_are_listed_and_read(stage: Stage) -> None:
    client = await stage.client()
    url = await saved(client, *(graph(node("a"), title=title) for title in ("one", "two", "three")))
    first = (await client.get(f"{url}/history", params={"limit": 2})).json()
    assert [(each["revision"], each["title"]) for each in first["items"]] == [(3, "three"), (2, "two")]
    assert first["items"][0]["saved_by"] == "owner-of-default"
    rest = (await client.get(f"{url}/history", params={"cursor": first["next"]})).json()
    assert ([each["title"] for each in rest["items"]], rest["next"]) == (["one"], None)
    old = await client.get(f"{url}/history/1")
    assert (old.json()["graph"]["title"], old.headers["etag"]) == ("one", '"1"')
    assert (await client.get(f"{url}/history/3")).json() == (await client.get(url)).json()
    problem(await client.get(f"{url}/history/4"), 404, "not_found")
    for bad in ("0", "x", "9999999999"):
        problem(await client.get(f"{url}/history/{bad}"), 422, "invalid_input")
    problem(await client.get(f"{url}/history", params={"cursor": "WyJ4Il0"}), 422)
    await client.delete(url, headers={"If-Match": '"3"'})
    problem(await client.get(f"{url}/history/1"), 404)


async def test_a_diff_says_what_changed_between_revisions_and_between_graphs(stage: Stage) -> None:
    client = await stage.client()
    url = await saved(
        client,
        graph(node("a"), title="one"),
        graph(node("a"), node("b", inputs={"in": [{"node": "a", "output": "out"}]}), title="one"),
        graph(node("a"), node("b", inputs={"in": [{"node": "a", "output": "out"}]}), title="three"),
    )
    last = (await client.get(f"{url}/diff")).json()
    assert (last["before"]["revision"], last["after"]["revision"]) == (2, 3)
    assert [each["message"] for each in last["differences"]] == ['the graph: title was "one", is "three"']
    older = (await client.get(f"{url}/diff", params={"before": 1, "after": 2})).json()["differences"]
    assert [(each["subject"], each["name"], each["change"]) for each in older] == [
        ("node", "b", "added"),
        ("link", "a.out → b.in", "added"),
    ]
    other = await saved(client, graph(node("a"), title="three"))
    id = other.rpartition("/")[2]
    found = (await client.get(f"{url}/diff", params={"other": id})).json()
    assert (found["before"]["id"], found["after"]["id"]) == (url.rpartition("/")[2], id)
    assert {each["change"] for each in found["differences"]} == {"removed"}
    assert (await client.get(f"{other}/diff")).json()["differences"] == []
    problem(await client.get(f"{url}/diff", params={"before": 9}), 404)
    problem(await client.get(f"{url}/diff", params={"other": "graph-none"}), 404)
    problem(await client.get(f"{url}/diff", params={"before": 0}), 422)


async def test_another_team_sees_nothing_of_them(stage: Stage) -> None:
    url = await saved(await stage.client(), graph(node("a")), graph(node("b")))
    theirs = await stage.client(team="others")
    own = await saved(theirs, graph(node("a")))
    for path in ("/history", "/history/1", "/history/2", "/diff"):
        problem(await theirs.get(url + path), 404, "not_found")
    problem(await theirs.get(f"{own}/diff", params={"other": url.rpartition("/")[2]}), 404)
    problem(await theirs.post(f"{url}/upgrade", json={}, headers={"If-Match": '"2"'}), 404)
    problem(await theirs.post(f"{V1}/graphs/plan", json={"graph_id": url.rpartition("/")[2]}), 404)


async def test_a_graph_goes_out_as_yaml_and_comes_in_again(stage: Stage) -> None:
    client = await stage.client()
    url = await saved(client, graph(node("a"), name="g", title="Übung"))
    text = (await client.get(f"{url}/export")).content
    made = await client.post(f"{V1}/graphs/import", content=text, headers=YAML)
    assert made.status_code == 201, made.text
    assert made.headers["location"] == f"{V1}/graphs/{made.json()['id']}"
    assert made.json()["graph"] == (await client.get(url)).json()["graph"]


async def test_what_is_no_graph_in_yaml_is_refused_with_its_line(stage: Stage) -> None:
    client = await stage.client()

    async def sent(content: bytes, kind: str = "application/yaml") -> httpx.Response:
        return await client.post(f"{V1}/graphs/import", content=content, headers={"Content-Type": kind})

    found = problem(await sent(b"title: x\nnodes:\n  - id: a\n    operatoin: op\n"), 422, "invalid_graph")
    assert ("/nodes/0/operatoin", "unknown_field") in pointers(found)
    assert "line 4: field 'operatoin'" in str(found["errors"])
    assert "line 3" in problem(await sent(b"nodes:\n - [\n"), 400, "malformed_body")["detail"]
    assert "UTF-8" in problem(await sent(b"\xff\xfe"), 400, "malformed_body")["detail"]
    problem(await sent(b""), 400, "malformed_body")
    problem(await sent(b"- 1"), 422, "invalid_graph")
    problem(await sent(b"{}", "text/plain"), 415, "unsupported_body")
    problem(await sent(b"#" * (8 * 1024 * 1024 + 1)), 413, "body_too_large")
    viewer = await stage.client(Role.VIEWER)
    problem(await viewer.post(f"{V1}/graphs/import", content=b"{}", headers=YAML), 403)


async def test_places_are_found_for_all_nodes(stage: Stage) -> None:
    client = await stage.client(Role.VIEWER)
    found = (await client.post(f"{V1}/graphs/layout", json=graph(node("b", after=["a"]), node("a")))).json()
    assert found["positions"]["a"]["x"] < found["positions"]["b"]["x"]
    cycle = graph(node("a", after=["b"]), node("b", after=["a"]))
    assert ("/nodes", "cycle") in pointers(problem(await client.post(f"{V1}/graphs/layout", json=cycle), 422))


async def version(client: httpx.AsyncClient, number: int, **fields: Any) -> str:
    """An approved version of `sort`; its ref."""
    base = {"name": "sort", "kind": "command", "cmd": "true", "parameters": [{"name": "column", "type": "int"}]}
    if number == 1:
        made = await client.post(f"{V1}/operations", json={**base, **fields})
    else:
        made = await client.post(f"{V1}/operations/default/sort@{number - 1}/clone", json={})
        etag = {"If-Match": made.headers["etag"]}
        made = await client.put(made.headers["location"], json={**base, **fields}, headers=etag)
    url = f"{V1}/operations/default/sort@{number}"
    answer = await client.post(f"{url}/approve", headers={"If-Match": made.headers["etag"]})
    assert answer.status_code == 200, answer.text
    return f"default/sort@{number}"


async def deprecate(client: httpx.AsyncClient, ref: str, successor: str | None) -> None:
    url = f"{V1}/operations/{ref}"
    etag = (await client.get(url)).headers["etag"]
    answer = await client.post(f"{url}/deprecate", json={"successor": successor}, headers={"If-Match": etag})
    assert answer.status_code == 200, answer.text


async def test_a_graph_is_upgraded_to_successors_or_to_the_newest(stage: Stage) -> None:
    client = await stage.client()
    first, second = await version(client, 1), await version(client, 2)
    third = await version(client, 3, parameters=[])
    document = {"nodes": [{"id": "s", "operation": first, "parameters": {"column": 2}}]}
    url = await saved(client, document)
    nothing = await client.post(f"{url}/upgrade", json={}, headers={"If-Match": '"1"'})
    assert (nothing.json()["changes"], nothing.json()["revision"]) == ([], 1)
    shown = await client.post(f"{V1}/graphs/upgrade", json=document, params={"to": "newest"})
    assert [change["is_loss"] for change in shown.json()["changes"]] == [False, True]
    assert shown.json()["graph"]["nodes"][0]["operation"] == third
    await deprecate(client, first, second)
    upgraded = await client.post(f"{url}/upgrade", json={}, headers={"If-Match": '"1"'})
    assert upgraded.json()["graph"]["nodes"][0] == {"id": "s", "operation": second, "parameters": {"column": 2}}
    assert [change["message"] for change in upgraded.json()["changes"]] == [
        f"node 's' uses '{second}' instead of '{first}'"
    ]
    assert (upgraded.headers["etag"], upgraded.json()["saved_by"]) == ('"2"', "owner-of-default")
    problem(await client.post(f"{url}/upgrade", json={}, headers={"If-Match": '"1"'}), 412, "stale_revision")
    problem(await client.post(f"{url}/upgrade", json={}), 428, "revision_required")
    problem(await client.post(f"{url}/upgrade", json={"to": "x"}, headers={"If-Match": '"2"'}), 422)
    problem(await client.post(f"{V1}/graphs/upgrade", json=document, params={"to": "x"}), 422)


async def test_a_chain_that_ends_at_a_retired_version_is_not_followed(stage: Stage) -> None:
    client = await stage.client()
    first, second = await version(client, 1), await version(client, 2)
    await deprecate(client, first, second)
    url = f"{V1}/operations/{second}"
    await client.post(f"{url}/retire", headers={"If-Match": (await client.get(url)).headers["etag"]})
    document = {"nodes": [{"id": "s", "operation": first}]}
    assert (await client.post(f"{V1}/graphs/upgrade", json=document)).json()["changes"] == []
