"""The work of an attempt for real: inputs placed, script run by the guardian, outputs and logs stored."""

from __future__ import annotations

import re
import signal
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from plynx_common.domain.errors import InvalidInput, NotFound, PlynxError
from plynx_common.domain.failure import Failure, FailureKind
from plynx_common.domain.ids import attempt_id
from plynx_common.domain.operation import Operation
from plynx_common.domain.values import timestamp
from plynx_common.interfaces.clock import Clock
from plynx_common.messages.nodes import Grant, Receipt, StreamLog, Timings
from plynx_common.runtime.kinds.kind import Script, ScriptContext
from plynx_common.runtime.kinds.registry import Kinds
from plynx_worker import workdir
from plynx_worker.artifact_cache import ArtifactCache
from plynx_worker.collecting import Collected, collect
from plynx_worker.environment import ScriptEnvironment
from plynx_worker.environments import Environments
from plynx_worker.inputs import Inputs, artifacts_of, parameters_of, sources_of
from plynx_worker.log_streams import AttemptLogs, Chunk, FinalLog, LogStream
from plynx_worker.processes import Exit, Launch, Process, ProcessRunner, Stream
from plynx_worker.transfers import Patience, Token, Transfers, Upload
from plynx_worker.work import Outcome

Receipts = dict[tuple[str, str], Receipt]
"""By digest and type."""

