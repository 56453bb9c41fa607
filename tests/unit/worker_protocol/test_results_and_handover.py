"""Results are sent until they are known to be stored, and ask for the next node on the way (2-protocol §6)."""

from __future__ import annotations

import pytest

from plynx_common.domain.failure import Failure, FailureKind
from plynx_common.messages import routes
from plynx_common.messages.base import Message
from plynx_common.messages.nodes import (
    AttemptClosed,
    ClaimDeclined,
    HeartbeatAnswer,
    NodeClaim,
    NodeFailed,
    NodeFinished,
    NodeGranted,
    NodeHeartbeat,
    NodeReleased,
)
from plynx_common.messages.workers import Capacity, WorkerSeen
from plynx_common.testing.fake_clock import run_until_idle
from tests.unit.worker_protocol.scripted_scheduler import PARTITION, POOL, a_grant, handover_of, scene


async def test_a_result_says_whose_it_is_and_what_came_out() -> None:
    async with scene() as it:
        await it.end(await it.start_attempt())
        heard = it.scheduler.heard[-1]
        result = it.scheduler.last(NodeFinished)
        claim_id = it.scheduler.last(NodeClaim).claim.claim_id
        assert (result.run, result.node, result.attempt, result.claim_id) == ("r", "n", 1, claim_id)
        assert (result.worker, result.incarnation, result.token) == ("host", "000000000007", "pool-token")
        assert result.logs["stdout"].inline == "hi"
        assert (heard.message_id, heard.reply_to) == ("r/n/1/finished", it.parts.line.queue)


async def test_a_failure_is_reported_as_one() -> None:
    async with scene() as it:
        await it.end(await it.start_attempt(), Failure(FailureKind.EXIT, "exited with code 3", exit_code=3))
        failed = it.scheduler.last(NodeFailed)
        assert Failure.from_document(failed.failure).exit_code == 3
        assert it.scheduler.heard[-1].message_id == "r/n/1/failed"


async def test_a_result_carries_a_claim_for_its_pool_with_the_capacity_it_frees() -> None:
    async with scene() as it:
        work = await it.start_attempt(operation={"kind": "command", "resources": {"cpu": 2.0}})
        await it.end(work)
        handover = it.scheduler.last(NodeFinished).handover
        assert handover is not None
        assert (handover.pool, handover.hint_id) == (POOL, None)
        assert handover.capacity == Capacity(slots=1, cpu=2.0, memory=1000)


async def test_a_hand_over_starts_the_next_attempt_and_closes_the_last() -> None:
    async with scene() as it:
        await it.end(await it.start_attempt())
        await it.scheduler.say(NodeGranted(claim_id=handover_of(it), grant=a_grant(node="m"), closed="r/n/1"))
        assert it.work.grant.node == "m"
        await it.clock.advance(11)
        assert len(it.scheduler.all(NodeFinished)) == 1, "closed: not sent again"


async def test_a_declined_hand_over_frees_the_slot_and_closes_the_last() -> None:
    async with scene() as it:
        await it.end(await it.start_attempt())
        await it.scheduler.say(ClaimDeclined(claim_id=handover_of(it), closed="r/n/1"))
        await it.clock.advance(11)
        assert len(it.scheduler.all(NodeFinished)) == 1
        assert it.scheduler.last(WorkerSeen).free == 1


async def test_a_slot_with_a_parked_hint_does_not_ask_for_a_hand_over() -> None:
    async with scene() as it:
        work = await it.start_attempt()
        await it.scheduler.ring()
        await it.end(work)
        assert it.scheduler.last(NodeFinished).handover is None
        assert it.scheduler.last(NodeClaim).claim.hint_id == "hint2"


async def test_a_slot_whose_consumer_is_paused_does_not_ask_for_a_hand_over() -> None:
    async with scene() as it:
        work = await it.start_attempt()
        await it.scheduler.ring()
        await it.clock.advance(2)
        await it.end(work)
        assert it.scheduler.last(NodeFinished).handover is None


