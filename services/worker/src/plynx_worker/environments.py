"""Environments of operations: an interpreter with locked requirements, installed once per digest on a worker."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import shutil
import sys
from collections import deque
from collections.abc import Mapping
from pathlib import Path

from plynx_common.domain.failure import Failure, FailureKind
from plynx_common.domain.operation import Environment
from plynx_worker.processes import Exit, Launch, OnOutput, ProcessRunner
from plynx_worker.removal import remove_tree

INSTALLED = ".installed"
"""Its existence says that the directory beside it is whole: whatever died in between left none."""
INSTALL_LIMIT = 1200.0
"""Seconds for one step of an installation."""
KEPT_LINES = 20


class Environments:
    """Directories are named by what is in them and never change; a worker owns its own."""

    def __init__(self, directory: Path, runner: ProcessRunner, variables: Mapping[str, str]) -> None:
        self._directory = directory
        self._runner = runner
        self._variables = variables
        self._locks: dict[str, asyncio.Lock] = {}

    async def interpreter(self, wanted: Environment, on_output: OnOutput) -> str | Failure:
        """The Python that has what the operation asks for; installs it first where it is missing, which is logged."""
        base = self._base(wanted.python)
        if isinstance(base, Failure) or not wanted.requirements:
            return base
        name = digest_of(base, wanted.requirements)
        place = self._directory / name
        async with self._locks.setdefault(name, asyncio.Lock()):
            if not (place / INSTALLED).exists():
                failure = await self._install(place, base, wanted.requirements, on_output)
                if failure is not None:
                    await asyncio.to_thread(remove_tree, place)
                    return failure
        return str(place / "bin" / "python")

    def _base(self, python: str) -> str | Failure:
        """A path, or a version such as `3.12`; empty: the worker's own."""
        if not python:
            return sys.executable
        found = python if "/" in python else shutil.which(f"python{python}", path=self._variables.get("PATH"))
        if found is None or not os.access(found, os.X_OK):
            message = (
                f"the operation asks for Python '{python}', which this worker does not have: "
                f"install it there, name another in the operation's environment, or run the node in another pool"
            )
            return Failure(FailureKind.TEMPLATE, message, retryable=False)
        return found

    async def _install(
        self, place: Path, base: str, requirements: tuple[str, ...], on_output: OnOutput
    ) -> Failure | None:
        await asyncio.to_thread(remove_tree, place)
        place.mkdir(parents=True, mode=0o700)
        listed = place / "requirements.txt"
        listed.write_text("".join(f"{line}\n" for line in requirements))
        python = str(place / "bin" / "python")
        pip = (python, "-m", "pip", "--disable-pip-version-check", "--no-input")
        for step in (
            (base, "-m", "venv", str(place)),
            (*pip, "install", "--no-deps", "--requirement", str(listed)),  # locked: nothing that the list omits
            (*pip, "check"),
        ):
            failure = await self._run(step, place, on_output)
            if failure is not None:
                return failure
        (place / INSTALLED).touch()
        return None

    async def _run(self, argv: tuple[str, ...], place: Path, on_output: OnOutput) -> Failure | None:
        said: deque[str] = deque(maxlen=KEPT_LINES)

        def hear(stream: str, content: bytes) -> None:
            said.extend(content.decode(errors="replace").splitlines())
            on_output("stderr" if stream == "stderr" else "stdout", content)

        variables = {**self._variables, "HOME": str(place), "TMPDIR": str(place)}
        process = await self._runner.start(Launch(f"environment {place.name}", argv, variables, str(place), hear))
        try:
            async with asyncio.timeout(INSTALL_LIMIT):
                ended = await process.wait()
        except TimeoutError:
            process.terminate(0)
            ended = await process.wait()
            said.append(f"it took more than {INSTALL_LIMIT:.0f} s")
        return None if ended == Exit(0) or ended.code == 0 else _failure(ended, said)


def digest_of(base: str, requirements: tuple[str, ...]) -> str:
    return hashlib.sha256(json.dumps([base, *requirements]).encode()).hexdigest()[:32]


def _failure(ended: Exit, said: deque[str]) -> Failure:
    if ended.problem:
        return Failure(FailureKind.INFRASTRUCTURE, f"the worker could not install the environment: {ended.problem}")
    message = "the requirements of the operation's environment cannot be installed: correct and lock them"
    return Failure(FailureKind.TEMPLATE, f"{message}; pip said: {' / '.join(said)}", retryable=False)
