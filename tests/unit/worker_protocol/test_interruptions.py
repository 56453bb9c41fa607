"""Cancel, stop, timeout, a newer attempt, breakdowns, drain: how attempts end before their time (2-protocol §6)."""

from __future__ import annotations

from plynx_common.domain.failure import Failure, FailureKind
from plynx_common.messages.nodes import (
    AttemptClosed,
    HeartbeatAnswer,
    NodeCancel,
    NodeClaim,
    NodeFailed,
    NodeFinished,
    NodeHeartbeat,
    NodeReleased,
)
from plynx_common.messages.workers import WorkerSeen
from plynx_common.testing.fake_clock import run_until_idle
from tests.unit.worker_protocol.scripted_scheduler import PARTITION, POOL, handover_of, scene

SHORT = {"kind": "command", "_timeout": 0.5}


def failure_of(failed: NodeFailed) -> Failure:
    return Failure.from_document(failed.failure)


async def test_a_cancelled_script_gets_its_grace_and_is_reported_as_cancelled() -> None:
    async with scene(grace=7.0) as it:
        work = await it.start_attempt()
        await it.scheduler.say(NodeCancel(attempt="r/n/1", reason="cancelled on request"))
        assert work.terminated == [7.0]
        failure = failure_of(it.scheduler.last(NodeFailed))
        assert (failure.kind, failure.message) == (FailureKind.CANCELLED, "cancelled on request")


async def test_a_heartbeat_answer_cancels_too_and_repeats_change_nothing() -> None:
    async with scene() as it:
        work = await it.start_attempt()
        for _ in range(3):
            await it.scheduler.say(HeartbeatAnswer(partition=PARTITION, cancel=("r/n/1",)))
        assert len(work.terminated) == 1
        assert len(it.scheduler.all(NodeFailed)) == 1


async def test_a_cancel_while_preparing_ends_it_without_a_script() -> None:
    async with scene() as it:
        it.workshop.arrange = lambda work: setattr(work, "prepared", it.future())
        await it.scheduler.ring()
        await it.scheduler.grant()
        await it.scheduler.say(NodeCancel(attempt="r/n/1", reason="no need"))
        assert failure_of(it.scheduler.last(NodeFailed)).kind is FailureKind.CANCELLED
        assert (it.work.started, it.work.closed) == (False, True)


async def test_a_cancel_after_the_script_has_ended_lets_it_report_what_it_did() -> None:
    async with scene() as it:
        it.workshop.arrange = lambda work: setattr(work, "finished", it.future())
        await it.end(await it.start_attempt())
        await it.scheduler.say(NodeCancel(attempt="r/n/1", reason="late"))
        it.release_futures()
        await run_until_idle()
        assert it.scheduler.all(NodeFinished)


async def test_a_stopped_attempt_is_killed_at_once_and_never_spoken_of_again() -> None:
    async with scene() as it:
        work = await it.start_attempt()
        it.scheduler.forget()
        await it.scheduler.say(HeartbeatAnswer(partition=PARTITION, stop=("r/n/1",)), it.parts.line.queue)
        assert work.terminated == [0.0]
        assert work.closed
        assert work.forgotten
        await it.clock.advance(10)
        assert not [heard for heard in it.scheduler.heard if not isinstance(heard.message, WorkerSeen)]
        assert it.scheduler.all(WorkerSeen)[0].free == 1, "said at once: its slot freed unasked"


async def test_an_attempt_that_is_closed_while_it_runs_is_stopped() -> None:
    async with scene() as it:
        work = await it.start_attempt()
        await it.scheduler.say(AttemptClosed(attempt="r/n/1"))
        assert work.terminated == [0.0]
        assert not it.scheduler.all(NodeFailed)


async def test_a_stop_in_any_phase_says_nothing() -> None:
    async with scene(slots=2) as it:
        for phase in ("prepared", "finished"):
            it.workshop.arrange = lambda work, phase=phase: setattr(work, phase, it.future())
            await it.scheduler.ring()
            await it.scheduler.grant(node=phase)
            it.work.end()
            await run_until_idle()
            await it.scheduler.say(HeartbeatAnswer(partition=PARTITION, stop=(f"r/{phase}/1",)))
            assert it.work.closed
        await it.clock.advance(6)
        assert not it.scheduler.all(NodeFinished)
        assert not it.scheduler.all(NodeFailed)


async def test_a_script_that_runs_longer_than_its_timeout_is_ended_and_the_reason_says_so() -> None:
    async with scene(grace=3.0) as it:
        work = await it.start_attempt(operation=SHORT)
        await it.clock.advance(29.5)
        assert not work.terminated
        await it.clock.advance(1)
        assert work.terminated == [3.0]
        failure = failure_of(it.scheduler.last(NodeFailed))
        assert (failure.kind, failure.signal) == (FailureKind.TIMEOUT, 15)
        assert "timeout: it ran longer than 0.5 minutes" in failure.message


async def test_a_newer_attempt_of_a_node_stops_an_older_one_in_the_same_worker() -> None:
    async with scene(slots=2) as it:
        older = await it.start_attempt()
        newer = await it.start_attempt(attempt=2)
        assert (older.terminated, newer.terminated) == ([0.0], [])
        await it.end(newer)
        assert [(result.node, result.attempt) for result in it.scheduler.all(NodeFinished)] == [("n", 2)]


