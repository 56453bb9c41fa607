"""Plain values on their way in and out of documents: times, canonical JSON, digests, bytes as text."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

import rfc8785

from plynx_common.domain.errors import InvalidInput

_NO_OFFSET = timedelta(0)


def timestamp(moment: datetime) -> str:
    """RFC 3339, UTC, microseconds, `Z`: equally long for every moment, so that text order is time order.

    Raises `ValueError` for a naive datetime: whoever made it forgot its time zone.
    """
    if moment.utcoffset() != _NO_OFFSET:
        if moment.tzinfo is None:
            raise ValueError(f"{moment!r} has no time zone: pass an aware datetime, such as Clock.now()")
        moment = moment.astimezone(UTC)
    return moment.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def parse_timestamp(text: str) -> datetime:
    """Aware UTC. Takes any RFC 3339 time; raises `InvalidInput` for anything else, a missing offset included."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidInput(f"'{text}' is no time: write it as RFC 3339, such as 2026-11-23T08:15:00Z") from None
    if moment.tzinfo is None:
        raise InvalidInput(f"time '{text}' has no offset: end it with Z (UTC), or with an offset such as +01:00")
    return moment.astimezone(UTC)


def canonical_json(value: Any) -> bytes:
    """RFC 8785: equal values give equal bytes. Tuples are arrays.

    Raises `InvalidInput` for what has no such form: NaN, infinities, integers beyond ±2^53, keys that are no text,
    lone surrogates, objects that are not JSON.
    """
    try:
        return rfc8785.dumps(value)
    except (rfc8785.CanonicalizationError, UnicodeEncodeError, AttributeError) as error:
        raise InvalidInput(f"value has no canonical JSON: {error}") from error


def digest_of(content: bytes) -> str:
    """SHA-256, hex: what artifacts, operations and cache keys are named by."""
    return hashlib.sha256(content).hexdigest()


def to_text(content: bytes) -> str:
    """Any bytes as text of the same length (one latin-1 character each), as logs travel in JSON."""
    return content.decode("latin-1")


def to_bytes(text: str) -> bytes:
    """The reverse of `to_text`; raises `InvalidInput` for text that did not come from it."""
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError as error:
        raise InvalidInput(f"text holds {text[error.start]!r}, which stands for no byte: use to_text() first") from None
