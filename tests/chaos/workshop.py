"""Scripts that take virtual time, fail, and write outputs; each execution leaves a line in a ledger of its own."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from plynx_common.domain.failure import Failure, FailureKind
from plynx_common.domain.tokens import AttemptToken, Signer
from plynx_common.messages.nodes import Grant, Receipt, StreamLog, Timings
from plynx_common.testing.invariants import Watch, must, start_of
from plynx_common.testing.simulation.process import SimulatedProcess
from plynx_common.testing.simulation.world import Simulation
from plynx_worker.log_streams import Chunk, LogStream
from plynx_worker.work import Outcome
from tests.chaos.mix import Mix

UPLOADS_REFUSED = 600.0
"""Seconds without the object store after which an attempt gives up."""


@dataclass(frozen=True, slots=True)
class Execution:
    """A script that was started; counted independently of the platform's own records."""

    attempt: str
    claim: str
    worker: str
    at: float


@dataclass(slots=True)
class Ledger:
    """What really happened: executions, and the objects that they stored."""

    simulation: Simulation
    watch: Watch
    executions: dict[str, Execution] = field(default_factory=dict[str, Execution])
    """By attempt."""
    started: dict[str, str] = field(default_factory=dict[str, str])
    """Attempt by claim."""
    objects: dict[str, int] = field(default_factory=dict[str, int])
    """Size by digest."""
    made_by: dict[str, dict[tuple[str, str], None]] = field(default_factory=dict[str, dict[tuple[str, str], None]])
    """(attempt, claim) of who has stored it, by digest."""
    verified: dict[tuple[str, str], None] = field(default_factory=dict[tuple[str, str], None])
    """(run, digest) that storage has found there."""

    def start(self, grant: Grant, claim: str, process: SimulatedProcess) -> None:
        """I4 and I5 of a real execution."""
        node = f"{grant.run}/{grant.node}"
        attempt = f"{node}/{grant.attempt}"
        self.simulation.trace.note("script", process, attempt)
        must(attempt not in self.executions, "I5", attempt, f"is executed twice: {self.executions.get(attempt)}")
        must(self.watch.claims.get(attempt) == claim, "I5", attempt, "is executed by a claim that was not granted it")
        earlier = self.started.setdefault(claim, attempt)
        must(earlier == attempt, "I5", attempt, f"is executed by the claim that has executed '{earlier}'")
        self.executions[attempt] = Execution(attempt, claim, str(process), self.simulation.loop.time())
        start_of(self.watch.nodes[node], self.watch.producers_of(node), attempt)

    def verify(self, run: str, digests: Iterable[str]) -> tuple[str, ...]:
        """Those that are definitely absent; the others are spared as long as the run is open."""
        asked = tuple(digests)
        self.verified.update({(run, digest): None for digest in asked if digest in self.objects})
        return tuple(digest for digest in asked if digest not in self.objects)

    def lose_one(self, random: Random) -> bool:
        """Garbage collection takes an artifact that no open run uses, makes, or was told to exist."""
        open_runs = dict.fromkeys(self.watch.open_runs())
        used = {digest: None for run, digest in self.verified if run in open_runs}
        for digest, makers in self.made_by.items():
            if any(attempt.partition("/")[0] in open_runs for attempt, _ in makers):
                used[digest] = None
        free = [digest for digest in self.objects if digest not in used]
        if free:
            digest = random.choice(free)
            self.simulation.trace.note("artifact gone", digest)
            del self.objects[digest]
        return bool(free)

    def store(self, digest: str, size: int, attempt: str, claim: str) -> None:
        self.objects[digest] = size
        self.made_by.setdefault(digest, {})[attempt, claim] = None

    def accepted(self, node: dict[str, Any]) -> None:
        """I3, I7: an accepted result is of this very attempt, and its outputs exist."""
        attempt, claim = f"{node['_id']}/{node['attempt']}", node["claim_id_hash"]
        for name, artifact in node["result"]["outputs"].items():
            digest = artifact["digest"]
            must(self.objects.get(digest) == artifact["size"], "I7", node["_id"], f"output '{name}' does not exist")
            if node["state"] == "restored":
                must((node["run"], digest) in self.verified, "I7", node["_id"], f"output '{name}' was not verified")
            else:
                makers = self.made_by[digest]
                must((attempt, claim) in makers, "I3", attempt, f"was accepted with a result of {list(makers)}")
        if node["state"] == "succeeded":
            must(attempt in self.executions, "I3", attempt, "succeeded without an execution")


