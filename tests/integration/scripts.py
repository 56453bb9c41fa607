"""What the tests of script execution share: running shell lines through the guardian, and looking for what is left."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from plynx_worker.guarded_processes import GuardedProcess, GuardedProcesses
from plynx_worker.leftovers import marked
from plynx_worker.processes import Exit, Launch, Stream

CLEAN = {"PATH": os.environ["PATH"]}


@dataclass
class Heard:
    stdout: bytearray = field(default_factory=bytearray)
    stderr: bytearray = field(default_factory=bytearray)

    def __call__(self, stream: Stream, content: bytes) -> None:
        (self.stdout if stream == "stdout" else self.stderr).extend(content)


@dataclass
class Shell:
    """Starts bash lines in one directory."""

    processes: GuardedProcesses
    directory: Path
    mark: str

    async def start(
        self,
        line: str,
        heard: Heard | None = None,
        *,
        env: Mapping[str, str] = CLEAN,
        limits: Mapping[str, int] | None = None,
        memory: int = 0,
    ) -> GuardedProcess:
        launch = Launch(
            label="run/node/1",
            argv=("bash", "-c", line),
            env=env,
            cwd=str(self.directory),
            on_output=heard or Heard(),
            limits=limits or {},
            memory=memory,
        )
        return await self.processes.start(launch)

    async def run(self, line: str, heard: Heard | None = None, **options: object) -> Exit:
        process = await self.start(line, heard, **options)  # type: ignore[arg-type]
        return await process.wait()

    async def output_of(self, line: str, **options: object) -> str:
        heard = Heard()
        outcome = await self.run(line, heard, **options)
        assert outcome.code == 0, (outcome, heard)
        return heard.stdout.decode()

    def left(self) -> list[str]:
        """Command lines of the live scripts of this shell; not of the guardian and its inits."""
        return [line for line in command_lines(self.mark) if "plynx_worker.guardian" not in line]


def command_lines(mark: str) -> list[str]:
    return [line for pid in marked(mark) if (line := command_line(pid))]


def command_line(pid: int) -> str:
    """Empty when it is gone or a zombie."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""
