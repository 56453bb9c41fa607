"""What probes and monitors ask of a process that serves alone: `/healthz`, `/readyz`, `/metrics`."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, MutableMapping
from contextlib import asynccontextmanager
from typing import Any

import orjson
import structlog

from plynx_common.runtime.health import Health
from plynx_common.runtime.serving import serving
from plynx_common.runtime.telemetry import EXPOSITION_TYPE, METRICS

Scope = MutableMapping[str, Any]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Answer = tuple[int, bytes, bytes]
"""Status, content type, body."""

log = structlog.get_logger()

JSON = b"application/json"
PROMETHEUS = EXPOSITION_TYPE.encode()


class ProbeApp:
    """ASGI. Ready only between `is_entered` and the drain: then queues are declared and consumers attached."""

    def __init__(self, health: Health) -> None:
        self._health = health
        self.is_entered = False

    async def __call__(self, scope: Scope, _receive: Any, send: Send) -> None:
        if scope["type"] != "http":
            return
        status, content_type, body = await self._answer(scope["path"])
        headers = [(b"content-type", content_type), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})

    async def _answer(self, path: str) -> Answer:
        match path:
            case "/healthz":
                is_live = self._health.is_live()
                return 200 if is_live else 503, JSON, orjson.dumps({"status": "live" if is_live else "stuck"})
            case "/readyz":
                return await self._readiness()
            case "/metrics":
                return 200, PROMETHEUS, METRICS.exposition()
            case _:
                return 404, JSON, orjson.dumps({"status": f"no '{path}' here: /healthz, /readyz or /metrics"})

    async def _readiness(self) -> Answer:
        problems = dict(await self._health.problems())
        if not self.is_entered:
            problems["service"] = "it is starting or draining"
        body = {"status": "waiting" if problems else "ready", "problems": problems}
        return 503 if problems else 200, JSON, orjson.dumps(body)


@asynccontextmanager
async def probed(health: Health, host: str, port: int, *, setting: str) -> AsyncGenerator[ProbeApp]:
    app = ProbeApp(health)
    async with serving(app, host, port, setting=setting) as served:
        log.info("probes_served", host=host, port=served)
        yield app
