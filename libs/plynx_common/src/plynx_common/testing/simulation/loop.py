"""An event loop on virtual time: it waits for nothing, shuffles what is ready, and runs the same way for one seed."""

# ruff: noqa: SLF001 (an event loop is made of asyncio's inner parts)

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable, Coroutine, Iterable
from contextvars import Context, ContextVar
from random import Random
from typing import Any, NoReturn, Protocol, TypeVar, cast

T = TypeVar("T")

STEPS_WITHOUT_TIME = 500_000
"""So many callbacks without any time passing: something spins."""
STEPS = 300_000
"""Callbacks in a whole simulation, ten times as many as the busiest has needed: something spins, and time passes."""


class Owner(Protocol):
    """A simulated process: what belongs to it runs only while it is not paused, frozen or dead."""

    @property
    def runs(self) -> bool: ...

    def hold(self, handle: asyncio.Handle) -> None:
        """To be run when the process goes on."""
        ...


OWNER: ContextVar[Owner | None] = ContextVar("simulated_process", default=None)
"""Inherited by everything that a process starts, so that each callback knows whose it is."""


class Deadlock(AssertionError):
    """Nothing is ready, no timer is set, and the simulation is not over."""


class Livelock(AssertionError):
    """Callbacks run for ever."""


class SimulatedTask(asyncio.Task[T]):
    """Hashed by its birth: sets of tasks (in TaskGroup, in wait) have the same order in every run."""

    def __init__(self, coroutine: Coroutine[Any, Any, T], *, loop: SimulatedLoop, **options: Any) -> None:
        self.birth = loop.next_birth()
        super().__init__(coroutine, loop=loop, **options)

    __eq__ = object.__eq__

    def __hash__(self) -> int:
        return self.birth


class SimulatedLoop(asyncio.BaseEventLoop):
    """No selector, no threads, no signals: what would leave the process is not there."""

    _ready: Any
    _scheduled: list[Any]

    def __init__(self, seed: int | str) -> None:
        super().__init__()
        self.steps = 0
        """Callbacks run so far."""
        self.tasks: dict[int, tuple[SimulatedTask[Any], Owner | None]] = {}
        """Not yet done, by birth."""
        self._random = Random(f"loop {seed}")
        self._step_limit = STEPS
        self._births = 0
        self._tasks_kept = 0
        self._now = 0.0
        self._steps_at_this_time = 0
        self.set_task_factory(cast("Any", self._new_task))

    def time(self) -> float:
        return self._now

    def next_birth(self) -> int:
        self._births += 1
        return self._births

    def _new_task(
        self, _: asyncio.AbstractEventLoop, coroutine: Any, context: Context | None = None, **options: Any
    ) -> Any:
        task = SimulatedTask[Any](coroutine, loop=self, context=context, **options)
        owner = context.get(OWNER) if context is not None else OWNER.get()
        self.tasks[task.birth] = (task, owner)
        return task

    def tasks_of(self, owner: Owner | None) -> list[SimulatedTask[Any]]:
        """Those not done, oldest first."""
        self._forget_done()
        return [task for task, belongs_to in self.tasks.values() if belongs_to is owner]

    def open_tasks(self) -> list[SimulatedTask[Any]]:
        """Not done, oldest first."""
        self._forget_done()
        return [task for task, _ in self.tasks.values()]

    def _forget_done(self) -> None:
        self.tasks = {birth: entry for birth, entry in self.tasks.items() if not entry[0].done()}
        self._tasks_kept = len(self.tasks)

    def requeue(self, handles: Iterable[asyncio.Handle]) -> None:
        self._ready.extend(handles)

    def _run_once(self) -> None:
        self._drop_cancelled_timers()
        if not self._ready and not cast("Any", self)._stopping:
            self._jump()
        self._take_due()
        if self._steps_at_this_time > STEPS_WITHOUT_TIME:
            self._steps_at_this_time = 0
            raise Livelock(f"{STEPS_WITHOUT_TIME} callbacks at {self._now:.6f} s, and still to run: {self._ready[0]}")
        if self.steps > self._step_limit:
            self._step_limit = 2 * self.steps  # what is left can be unwound
            raise Livelock(f"{self.steps} callbacks until {self._now:.6f} s, and still to run: {self._ready[0]}")
        ready = list(self._ready)
        self._ready.clear()
        if len(ready) > 1 and self._random.random() < 0.5:
            self._random.shuffle(ready)
        for handle in ready:
            self._run_handle(handle)
        if len(self.tasks) > 2 * self._tasks_kept + 1000:
            self._forget_done()

    def _run_handle(self, handle: Any) -> None:
        if handle.cancelled():
            return
        owner: Owner | None = handle._context.get(OWNER)
        if owner is not None and not owner.runs:
            owner.hold(handle)
            return
        self.steps += 1
        self._steps_at_this_time += 1
        handle._run()

    def _drop_cancelled_timers(self) -> None:
        while self._scheduled and self._scheduled[0].cancelled():
            handle = heapq.heappop(self._scheduled)
            handle._scheduled = False

    def _jump(self) -> None:
        """To the next timer; nothing else could happen before."""
        if not self._scheduled:
            raise Deadlock(f"nothing will ever happen again at {self._now:.6f} s; waiting:\n{self._waiting()}")
        when = self._scheduled[0].when()
        if when > self._now:
            self._now = when
            self._steps_at_this_time = 0

    def _take_due(self) -> None:
        while self._scheduled and self._scheduled[0].when() <= self._now:
            handle = heapq.heappop(self._scheduled)
            handle._scheduled = False
            self._ready.append(handle)

    def _waiting(self) -> str:
        return "\n".join(f"  {task.get_name()}: {_where(task)}" for task in self.open_tasks())

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        """Cancelled timers are dropped when their time comes."""

    def _write_to_self(self) -> None:
        """There is nobody to wake: everything runs on this thread."""

    def _process_events(self, event_list: Any) -> None:
        """There are none."""

    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> NoReturn:  # noqa: ARG002
        raise RuntimeError(f"a simulation has no threads, and {func} was to run in one")


def _where(task: asyncio.Task[Any]) -> str:
    """The innermost line of ours that the task waits at."""
    frames = task.get_stack()
    if not frames:
        return "not started"
    return f"{frames[-1].f_code.co_filename}:{frames[-1].f_lineno} in {frames[-1].f_code.co_qualname}"