async def test_an_older_attempt_than_the_one_that_runs_here_is_released() -> None:
    async with scene(slots=2) as it:
        await it.start_attempt(attempt=2)
        await it.scheduler.ring()
        await it.scheduler.grant(attempt=1)
        assert it.scheduler.last(NodeReleased).attempt == 1
        assert len(it.workshop.works) == 1


async def test_whatever_breaks_in_an_attempt_is_reported_as_the_platforms_fault() -> None:
    async with scene() as it:
        it.workshop.arrange = lambda work: setattr(work, "error", OSError(28, "No space left on device", "/w/x"))
        await it.scheduler.ring()
        await it.scheduler.grant()
        failure = failure_of(it.scheduler.last(NodeFailed))
        assert failure.kind is FailureKind.INFRASTRUCTURE
        assert "disk is full at '/w/x'" in failure.message
        assert it.work.closed


async def test_an_error_nobody_foresaw_is_named() -> None:
    async with scene() as it:
        it.workshop.arrange = lambda work: setattr(work, "error", ZeroDivisionError("by nothing"))
        await it.scheduler.ring()
        await it.scheduler.grant()
        assert "ZeroDivisionError: by nothing" in failure_of(it.scheduler.last(NodeFailed)).message


async def test_a_draining_worker_takes_nothing_new_and_releases_late_grants() -> None:
    async with scene() as it:
        await it.scheduler.ring()
        claim = it.scheduler.last(NodeClaim).claim
        leaving = it.leave()
        await run_until_idle()
        seen = it.scheduler.last(WorkerSeen)
        assert (seen.leaving, seen.free) == (True, 0)
        await it.scheduler.grant(claim.claim_id)
        assert it.scheduler.last(NodeReleased).claim_id == claim.claim_id
        await it.scheduler.ring()
        assert len(it.scheduler.all(NodeClaim)) == 1
        await it.scheduler.say(AttemptClosed(attempt="r/n/1"))
        await it.clock.advance(0.1)
        assert leaving.done()


async def test_a_draining_worker_lets_scripts_end_and_leaves_when_results_are_known_to_be_stored() -> None:
    async with scene(drain=100.0, settle=100.0) as it:
        work = await it.start_attempt()
        leaving = it.leave()
        await it.clock.advance(50)
        assert it.scheduler.last(NodeHeartbeat).attempts[0].node == "n", "it keeps heart-beating"
        await it.end(work)
        assert it.scheduler.last(NodeFinished).handover is None
        await it.clock.advance(50)
        assert not leaving.done()
        await it.scheduler.say(AttemptClosed(attempt="r/n/1"))
        await it.clock.advance(0.1)
        assert leaving.done()


async def test_what_still_runs_at_the_drain_limit_is_ended_and_given_back() -> None:
    async with scene(drain=10.0, grace=2.0) as it:
        work = await it.start_attempt()
        leaving = it.leave()
        await it.clock.advance(10.5)
        assert work.terminated == [2.0]
        released = it.scheduler.last(NodeReleased)
        assert (released.node, released.reason) == ("n", "the worker leaves")
        assert not it.scheduler.all(NodeFailed)
        await it.scheduler.say(AttemptClosed(attempt="r/n/1"))
        await it.clock.advance(0.1)
        assert leaving.done()


async def test_a_worker_that_nobody_answers_leaves_all_the_same() -> None:
    async with scene(settle=30.0) as it:
        await it.end(await it.start_attempt())
        leaving = it.leave()
        await it.clock.advance(33)
        assert leaving.done()


async def test_parked_and_claimed_hints_go_back_when_a_worker_leaves() -> None:
    async with scene() as it:
        await it.scheduler.ring(count=2)
        leaving = it.leave()
        await it.clock.advance(2.1)
        assert leaving.done()
        assert await it.bus.depth(f"ready.{POOL.replace('/', '.')}") == 2


async def test_a_hand_over_in_flight_is_released_by_a_worker_that_leaves() -> None:
    async with scene() as it:
        await it.end(await it.start_attempt())
        late = handover_of(it)
        it.leave()
        await run_until_idle()
        await it.scheduler.grant(late, node="m")
        assert it.scheduler.last(NodeReleased).node == "m"


async def test_a_cancel_and_a_stop_at_once_leave_nothing_behind_that_cancels_later() -> None:
    async with scene() as it:
        it.workshop.arrange = lambda work: setattr(work, "prepared", it.future())
        await it.scheduler.ring()
        await it.scheduler.grant()
        answer = HeartbeatAnswer(partition=PARTITION, cancel=("r/n/1",))
        stop = HeartbeatAnswer(partition=PARTITION, stop=("r/n/1",))
        task = it.parts.attempts.live["r/n/1"].task
        await it.scheduler.say_all(answer, stop)
        assert task is not None
        assert (task.done(), task.cancelled(), task.cancelling()) == (True, False, 0)
        assert it.work.closed
        assert not it.scheduler.all(NodeFailed)


async def test_a_working_directory_that_cannot_be_given_back_does_not_end_the_worker() -> None:
    async with scene() as it:
        it.workshop.arrange = lambda work: setattr(work, "close_error", OSError(5, "Input/output error"))
        await it.end(await it.start_attempt())
        assert it.scheduler.all(NodeFinished)
        await it.scheduler.grant(handover_of(it), node="m")
        assert it.work.started
