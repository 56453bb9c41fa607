"""Hints become claims; claims are repeated, given up and answered (2-protocol §6)."""

from __future__ import annotations

import pytest

from plynx_common.messages import routes
from plynx_common.messages.nodes import (
    ClaimDeclined,
    HeartbeatAnswer,
    NodeClaim,
    NodeGranted,
    NodeHeartbeat,
    NodeReady,
    NodeReleased,
)
from plynx_common.messages.workers import Capacity, WorkerSeen
from plynx_common.testing.fake_clock import run_until_idle
from tests.unit.worker_protocol.scripted_scheduler import PARTITION, POOL, a_grant, handover_of, scene

READY_QUEUE = routes.ready_queue(POOL)


async def test_a_hint_becomes_a_claim_to_its_partition_that_says_what_is_free() -> None:
    async with scene(slots=2) as it:
        await it.scheduler.ring(partition=PARTITION + 1)
        claim = it.scheduler.last(NodeClaim)
        assert (claim.worker, claim.incarnation, claim.token) == ("host", "000000000007", "pool-token")
        assert (claim.partition, claim.claim.hint_id, claim.claim.pool) == (PARTITION + 1, "hint1", POOL)
        assert claim.claim.capacity == Capacity(slots=1, cpu=2.0, memory=1000)
        assert it.scheduler.reply_to(NodeClaim).startswith("worker.host.")


async def test_every_claim_has_a_fresh_id() -> None:
    async with scene(slots=3) as it:
        await it.scheduler.ring(count=3)
        assert len({claim.claim.claim_id for claim in it.scheduler.all(NodeClaim)}) == 3


async def test_a_granted_attempt_starts_at_once_and_once_however_often_it_is_granted() -> None:
    async with scene() as it:
        await it.scheduler.ring()
        claim_id = it.scheduler.last(NodeClaim).claim.claim_id
        for _ in range(3):
            await it.scheduler.grant(claim_id)
        assert [work.started for work in it.workshop.works] == [True]
        assert not it.scheduler.all(NodeReleased)


async def test_a_hint_is_acknowledged_only_when_the_answer_is_in() -> None:
    async with scene(slots=2) as it:
        await it.scheduler.ring()
        it.bus.interrupt()  # unacknowledged, it comes again
        await run_until_idle()
        claims = {claim.claim.claim_id: claim.claim.hint_id for claim in it.scheduler.all(NodeClaim)}
        assert list(claims.values()) == ["hint1", "hint1"]
        for claim_id in claims:
            await it.scheduler.say(ClaimDeclined(claim_id=claim_id))
        it.scheduler.forget()
        it.bus.interrupt()
        await run_until_idle()
        assert not it.scheduler.all(NodeClaim)


async def test_a_claim_without_an_answer_is_sent_again_every_3_s_with_the_same_id() -> None:
    async with scene() as it:
        await it.scheduler.ring()
        await it.clock.advance(2.5)
        assert len(it.scheduler.all(NodeClaim)) == 1
        await it.clock.advance(4)
        assert len(it.scheduler.all(NodeClaim)) == 3
        assert len({claim.claim.claim_id for claim in it.scheduler.all(NodeClaim)}) == 1


async def test_after_six_claims_without_an_answer_the_hint_is_rung_again_for_somebody_else() -> None:
    async with scene() as it:
        await it.scheduler.ring()
        await it.clock.advance(17.5)
        assert len(it.scheduler.all(NodeClaim)) == 6
        first = it.scheduler.last(NodeClaim).claim
        await it.clock.advance(1.5)
        last = it.scheduler.last(NodeClaim).claim  # nobody else is there
        assert (last.hint_id, last.claim_id == first.claim_id) == (first.hint_id, False)


async def test_a_declined_claim_frees_its_slot_for_the_next_hint() -> None:
    async with scene() as it:
        await it.scheduler.ring(count=2)
        claim = it.scheduler.last(NodeClaim).claim
        await it.scheduler.say(ClaimDeclined(claim_id=claim.claim_id))
        assert it.scheduler.last(NodeClaim).claim.hint_id != claim.hint_id


async def test_a_hint_that_finds_no_free_slot_within_1_s_is_rung_again_and_the_consumer_pauses() -> None:
    async with scene() as it:
        work = await it.start_attempt()
        await it.scheduler.ring(count=2)
        await it.clock.advance(0.9)
        assert await it.bus.depth(READY_QUEUE) == 1, "prefetch is the number of slots"
        await it.clock.advance(0.5)
        assert await it.bus.depth(READY_QUEUE) == 2, "given back for others"
        await it.clock.advance(5)
        assert await it.bus.depth(READY_QUEUE) == 2, "and not fetched again"
        it.scheduler.forget()
        await it.end(work)
        assert it.scheduler.last(NodeClaim).claim.hint_id == "hint3", "the one that never left the queue"


async def test_a_parked_hint_takes_the_slot_that_frees_within_1_s() -> None:
    async with scene() as it:
        work = await it.start_attempt()
        await it.scheduler.ring()
        await it.clock.advance(0.5)
        await it.end(work)
        assert it.scheduler.last(NodeClaim).claim.hint_id == "hint2"