async def test_after_1_5_s_without_an_answer_the_slot_goes_back_to_the_hints_and_says_so() -> None:
    async with scene() as it:
        await it.end(await it.start_attempt())
        it.scheduler.forget()
        await it.clock.advance(1.75)
        assert it.scheduler.last(WorkerSeen).free == 1
        await it.scheduler.ring()
        assert it.scheduler.last(NodeClaim).claim.hint_id == "hint2"


async def test_the_late_grant_of_a_given_up_hand_over_is_released_when_the_slot_is_taken() -> None:
    async with scene() as it:
        await it.end(await it.start_attempt())
        late = handover_of(it)
        await it.clock.advance(2)
        await it.start_attempt(node="m")
        await it.scheduler.grant(late, node="late")
        assert (it.work.grant.node, it.scheduler.last(NodeReleased).node) == ("m", "late")


async def test_a_result_is_sent_again_every_5_s_without_its_hand_over() -> None:
    async with scene() as it:
        await it.end(await it.start_attempt())
        await it.clock.advance(10.5)
        sent = it.scheduler.all(NodeFinished)
        assert [result.handover is None for result in sent] == [False, True, True]
        ids = [heard.message_id for heard in it.scheduler.heard if isinstance(heard.message, NodeFinished)]
        assert set(ids) == {"r/n/1/finished"}


@pytest.mark.parametrize(
    "answer",
    [
        AttemptClosed(attempt="r/n/1"),
        HeartbeatAnswer(partition=PARTITION, closed=("r/n/1",)),
        HeartbeatAnswer(partition=PARTITION, stop=("r/n/1",)),
        ClaimDeclined(claim_id="whatever", closed="r/n/1"),
        NodeGranted(claim_id="whatever", grant=a_grant(node="m"), closed="r/n/1"),
    ],
)
async def test_a_result_is_not_sent_again_once_its_attempt_is_known_to_be_closed(answer: Message) -> None:
    async with scene() as it:
        work = await it.start_attempt()
        await it.end(work)
        await it.clock.advance(2)
        await it.scheduler.say(answer)
        await it.clock.advance(20)
        assert len(it.scheduler.all(NodeFinished)) == 1
        beats = [beat.node for heartbeat in it.scheduler.all(NodeHeartbeat) for beat in heartbeat.attempts]
        assert beats == ["n"], "named once while it was not closed"
        assert work.forgotten


async def test_a_result_that_no_queue_takes_is_sent_again() -> None:
    async with scene() as it:
        await it.scheduler.bus.delete(routes.results_queue(7))
        await it.end(await it.start_attempt(partition=7))
        await it.scheduler.open_results(7)
        await it.clock.advance(5.5)
        assert it.scheduler.last(NodeFinished).handover is None


async def test_heartbeats_name_running_and_reported_attempts_by_partition_every_2_s() -> None:
    async with scene(slots=2) as it:
        first = await it.start_attempt()
        await it.start_attempt(node="m", partition=PARTITION + 1)
        await it.clock.advance(1)
        await it.end(first)
        it.scheduler.forget()
        await it.clock.advance(1.25)
        beats = {(h.partition, b.node, b.phase): b.seconds for h in it.scheduler.all(NodeHeartbeat) for b in h.attempts}
        assert beats == {(PARTITION, "n", "reported"): 1.0, (PARTITION + 1, "m", "running"): 2.0}
        assert it.scheduler.reply_to(NodeHeartbeat) == it.parts.line.queue
        await it.clock.advance(4)
        assert len(it.scheduler.all(NodeHeartbeat)) == 6


async def test_what_is_preparing_is_named_too() -> None:
    async with scene() as it:
        it.workshop.arrange = lambda work: setattr(work, "prepared", it.future())
        await it.scheduler.ring()
        await it.scheduler.grant()
        await it.clock.advance(2)
        assert it.scheduler.last(NodeHeartbeat).attempts[0].phase == "preparing"
        it.release_futures()
        await run_until_idle()
        assert it.work.started


async def test_a_renewed_token_is_the_one_that_is_used() -> None:
    async with scene() as it:
        work = await it.start_attempt()
        assert work.token() == "attempt-token"
        await it.scheduler.say(HeartbeatAnswer(partition=PARTITION, tokens={"r/n/1": "renewed", "x/y/1": "other"}))
        assert work.token() == "renewed"
