"""A TCP line to a server on this machine that can be cut, and counts what was sent over it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress

BLOCK = 64 * 1024


class CutLine:
    def __init__(self, port: int) -> None:
        """`port`: of the server."""
        self._server_port = port
        self.port = 0
        self.sent = 0
        """Bytes on their way to the server, so far."""
        self.left: int | None = None
        """So many more, then the line is dead until somebody says otherwise."""
        self._cuts: list[int] = []

    def cut(self, times: int, *, after: int) -> None:
        """Breaks so many connections, each when so many bytes have gone over it."""
        self._cuts += [after] * times

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            back, forth = await asyncio.open_connection("127.0.0.1", self._server_port)
            there = asyncio.create_task(self._there(reader, forth))
            home = asyncio.create_task(_copy(back, writer))
            await asyncio.wait([there, home], return_when=asyncio.FIRST_COMPLETED)
            for task in (there, home):
                task.cancel()
            forth.transport.abort()
        writer.transport.abort()

    async def _there(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        gone = 0
        while block := await reader.read(BLOCK):
            gone += len(block)
            self.sent += len(block)
            if self.left is not None:
                self.left -= len(block)
                if self.left < 0:
                    return
            if self._cuts and gone >= self._cuts[0]:
                del self._cuts[0]
                return
            writer.write(block)
            await writer.drain()


@asynccontextmanager
async def line_to(port: int) -> AsyncGenerator[CutLine]:
    line = CutLine(port)
    server = await asyncio.start_server(line.serve, "127.0.0.1", 0)
    line.port = server.sockets[0].getsockname()[1]
    try:
        yield line
    finally:
        server.close()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while block := await reader.read(BLOCK):
        writer.write(block)
        await writer.drain()
