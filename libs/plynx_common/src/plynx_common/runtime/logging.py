"""Structured logs: one JSON object a line unless a person looks; constant snake_case events, facts as fields."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping, Sequence
from typing import Any, TextIO, cast

import structlog
from structlog.typing import Processor

from plynx_common.runtime.settings import PlatformSettings

HIDDEN = "***"
_TRACEBACKS = structlog.processors.ExceptionRenderer(structlog.tracebacks.ExceptionDictTransformer(show_locals=False))
"""Without the values of variables: these may be anything, secrets of users among them."""
_SECRET_NAME = re.compile(r"(^|_)(token|tokens|secret|secrets|password|authorization|cookie|signature)$", re.IGNORECASE)
_API_TOKEN = re.compile(r"plx_[A-Za-z0-9_-]{16,}")
_QUERY_SECRET = re.compile(r"(?i)\b(signature|token|sig|ticket|grant)=[^&\s\"']+")


def configure_logging(settings: PlatformSettings, *, stream: TextIO | None = None) -> None:
    """Once per process, before anything else is started."""
    target = stream or sys.stderr
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    for_people = settings.log_format == "console" or (settings.log_format == "auto" and target.isatty())
    structlog.configure(
        processors=[*_common(for_people=for_people), _renderer(target, for_people=for_people)],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(file=target),
        cache_logger_on_first_use=stream is None,
    )
    # Libraries that log by the standard library (asyncio, uvicorn) come out alike, from warnings up.
    handler = logging.StreamHandler(target)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=_common(for_people=for_people),
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _renderer(target, for_people=for_people),
            ],
        )
    )
    logging.basicConfig(handlers=[handler], level=max(level, logging.WARNING), force=True)


def _common(*, for_people: bool) -> list[Processor]:
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
    ]
    return [*shared, hide_secrets] if for_people else [*shared, _TRACEBACKS, hide_secrets]


def _renderer(target: TextIO, *, for_people: bool) -> Processor:
    if for_people:
        return structlog.dev.ConsoleRenderer(colors=target.isatty(), exception_formatter=structlog.dev.plain_traceback)
    return structlog.processors.JSONRenderer(sort_keys=True)


def hide_secrets(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The last guard, not the first: fields with telling names, tokens by their look, signed parts of addresses."""
    for name, value in event.items():
        event[name] = HIDDEN if _SECRET_NAME.search(name) and value else _without_secrets(value)
    return event


def _without_secrets(value: Any) -> Any:
    if isinstance(value, str):
        return _QUERY_SECRET.sub(rf"\1={HIDDEN}", _API_TOKEN.sub(HIDDEN, value))
    if isinstance(value, Mapping):
        items = cast("Mapping[Any, Any]", value).items()
        return {
            key: HIDDEN if _SECRET_NAME.search(str(key)) and inner else _without_secrets(inner) for key, inner in items
        }
    if isinstance(value, list | tuple):
        return [_without_secrets(inner) for inner in cast("Sequence[Any]", value)]
    return value
