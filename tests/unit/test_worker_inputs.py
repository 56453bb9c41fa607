"""Input artifacts: from this host's cache, else downloaded once, patiently; scalars become parameters."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from plynx_common.domain.errors import InvalidInput, NotFound, ObjectsUnavailable
from plynx_common.domain.operation import Operation, Parameter
from plynx_common.messages.nodes import Grant, InputArtifact, Receipt
from plynx_common.testing.fake_clock import FakeClock, FakeIds, run_until_idle
from plynx_worker.artifact_cache import SMALL_BYTES, ArtifactCache
from plynx_worker.inputs import Inputs, artifacts_of, parameters_of, sources_of
from plynx_worker.transfers import Patience, Token, Upload
from tests.unit.worker_protocol.scripted_scheduler import a_grant


class Shelf:
    """Transfers from a dictionary; each download waits until it is let through."""

    def __init__(self) -> None:
        self.contents: dict[str, bytes] = {}
        self.asked: list[tuple[str, list[str]]] = []
        self.errors: list[Exception] = []
        self.gate = asyncio.Event()
        self.gate.set()

    def add(self, content: bytes, type: str = "file") -> InputArtifact:
        digest = sha256(content).hexdigest()
        self.contents[digest] = content
        return InputArtifact(digest=digest, size=len(content), type=type)

    async def download(self, token: Token, targets: Mapping[str, tuple[int, Path | None]]) -> dict[str, bytes]:
        self.asked.append((token(), list(targets)))
        await self.gate.wait()
        if self.errors:
            raise self.errors.pop(0)
        for digest, (_, path) in targets.items():
            if path is not None:
                path.write_bytes(self.contents[digest])
        return {digest: self.contents[digest] for digest, (_, path) in targets.items() if path is None}

    async def upload(self, token: Token, uploads: Sequence[Upload]) -> dict[str, Receipt]:
        raise NotImplementedError


class Room:
    def __init__(self, folder: Path) -> None:
        self.clock, self.shelf = FakeClock(), Shelf()
        self.cache = ArtifactCache(folder / "cache", 1024 * 1024)
        self.cache.open()
        self.inputs = Inputs(self.cache, self.shelf, Patience(self.clock, FakeIds(), 600.0))

    async def read(self, *artifacts: InputArtifact, token: str = "token") -> list[bytes]:
        async with self.inputs.held(artifacts, lambda: token) as contents:
            found = [contents[artifact.digest] for artifact in artifacts]
            return [content if isinstance(content, bytes) else content.read_bytes() for content in found]


@pytest.fixture
def room(tmp_path: Path) -> Room:
    return Room(tmp_path)


async def test_what_is_missing_is_fetched_in_one_call_and_then_never_again(room: Room) -> None:
    small, large = room.shelf.add(b"small"), room.shelf.add(b"l" * (SMALL_BYTES + 1))
    for _ in range(2):
        assert await room.read(small, large) == [b"small", b"l" * (SMALL_BYTES + 1)]
    assert room.shelf.asked == [("token", [small.digest, large.digest])]


async def test_two_attempts_that_need_the_same_bytes_fetch_them_once(room: Room) -> None:
    artifact = room.shelf.add(b"shared")
    room.shelf.gate.clear()
    readers = [asyncio.create_task(room.read(artifact)) for _ in range(3)]
    await run_until_idle()
    room.shelf.gate.set()
    assert await asyncio.gather(*readers) == [[b"shared"]] * 3
    assert len(room.shelf.asked) == 1


async def test_when_the_one_that_fetches_is_cancelled_the_other_fetches_itself(room: Room) -> None:
    artifact = room.shelf.add(b"shared")
    room.shelf.gate.clear()
    first = asyncio.create_task(room.read(artifact, token="first"))
    await run_until_idle()
    second = asyncio.create_task(room.read(artifact, token="second"))
    await run_until_idle()
    first.cancel()
    room.shelf.gate.set()
    assert await second == [b"shared"]
    assert [token for token, _ in room.shelf.asked] == ["first", "second"]


async def test_a_store_that_does_not_answer_is_asked_again_with_the_newest_token(room: Room) -> None:
    artifact = room.shelf.add(b"late")
    room.shelf.errors = [ObjectsUnavailable("down")] * 3
    tokens = iter(["old", "old", "new", "new"])

    async def read() -> Mapping[str, bytes | Path]:
        async with room.inputs.held([artifact], lambda: next(tokens)) as contents:
            return contents

    reading = asyncio.create_task(read())
    await room.clock.advance(60)
    assert (await reading)[artifact.digest] == b"late"
    assert [token for token, _ in room.shelf.asked] == ["old", "old", "new", "new"]


async def test_after_ten_minutes_the_patience_is_over_and_says_what_was_wrong_at_last(room: Room) -> None:
    artifact = room.shelf.add(b"never")
    room.shelf.errors = [ObjectsUnavailable("it is down")] * 1000
    reading = asyncio.create_task(room.read(artifact))
    await room.clock.advance(590)
    assert not reading.done()
    await room.clock.advance(20)
    with pytest.raises(ObjectsUnavailable, match="download failed for 10 minutes, at last: it is down"):
        await reading


async def test_bytes_that_are_definitely_absent_are_not_waited_for(room: Room) -> None:
    artifact = room.shelf.add(b"gone")
    room.shelf.errors = [NotFound("gone")]
    with pytest.raises(NotFound):
        await room.read(artifact)


# --- parameters --------------------------------------------------------------------------------

OPERATION = Operation(
    name="train",
    kind="command",
    parameters=(Parameter(name="depth", type="int", max=10), Parameter(name="title", type="str")),
)


def a_grant_with(value: Any) -> Grant:
    return a_grant(parameters={"title": "plain", "depth": value})


def reference(content: bytes, type: str) -> tuple[dict[str, Any], dict[str, bytes | Path]]:
    digest = sha256(content).hexdigest()
    return {"$artifact": {"digest": digest, "size": len(content), "type": type}}, {digest: content}


def test_the_text_of_a_scalar_artifact_becomes_the_parameters_value() -> None:
    value, contents = reference(b"7\n", "int")
    grant = a_grant_with(value)
    assert parameters_of(grant, OPERATION, contents) == {"title": "plain", "depth": 7}
    assert [artifact.digest for artifact in artifacts_of(grant)] == list(contents)


@pytest.mark.parametrize(
    ("content", "complaint"), [(b"seven", "whole number"), (b"11", "at most 10"), (b"\xff", "codec can't decode")]
)
def test_a_scalar_that_its_parameter_does_not_take_is_named(content: bytes, complaint: str) -> None:
    value, contents = reference(content, "int")
    with pytest.raises(InvalidInput, match=f"parameter 'depth' cannot take its value from artifact.*{complaint}"):
        parameters_of(a_grant_with(value), OPERATION, contents)


def test_inputs_keep_their_order_and_types() -> None:
    one, two = (InputArtifact(digest=name * 64, size=1, type=type) for name, type in (("a", "csv"), ("b", "directory")))
    grant = a_grant(inputs={"tables": [two, one, two]})
    sources = sources_of(grant, {one.digest: b"1", two.digest: Path("/cache/2")})
    assert [source.type for source in sources["tables"]] == ["directory", "csv", "directory"]
