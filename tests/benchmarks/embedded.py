"""A platform of the benchmark's own: `plynx up` on a fresh state directory and free ports."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager, closing
from pathlib import Path

import httpx

from tests.benchmarks.started import Started

UP_WITHIN = 30.0
DOWN_WITHIN = 60.0
ASK_AGAIN_AFTER = 0.05


@asynccontextmanager
async def embedded(home: Path) -> AsyncGenerator[Started]:
    """Stopped when left. What it says is kept in `<home>/platform.log`."""
    home.mkdir(parents=True)
    command = Path(sys.executable).with_name("plynx")
    with (home / "platform.log").open("wb") as log:
        platform = await asyncio.create_subprocess_exec(
            command, "up", env=environment(home), stdout=log, stderr=asyncio.subprocess.STDOUT
        )
        try:
            url, token = await _up(platform, home)
            yield Started(url, token, (platform.pid,))
        finally:
            await _down(platform)


def environment(home: Path, inherited: Mapping[str, str] = os.environ) -> dict[str, str]:
    """No other setting of whoever measures has a say."""
    kept = {name: value for name, value in inherited.items() if not name.startswith("PLYNX_")}
    api, transfers = free_ports(2)
    return {
        **kept,
        "PLYNX_HOME": str(home),
        "PLYNX_API_PORT": str(api),
        "PLYNX_STORAGE_PORT": str(transfers),
        "PLYNX_TRANSFER_URL": f"http://127.0.0.1:{transfers}",
    }


def free_ports(count: int) -> list[int]:
    with closing(_Sockets(count)) as sockets:
        return [each.getsockname()[1] for each in sockets.all]


class _Sockets:
    """Held together, so that no port is given twice."""

    def __init__(self, count: int) -> None:
        self.all = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]

    def close(self) -> None:
        for each in self.all:
            each.close()


async def _up(platform: asyncio.subprocess.Process, home: Path) -> tuple[str, str]:
    """As `plynx up` tells every client on this machine; raises `RuntimeError` with its log when it does not start."""
    async with httpx.AsyncClient() as http, asyncio.timeout(UP_WITHIN):
        while platform.returncode is None:
            try:
                known = json.loads((home / "client.json").read_text(encoding="utf-8"))
                answer = await http.get(f"{known['url']}/readyz")
                if answer.status_code == 200:
                    return known["url"], known["token"]
            except (FileNotFoundError, ValueError, httpx.TransportError):
                pass  # not yet
            await asyncio.sleep(ASK_AGAIN_AFTER)
    log = (home / "platform.log").read_text(encoding="utf-8", errors="replace")
    raise RuntimeError(f"`plynx up` ended with {platform.returncode} instead of starting:\n{log[-3000:]}")


async def _down(platform: asyncio.subprocess.Process) -> None:
    if platform.returncode is None:
        platform.terminate()
    try:
        async with asyncio.timeout(DOWN_WITHIN):
            await platform.wait()
    except TimeoutError:
        platform.kill()
        await platform.wait()
