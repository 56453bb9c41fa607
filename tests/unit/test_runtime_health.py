"""Live while the loop ticks, ready while everything needed answers; metrics have one name and one kind."""

from __future__ import annotations

import asyncio

import pytest

from plynx_common.domain.errors import StoreUnavailable
from plynx_common.runtime.health import LIVE_WITHIN, Health
from plynx_common.runtime.telemetry import Metrics, context_of, traceparent


async def answers() -> None:
    pass


async def fails() -> None:
    raise StoreUnavailable("the store does not answer")


async def test_ready_means_that_everything_answers() -> None:
    health = Health({"bus": answers})
    assert await health.problems() == {}
    health.checks["documents"] = fails
    assert await health.problems() == {"documents": "the store does not answer"}


async def test_live_means_that_the_loop_ticked_lately() -> None:
    health, now = Health(), asyncio.get_running_loop().time()
    health.tick(now - 0.5)
    assert health.is_live()
    assert 0.5 <= health.worst_delay < 5
    health.last_tick = now - LIVE_WITHIN
    assert not health.is_live()


def test_a_metric_asked_for_twice_is_the_same_one() -> None:
    metrics = Metrics()
    metrics.counter("plynx_messages_published_total", "Messages.").inc()
    metrics.counter("plynx_messages_published_total", "Messages.").inc(2)
    assert b"plynx_messages_published_total 3.0" in metrics.exposition()
    with pytest.raises(TypeError, match="Counter"):
        metrics.gauge("plynx_messages_published_total", "Messages.")


@pytest.mark.parametrize("name", ["messages_total", "plynx_messages", "plynx_Messages_total", "plynx.messages.total"])
def test_a_metric_has_a_name_of_our_form(name: str) -> None:
    with pytest.raises(ValueError, match="plynx_<noun>_<measure>"):
        Metrics().counter(name, "Messages.")


def test_outside_of_a_span_there_is_no_trace() -> None:
    assert traceparent() is None
    assert not context_of(None)
    assert context_of("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
