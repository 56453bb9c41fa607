"""What other releases have sent must decode for ever: one golden file per message and version."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from plynx_common.messages import routes
from plynx_common.messages.base import (
    REGISTRY,
    Message,
    NewerMessage,
    UndecodableMessage,
    decode,
    encode,
)
from plynx_common.messages.runs import RunLook
from tools.golden_messages import DIRECTORY, example, golden_path

OURS = sorted(
    (kind for kind in REGISTRY.values() if kind.__module__.startswith("plynx_common.messages.")),
    key=lambda kind: (kind.type, kind.version),
)
GOLDEN = sorted(DIRECTORY.glob("*.json"))


def named(value: object) -> str:
    return value.name if isinstance(value, Path) else f"{value.type}.v{value.version}"  # type: ignore[attr-defined]


def test_every_message_has_a_golden_file() -> None:
    missing = [golden_path(kind).name for kind in OURS if not golden_path(kind).exists()]
    assert not missing, f"run `python -m tools.golden_messages` and commit: {missing}"


def test_every_message_has_a_route() -> None:
    assert set(OURS) == set(routes.ROUTES)
    assert {route.exchange for route in routes.ROUTES.values()} <= {*routes.EXCHANGES, routes.DIRECT_TO_QUEUE}


@pytest.mark.parametrize("path", GOLDEN, ids=named)
def test_what_was_sent_once_decodes_for_ever(path: Path) -> None:
    message = decode(path.read_bytes())
    assert path.name == golden_path(type(message)).name


@pytest.mark.parametrize("path", GOLDEN, ids=named)
def test_nothing_of_a_golden_message_is_lost_on_the_way(path: Path) -> None:
    golden = orjson.loads(path.read_bytes())
    again = orjson.loads(encode(decode(path.read_bytes())))
    assert covers(again, golden), f"{again} has lost something of {golden}"


def covers(new: Any, old: Any) -> bool:
    """Fields may have been added since, with defaults; none may be gone."""
    if isinstance(old, dict) and isinstance(new, dict):
        return all(name in new and covers(new[name], value) for name, value in old.items())  # type: ignore[misc]
    return new == old


@pytest.mark.parametrize("kind", OURS, ids=named)
def test_a_message_with_every_field_filled_comes_back_equal(kind: type[Message]) -> None:
    message = example(kind)
    assert decode(encode(message)) == message


@pytest.mark.parametrize("kind", OURS, ids=named)
def test_unknown_fields_are_ignored(kind: type[Message]) -> None:
    wire = orjson.loads(encode(example(kind)))
    wire["body"]["added_by_a_later_release"] = 1
    wire["traceparent"] = "00-…"
    assert decode(orjson.dumps(wire)) == example(kind)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xfe",
        b"[]",
        b"null",
        b"{}",
        b'{"type": [], "version": 1, "body": {}}',
        b'{"type": "run.look", "version": {}, "body": {}}',
        b'{"type": "run.look", "version": 1, "body": 5}',
        b'{"type": "run.look", "version": 1, "body": {"run": 5, "partition": "x"}}',
        b'{"type": "run.look", "version": "2", "body": {}}',
        b'{"type": "no.such", "version": 1, "body": {}}',
    ],
)
def test_what_is_no_message_says_why(body: bytes) -> None:
    with pytest.raises(UndecodableMessage) as caught:
        decode(body)
    assert caught.value.message


def test_a_newer_version_is_told_from_nonsense() -> None:
    wire = orjson.loads(encode(RunLook(run="r", partition=0)))
    wire["version"] = 2
    with pytest.raises(NewerMessage, match=r"run\.look"):
        decode(orjson.dumps(wire))
