"""Two scheduler instances on one bus and store."""

from __future__ import annotations

from plynx_common.domain.node_run import NodeState
from plynx_common.domain.run import RunState
from plynx_common.messages.nodes import AttemptClosed
from tests.unit.scheduler.stage import Player, Stage, chain, empty_stage, instance


async def owners(stage: Stage) -> dict[str, int]:
    counts: dict[str, int] = {}
    for lease in await stage.backends.documents.find("leases", {}):
        counts[lease["owner"]] = counts.get(lease["owner"], 0) + 1
    return counts


async def test_two_instances_share_the_partitions_evenly():
    stage = empty_stage()
    async with instance(stage, partitions=8), instance(stage, partitions=8):
        await stage.clock.advance(30)
        assert sorted((await owners(stage)).values()) == [4, 4]


async def test_an_instance_that_stops_hands_over_at_once():
    stage = empty_stage()
    async with instance(stage, partitions=8):
        async with instance(stage, partitions=8):
            await stage.clock.advance(30)
        await stage.clock.advance(4)
        assert list((await owners(stage)).values()) == [8]


async def test_what_runs_goes_on_when_its_owner_is_replaced():
    stage = empty_stage()
    worker = Player(stage)
    async with instance(stage):
        await stage.clock.advance(3)
        await worker.appear()
        await stage.submit(chain(2))
        granted = await worker.work()
    async with instance(stage):
        await stage.clock.advance(12)
        await worker.beat(granted)
        assert isinstance(await worker.finish(granted), AttemptClosed)
        await worker.finish(await worker.work())
        assert (await stage.run()).state is RunState.SUCCEEDED


async def test_an_instance_that_is_gone_without_a_word_is_replaced_within_seconds():
    stage = empty_stage()
    worker = Player(stage)
    frozen = FrozenClock(stage)
    async with instance(stage, clock=frozen) as connection:
        await stage.clock.advance(3)
        async with instance(stage):
            await worker.appear()
            frozen.is_frozen = True
            await connection.close()
            await stage.clock.advance(14)
            await stage.submit(chain(1))
            await worker.say_seen()
            granted = await worker.work()
            await worker.finish(granted)
            assert (await stage.run()).state is RunState.SUCCEEDED
            frozen.is_frozen = False


class FrozenClock:
    """The stage's clock, seen by a process that can be stopped: its sleeps do not end while it is frozen."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self.is_frozen = False

    def now(self):
        return self._stage.clock.now()

    def monotonic(self) -> float:
        return self._stage.clock.monotonic()

    async def sleep(self, seconds: float) -> None:
        await self._stage.clock.sleep(seconds)
        while self.is_frozen:
            await self._stage.clock.sleep(0.5)


async def test_an_instance_frozen_for_40_seconds_goes_on_and_does_no_harm():
    stage = empty_stage()
    worker = Player(stage)
    frozen = FrozenClock(stage)
    async with instance(stage, clock=frozen):
        await stage.clock.advance(3)
        await worker.appear()
        await stage.submit(chain(3))
        granted = await worker.work()
        frozen.is_frozen = True
        async with instance(stage):
            for _ in range(20):
                await worker.beat(granted)
                await stage.clock.advance(2)
            assert (await stage.states())["n0"] is NodeState.RUNNING
            frozen.is_frozen = False
            for _ in range(5):
                await worker.beat(granted)
                await stage.clock.advance(2)
            await worker.finish(granted)
            for _ in range(2):
                await worker.say_seen()
                await worker.finish(await worker.work())
            run = await stage.run()
            assert (run.state, run.counts) == (RunState.SUCCEEDED, {"succeeded": 3})
            assert [node.attempt for node in (await stage.nodes()).values()] == [1, 1, 1]
