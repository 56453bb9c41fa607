"""The processes of a simulated platform: production schedulers and workers, a storage service that the test plays."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from contextvars import Context
from dataclasses import dataclass, field
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, cast

from pydantic import SecretStr

from plynx_common.adapters.memory_objects import MemoryObjects
from plynx_common.domain.errors import BusUnavailable, Unavailable
from plynx_common.domain.tokens import PoolToken, Signer
from plynx_common.interfaces.bus import Delivery, Outgoing, Queue, Settlement
from plynx_common.messages import routes
from plynx_common.messages.artifacts import ArtifactsVerified, ArtifactsVerify
from plynx_common.messages.nodes import NodeReleased, NodeResult
from plynx_common.messages.workers import Capacity
from plynx_common.runtime.backends import Backends
from plynx_common.testing.invariants import Watch
from plynx_common.testing.simulation.process import SimulatedProcess
from plynx_common.testing.simulation.world import Simulation
from plynx_scheduler.service import scheduler_service
from plynx_scheduler.settings import SchedulerSettings
from plynx_worker.line import Speaker
from plynx_worker.parts import Shape
from plynx_worker.worker import working
from tests.chaos.mix import Mix, Place
from tests.chaos.shapes import FILE, digest_of_file
from tests.chaos.told import Listener
from tests.chaos.workshop import Ledger, SimulatedWorkshop

SECRET = b"a secret of the simulation, long enough"
FOR_EVER = 1e10


@lru_cache
def settings_of(lease: str, partitions: int) -> SchedulerSettings:
    fields: dict[str, Any] = {"lease": lease, "partitions": partitions}
    return SchedulerSettings(home=Path("/nowhere"), secret=SecretStr(SECRET.decode()), **fields)


def is_unavailable(error: BaseException) -> bool:
    """And nothing else is wrong."""
    if isinstance(error, BaseExceptionGroup):
        return all(map(is_unavailable, cast("BaseExceptionGroup[BaseException]", error).exceptions))
    return isinstance(error, Unavailable)


@dataclass(slots=True)
class Program:
    """What is started again whenever it has died: one process at a time, each a fresh incarnation."""

    name: str
    run: Callable[[SimulatedProcess, Program], AbstractAsyncContextManager[None]]
    process: SimulatedProcess
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    """Set: SIGTERM."""
    incarnation: int = 0
    is_up: bool = False


class Platform:
    def __init__(self, simulation: Simulation, mix: Mix) -> None:
        self.simulation = simulation
        self.mix = mix
        self.watch = Watch()
        self.ledger = Ledger(simulation, self.watch)
        self.ledger.objects[digest_of_file(FILE)] = len(FILE)
        self.watch.on_accepted.append(self.ledger.accepted)
        simulation.store.on_applied.append(self.watch.note)
        self.signer = Signer(SECRET)
        self.objects = MemoryObjects("http://objects", b"k" * 32, now=simulation.loop.time)
        self.troubles: Counter[str] = Counter()
        """That have befallen it, beside the faults of store and broker."""
        self.schedulers = [self.program(f"scheduler-{n}", self._scheduler) for n in range(mix.schedulers)]
        self.workers = [
            self.program(f"worker-{n}", partial(self._worker, place=place)) for n, place in enumerate(mix.workers)
        ]
        self.reported: list[Outgoing] = []
        """Results and releases that were ever sent."""
        self.listener = Listener(self.watch)
        self.storage = self.program("storage", self._storage)
        simulation.store.on_applied.append(self.listener.note)
        simulation.broker.on_said += [self._record, self._listen]

    def _record(self, outgoing: Outgoing) -> None:
        if isinstance(outgoing.message, NodeResult | NodeReleased):
            self.reported.append(outgoing)

    def _listen(self, outgoing: Outgoing) -> None:
        self.simulation.checked(lambda: self.listener.hear(outgoing))

    def repeat_all(self) -> None:
        """Late messages: whatever was ever reported comes once more."""
        self.simulation.trace.note("late", len(self.reported))
        for outgoing in tuple(self.reported):
            self.simulation.broker.publish(outgoing)

    @property
    def programs(self) -> list[Program]:
        return [*self.schedulers, *self.workers, self.storage]

    def program(
        self, name: str, run: Callable[[SimulatedProcess, Program], AbstractAsyncContextManager[None]]
    ) -> Program:
        return Program(name, run, self.simulation.process(name))

    def start(self, program: Program) -> None:
        """Again, where it has run before."""
        if program.incarnation:
            program.process = self.simulation.process(program.name)
        program.incarnation += 1
        program.stop = asyncio.Event()
        program.is_up = True
        program.process.start(self._supervised(program, program.process))

    async def _supervised(self, program: Program, process: SimulatedProcess) -> None:
        """A program that cannot start ends, and is started again; what it raises later is a bug."""
        has_started = False
        try:
            async with program.run(process, program):
                has_started = True
                await program.stop.wait()
        except (Unavailable, ExceptionGroup) as error:
            if has_started or not is_unavailable(error):
                raise
            self.simulation.trace.note("not started", process)
        process.kill()
        self.again(program, after=1.0)

    def crash(self, program: Program, after: float) -> None:
        program.process.kill()
        self.again(program, after)

    def again(self, program: Program, after: float) -> None:
        program.is_up = False
        self.simulation.loop.create_task(self._start_later(program, after), context=Context())

    async def _start_later(self, program: Program, after: float) -> None:
        await asyncio.sleep(after)
        if not program.is_up:
            self.start(program)

    def _backends(self, process: SimulatedProcess) -> Backends:
        return self.simulation.backends(process, self.objects)

    def _scheduler(self, process: SimulatedProcess, _: Program) -> AbstractAsyncContextManager[None]:
        return scheduler_service(settings_of(self.mix.lease, self.mix.partitions), self._backends(process))

    @asynccontextmanager
    async def _worker(self, process: SimulatedProcess, program: Program, place: Place) -> AsyncGenerator[None]:
        pools = tuple(f"default/{pool}" for pool in place.pools)
        token = PoolToken("default", program.name, pools).sign(self.signer, expires_at=FOR_EVER)
        speaker = Speaker(program.name, f"{program.incarnation:012d}", token)
        shape = Shape(pools=pools, slots=place.slots, capacity=Capacity(slots=place.slots, cpu=place.cpu))
        workshop = SimulatedWorkshop(self.mix, self.ledger, process, self.signer)
        backends = self._backends(process)
        async with working(shape, speaker, backends.bus, backends.clock, backends.ids, workshop):
            yield

    @asynccontextmanager
    async def _storage(self, process: SimulatedProcess, _: Program) -> AsyncGenerator[None]:
        backends = self._backends(process)
        bus = backends.bus
        async with asyncio.TaskGroup() as tasks:

            def take(delivery: Delivery) -> None:
                tasks.create_task(self._verify(backends, delivery))

            await bus.declare(Queue(routes.STORAGE_QUEUE, durable=True))
            await bus.bind(routes.STORAGE_QUEUE, routes.STORAGE, routes.VERIFY_KEY)
            await bus.consume(routes.STORAGE_QUEUE, take, prefetch=0)
            yield

    async def _verify(self, backends: Backends, delivery: Delivery) -> None:
        message = delivery.message
        assert isinstance(message, ArtifactsVerify)
        delivery.settle(Settlement.ACK)
        if backends.ids.jitter() < self.mix.failing:
            answer = ArtifactsVerified(ref=message.ref, error="the object store did not answer")
        else:
            run = message.ref.rpartition("/")[2]
            answer = ArtifactsVerified(ref=message.ref, absent=self.ledger.verify(run, message.digests))
        if delivery.reply_to is not None:
            try:
                await backends.bus.publish([Outgoing(answer, routes.DIRECT_TO_QUEUE, delivery.reply_to)])
            except BusUnavailable:
                self.simulation.trace.note("no answer", message.ref)
