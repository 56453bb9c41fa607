"""Facts: a run stays marked until what was stored of it has been published."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from plynx_common.adapters.memory_bus import MemoryBus
from plynx_common.domain.errors import BusUnavailable
from plynx_common.domain.run import RunState
from plynx_common.interfaces.bus import Delivery, Outgoing, Queue
from plynx_common.messages import routes
from plynx_common.messages.runs import RunChanged
from plynx_common.testing.fake_clock import run_until_idle
from plynx_scheduler.service import scheduler_service
from tests.unit.scheduler.stage import Player, Stage, chain, empty_stage, settings_of


class RefusingBus(MemoryBus):
    refuses = False

    async def publish(self, messages: Sequence[Outgoing], *, confirm: bool = False) -> None:
        if self.refuses:
            raise BusUnavailable("the broker refused")
        await super().publish(messages, confirm=confirm)


async def followed(stage: Stage, run: str = "r1") -> list[RunChanged]:
    """The facts about a run, as they come."""
    facts: list[RunChanged] = []

    def take(delivery: Delivery) -> None:
        if isinstance(delivery.message, RunChanged):
            facts.append(delivery.message)

    await stage.backends.bus.declare(Queue("follower", exclusive=True))
    await stage.backends.bus.bind("follower", routes.FACTS, routes.run_changed_key("default", run))
    await stage.backends.bus.consume("follower", take, prefetch=0)
    return facts


async def test_the_end_of_a_run_that_the_broker_refused_to_publish_is_published_later():
    stage = empty_stage()
    bus = RefusingBus(stage.broker)
    async with scheduler_service(settings_of(lease="exclusive"), replace(stage.backends, bus=bus)):
        await run_until_idle()
        worker = Player(stage)
        await worker.appear()
        facts = await followed(stage)
        await stage.submit(chain(1))
        granted = await worker.work()
        bus.refuses = True
        await worker.finish(granted)
        run = await stage.run()
        assert (run.state, run.unannounced, facts[-1].state) == (RunState.SUCCEEDED, True, "running")
        bus.refuses = False
        await stage.clock.advance(10)
        run = await stage.run()
        assert (facts[-1].state, facts[-1].seq, run.unannounced) == ("succeeded", run.seq, False)


async def test_a_change_that_the_broker_refused_to_publish_is_published_by_the_sweep():
    stage = empty_stage()
    bus = RefusingBus(stage.broker)
    async with scheduler_service(settings_of(lease="exclusive"), replace(stage.backends, bus=bus)):
        await run_until_idle()
        facts = await followed(stage)
        bus.refuses = True
        await stage.submit(chain(1))
        assert facts == []
        bus.refuses = False
        await stage.clock.advance(10)
        run = await stage.run()
        assert (facts[-1].state, facts[-1].seq, run.unannounced) == ("running", run.seq, False)


async def test_a_run_whose_mark_the_sweep_has_taken_off_is_marked_again_by_its_next_change():
    stage = empty_stage()
    bus = RefusingBus(stage.broker)
    async with scheduler_service(settings_of(lease="exclusive"), replace(stage.backends, bus=bus)):
        await run_until_idle()
        worker = Player(stage)
        await worker.appear()
        await stage.submit(chain(1))
        granted = await worker.work()
        await stage.clock.advance(5)
        assert not (await stage.run()).unannounced
        bus.refuses = True
        await worker.finish(granted)
        run = await stage.run()
        assert (run.state, run.unannounced) == (RunState.SUCCEEDED, True)
