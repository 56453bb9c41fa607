"""Renders templates: in place where nothing in them is executed, else in the warm process."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from plynx_common.domain.failure import Failure, FailureKind
from plynx_common.runtime.rendering import simple
from plynx_common.runtime.rendering.values import Names

AT_ONCE = 4
"""Children; each may use a core for two seconds."""
PATIENCE = 10.0
"""Seconds without an answer until the warm process is replaced."""
LARGE_REQUEST = 65_536
"""Bytes above which a request goes as a memory file: a socket takes only so much at once."""
PROGRAM = "from plynx_common.runtime.rendering.warm import main; main()"
LONGEST_TEMPLATE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Rendered:
    text: str
    env: Mapping[str, str] = field(default_factory=dict[str, str])
    """Values that must not become program text (`quoting: safe`)."""


@dataclass(frozen=True, slots=True)
class TemplateProblem:
    line: int | None
    code: str
    message: str
    severity: str


class Renderer:
    """One per process; enter it once. Its warm process is started at the first template that needs it."""

    def __init__(self, env: Mapping[str, str] | None = None) -> None:
        self._env = dict(env or {})
        self._warm: _WarmProcess | None = None
        self._places = asyncio.Semaphore(AT_ONCE)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._warm is not None:
            await self._warm.close()
            self._warm = None

    async def render(self, template: str, names: Names, *, safe: bool = False) -> Rendered | Failure:
        """`safe`: values become references to variables. A failure names line and thing."""
        if len(template) > LONGEST_TEMPLATE:
            return _failure("the template is larger than 1 MiB", None)
        if not safe and (text := simple.render(template, names)) is not None:
            return Rendered(text)
        answer = await self._ask(
            {
                "template": template,
                "groups": {name: dict(group) for name, group in names.groups.items()},
                "json_params": sorted(names.json_params),
                "safe": safe,
            }
        )
        if isinstance(answer, Failure):
            return answer
        return Rendered(answer["text"], answer["env"])

    async def check(
        self, template: str, declared: Mapping[str, tuple[str, ...]], free_text: tuple[str, ...] = ()
    ) -> tuple[TemplateProblem, ...]:
        """What is wrong without values; `declared` are the names by singular group (`input`, `param`, …)."""
        if len(template) <= LONGEST_TEMPLATE and not simple.has_syntax(template):
            return ()
        answer = await self._ask({"template": template, "declared": {"groups": dict(declared), "free_text": free_text}})
        if isinstance(answer, Failure):
            return (TemplateProblem(None, "template", answer.message, "error"),)
        if "error" in answer:
            return (TemplateProblem(answer["line"], "template", answer["error"], "error"),)
        return tuple(TemplateProblem(**problem) for problem in answer["problems"])

    async def _ask(self, request: dict[str, Any]) -> dict[str, Any] | Failure:
        async with self._places:
            for _ in range(2):
                if self._warm is not None and self._warm.is_gone:
                    await self._replace_warm()
                warm = self._warm = self._warm or _WarmProcess(self._env)
                body = await warm.ask(json.dumps(request).encode())
                if body is not None:
                    return _answer(body, checking="declared" in request)
                if self._warm is warm:  # else another render has replaced it already
                    await self._replace_warm()
        return Failure(FailureKind.INFRASTRUCTURE, "the process that renders templates does not answer")

    async def _replace_warm(self) -> None:
        warm, self._warm = self._warm, None
        if warm is not None:
            await warm.close()


def _answer(body: bytes, *, checking: bool) -> dict[str, Any] | Failure:
    try:
        answer: dict[str, Any] = json.loads(body)
    except ValueError:  # nothing, or the child was killed while it wrote
        answer = {"error": "the template takes more than 2 s or 256 MiB", "line": None}
    if "error" in answer and not checking:
        return _failure(answer["error"], answer["line"])
    return answer


def _failure(message: str, line: int | None) -> Failure:
    where = "" if line is None else f"line {line} of cmd: "
    return Failure(FailureKind.TEMPLATE, f"{where}{message}", retryable=False)


class _WarmProcess:
    def __init__(self, env: Mapping[str, str]) -> None:
        self._control, far_end = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._control.setblocking(False)
        with far_end:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-X", "utf8", "-c", PROGRAM, str(far_end.fileno())],
                pass_fds=[far_end.fileno()],
                stdin=subprocess.DEVNULL,
                env=dict(env),
                cwd="/",
                start_new_session=True,
            )

    @property
    def is_gone(self) -> bool:
        return self._process.poll() is not None

    async def ask(self, body: bytes) -> bytes | None:
        """What the child left, empty if it was killed; None if it is the warm process that does not answer."""
        receiver, sender = os.pipe2(os.O_CLOEXEC)
        try:
            sent = self._send(body, sender)
        finally:
            os.close(sender)
        try:
            async with asyncio.timeout(PATIENCE):
                answer = await _read_all(receiver) if sent else b""
        except TimeoutError:
            return None
        finally:
            os.close(receiver)
        return None if not answer and self.is_gone else answer

    def _send(self, body: bytes, sender: int) -> bool:
        descriptors = [sender]
        if len(body) > LARGE_REQUEST:
            descriptors.append(_memory_file(body))
            body = b"-"
        try:
            socket.send_fds(self._control, [body], descriptors)
        except OSError:
            return False
        finally:
            for descriptor in descriptors[1:]:
                os.close(descriptor)
        return True

    async def close(self) -> None:
        self._control.close()
        self._process.kill()
        await asyncio.to_thread(self._process.wait)


async def _read_all(receiver: int) -> bytes:
    """To the end: the child closes it by its own."""
    os.set_blocking(receiver, False)
    loop = asyncio.get_running_loop()
    ended: asyncio.Future[None] = loop.create_future()
    pieces: list[bytes] = []

    def read() -> None:
        try:
            piece = os.read(receiver, 65_536)
        except BlockingIOError:
            return
        if piece:
            pieces.append(piece)
        elif not ended.done():
            ended.set_result(None)

    loop.add_reader(receiver, read)
    try:
        await ended
    finally:
        loop.remove_reader(receiver)
    return b"".join(pieces)


def _memory_file(body: bytes) -> int:
    descriptor = os.memfd_create("request")
    with open(descriptor, "wb", closefd=False) as file:
        file.write(body)
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor
