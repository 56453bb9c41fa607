"""Whether artifacts still exist: absent only where that is certain, an error of a store is no answer."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import replace
from pathlib import Path

import pytest

from plynx_common.domain.errors import ObjectsUnavailable, StoreUnavailable
from plynx_common.domain.ids import artifact_key
from plynx_common.interfaces.bus import Delivery, Outgoing, Queue
from plynx_common.interfaces.documents import CompareAndSet
from plynx_common.interfaces.objects import ObjectStat
from plynx_common.messages import routes
from plynx_common.messages.artifacts import ArtifactsVerified, ArtifactsVerify
from plynx_common.runtime.backends import Backends
from plynx_common.testing.eventually import eventually
from plynx_common.testing.fake_clock import FakeClock
from plynx_storage.catalogue import Artifact, Catalogue
from plynx_storage.grants import absent
from plynx_storage.handlers import Handlers
from plynx_storage.service import storage
from tests.unit.storage_parts import TEAM, backends_in, digest, settings_in

HERE, GONE, UNKNOWN = (digest(name) for name in (b"here", b"gone", b"unknown"))


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def backends(tmp_path: Path, clock: FakeClock) -> Backends:
    """`here` is in catalogue and store, `gone` in the catalogue only, `unknown` in the store only."""
    backends = backends_in(tmp_path / "objects", clock)
    await Catalogue(backends.documents, clock).add(TEAM, [Artifact(HERE, 4, "x"), Artifact(GONE, 4, "x")], "test")
    await backends.objects.put(artifact_key(TEAM, HERE), b"here")
    await backends.objects.put(artifact_key(TEAM, UNKNOWN), b"unknown")
    return backends


@pytest.fixture
async def catalogue(backends: Backends) -> Catalogue:
    return Catalogue(backends.documents, backends.clock)


async def test_what_is_missing_from_catalogue_or_store_or_team_is_absent(
    backends: Backends, catalogue: Catalogue
) -> None:
    found = await absent(backends.objects, catalogue, TEAM, [HERE, GONE, UNKNOWN, HERE])
    assert found == (GONE, UNKNOWN)
    assert await absent(backends.objects, catalogue, "other", [HERE]) == (HERE,)


async def test_bytes_of_another_size_count_as_absent(backends: Backends, catalogue: Catalogue) -> None:
    await backends.objects.put(artifact_key(TEAM, HERE), b"torn off"[:3])
    assert await absent(backends.objects, catalogue, TEAM, [HERE]) == (HERE,)


async def test_verifying_touches_but_not_more_often_than_each_minute(
    backends: Backends, catalogue: Catalogue, clock: FakeClock
) -> None:
    touches: list[str] = []
    for seconds in (0, 30, 31, 59, 2):
        await clock.advance(seconds)
        assert await absent(backends.objects, catalogue, TEAM, [HERE]) == ()
        entry = await backends.documents.get("artifacts", f"{TEAM}/{HERE}")
        assert entry is not None
        touches.append(entry["touched_at"])
    assert touches[0] == touches[1] < touches[2] == touches[3] < touches[4]


async def test_an_entry_that_garbage_collection_took_in_the_same_moment_is_absent(
    backends: Backends, clock: FakeClock
) -> None:
    await clock.advance(3600)
    taken = CompareAndSet("artifacts", f"{TEAM}/{HERE}", {}, {"state": "deleting"})
    await backends.documents.write([taken])
    assert await absent(backends.objects, Catalogue(backends.documents, clock), TEAM, [HERE]) == (HERE,)


class SilentObjects:
    """A store that does not answer."""

    async def stat(self, key: str) -> ObjectStat | None:
        raise ObjectsUnavailable(f"no answer about '{key}'")


class SilentDocuments:
    async def get(self, collection: str, id: str) -> None:
        raise StoreUnavailable(f"no answer about '{id}'")


async def test_an_error_of_a_store_is_no_verdict(backends: Backends, catalogue: Catalogue) -> None:
    silent = Handlers(backends.bus, SilentObjects(), catalogue)  # type: ignore[arg-type]
    verdict = await silent.verdict(ArtifactsVerify(ref="r", team=TEAM, digests=(HERE,)))
    assert verdict.absent == ()
    assert "no answer" in (verdict.error or "")
    unsure = Handlers(backends.bus, backends.objects, Catalogue(SilentDocuments(), backends.clock))  # type: ignore[arg-type]
    verdict = await unsure.verdict(ArtifactsVerify(ref="r", team=TEAM, digests=(HERE,)))
    assert (verdict.ref, verdict.absent) == ("r", ())
    assert "no answer" in (verdict.error or "")


@pytest.fixture
async def answers(tmp_path: Path, backends: Backends) -> AsyncGenerator[list[ArtifactsVerified]]:
    received: list[ArtifactsVerified] = []

    def answered(delivery: Delivery) -> None:
        assert isinstance(delivery.message, ArtifactsVerified)
        received.append(delivery.message)

    await backends.bus.declare(Queue("scheduler", exclusive=True))
    await backends.bus.consume("scheduler", answered, prefetch=0)
    async with storage(settings_in(tmp_path), replace(backends)):
        yield received


async def test_the_service_answers_each_question_to_who_asked(
    backends: Backends, answers: list[ArtifactsVerified]
) -> None:
    questions = [
        ArtifactsVerify(ref=f"r{number}", team=TEAM, digests=(HERE, GONE, UNKNOWN)[: number + 1]) for number in range(3)
    ]
    await backends.bus.publish(
        [Outgoing(question, routes.STORAGE, routes.VERIFY_KEY, reply_to="scheduler") for question in questions]
    )
    await eventually(lambda: len(answers) == 3, story="three answers arrive")
    assert {answer.ref: answer.absent for answer in answers} == {
        "r0": (),
        "r1": (GONE,),
        "r2": (GONE, UNKNOWN),
    }
    assert await backends.bus.depth(routes.STORAGE_QUEUE) == 0
