"""The scheduler, message in → message out, on memory backends and a fake clock."""

from __future__ import annotations

from plynx_common.domain.graph import Node
from plynx_common.domain.node_run import NodeState
from plynx_common.domain.operation import Output
from plynx_common.domain.run import Run, RunState
from plynx_common.messages.nodes import AttemptClosed, ClaimDeclined, NodeGranted
from plynx_common.messages.workers import Capacity
from plynx_common.repositories.runs import Runs
from tests.unit.scheduler.stage import Player, Stage, chain, graph


async def test_a_single_node_runs_from_submission_to_its_end(stage: Stage, worker: Player):
    await stage.submit(chain(1))
    assert [hint.pool for hint in worker.hints] == ["default/default"]
    granted = await worker.work()
    assert (granted.grant.node, granted.grant.attempt) == ("n0", 1)
    answer = await worker.finish(granted)
    assert isinstance(answer, AttemptClosed)
    assert answer.attempt == "r1/n0/1"
    run = await stage.run()
    assert (run.state, run.counts, run.unannounced) == (RunState.SUCCEEDED, {"succeeded": 1}, False)


async def test_a_chain_is_handed_over_from_result_to_result(stage: Stage, worker: Player):
    await stage.submit(chain(3))
    granted = await worker.work()
    for expected in ("n1", "n2"):
        answer = await worker.finish(granted, handover=worker.request())
        assert isinstance(answer, NodeGranted)
        assert (answer.grant.node, answer.closed) == (expected, f"r1/{granted.grant.node}/1")
        granted = answer
    answer = await worker.finish(granted, handover=worker.request())
    assert isinstance(answer, ClaimDeclined)
    assert answer.closed == "r1/n2/1"
    assert (await stage.run()).state is RunState.SUCCEEDED


async def test_independent_nodes_are_granted_side_by_side(stage: Stage, worker: Player):
    await stage.submit(graph([Node(id=id, operation="op") for id in ("a", "b", "c")]))
    taken = [await worker.work() for _ in range(3)]
    assert {granted.grant.node for granted in taken} == {"a", "b", "c"}
    assert isinstance(await worker.claim(), ClaimDeclined)


async def test_the_longest_path_goes_first(stage: Stage, worker: Player):
    nodes = [
        Node(id="short", operation="op"),
        Node(id="long", operation="op"),
        Node(id="tail", operation="op", after=("long",)),
    ]
    await stage.submit(graph(nodes))
    assert (await worker.work()).grant.node == "long"


async def test_a_repeated_claim_gets_the_same_grant_and_never_a_second_node(stage: Stage, worker: Player):
    await stage.submit(graph([Node(id=id, operation="op") for id in ("a", "b")]))
    first = await worker.claim(claim_id="once")
    again = await worker.claim(claim_id="once")
    assert isinstance(first, NodeGranted)
    assert isinstance(again, NodeGranted)
    assert (first.grant.node, first.grant.attempt) == (again.grant.node, again.grant.attempt)
    await worker.finish(first)
    assert isinstance(await worker.claim(claim_id="once"), ClaimDeclined)


async def test_a_result_that_comes_twice_is_accepted_once_and_answered_twice(stage: Stage, worker: Player):
    await stage.submit(chain(2))
    granted = await worker.work()
    assert isinstance(await worker.finish(granted), AttemptClosed)
    before = (await stage.nodes())["n0"]
    assert isinstance(await worker.finish(granted), AttemptClosed)
    assert (await stage.nodes())["n0"] == before


async def test_a_result_with_another_claim_is_refused(stage: Stage, worker: Player):
    await stage.submit(chain(1))
    granted = await worker.work()
    forged = granted.model_copy(update={"claim_id": "guessed"})
    assert isinstance(await worker.finish(forged), AttemptClosed)
    assert (await stage.states())["n0"] is NodeState.RUNNING


async def test_a_worker_without_a_valid_token_is_not_heard(stage: Stage, worker: Player):
    await stage.submit(chain(1))
    stranger = Player(stage, "stranger")
    await stranger.appear()
    stranger.speaks["token"] = worker.speaks["token"]
    assert await stranger.claim() is None


async def test_a_failed_node_is_tried_again_after_its_delay_and_then_fails(stage: Stage, worker: Player):
    await stage.submit(chain(2, retries=1, retry_delay=3.0))
    await worker.fail(await worker.work())
    assert (await stage.states())["n0"] is NodeState.BACKOFF
    assert isinstance(await worker.claim(), ClaimDeclined)
    await stage.clock.advance(4)
    granted = await worker.work()
    assert granted.grant.attempt == 2
    await worker.fail(granted)
    nodes = await stage.nodes()
    assert {id: node.state for id, node in nodes.items()} == {"n0": NodeState.FAILED, "n1": NodeState.SKIPPED}
    assert [entry["outcome"] for entry in nodes["n0"].history] == ["failed", "failed"]
    assert nodes["n1"].reason == "'n0' upstream failed"
    assert (await stage.run()).state is RunState.FAILED