PARSED_OPERATIONS = 256
LOG_TYPE = "text"
_UNSAFE = re.compile(r"[^A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class Directories:
    work: Path
    spool: Path
    cloud_prefix: str = ""
    """`s3://bucket/…` from which cloud-storage outputs are allotted."""


@dataclass(frozen=True, slots=True)
class Tools:
    kinds: Kinds
    runner: ProcessRunner
    transfers: Transfers
    patience: Patience
    cache: ArtifactCache
    environment: ScriptEnvironment
    environments: Environments
    clock: Clock
    limits: Mapping[str, int]
    """Of every script, as in `Launch`."""


class ScriptWorkshop:
    """A `Workshop`."""

    def __init__(self, directories: Directories, tools: Tools) -> None:
        self.directories = directories
        self.tools = tools
        self.inputs = Inputs(tools.cache, tools.transfers, tools.patience)
        self._operations: OrderedDict[str, Operation] = OrderedDict()
        self._opened = 0
        self._made = 0
        self._spare: list[Path] = []
        """Emptied working directories."""

    def open(self, grant: Grant, token: Token, emit: Callable[[Chunk], None]) -> ScriptWork:
        self._opened += 1
        name = f"{self._opened}-{_UNSAFE.sub('-', grant.node)[-40:]}-{grant.attempt}"
        return ScriptWork(self, grant, token, emit, name)

    def directory(self) -> Path:
        """Private and empty."""
        if self._spare:
            return self._spare.pop()
        self._made += 1
        return workdir.create(self.directories.work, f"w{self._made}")

    async def give_back(self, directory: Path) -> None:
        if await workdir.recycle(directory):
            self._spare.append(directory)

    def operation(self, grant: Grant) -> Operation:
        """Parsed once per content."""
        known = self._operations.get(grant.operation_digest)
        if known is None:
            known = self._operations[grant.operation_digest] = Operation.model_validate(grant.operation)
            if len(self._operations) > PARSED_OPERATIONS:
                self._operations.popitem(last=False)
        return known


class ScriptWork:
    """A `Work`."""

    def __init__(
        self, shop: ScriptWorkshop, grant: Grant, token: Token, emit: Callable[[Chunk], None], name: str
    ) -> None:
        self._shop = shop
        self._tools = shop.tools
        self._grant = grant
        self._token = token
        self._logs = AttemptLogs(shop.directories.spool / name, emit)
        self._directory: Path | None = None
        self._context: ScriptContext | None = None
        self._script: Script | None = None
        self._process: Process | None = None
        self._exit: Exit | None = None
        self._grace: float | None = None
        self._moments = [self._tools.clock.monotonic()]
        """When preparing, running and finishing began."""
        self._started_at = ""

    async def prepare(self) -> Failure | None:
        operation = self._shop.operation(self._grant)
        kind = self._tools.kinds.of(operation)
        self._directory = self._shop.directory()
        context = await self._laid_out(operation, self._directory)
        if isinstance(context, Failure):
            return context
        interpreter = await self._tools.environments.interpreter(operation.environment, self._log_installation)
        if isinstance(interpreter, Failure):
            return interpreter
        context = replace(context, interpreter=interpreter)
        script = await kind.prepare(context)
        if isinstance(script, Failure):
            return script
        workdir.write_script(context, script)
        self._context, self._script = context, script
        return None

    def _log_installation(self, _stream: Stream, content: bytes) -> None:
        self._logs.write("worker", content)

    async def _laid_out(self, operation: Operation, directory: Path) -> ScriptContext | Failure:
        grant = self._grant
        artifacts = artifacts_of(grant)
        prefix = self._shop.directories.cloud_prefix
        cloud = f"{prefix.rstrip('/')}/{grant.run}/{grant.node}/{grant.attempt}" if prefix else ""
        if not artifacts:
            return await workdir.lay_out(directory, operation, {}, grant.parameters, cloud_prefix=cloud)
        try:
            async with self._shop.inputs.held(artifacts, self._token) as contents:
                parameters = parameters_of(grant, operation, contents)
                sources = sources_of(grant, contents)
                return await workdir.lay_out(directory, operation, sources, parameters, cloud_prefix=cloud)
        except NotFound as error:
            return Failure(FailureKind.INPUT_MISSING, f"an input is gone from the object store: {error.message}")
        except InvalidInput as error:
            return Failure(FailureKind.TEMPLATE, error.message, retryable=False)

    async def run(self) -> Failure | None:
        context, script = self._context, self._script
        if context is None or script is None:
            raise RuntimeError("run() comes after prepare()")
        grant = self._grant
        names = {"PLYNX_RUN": grant.run, "PLYNX_NODE": grant.node, "PLYNX_ATTEMPT": str(grant.attempt)}
        launch = Launch(
            label=attempt_id(grant.run, grant.node, grant.attempt),
            argv=script.argv,
            env=self._tools.environment.of(context, script, names),
            cwd=context.directory,
            on_output=self._logs.write,
            limits=self._tools.limits,
            memory=context.operation.resources.memory,
        )
        self._moments.append(self._tools.clock.monotonic())
        self._started_at = timestamp(self._tools.clock.now())
        self._process = await self._tools.runner.start(launch)
        if self._grace is not None:
            self._process.terminate(self._grace)
        self._exit = await self._process.wait()
        return _failure(self._exit, context.operation)

    def terminate(self, grace: float) -> None:
        self._grace = grace
        if self._process is not None:
            self._process.terminate(grace)

    async def finish(self, failure: Failure | None) -> Outcome:
        self._moments.append(self._tools.clock.monotonic())
        collected: Sequence[Collected] = ()
        context = self._context
        if context is not None and self._exit is not None:
            for name, content in workdir.written_logs(context).items():
                self._logs.write(name, content)
        if failure is None and context is not None and context.operation.outputs:
            found = await collect(context)
            if isinstance(found, Failure):
                failure = found
            else:
                collected = found
        if failure is not None:
            self._logs.write("worker", f"{failure.message}\n".encode())
        logs = self._logs.finish()
        receipts = await self._stored(collected, logs, must=failure is None)
        if failure is not None and not failure.stderr_tail:
            failure = replace(failure, stderr_tail=self._logs.stderr_tail())
        outputs = {output.name: receipts[output.digest, output.type] for output in collected}
        stream_logs = {name: _stream_log(log, receipts) for name, log in logs.items()}
        return Outcome(outputs, failure, stream_logs, self._timings())

    async def _stored(self, collected: Sequence[Collected], logs: dict[str, FinalLog], *, must: bool) -> Receipts:
        """Nodes without artifacts make no call. A failure is reported even if its logs cannot be stored."""
        uploads = [
            Upload(output.digest, output.size, output.type, output.path if output.content is None else output.content)
            for output in collected
        ]
        uploads += [Upload(log.sha256, log.bytes, LOG_TYPE, log.path) for log in logs.values() if log.path is not None]
        if not uploads:
            return {}
        tools = self._tools
        receipts: Receipts = {}
        try:
            for wave in _waves(uploads):
                found = await tools.patience.with_("upload", partial(tools.transfers.upload, self._token, wave))
                receipts |= {(upload.digest, upload.type): found[upload.digest] for upload in wave}
        except PlynxError:
            if must:
                raise
        for output in collected:
            if output.content is not None:
                tools.cache.keep(output.digest, output.content)
            else:
                with suppress(OSError):  # a disk that is full now: whoever needs it here downloads it
                    await tools.cache.keep_file(output.digest, output.path)
        return receipts

    def _timings(self) -> Timings | None:
        if self._exit is None:
            return None
        preparing, running, finishing = self._moments
        return Timings(
            started_at=self._started_at,
            preparing=running - preparing,
            running=finishing - running,
            finishing=self._tools.clock.monotonic() - finishing,
            cpu=self._exit.cpu_seconds,
            peak_memory=self._exit.peak_memory,
        )

    def read_log(self, stream: LogStream, start: int, end: int | None) -> bytes:
        return self._logs.read(stream, start, end)

    async def close(self) -> None:
        if self._process is not None and self._exit is None:
            self._process.terminate(0)
            self._exit = await self._process.wait()
        self._logs.finish()
        if self._directory is not None:
            await self._shop.give_back(self._directory)

    def forget(self) -> None:
        self._logs.remove()


def _failure(ended: Exit, operation: Operation) -> Failure | None:
    if ended.problem:
        return Failure(FailureKind.INFRASTRUCTURE, f"the worker could not run the script: {ended.problem}")
    if ended.out_of_memory:
        asked = operation.resources.memory
        limit = f"its limit of {asked} bytes" if asked else "what the machine has"
        message = f"the script used more memory than {limit}: ask for more in its resources"
        return Failure(FailureKind.OUT_OF_MEMORY, message, exit_code=ended.code, signal=ended.signal)
    if ended.signal is not None:
        return Failure(FailureKind.EXIT, f"the script was ended by {_signal_name(ended.signal)}", signal=ended.signal)
    if ended.code:
        return Failure(FailureKind.EXIT, f"the script exited with code {ended.code}", exit_code=ended.code)
    return None


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _waves(uploads: Sequence[Upload]) -> list[list[Upload]]:
    """One, nearly always. A receipt is for bytes and type: where outputs of two types have the same bytes, the second
    is asked for when the first is stored.
    """
    waves: list[dict[str, Upload]] = []
    for upload in {(upload.digest, upload.type): upload for upload in uploads}.values():
        wave = next((wave for wave in waves if upload.digest not in wave), None)
        if wave is None:
            waves.append(wave := {})
        wave[upload.digest] = upload
    return [list(wave.values()) for wave in waves]


def _stream_log(log: FinalLog, receipts: Receipts) -> StreamLog:
    receipt = None if log.path is None else receipts.get((log.sha256, LOG_TYPE))
    is_lost = log.path is not None and receipt is None
    return StreamLog(
        bytes=log.bytes, sha256=log.sha256, inline=log.inline, receipt=receipt, truncated=log.truncated or is_lost
    )