async def test_a_grant_of_an_unknown_claim_is_released_until_that_is_answered() -> None:
    async with scene() as it:
        await it.scheduler.say(NodeGranted(claim_id="whose?", grant=a_grant()), it.parts.line.queue)
        released = it.scheduler.last(NodeReleased)
        assert (released.run, released.node, released.attempt, released.claim_id) == ("r", "n", 1, "whose?")
        await it.clock.advance(7)
        assert len(it.scheduler.all(NodeReleased)) == 3
        assert not it.workshop.works


async def test_a_grant_that_does_not_fit_any_more_is_released() -> None:
    async with scene(slots=2) as it:
        await it.scheduler.ring(count=2)
        first, second = [claim.claim.claim_id for claim in it.scheduler.all(NodeClaim)]
        large = {"name": "op", "kind": "command", "resources": {"cpu": 1.5}}
        await it.scheduler.grant(first, operation=large)
        await it.scheduler.grant(second, operation=large, node="m")
        assert [work.grant.node for work in it.workshop.works] == ["n"]
        assert it.scheduler.last(NodeReleased).node == "m"


async def test_a_claim_says_what_is_left_beside_the_running_attempts() -> None:
    async with scene(slots=2) as it:
        needs = {"cpu": 1.5, "memory": 600}
        await it.start_attempt(operation={"name": "op", "kind": "command", "resources": needs})
        await it.scheduler.ring()
        assert it.scheduler.last(NodeClaim).claim.capacity == Capacity(slots=1, cpu=0.5, memory=400)


async def test_a_given_up_claim_may_still_start_its_late_grant_if_a_slot_is_free() -> None:
    async with scene() as it:
        work = await it.start_attempt()
        await it.end(work)
        claim_id = handover_of(it)
        await it.clock.advance(2)
        await it.scheduler.grant(claim_id, node="m")
        assert it.work.grant.node == "m"


async def test_a_grant_14_s_after_its_claim_starts_only_once_a_heartbeat_naming_it_is_answered() -> None:
    async with scene() as it:
        await it.scheduler.ring()
        await it.clock.advance(14.5)
        await it.scheduler.grant()
        assert not it.workshop.works
        assert [beat.node for beat in it.scheduler.last(NodeHeartbeat).attempts] == ["n"], "asked at once"
        await it.scheduler.say(HeartbeatAnswer(partition=PARTITION))
        assert not it.workshop.works, "neither heard nor stopped: no verdict yet"
        await it.scheduler.say(HeartbeatAnswer(partition=PARTITION, heard=("r/n/1",)))
        assert it.work.started


async def test_a_late_grant_that_is_stopped_never_starts_and_frees_its_slot() -> None:
    async with scene() as it:
        await it.scheduler.ring()
        await it.clock.advance(14.5)
        await it.scheduler.grant()
        await it.scheduler.say(HeartbeatAnswer(partition=PARTITION, stop=("r/n/1",)))
        assert not it.workshop.works
        it.scheduler.forget()
        await it.scheduler.ring()
        assert it.scheduler.all(NodeClaim), "the slot is free again"


async def test_a_hint_in_the_own_queue_is_claimed_and_dropped_when_no_slot_frees() -> None:
    async with scene() as it:
        hint = NodeReady(hint_id="mine", pool=POOL, partition=PARTITION, run="r", node="n")
        await it.scheduler.say(hint, it.parts.line.queue)
        assert it.scheduler.last(NodeClaim).claim.hint_id == "mine"
        await it.scheduler.grant()
        await it.scheduler.say(hint.model_copy(update={"hint_id": "again"}), it.parts.line.queue)
        await it.clock.advance(3)
        assert await it.bus.depth(READY_QUEUE) == 0, "nobody else would fit"


async def test_presence_is_said_at_the_start_every_2_s_and_before_the_first_claim() -> None:
    async with scene(slots=4) as it:
        seen = it.scheduler.last(WorkerSeen)
        assert isinstance(it.scheduler.heard[0].message, WorkerSeen)
        assert (seen.pools, seen.slots, seen.free, seen.queue) == ((POOL,), 4, 4, it.parts.line.queue)
        await it.start_attempt()
        await it.clock.advance(6.5)
        assert len(it.scheduler.all(WorkerSeen)) == 4
        assert it.scheduler.last(WorkerSeen).free == 3


async def test_after_a_lost_connection_the_newest_own_queue_is_told_and_claims_are_asked_again() -> None:
    async with scene() as it:
        await it.scheduler.ring()
        old = it.scheduler.reply_to(NodeClaim)
        claim_id = it.scheduler.last(NodeClaim).claim.claim_id
        it.scheduler.forget()
        it.bus.interrupt()
        await run_until_idle()
        assert it.scheduler.reply_to(NodeClaim) not in ("", old)
        assert it.scheduler.last(WorkerSeen).queue == it.scheduler.reply_to(NodeClaim)
        assert claim_id in [claim.claim.claim_id for claim in it.scheduler.all(NodeClaim)]


@pytest.mark.parametrize("pools", [("default/default", "default/other")])
async def test_each_pool_has_its_queue(pools: tuple[str, ...]) -> None:
    async with scene(pools=pools, slots=2) as it:
        await it.scheduler.ring(pool="default/other")
        assert it.scheduler.last(NodeClaim).claim.pool == "default/other"