async def test_under_continue_only_descendants_of_a_failed_node_are_skipped(stage: Stage, worker: Player):
    nodes = [
        Node(id="bad", operation="op"),
        Node(id="child", operation="op", after=("bad",)),
        Node(id="grandchild", operation="op", after=("child",)),
        Node(id="good", operation="op"),
    ]
    await stage.submit(graph(nodes))
    taken = {granted.grant.node: granted for granted in [await worker.work(), await worker.work()]}
    await worker.fail(taken["bad"])
    await worker.finish(taken["good"])
    run = await stage.run()
    assert (run.state, run.counts) == (RunState.FAILED, {"failed": 1, "skipped": 2, "succeeded": 1})


async def test_fail_fast_cancels_what_waits_and_what_runs(stage: Stage, worker: Player):
    nodes = [Node(id=id, operation="op") for id in ("a", "b", "c")]
    await stage.submit(graph([*nodes, Node(id="d", operation="op", after=("b",))]), failure_policy="fail_fast")
    first, second = await worker.work(), await worker.work()
    await worker.fail(first)
    states = await stage.states()
    assert states[second.grant.node] is NodeState.CANCELLING
    await worker.fail(second, kind="cancelled")
    run = await stage.run()
    assert (run.state, run.counts) == (RunState.FAILED, {"failed": 1, "skipped": 1, "cancelled": 2})


async def test_finish_running_lets_what_runs_finish_and_starts_nothing(stage: Stage, worker: Player):
    await stage.submit(graph([Node(id=id, operation="op") for id in ("a", "b", "c")]), failure_policy="finish_running")
    first, second = await worker.work(), await worker.work()
    await worker.fail(first)
    assert (await stage.states())[second.grant.node] is NodeState.RUNNING
    await worker.finish(second)
    assert (await stage.run()).counts == {"failed": 1, "succeeded": 1, "cancelled": 1}


async def test_cancel_ends_what_waits_and_tells_what_runs(stage: Stage, worker: Player):
    await stage.submit(chain(3))
    granted = await worker.work()
    await stage.cancel()
    assert list((await stage.states()).values()) == [NodeState.CANCELLING, NodeState.CANCELLED, NodeState.CANCELLED]
    assert any(message.type == "node.cancel" for message in worker.inbox)
    assert isinstance(await worker.finish(granted), AttemptClosed)
    run = await stage.run()
    assert (run.state, run.counts) == (RunState.CANCELLED, {"cancelled": 3})


async def test_a_cancel_that_nobody_answers_ends_after_ten_ticks(stage: Stage, worker: Player):
    await stage.submit(chain(1))
    granted = await worker.work()
    await stage.cancel()
    for _ in range(14):
        await worker.beat(granted)
        await stage.clock.advance(2)
    assert (await stage.run()).state is RunState.CANCELLED


async def test_a_cancel_whose_message_was_lost_is_found_by_the_sweep(stage: Stage, worker: Player):
    await stage.submit(chain(2))
    await Runs(stage.backends.documents).request_cancel("default", "r1")
    await stage.clock.advance(5)
    assert (await stage.run()).state is RunState.CANCELLED


async def test_a_run_whose_message_was_lost_is_found_by_the_sweep(stage: Stage, worker: Player):
    await Runs(stage.backends.documents).insert(
        Run(id="r2", partition=0, team="default", graph=chain(1).model_dump(mode="json", by_alias=True))
    )
    await stage.clock.advance(5)
    assert await stage.states("r2") == {"n0": NodeState.READY}


async def test_heartbeats_keep_a_lease_for_as_long_as_they_come(stage: Stage, worker: Player):
    await stage.submit(chain(1))
    granted = await worker.work()
    for _ in range(30):
        answer = await worker.beat(granted)
        assert answer is not None
        assert answer.heard == ("r1/n0/1",)  # type: ignore[attr-defined]
        await stage.clock.advance(2)
    assert (await stage.states())["n0"] is NodeState.RUNNING


async def test_an_attempt_that_nobody_hears_of_is_lost_and_granted_again(stage: Stage, worker: Player):
    await stage.submit(chain(1))
    first = await worker.work()
    await stage.clock.advance(20)
    nodes = await stage.nodes()
    assert nodes["n0"].state is NodeState.READY
    assert [(loss.attempt, loss.heard) for loss in nodes["n0"].lost_on] == [(1, False)]
    second = Player(stage, "w2")
    await second.appear()
    granted = await second.work()
    assert granted.grant.attempt == 2
    stopped = await worker.beat(first)
    assert stopped is not None
    assert stopped.stop == ("r1/n0/1",)  # type: ignore[attr-defined]
    await worker.finish(first)
    assert (await stage.states())["n0"] is NodeState.RUNNING
    await second.finish(granted)
    assert (await stage.run()).state is RunState.SUCCEEDED


