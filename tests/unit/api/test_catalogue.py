"""Operations, graphs, files and artifacts: what is kept, checked, previewed and handed out."""

from __future__ import annotations

import hashlib
from typing import Any
from urllib.parse import unquote

import pytest

from plynx_common.domain.ids import artifact_key
from plynx_common.domain.tokens import TransferToken
from plynx_common.domain.values import timestamp
from plynx_common.interfaces.documents import Insert
from plynx_common.testing.fake_clock import START
from tests.unit.api.parts import SIGNER, Stage, graph, node, pointers, problem, receipt

V1 = "/api/v1"
SORT: dict[str, Any] = {
    "name": "sort",
    "kind": "bash_jinja2",
    "cmd": "sort -k {{ param.column }} < {{ input.table }} > {{ output.sorted }}",
    "inputs": [{"name": "table"}],
    "parameters": [{"name": "column", "type": "int", "default": 1}],
    "outputs": [{"name": "sorted"}],
}


async def test_an_operation_is_drafted_changed_approved_and_then_never_changed_again(stage: Stage) -> None:
    client = await stage.client()
    made = await client.post(f"{V1}/operations", json=SORT)
    assert made.status_code == 201
    shown = made.json()
    assert (shown["ref"], shown["operation"]["status"]) == ("default/sort@1", "draft")
    url = f"{V1}/operations/default/sort@1"
    assert made.headers["location"] == url
    changed = {**SORT, "title": "Sort a table"}
    problem(await client.put(url, json=changed), 428, "revision_required")
    problem(await client.put(url, json=changed, headers={"If-Match": '"7"'}), 412, "stale_revision")
    saved = await client.put(url, json=changed, headers={"If-Match": made.headers["etag"]})
    assert saved.json()["operation"]["title"] == "Sort a table"
    approved = await client.post(f"{url}/approve", headers={"If-Match": saved.headers["etag"]})
    assert approved.json()["operation"]["status"] == "ready"
    assert approved.json()["digest"]
    etag = {"If-Match": approved.headers["etag"]}
    problem(await client.put(url, json=SORT, headers=etag), 409, "conflict")
    assert (await client.get(f"{V1}/operations/default/sort")).json()["ref"] == "default/sort@1"
    clone = await client.post(f"{url}/clone", json={})
    assert clone.json()["ref"] == "default/sort@2"
    versions = (await client.get(f"{V1}/operations/default/sort/versions")).json()["items"]
    assert [version["ref"] for version in versions] == ["default/sort@2", "default/sort@1"]
    deleted = await client.delete(f"{V1}/operations/default/sort@2", headers={"If-Match": clone.headers["etag"]})
    assert deleted.status_code == 204
    deprecated = await client.post(f"{url}/deprecate", json={}, headers=etag)
    retired = await client.post(f"{url}/retire", headers={"If-Match": deprecated.headers["etag"]})
    assert retired.json()["operation"]["status"] == "retired"
    found = problem(
        await client.post(f"{V1}/runs", json={"graph": {"nodes": [node("a", operation="default/sort@1")]}}), 422
    )
    assert ("/graph/nodes/0/operation", "retired_operation") in pointers(found)


async def test_a_taken_name_and_another_teams_operation_are_refused(stage: Stage) -> None:
    client = await stage.client()
    await client.post(f"{V1}/operations", json=SORT)
    problem(await client.post(f"{V1}/operations", json=SORT), 409, "conflict")
    assert "'others'" in problem(await client.post(f"{V1}/operations", json={**SORT, "team": "others"}), 422)["detail"]


async def test_validation_names_the_line_of_an_undefined_template_name(stage: Stage) -> None:
    client = await stage.client()
    wrong = {**SORT, "cmd": "true\nsort {{ input.tabel }}"}
    found = (await client.post(f"{V1}/operations/validate", json=wrong)).json()
    assert not found["valid"]
    messages = [issue["message"] for issue in found["issues"]]
    assert any("line 2" in message and "'tabel'" in message and "'table'" in message for message in messages), messages
    assert (await client.post(f"{V1}/operations/validate", json=SORT)).json() == {"valid": True, "issues": []}
    unread = (await client.post(f"{V1}/operations/validate", json={"nam": 1})).json()
    assert {"/nam", "/name", "/kind"} <= {issue["path"] for issue in unread["issues"]}
    draft = await client.post(f"{V1}/operations", json=wrong)
    url, etag = draft.headers["location"], {"If-Match": draft.headers["etag"]}
    assert "tabel" in problem(await client.post(f"{url}/approve", headers=etag), 422)["detail"]


