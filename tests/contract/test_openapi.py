"""The API keeps what tests/contract/api/v1.json promises its clients."""

from __future__ import annotations

import json

import pytest
from jsonschema.validators import Draft202012Validator

from tools.generate_openapi import PROMISE, ROOT, complaint, judgement, live_document


def test_the_api_breaks_no_promise_that_is_not_accepted() -> None:
    found = judgement()
    if not found.passes:
        pytest.fail(complaint(found), pytrace=False)


def test_what_has_been_added_is_promised_from_now_on() -> None:
    promised = json.loads((ROOT / PROMISE).read_text(encoding="utf-8"))
    found = judgement()
    if found.passes and promised != live_document():
        added = "\n".join(f"    {line}" for line in found.grown)
        pytest.fail(f"The API has grown: run `make docs` to take it over, and commit.\n{added}", pytrace=False)


def test_every_schema_of_the_document_is_a_schema() -> None:
    document = live_document()
    for name, schema in document["components"]["schemas"].items():
        Draft202012Validator.check_schema(schema)
        assert schema.get("title") or schema.get("anyOf") or schema.get("oneOf"), f"'{name}' has no title"
