"""What probes ask of a process that serves alone."""

from __future__ import annotations

import httpx
import pytest

from plynx_common.domain.errors import StoreUnavailable
from plynx_common.runtime.health import Health
from plynx_common.runtime.probing import ProbeApp
from plynx_common.runtime.telemetry import METRICS


@pytest.fixture
def health() -> Health:
    return Health()


@pytest.fixture
def app(health: Health) -> ProbeApp:
    return ProbeApp(health)


async def asked(app: ProbeApp, path: str) -> httpx.Response:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://probe") as client:
        return await client.get(path)


async def test_it_lives_while_the_loop_ticks(app: ProbeApp, health: Health) -> None:
    health.last_tick = -1e9
    assert (await asked(app, "/healthz")).status_code == 503
    health.last_tick = 1e9
    assert (await asked(app, "/healthz")).json() == {"status": "live"}


async def test_it_is_ready_when_the_service_is_entered_and_what_it_needs_answers(app: ProbeApp, health: Health) -> None:
    answer = await asked(app, "/readyz")
    assert (answer.status_code, answer.json()["problems"]) == (503, {"service": "it is starting or draining"})
    app.is_entered = True
    assert (await asked(app, "/readyz")).json() == {"status": "ready", "problems": {}}

    async def away() -> None:
        raise StoreUnavailable("the store 'x' does not answer")

    health.checks["documents"] = away
    answer = await asked(app, "/readyz")
    assert (answer.status_code, answer.json()["problems"]) == (503, {"documents": "the store 'x' does not answer"})


async def test_its_numbers_are_told(app: ProbeApp) -> None:
    METRICS.counter("plynx_probe_tests", "Of this test.").inc(3)
    answer = await asked(app, "/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    assert "plynx_probe_tests_total 3.0" in answer.text


async def test_nothing_else_is_there(app: ProbeApp) -> None:
    answer = await asked(app, "/admin")
    assert answer.status_code == 404
    assert "/healthz, /readyz or /metrics" in answer.json()["status"]
