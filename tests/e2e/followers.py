"""Those who follow one log: by websocket or HTTP, steadily, slowly, or with connections that break again and again."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections import defaultdict
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import httpx
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from plynx_common.testing.eventually import eventually

AWAY = (OSError, TimeoutError, httpx.TransportError, ConnectionClosed, InvalidHandshake)
"""How it looks when the API is not there."""

OK = 200

Frame = Mapping[str, Any]


@dataclass
class Follower:
    """Comes again with its last attempt and offset until the log of the node's last attempt is sealed."""

    url: str
    token: str
    run: str
    by_websocket: bool
    breaks_after: int = 0
    """Bytes, after which it breaks its connection itself; 0: never."""
    may_read: asyncio.Event | None = None
    """A slow one reads nothing after its first frame until this is set: its connection fills up."""
    received: dict[int, bytearray] = field(default_factory=lambda: defaultdict(bytearray))
    """By attempt."""
    attempt: int = 1
    connections: int = 0
    is_sealed: bool = False

    async def follow(self) -> None:
        while not await self._is_over():
            self.connections += 1
            try:
                async with aclosing(self._frames()) as frames:
                    await self._read(frames)
            except AWAY:
                await eventually(self._answers, within=60, every=0.1, story="the API is there again")

    async def _read(self, frames: AsyncGenerator[Frame]) -> None:
        until = len(self.received[self.attempt]) + self.breaks_after
        async for frame in frames:
            self._take(frame)
            if self.breaks_after and len(self.received[self.attempt]) >= until:
                return
            if self.may_read is not None:
                await self.may_read.wait()

    def _take(self, frame: Frame) -> None:
        match frame["type"]:
            case "data":
                content = frame["data"].encode("latin-1")
                known = self.received[self.attempt]
                assert frame["offset"] == len(known), "each byte once, and in order"
                known += content
            case "sealed":
                assert frame["total"] == len(self.received[self.attempt])
                self.is_sealed = True
            case "attempt_changed":
                self.attempt, self.is_sealed = frame["attempt"], False
            case _:
                assert frame["type"] == "ping"

    async def _answers(self) -> bool:
        try:
            async with httpx.AsyncClient() as http:
                return (await http.get(f"{self.url}/readyz")).status_code == OK
        except AWAY:
            return False

    async def _is_over(self) -> bool:
        """Sealed may be an attempt that another follows."""
        if not self.is_sealed:
            return False
        try:
            async with httpx.AsyncClient(headers=self._headers) as http:
                node = (await http.get(f"{self.url}/api/v1/runs/{self.run}/nodes/it")).json()
        except AWAY:
            return False
        return node.get("state") in ("succeeded", "failed") and node["attempt"] == self.attempt

    def _frames(self) -> AsyncGenerator[Frame]:
        query = {"attempt": self.attempt, "onward": "true", "from": len(self.received[self.attempt])}
        return self._by_websocket(query) if self.by_websocket else self._by_http(query)

    async def _by_websocket(self, query: Mapping[str, Any]) -> AsyncGenerator[Frame]:
        address = f"{self.url.replace('http', 'ws', 1)}/ws/logs?{urlencode({'run': self.run, 'node': 'it', **query})}"
        async with connect(address, additional_headers=self._headers, compression=None, max_queue=2) as socket:
            async for text in socket:
                yield json.loads(text)

    async def _by_http(self, query: Mapping[str, Any]) -> AsyncGenerator[Frame]:
        url = f"{self.url}/api/v1/runs/{self.run}/nodes/it/logs/stdout"
        headers = {**self._headers, "Accept": "application/x-ndjson"}
        async with (
            httpx.AsyncClient(headers=headers, timeout=30) as http,
            http.stream("GET", url, params={"follow": "true", **query}) as answer,
        ):
            if answer.status_code != OK:
                raise httpx.ConnectError(f"{answer.status_code}")
            async for line in answer.aiter_lines():
                yield json.loads(line)

    @property
    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    @property
    def digests(self) -> dict[int, str]:
        return {attempt: hashlib.sha256(content).hexdigest() for attempt, content in self.received.items() if content}
