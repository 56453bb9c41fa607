"""Checks the pool token that every message of a worker carries; whoever has none is not heard."""

from __future__ import annotations

from datetime import datetime, timedelta

from plynx_common.domain.errors import Unauthenticated
from plynx_common.domain.tokens import PoolToken, Signer
from plynx_common.messages.workers import WorkerMessage

CHECKED_AGAIN_AFTER = timedelta(seconds=30)
REMEMBERED = 1_000


class PoolTokens:
    def __init__(self, signer: Signer) -> None:
        self._signer = signer
        self._known: dict[str, tuple[PoolToken, datetime]] = {}

    def speaks_for(self, message: WorkerMessage, now: datetime) -> PoolToken | None:
        """The token, if it is valid and this worker's."""
        known = self._known.get(message.token)
        if known is None or now - known[1] > CHECKED_AGAIN_AFTER:
            try:
                token = PoolToken.verify(self._signer, message.token, now=now)
            except Unauthenticated:
                self._known.pop(message.token, None)
                return None
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            known = self._known[message.token] = (token, now)
        return known[0] if known[0].worker == message.worker else None

    def may_serve(self, message: WorkerMessage, pool: str, now: datetime) -> bool:
        token = self.speaks_for(message, now)
        return token is not None and pool in token.pools
