"""The platform as a client sees it: submit a run, hear of its end, read the counters."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx
from prometheus_client.parser import text_string_to_metric_families

TERMINAL = frozenset({"succeeded", "failed", "cancelled"})
LONGEST_RUN = 900.0
"""Seconds without any news of a run after which the measurement is given up."""


@dataclass(frozen=True, slots=True)
class Counters:
    """Since the platform's start."""

    http: float
    messages: float
    round_trips: float
    """Calls of the document store."""

    def since(self, earlier: Counters) -> Counters:
        """Without the request that asked for these."""
        return Counters(
            self.http - earlier.http - 1, self.messages - earlier.messages, self.round_trips - earlier.round_trips
        )


class Platform:
    def __init__(self, http: httpx.AsyncClient, probes: Sequence[str] = ()) -> None:
        """`probes`: where each of its processes tells its counters; by default the API tells those of all."""
        self._http = http
        self._probes = [f"{probe}/metrics" for probe in probes] or ["/metrics"]

    async def submit(self, body: bytes) -> str:
        """The run's id."""
        answer = await self._http.post("/api/v1/runs", content=body, headers={"Content-Type": "application/json"})
        _expect(answer, 200, 201, 202)
        return str(answer.json()["id"])

    async def end_of(self, run: str) -> Mapping[str, Any]:
        """The run's last event, as soon as the platform tells it; nothing is polled."""
        async with self._http.stream(
            "GET", f"/api/v1/runs/{run}/events?nodes=false", headers={"Accept": "text/event-stream"}
        ) as answer:
            if answer.is_error:
                await answer.aread()
            _expect(answer, 200)
            async for line in answer.aiter_lines():
                if line.startswith("data:") and (end := end_in(line[5:])) is not None:
                    return end
        raise RuntimeError(f"the events of run '{run}' ended before the run did")

    async def created_at(self, run: str) -> float:
        """When the run was stored, in seconds since the epoch."""
        answer = await self._http.get(f"/api/v1/runs/{run}")
        _expect(answer, 200)
        return datetime.fromisoformat(answer.json()["created_at"]).timestamp()

    async def log_pieces(self, run: str, node: str) -> AsyncGenerator[bytes]:
        """The standard output of a node as it comes, to its end."""
        async with self._http.stream("GET", f"/api/v1/runs/{run}/nodes/{node}/logs/stdout?follow=true") as answer:
            _expect(answer, 200)
            async for piece in answer.aiter_bytes():
                yield piece

    async def counters(self) -> Counters:
        sums: dict[str, float] = {}
        for probe in self._probes:
            answer = await self._http.get(probe)
            _expect(answer, 200)
            for family in text_string_to_metric_families(answer.text):
                for sample in family.samples:
                    sums[sample.name] = sums.get(sample.name, 0.0) + sample.value
        return Counters(
            http=sums.get("plynx_http_requests_total", 0.0),
            messages=sums.get("plynx_bus_messages_total", 0.0),
            round_trips=sums.get("plynx_documents_calls_total", 0.0),
        )


@asynccontextmanager
async def connected(url: str, token: str, probes: Sequence[str] = ()) -> AsyncGenerator[Platform]:
    timeout = httpx.Timeout(30.0, read=LONGEST_RUN)
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=timeout) as http:
        yield Platform(http, probes)


def end_in(text: str) -> Mapping[str, Any] | None:
    event = json.loads(text)
    event = event.get("data", event)
    run = event.get("run") if isinstance(event.get("run"), dict) else event
    return run if run.get("state") in TERMINAL else None


def _expect(answer: httpx.Response, *codes: int) -> None:
    if answer.status_code not in codes:
        raise RuntimeError(f"{answer.request.method} {answer.request.url}: {answer.status_code} {answer.text[:500]}")