class SimulatedWorkshop:
    """Of one incarnation of a worker: what it runs dies with it."""

    def __init__(self, mix: Mix, ledger: Ledger, process: SimulatedProcess, signer: Signer) -> None:
        self.mix = mix
        self.ledger = ledger
        self.process = process
        self.signer = signer
        self.reaches_objects: Callable[[], bool] = lambda: True

    def open(self, grant: Grant, token: Callable[[], str], emit: Callable[[Chunk], None]) -> SimulatedWork:
        return SimulatedWork(self, grant, token(), emit)


class SimulatedWork:
    def __init__(self, workshop: SimulatedWorkshop, grant: Grant, token: str, emit: Callable[[Chunk], None]) -> None:
        self._workshop = workshop
        self._grant = grant
        self._claim = AttemptToken.verify(workshop.signer, token, now=0).claim_id_hash
        self._emit = emit
        self._is_over = asyncio.Event()
        self._attempt = f"{grant.run}/{grant.node}/{grant.attempt}"
        self._random = Random(f"{workshop.mix.seed} {self._attempt}")
        self._failure = self._draw_failure()
        self._log = b""

    def _draw_failure(self) -> Failure | None:
        if self._random.random() >= self._workshop.mix.failing:
            return None
        kind = self._random.choice(
            [FailureKind.EXIT, FailureKind.EXIT, FailureKind.TEMPLATE, FailureKind.INFRASTRUCTURE]
        )
        code = 1 if kind is FailureKind.EXIT else None
        return Failure(kind, "the script failed", retryable=kind is not FailureKind.TEMPLATE, exit_code=code)

    async def prepare(self) -> Failure | None:
        await asyncio.sleep(self._random.choice([0.0, 0.01, 0.01, min(self._workshop.mix.longest, 3.0)]))
        await self._reach_objects()
        self._workshop.ledger.simulation.checked(self._check_inputs)
        return None

    def _check_inputs(self) -> None:
        for artifacts in self._grant.inputs.values():
            for artifact in artifacts:
                size = self._workshop.ledger.objects.get(artifact.digest)
                must(size == artifact.size, "I7", self._attempt, f"its input {artifact.digest} does not exist")

    async def run(self) -> Failure | None:
        ledger, process = self._workshop.ledger, self._workshop.process
        ledger.simulation.checked(lambda: ledger.start(self._grant, self._claim, process))
        try:
            async with asyncio.timeout(self._random.uniform(0, self._workshop.mix.longest)):
                await self._is_over.wait()
        except TimeoutError:
            self._say(b"done\n")
            return self._failure
        return Failure(FailureKind.EXIT, "killed", signal=15)

    def _say(self, words: bytes) -> None:
        if self._random.random() < 0.5:
            self._emit(Chunk("stdout", 0, len(self._log), words))
            self._log += words

    def terminate(self, grace: float) -> None:
        asyncio.get_running_loop().call_later(self._random.uniform(0, grace), self._is_over.set)

    async def finish(self, failure: Failure | None) -> Outcome:
        await asyncio.sleep(self._random.choice([0.0, 0.01, min(self._workshop.mix.longest, 2.0)]))
        refused = failure is None and not await self._reach_objects()
        if refused:
            failure = Failure(FailureKind.INFRASTRUCTURE, "uploads were refused for ten minutes")
        outputs = self._upload() if failure is None else {}
        return Outcome(outputs, failure, self._logs(), Timings(started_at="", preparing=0, running=0, finishing=0))

    async def _reach_objects(self) -> bool:
        waited = 0.0
        while not self._workshop.reaches_objects() and waited < UPLOADS_REFUSED:
            await asyncio.sleep(1)
            waited += 1
        return self._workshop.reaches_objects()

    def _upload(self) -> dict[str, Receipt]:
        """Half of the scripts write what depends on the node only, the others something new each time."""
        outputs: list[dict[str, str]] = self._grant.operation.get("outputs", [])
        name = self._attempt if self._random.random() < 0.5 else self._grant.node
        return {output["name"]: self._receipt(f"{name}/{output['name']}".encode()) for output in outputs}

    def _receipt(self, body: bytes) -> Receipt:
        digest, team = hashlib.sha256(body).hexdigest(), self._grant.team
        self._workshop.ledger.store(digest, len(body), self._attempt, self._claim)
        signature = self._workshop.signer.sign_receipt(team, digest, len(body), "file")
        return Receipt(digest=digest, size=len(body), type="file", signature=signature)

    def _logs(self) -> dict[str, StreamLog]:
        sha256 = hashlib.sha256(self._log).hexdigest()
        return {"stdout": StreamLog(bytes=len(self._log), sha256=sha256, inline=self._log.decode())}

    def read_log(self, stream: LogStream, start: int, end: int | None) -> bytes:
        return self._log[start:end] if stream == "stdout" else b""

    async def close(self) -> None:
        """Nothing is left of a simulated script."""

    def forget(self) -> None:
        self._log = b""