async def test_a_graph_whose_script_names_what_is_undefined_is_not_run(stage: Stage) -> None:
    body = {
        "nodes": [node("a")],
        "operations": {"op": {"name": "op", "kind": "bash_jinja2", "cmd": "echo {{ nothing }}"}},
    }
    found = problem(await (await stage.client()).post(f"{V1}/runs", json={"graph": body}), 422, "invalid_graph")
    assert pointers(found) == [("/graph/operations/op/cmd", "template")]
    assert "'nothing'" in found["detail"]


async def test_a_preview_is_the_script_with_placeholder_paths(stage: Stage) -> None:
    client = await stage.client()
    shown = (
        await client.post(f"{V1}/operations/preview", json={"operation": SORT, "parameters": {"column": 3}})
    ).json()
    assert shown["filename"] == "exec.sh"
    assert shown["text"].startswith("sort -k 3 < /working-directory/")
    await client.post(f"{V1}/operations", json=SORT)
    by_ref = await client.post(f"{V1}/operations/preview", json={"ref": "default/sort@1"})
    assert by_ref.json()["text"].startswith("sort -k 1 <")
    wrong = await client.post(f"{V1}/operations/preview", json={"operation": SORT, "parameters": {"column": "x"}})
    assert "'column'" in problem(wrong, 422)["detail"]
    problem(await client.post(f"{V1}/operations/preview", json={}), 422)


async def test_a_graph_is_saved_against_the_revision_it_was_made_from(stage: Stage) -> None:
    client = await stage.client()
    made = await client.post(f"{V1}/graphs", json=graph(node("a"), name="g", title="First"))
    url = made.headers["location"]
    second = graph(node("a"), node("b", after=["a"]), name="g", title="Second")
    problem(await client.put(url, json=second), 428)
    saved = await client.put(url, json=second, headers={"If-Match": made.headers["etag"]})
    assert (saved.json()["title"], saved.json()["node_count"], saved.json()["revision"]) == ("Second", 2, 2)
    problem(await client.put(url, json=second, headers={"If-Match": made.headers["etag"]}), 412, "stale_revision")
    clone = await client.post(f"{url}/clone")
    assert clone.json()["origin"] == f"graph/{made.json()['id']}"
    listed = (await client.get(f"{V1}/graphs", params={"name": "g"})).json()["items"]
    assert {each["id"] for each in listed} == {made.json()["id"], clone.json()["id"]}
    exported = await client.get(f"{url}/export")
    assert exported.headers["content-disposition"] == "attachment; filename*=UTF-8''g.yaml"
    assert "title: Second" in exported.text
    run = await client.post(f"{V1}/runs", json={"graph_id": made.json()["id"]})
    assert (run.json()["title"], run.json()["graph_id"]) == ("Second", made.json()["id"])


async def test_validating_a_graph_lists_everything_that_is_wrong(stage: Stage) -> None:
    client = await stage.client()
    wrong = graph(node("a", after=["b"]), node("b", after=["a"]), node("c", operation="nothing"))
    found = (await client.post(f"{V1}/graphs/validate", json=wrong)).json()
    assert not found["valid"]
    assert {"cycle", "unknown_operation"} <= {issue["code"] for issue in found["issues"]}
    assert (await client.post(f"{V1}/graphs/validate", json={"nodes": 1})).json()["issues"][0]["path"] == "/nodes"


async def put(stage: Stage, content: bytes, team: str = "default", type: str = "csv") -> str:
    """What the storage service leaves behind."""
    digest = hashlib.sha256(content).hexdigest()
    await stage.backends.objects.put(artifact_key(team, digest), content)
    document = {
        "_id": f"{team}/{digest}", "team": team, "digest": digest, "size": len(content), "type": type, "state": "live",
        "touched_at": timestamp(START), "created_at": timestamp(START), "created_by": "r1/a/1",
    }  # fmt: skip
    await stage.backends.documents.write([Insert("artifacts", document)])
    return digest


async def test_an_artifact_is_described_and_its_bytes_are_elsewhere(stage: Stage) -> None:
    digest = await put(stage, b"a,b\n")
    client = await stage.client()
    shown = (await client.get(f"{V1}/artifacts/{digest}")).json()
    assert (shown["size"], shown["type"], shown["created_by"]) == (4, "csv", "r1/a/1")
    download = await client.get(f"{V1}/artifacts/{digest}/download", params={"filename": "table.csv"})
    assert download.status_code == 307
    assert download.headers["location"].startswith("http://127.0.0.1:8471/")
    assert download.content == b""
    for bad in ("../x", "a/b", "a\nb", ".."):
        problem(await client.get(f"{V1}/artifacts/{digest}/download", params={"filename": bad}), 422)
    assert len((await client.get(f"{V1}/artifacts", params={"type": "csv"})).json()["items"]) == 1
    problem(await client.get(f"{V1}/artifacts/{'0' * 64}"), 404)
    problem(await client.get(f"{V1}/artifacts/nothing/download"), 404)
    problem(await (await stage.client(team="others")).get(f"{V1}/artifacts/{digest}/download"), 404)


async def test_a_file_is_made_from_what_was_uploaded(stage: Stage) -> None:
    client = await stage.client()
    upload = (await client.post(f"{V1}/files/uploads")).json()
    assert upload["storage_url"] == "http://127.0.0.1:8471"
    token = TransferToken.verify(SIGNER, upload["token"], now=stage.clock.now())
    assert (token.team, token.may_upload, token.reads) == ("default", True, ())
    digest = await put(stage, b"x\n")
    made = await client.post(f"{V1}/files", json={"name": "table", "receipt": receipt(digest, 2)})
    assert made.status_code == 201, made.text
    shown = made.json()["operation"]
    assert (shown["kind"], shown["status"], shown["artifact"]["digest"]) == ("file", "ready", digest)
    run = await client.post(f"{V1}/runs", json={"graph": {"nodes": [node("t", operation="default/table")]}})
    assert run.status_code == 201, run.text
    assert [each["ref"] for each in (await client.get(f"{V1}/files")).json()["items"]] == ["default/table@1"]


@pytest.mark.parametrize("change", [{"size": 3}, {"type": "json"}, {"signature": "x"}, {"digest": "0" * 64}])
async def test_a_file_takes_a_receipt_that_is_ours(stage: Stage, change: dict[str, Any]) -> None:
    digest = await put(stage, b"x\n")
    client = await stage.client()
    answer = await client.post(f"{V1}/files", json={"name": "table", "receipt": {**receipt(digest, 2), **change}})
    assert ("/receipt/signature", "invalid_receipt") in pointers(problem(answer, 422))
    theirs = await stage.client(team="others")
    problem(await theirs.post(f"{V1}/files", json={"name": "table", "receipt": receipt(digest, 2)}), 422)


@pytest.mark.parametrize("name", ["größe", "数据", 'a"b', "a\r\nX-Evil: 1", "50 %"])
async def test_a_draft_of_any_name_is_answered_with_where_it_is(stage: Stage, name: str) -> None:
    client = await stage.client()
    made = await client.post(f"{V1}/operations", json={**SORT, "name": name})
    assert made.status_code == 201, made.text
    assert (await client.get(made.headers["location"])).json()["operation"]["name"] == name
    drawn = (await client.post(f"{V1}/graphs", json=graph(node("a"), name=name))).headers["location"]
    exported = await client.get(f"{drawn}/export")
    assert exported.status_code == 200
    assert exported.headers["content-disposition"].isascii()
    assert unquote(exported.headers["content-disposition"]) == f"attachment; filename*=UTF-8''{name}.yaml"
    assert "x-evil" not in {*made.headers, *exported.headers}
