"""Logs: JSON lines for machines, columns for people, secrets for nobody."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from typing import Any, Literal

import orjson
import pytest
import structlog

from plynx_common.runtime.logging import configure_logging, hide_secrets
from plynx_common.runtime.settings import PlatformSettings


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    structlog.reset_defaults()
    root.handlers[:] = handlers
    root.setLevel(level)


def lines(log: io.StringIO) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in log.getvalue().splitlines()]


def test_where_no_person_looks_every_line_is_json_with_its_facts() -> None:
    stream = io.StringIO()
    configure_logging(PlatformSettings(log_level="info"), stream=stream)
    log = structlog.get_logger()
    log.debug("too_small")
    log.info("run_finished", run="r1", state="succeeded")
    with structlog.contextvars.bound_contextvars(run="r2"):
        try:
            raise ValueError("broken")
        except ValueError:
            log.exception("run_failed")
    logging.getLogger("asyncio").warning("%s is slow", "something")
    first, second, third = lines(stream)
    assert (first["event"], first["run"], first["level"]) == ("run_finished", "r1", "info")
    assert first["at"].endswith("Z")
    assert (second["run"], second["exception"][0]["exc_type"]) == ("r2", "ValueError")
    assert third["event"] == "something is slow"


def test_people_get_columns() -> None:
    stream = io.StringIO()
    configure_logging(PlatformSettings(log_format="console"), stream=stream)
    structlog.get_logger().info("run_finished", run="r1")
    assert "run_finished" in stream.getvalue()
    assert "run=r1" in stream.getvalue()


@pytest.mark.parametrize("form", ["json", "console"])
def test_a_stack_trace_shows_no_values_of_variables(form: Literal["json", "console"]) -> None:
    stream = io.StringIO()
    configure_logging(PlatformSettings(log_format=form), stream=stream)
    parts = ["can", "ary"]
    value = "".join(parts)
    try:
        raise ValueError("broken" + value[:0])
    except ValueError:
        structlog.get_logger().exception("run_failed")
    assert "broken" in stream.getvalue()
    assert value not in stream.getvalue()


def test_secrets_do_not_get_into_the_log() -> None:
    event = hide_secrets(
        None,
        "info",
        {
            "event": "request",
            "token": "abc",
            "pool_token": "abc",
            "headers": {"Authorization": "Bearer abc", "accept": "json"},
            "url": "http://host/o/key?expires=1&signature=abcdef",
            "text": "use plx_abcdefgh0123456789abcdefghijklmnop now",
            "tokens_left": 5,
            "secret": "",
        },
    )
    assert event == {
        "event": "request",
        "token": "***",
        "pool_token": "***",
        "headers": {"Authorization": "***", "accept": "json"},
        "url": "http://host/o/key?expires=1&signature=***",
        "text": "use *** now",
        "tokens_left": 5,
        "secret": "",
    }