async def test_a_lost_attempt_that_is_heard_again_goes_on_if_nobody_has_claimed_since(stage: Stage, worker: Player):
    await stage.submit(chain(1))
    granted = await worker.work()
    await stage.clock.advance(20)
    assert (await stage.states())["n0"] is NodeState.READY
    await worker.beat(granted)
    node = (await stage.nodes())["n0"]
    assert (node.state, node.lost_on) == (NodeState.RUNNING, ())
    await worker.finish(granted)
    assert (await stage.run()).state is RunState.SUCCEEDED


async def test_the_late_result_of_a_lost_attempt_counts_if_nobody_has_claimed_since(stage: Stage, worker: Player):
    await stage.submit(chain(1))
    granted = await worker.work()
    await stage.clock.advance(20)
    await worker.finish(granted)
    node = (await stage.nodes())["n0"]
    assert (node.state, node.lost_on) == (NodeState.SUCCEEDED, ())


async def test_on_lost_fail_makes_the_first_heard_loss_final(stage: Stage, worker: Player):
    await stage.submit(chain(1, on_lost="fail"))
    granted = await worker.work()
    await worker.beat(granted)
    await stage.clock.advance(20)
    node = (await stage.nodes())["n0"]
    assert node.state is NodeState.FAILED
    assert node.failure is not None
    assert node.failure.kind.value == "lost"


async def test_a_newer_incarnation_loses_the_attempts_of_the_older_at_once(stage: Stage, worker: Player):
    await stage.submit(chain(1))
    await worker.work()
    reborn = Player(stage, "w1", incarnation="2")
    await reborn.appear()
    assert (await stage.states())["n0"] is NodeState.READY
    assert (await reborn.work()).grant.attempt == 2


async def test_a_released_attempt_is_not_a_loss_and_is_granted_again(stage: Stage, worker: Player):
    await stage.submit(chain(1))
    answer = await worker.release(await worker.work())
    assert isinstance(answer, AttemptClosed)
    node = (await stage.nodes())["n0"]
    assert (node.state, node.released, node.closed_attempt, node.lost_on) == (NodeState.READY, 1, 1, ())
    assert (await worker.work()).grant.attempt == 2


async def test_a_reported_overrun_ends_the_attempt_as_a_timeout(stage: Stage, worker: Player):
    await stage.submit(chain(1, timeout=1.0))
    granted = await worker.work()
    await worker.beat(granted, seconds=500.0)
    await stage.clock.advance(3)
    node = (await stage.nodes())["n0"]
    assert node.state is NodeState.FAILED
    assert node.failure is not None
    assert node.failure.kind.value == "timeout"


async def test_infrastructure_failures_spend_no_retries(stage: Stage, worker: Player):
    await stage.submit(chain(1))
    await worker.fail(await worker.work(), kind="infrastructure", message="disk full")
    node = (await stage.nodes())["n0"]
    assert (node.state, node.user_failures, len(node.lost_on)) == (NodeState.BACKOFF, 0, 1)
    await stage.clock.advance(10)
    granted = await worker.work()
    await worker.finish(granted)
    assert (await stage.run()).state is RunState.SUCCEEDED


async def test_a_hint_without_a_claim_is_rung_again(stage: Stage, worker: Player):
    await stage.submit(chain(1))
    assert len(worker.hints) == 1
    for _ in range(8):
        await stage.clock.advance(2)
        await worker.say_seen()
    assert len(worker.hints) == 2
    assert worker.hints[0].hint_id == worker.hints[1].hint_id


async def test_hints_never_outnumber_the_slots_of_live_workers(stage: Stage, worker: Player):
    await stage.submit(graph([Node(id=f"n{index}", operation="op") for index in range(50)]))
    assert len(worker.hints) == worker.slots


async def test_outputs_without_a_valid_receipt_are_not_accepted(stage: Stage, worker: Player):
    await stage.submit(chain(1, outputs=(Output(name="out"),)))
    await worker.finish(await worker.work())
    assert (await stage.states())["n0"] is NodeState.BACKOFF


async def test_a_hint_whose_claim_found_nothing_that_fits_is_not_rung_again_at_once(stage: Stage):
    """The worker has cores, but none left: hint and claim would chase each other as fast as they can."""
    worker = Player(stage)
    worker.capacity = Capacity(slots=2, cpu=2.0)
    await worker.appear()
    await stage.submit(chain(1, resources={"cpu": 2.0}))
    (hint,) = worker.hints
    assert isinstance(await worker.claim(hint.hint_id), ClaimDeclined)
    assert len(worker.hints) == 1
    await stage.clock.advance(5)
    assert [again.hint_id for again in worker.hints[1:]] == [hint.hint_id]
