"""Port to the storage service's transfers: artifacts in and out, verified, by whoever holds the attempt token."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

import structlog

from plynx_common.domain.errors import ObjectsUnavailable, Unauthenticated
from plynx_common.interfaces.clock import Clock, Ids
from plynx_common.messages.nodes import Receipt

T = TypeVar("T")
Token = Callable[[], str]
"""The newest attempt token: heartbeats renew it while a long transfer goes on."""

FIRST_WAIT = 0.2
LONGEST_WAIT = 5.0

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Upload:
    digest: str
    size: int
    type: str
    content: bytes | Path


class Transfers(Protocol):
    """Both raise `ObjectsUnavailable` or `Unauthenticated` (try again), or another `PlynxError` (no use to)."""

    async def download(self, token: Token, targets: Mapping[str, tuple[int, Path | None]]) -> dict[str, bytes]:
        """By digest: size and the file to write it to, or None: then its content is returned. Verified while read.

        Raises `NotFound` for bytes that are definitely absent.
        """
        ...

    async def upload(self, token: Token, uploads: Sequence[Upload]) -> dict[str, Receipt]:
        """Receipts by digest: all bytes are stored, and in the team's catalogue."""
        ...


@dataclass(frozen=True, slots=True)
class Patience:
    """Tries again, with back-off, what may heal."""

    clock: Clock
    ids: Ids
    seconds: float

    async def with_(self, what: str, call: Callable[[], Awaitable[T]]) -> T:
        """Raises the last error when the patience is over."""
        clock = self.clock
        deadline = clock.monotonic() + self.seconds
        wait = FIRST_WAIT
        while True:
            try:
                return await call()
            except (ObjectsUnavailable, Unauthenticated) as error:
                if clock.monotonic() + wait > deadline:
                    raise ObjectsUnavailable(
                        f"{what} failed for {self.seconds / 60:.3g} minutes, at last: {error.message}"
                    ) from error
                log.warning("transfer_failed", what=what, error=error.message, again_in=wait)
            await clock.sleep(wait * (0.5 + self.ids.jitter()))
            wait = min(LONGEST_WAIT, wait * 2)
