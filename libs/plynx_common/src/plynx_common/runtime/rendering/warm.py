"""The warm process: has Jinja2 imported, and forks a limited child for each template.

Started as `python -I -c '… main()' <fd>`. A request comes over the socket with the writing end of a pipe, where the
child leaves its answer (JSON); no answer means that the child went over its limits.
"""

from __future__ import annotations

import gc
import json
import os
import resource
import select
import signal
import socket
import sys
from collections import OrderedDict
from dataclasses import asdict
from hashlib import sha256
from types import CodeType, FrameType
from typing import Any, NoReturn

from plynx_common.runtime.rendering.inspection import Declared, problems
from plynx_common.runtime.rendering.quoting import BadQuoting, Variables, with_variables
from plynx_common.runtime.rendering.sandbox import RenderError, Sandbox, compiled, rendered
from plynx_common.runtime.rendering.values import Names

MEMORY_BYTES = 256 * 1024 * 1024
CPU_SECONDS = 2
REQUEST_BYTES = 131_072
KEPT = 512
"""Compiled templates."""


class _TooLong(BaseException):
    """Past the CPU limit; no template can catch it."""


def answer(sandbox: Sandbox, request: dict[str, Any], code: CodeType | None) -> dict[str, Any]:
    """The answer to a request; runs in the child."""
    try:
        if "declared" in request:
            declared = Declared(**request["declared"])
            return {"problems": [asdict(problem) for problem in problems(sandbox, request["template"], declared)]}
        return _render(sandbox, request, code)
    except RenderError as error:
        return {"error": error.message, "line": error.line}
    except BadQuoting as error:
        return {"error": str(error), "line": None}
    except MemoryError:
        return {"error": f"the template needs more than {MEMORY_BYTES >> 20} MiB of memory", "line": None}
    except _TooLong:
        return {"error": f"the template takes longer than {CPU_SECONDS} s", "line": None}


def _render(sandbox: Sandbox, request: dict[str, Any], code: CodeType | None) -> dict[str, Any]:
    names = Names(request["groups"], frozenset(request["json_params"]))
    variables = Variables() if request["safe"] else None
    text = rendered(sandbox, code or compiled(sandbox, request["template"]), names, variables)
    if variables is None:
        return {"text": text, "env": {}}
    quoted = with_variables(text, variables)
    return {"text": quoted.text, "env": quoted.env}


class Warm:
    def __init__(self, control: socket.socket) -> None:
        self.control = control
        self.sandbox = Sandbox()
        self.compiled: OrderedDict[bytes, CodeType | None] = OrderedDict()
        """By digest; None once a child has shown that the template compiles within the limits."""
        self.children: dict[int, bytes] = {}
        self.wakeup, sender = os.pipe()
        os.set_blocking(self.wakeup, False)
        os.set_blocking(sender, False)
        signal.set_wakeup_fd(sender, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, _noticed)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)

    def serve(self) -> None:
        poll = select.poll()
        poll.register(self.control, select.POLLIN)
        poll.register(self.wakeup, select.POLLIN)
        while True:
            ready = {descriptor for descriptor, _ in poll.poll()}
            if self.wakeup in ready:
                os.read(self.wakeup, 4096)
                self._reap()
            if self.control.fileno() in ready and not self._take():
                return

    def _reap(self) -> None:
        while self.children:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            digest = self.children.pop(pid)
            if status == 0 and digest not in self.compiled:
                self.compiled[digest] = None
                if len(self.compiled) > KEPT:
                    self.compiled.popitem(last=False)

    def _take(self) -> bool:
        body, descriptors, _, _ = socket.recv_fds(self.control, REQUEST_BYTES, 2, socket.MSG_CMSG_CLOEXEC)
        if not descriptors:
            return False
        if len(descriptors) > 1:
            with open(descriptors.pop(), "rb") as large:
                body = large.read()
        request = json.loads(body)
        digest = sha256(request["template"].encode(errors="surrogatepass")).digest()
        code = self._code(digest, request["template"])
        pid = os.fork()
        if pid == 0:
            self._be_child(request, code, descriptors[0])
        self.children[pid] = digest
        os.close(descriptors[0])
        return True

    def _code(self, digest: bytes, template: str) -> CodeType | None:
        if digest not in self.compiled:
            return None
        code = self.compiled[digest]
        if code is None:
            code = self.compiled[digest] = compiled(self.sandbox, template)
        self.compiled.move_to_end(digest)
        return code

    def _be_child(self, request: dict[str, Any], code: CodeType | None, answers: int) -> NoReturn:
        status = 1
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGXCPU, _too_long)
            self.control.close()
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
            resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 1))
            resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
            found = answer(self.sandbox, request, code)
            body = json.dumps(found).encode()
            with open(answers, "wb") as pipe:
                pipe.write(body)
            status = 1 if "error" in found else 0
        finally:
            os._exit(status)


def _noticed(_number: int, _frame: FrameType | None) -> None:
    """Only there so that the signal wakes the loop."""


def _too_long(_number: int, _frame: FrameType | None) -> NoReturn:
    raise _TooLong


def main() -> None:
    warm = Warm(socket.socket(fileno=int(sys.argv[1])))
    gc.disable()
    gc.freeze()  # a fork shares its pages
    warm.serve()
