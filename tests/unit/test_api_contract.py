"""What breaks clients of the API is caught, and what only grows is not: each kind of change, one line each."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from tools.api_contract.changes import breaking, compatible
from tools.api_contract.documents import changes
from tools.api_contract.judging import judge

Document = dict[str, Any]
Edit = Callable[[Document], Any]


def reference(name: str) -> Document:
    return {"$ref": f"#/components/schemas/{name}"}


def json_content(schema: Document) -> Document:
    return {"content": {"application/json": {"schema": schema}}}


LISTING: Document = {
    "operationId": "list_things",
    "parameters": [
        {"in": "query", "name": "limit", "schema": {"type": "integer", "maximum": 200, "default": 50}},
        {"in": "header", "name": "If-Match", "schema": {"type": "string"}},
    ],
    "responses": {
        "200": json_content(reference("Thing")) | {"headers": {"ETag": {"schema": {"type": "string"}}}},
        "4XX": {"content": {"application/problem+json": {"schema": {"type": "object"}}}},
    },
}

CREATING: Document = {
    "operationId": "create_thing",
    "requestBody": {"required": True, **json_content(reference("ThingCreate"))},
    "responses": {"201": json_content(reference("Thing"))},
}

ANSWERED: Document = {
    "type": "object",
    "required": ["id", "state"],
    "properties": {
        "id": {"type": "string"},
        "state": {"type": "string", "enum": ["open", "done"]},
        "note": {"anyOf": [{"type": "string", "maxLength": 9}, {"type": "null"}]},
        "size": {"type": "integer", "minimum": 0},
        "seen": {"anyOf": [{"type": "string"}, {"type": "integer"}]},
        "counts": {"type": "object", "additionalProperties": {"type": "integer"}},
        "parts": {"type": "array", "items": reference("Thing")},
        "at": {"type": "string", "format": "date-time"},
    },
}

ASKED: Document = {
    "type": "object",
    "additionalProperties": False,
    "required": ["name"],
    "properties": {
        "name": {"type": "string", "maxLength": 20},
        "kind": {"type": "string", "enum": ["red", "blue"]},
        "note": {"anyOf": [{"type": "string"}, {"type": "null"}]},
        "weight": {"type": "number"},
        "labels": {"type": "object", "additionalProperties": {"type": "string"}},
        "free": {"type": "object", "additionalProperties": True},
        "of": {"anyOf": [reference("ThingCreate"), {"type": "array", "items": {"type": "string"}}]},
    },
}


def api() -> Document:
    """A small one with everything that ours has."""
    return {
        "info": {"version": "1.0.0"},
        "security": [{"token": []}],
        "paths": {"/things": {"get": LISTING, "post": CREATING}},
        "components": {"schemas": {"Thing": ANSWERED, "ThingCreate": ASKED}},
        "x-problems": {"not_found": {"status": 404}, "conflict": {"status": 409}},
    }


def changed(edit: Edit) -> tuple[Document, Document]:
    after = copy.deepcopy(api())
    edit(after)
    return api(), after


def get(document: Document) -> Document:
    return document["paths"]["/things"]["get"]


def post(document: Document) -> Document:
    return document["paths"]["/things"]["post"]


def answer(document: Document) -> Document:
    """Properties of what responses hold."""
    return document["components"]["schemas"]["Thing"]["properties"]


def asked(document: Document) -> Document:
    """Properties of what requests hold."""
    return document["components"]["schemas"]["ThingCreate"]["properties"]


def schema(document: Document, name: str) -> Document:
    return document["components"]["schemas"][name]


THING, CREATE = "/components/schemas/Thing/properties", "/components/schemas/ThingCreate/properties"
GET, POST = "/paths/~1things/get", "/paths/~1things/post"

BREAKING: dict[str, Edit] = {
    f"{GET}: is gone": lambda it: it["paths"]["/things"].pop("get"),
    f"{GET}/operationId: is 'all', was 'list_things': generated clients call it by this": lambda it: get(it).update(
        operationId="all"
    ),
    f"{GET}/parameters/query:limit: is no longer taken": lambda it: get(it)["parameters"].pop(0),
    f"{GET}/parameters/query:limit: is required now": lambda it: get(it)["parameters"][0].update(required=True),
    f"{GET}/parameters/query:limit: 'maximum' is 100, was 200": lambda it: get(it)["parameters"][0]["schema"].update(
        maximum=100
    ),
    f"{GET}/parameters/query:limit: left out, it means 20, was 50": lambda it: get(it)["parameters"][0][
        "schema"
    ].update(default=20),
    f"{GET}/parameters/query:limit: 'explode' is False, was None": lambda it: get(it)["parameters"][0].update(
        explode=False
    ),
    f"{GET}/parameters/query:q: is new, and required": lambda it: get(it)["parameters"].append(
        {"in": "query", "name": "q", "required": True, "schema": {"type": "string"}}
    ),
    f"{GET}/responses/200: is gone": lambda it: get(it)["responses"].pop("200"),
    f"{GET}/responses/202: may come now, and a client does not wait for it": lambda it: get(it)["responses"].update(
        {"202": {}}
    ),
    f"{GET}/responses/4XX/content/application~1problem+json: is gone": lambda it: get(it)["responses"].update(
        {"4XX": json_content({"type": "object"})}
    ),
    f"{GET}/responses/200/headers/ETag: is gone": lambda it: get(it)["responses"]["200"].pop("headers"),
    f"{POST}/requestBody: is no longer taken": lambda it: post(it).pop("requestBody"),
    f"{GET}/requestBody: is new, and required": lambda it: get(it).update(requestBody={"required": True}),
    f"{POST}/requestBody/content/application~1json: is no longer taken": lambda it: post(it)["requestBody"].update(
        content={"application/yaml": {}}
    ),
    f"{GET}/security: can no longer be called with token": lambda it: get(it).update(security=[{"cookie": []}]),
    f"{THING}/state: may now be 'lost'": lambda it: answer(it)["state"]["enum"].append("lost"),
    f"{THING}/state: is no longer one of 'open', 'done'": lambda it: answer(it)["state"].pop("enum"),
    f"{THING}/size: is gone": lambda it: answer(it).pop("size"),
    f"{THING}/size: is 'number', was 'integer'": lambda it: answer(it)["size"].update(type="number"),
    f"{THING}/size: may be null now": lambda it: answer(it).update(
        size={"anyOf": [{"type": "integer", "minimum": 0}, {"type": "null"}]}
    ),
    f"{THING}/size: 'minimum' is null, was 0": lambda it: answer(it)["size"].pop("minimum"),
    f"{THING}/id: may be missing now": lambda it: schema(it, "Thing").update(required=["state"]),
    f'{THING}/seen: may now be {{"type": "boolean"}}': lambda it: answer(it)["seen"]["anyOf"].append(
        {"type": "boolean"}
    ),
    f"{THING}/note: 'maxLength' is 10, was 9": lambda it: answer(it)["note"]["anyOf"][0].update(maxLength=10),
    f"{THING}/counts/additionalProperties: is 'string', was 'integer'": lambda it: answer(it)["counts"].update(
        additionalProperties={"type": "string"}
    ),
    f"{THING}/parts/items: is 'string', was 'object'": lambda it: answer(it)["parts"].update(items={"type": "string"}),
    f"{THING}/at: 'format' is null, was 'date-time'": lambda it: answer(it)["at"].pop("format"),
    f"{CREATE}/kind: is required now": lambda it: schema(it, "ThingCreate")["required"].append("kind"),
    f"{CREATE}/kind: no longer takes 'blue'": lambda it: asked(it)["kind"].update(enum=["red"]),
    f"{CREATE}/kind: is no longer taken": lambda it: asked(it).pop("kind"),
    f"{CREATE}/name: takes only 'a' now": lambda it: asked(it)["name"].update(enum=["a"]),
    f"{CREATE}/name: 'pattern' is '^a', was null": lambda it: asked(it)["name"].update(pattern="^a"),
    f'{CREATE}/name: \'not\' is {{"const": "a"}}, was null': lambda it: asked(it)["name"].update(
        {"not": {"const": "a"}}
    ),
    f"{CREATE}/weight: is 'integer', was 'number'": lambda it: asked(it)["weight"].update(type="integer"),
    f"{CREATE}/note: may no longer be null": lambda it: asked(it).update(note={"type": "string"}),
    f"{CREATE}/labels/additionalProperties: 'minLength' is 1, was null": lambda it: asked(it)["labels"].update(
        additionalProperties={"type": "string", "minLength": 1}
    ),
    f"{CREATE}/free/additionalProperties: is 'string', was anything": lambda it: asked(it)["free"].update(
        additionalProperties={"type": "string"}
    ),
    f"{CREATE}/free/additionalProperties: further fields are no longer taken": lambda it: asked(it)["free"].update(
        additionalProperties=False
    ),
    f"{CREATE}/of: no longer takes 'ThingCreate'": lambda it: asked(it)["of"]["anyOf"].__setitem__(
        0, {"type": "boolean"}
    ),
    "/x-problems/conflict: is told no more: programs branch on it": lambda it: it["x-problems"].pop("conflict"),
    "/x-problems/conflict: comes with status 412, was 409": lambda it: it["x-problems"]["conflict"].update(status=412),
}

COMPATIBLE: dict[str, Edit] = {
    "a new path": lambda it: it["paths"].update({"/others": {"get": get(it)}}),
    "a new method": lambda it: it["paths"]["/things"].update(put=post(it)),
    "a new optional parameter": lambda it: get(it)["parameters"].append(
        {"in": "query", "name": "q", "schema": {"type": "string"}}
    ),
    "a header named in another case": lambda it: get(it)["parameters"][1].update(name="if-match"),
    "a bound that is wider": lambda it: get(it)["parameters"][0]["schema"].update(maximum=500),
    "a new status of errors": lambda it: post(it)["responses"].update({"4XX": {}}),
    "a new kind of answer": lambda it: get(it)["responses"]["200"]["content"].update({"application/yaml": {}}),
    "a new header of an answer": lambda it: get(it)["responses"]["200"]["headers"].update(Link={}),
    "a body that need not be": lambda it: post(it)["requestBody"].update(required=False),
    "a way to sign in more": lambda it: it["security"].append({"cookie": []}),
    "no sign-in at all": lambda it: get(it).update(security=[]),
    "a new field of an answer": lambda it: answer(it).update(more={"type": "string"}),
    "an answer that says less": lambda it: answer(it)["state"].update(enum=["open"]),
    "an answer that is never null": lambda it: answer(it).update(note={"type": "string", "maxLength": 9}),
    "a field that is never missing": lambda it: schema(it, "Thing")["required"].append("note"),
    "an answer of one kind less": lambda it: answer(it)["seen"]["anyOf"].pop(),
    "a new optional field of a request": lambda it: asked(it).update(more={"type": "string"}),
    "a field that may be left out": lambda it: schema(it, "ThingCreate").update(required=[]),
    "a new member of a request": lambda it: asked(it)["kind"]["enum"].append("green"),
    "a request that may be null": lambda it: asked(it).update(weight={"anyOf": [{"type": "number"}, {"type": "null"}]}),
    "a request of another kind more": lambda it: asked(it)["of"]["anyOf"].append({"type": "boolean"}),
    "a request with further fields": lambda it: schema(it, "ThingCreate").update(additionalProperties=True),
    "other words": lambda it: asked(it)["name"].update(title="Name", description="What it is called."),
    "the same, said by reference": lambda it: (
        it["components"]["schemas"].update(Name=asked(it)["name"]),
        asked(it).update(name=reference("Name")),
    ),
    "a new problem": lambda it: it["x-problems"].update(gone={"status": 410}),
}


@pytest.mark.parametrize("line", BREAKING)
def test_what_breaks_is_told_in_one_line(line: str) -> None:
    assert breaking(changes(*changed(BREAKING[line]))) == [line]


@pytest.mark.parametrize("what", COMPATIBLE)
def test_what_only_grows_breaks_nothing(what: str) -> None:
    before, after = changed(COMPATIBLE[what])
    assert before != after
    assert breaking(changes(before, after)) == []


def test_what_is_new_is_told_as_well() -> None:
    before, after = changed(COMPATIBLE["a new field of an answer"])
    assert compatible(changes(before, after)) == [f"{THING}/more: is new"]


def test_nothing_is_told_of_the_same_document() -> None:
    assert changes(api(), api()) == []


def test_a_schema_that_is_gone_is_told_although_nothing_on_the_wire_changes() -> None:
    def rename(document: Document) -> None:
        schemas = document["components"]["schemas"]
        schemas["Item"] = schemas.pop("Thing")
        schemas["Item"]["properties"]["parts"]["items"] = reference("Item")
        for responses in (get(document)["responses"]["200"], post(document)["responses"]["201"]):
            responses.update(json_content(reference("Item")))

    gone = "/components/schemas/Thing: is gone: generated clients call it by this name"
    assert breaking(changes(*changed(rename))) == [gone]


LINE = "/x-problems/conflict: is told no more: programs branch on it"


def without_a_problem(version: str) -> Document:
    _, after = changed(BREAKING[LINE])
    return {**after, "info": {"version": version}}


def test_a_breaking_change_needs_a_line_a_reason_and_a_new_version() -> None:
    accepted = {"1.0.0": {LINE: "nothing ever sent it"}}
    assert judge(api(), without_a_problem("1.1.0"), {}).refused == [LINE]
    assert judge(api(), without_a_problem("1.1.0"), {"0.9.0": {LINE: "of another version"}}).refused == [LINE]
    assert "'1.0.0'" in judge(api(), without_a_problem("1.0.0"), accepted).refused[0]
    assert "has no reason" in judge(api(), without_a_problem("1.1.0"), {"1.0.0": {LINE: " "}}).refused[0]
    assert judge(api(), without_a_problem("1.1.0"), accepted).passes
    assert judge(api(), without_a_problem("1.1.0"), {"1.0.0": {"/x-problems/*: is told no more*": "two"}}).passes


def test_an_accepted_line_that_nothing_needs_fails_unless_it_is_history() -> None:
    accepted = {"1.0.0": {LINE: "nothing ever sent it"}}
    assert judge(api(), api(), accepted).unneeded == [LINE]
    taken_over = without_a_problem("1.1.0")
    assert judge(taken_over, taken_over, accepted).passes
