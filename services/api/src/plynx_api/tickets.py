"""Tickets for websockets: a browser cannot send a header there, and a token never stands in an address."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from plynx_common.domain.access import Principal
from plynx_common.domain.errors import StoreUnavailable, Unauthenticated
from plynx_common.domain.values import timestamp
from plynx_common.interfaces.clock import Clock, Ids
from plynx_common.interfaces.documents import Delete, DocumentStore, Insert, Lt, Outcome
from plynx_common.repositories.api_tokens import ApiTokens

TICKETS = "tickets"
LIFETIME = timedelta(seconds=30)
_CLEARED_AT_ONCE = 50


class Tickets:
    """In the store, because another API process may be the one that is shown it."""

    def __init__(self, documents: DocumentStore, clock: Clock, ids: Ids, tokens: ApiTokens) -> None:
        self._documents = documents
        self._clock = clock
        self._ids = ids
        self._tokens = tokens

    async def issue(self, principal: Principal) -> tuple[str, datetime]:
        """The ticket and when it is worth nothing any more. Raises `StoreUnavailable`."""
        await self._clear()
        ticket = self._ids.new("tkt_")
        expires_at = self._clock.now() + LIFETIME
        document = {"_id": _key(ticket), "token": principal.token_id, "expires_at": timestamp(expires_at)}
        (outcome,) = await self._documents.write([Insert(TICKETS, document)])
        if outcome is not Outcome.STORED:
            raise StoreUnavailable("the ticket could not be stored: ask for another")
        return ticket, expires_at

    async def redeem(self, ticket: str) -> Principal:
        """Once; with all that its token may do. Raises `Unauthenticated`."""
        found = await self._documents.get(TICKETS, _key(ticket))
        if found is None:
            raise Unauthenticated("the ticket is unknown or was used already: ask POST /api/v1/tickets for another")
        # Whoever deletes it has used it: two who show it at the same time do not both get in.
        (outcome,) = await self._documents.write([Delete(TICKETS, found["_id"])])
        if outcome is not Outcome.STORED:
            raise Unauthenticated("the ticket was used already: ask POST /api/v1/tickets for another")
        if found["expires_at"] <= timestamp(self._clock.now()):
            seconds = int(LIFETIME.total_seconds())
            raise Unauthenticated(f"the ticket has expired, it was good for {seconds} s: ask for another")
        return await self._tokens.of_id(found["token"])

    async def _clear(self) -> None:
        """Those that nobody has used."""
        where = {"expires_at": Lt(timestamp(self._clock.now()))}
        old = await self._documents.find(TICKETS, where, limit=_CLEARED_AT_ONCE, fields=("_id",))
        if old:
            await self._documents.write([Delete(TICKETS, document["_id"]) for document in old])


def _key(ticket: str) -> str:
    """Who reads the store learns no ticket."""
    return hashlib.sha256(ticket.encode()).hexdigest()
