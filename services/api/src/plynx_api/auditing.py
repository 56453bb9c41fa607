"""Who came in, which tokens came and went, what was denied: told in the log, the newest of it kept in the store."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Self

import structlog
from fastapi.requests import HTTPConnection

from plynx_api.problems import REQUEST_ID
from plynx_common.domain.access import Principal
from plynx_common.domain.errors import PlynxError, StoreUnavailable
from plynx_common.domain.values import timestamp
from plynx_common.interfaces.clock import Clock, Ids
from plynx_common.interfaces.documents import Delete, DocumentStore, Insert, Sort

AUDIT = "audit"
MOST_KEPT = 10_000
"""Entries in the store; the oldest are removed."""
MOST_WAITING = 1000
"""Entries not yet stored: while the store is away only the log has what comes then."""
TRIMMED_EVERY = 200
"""Entries."""
SAME_FOR = 60.0
"""Seconds in which the same denial is told once: who knocks a thousand times fills neither log nor store."""
_MOST_REMEMBERED = 10_000

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Entry:
    """Append-only."""

    at: str
    action: str
    """Operation id of the route, `sign_in` or `sign_out`."""
    outcome: str
    """`done`, or the code of the problem."""
    who: str | None
    """Principal; None: nobody was signed in."""
    token: str | None
    """Id of the token, which says nothing to others."""
    team: str
    address: str
    request: str
    about: str | None = None
    """Id of the token that was made or revoked, worker of a pool token, id of a dead letter."""


class Audit:
    """Enter it: what is told is stored in the background, so that a denial never waits for the store."""

    def __init__(self, documents: DocumentStore, clock: Clock, ids: Ids, team: str) -> None:
        """`team`: of who runs the platform, and looks after strangers."""
        self._team = team
        self._documents = documents
        self._clock = clock
        self._ids = ids
        self._waiting: deque[Entry] = deque()
        self._woken = asyncio.Event()
        self._told: dict[tuple[str | None, ...], float] = {}
        self._written = 0
        self._is_closing = False
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._write_on(), name="api-audit")
        return self

    async def __aexit__(self, *_: object) -> None:
        self._is_closing = True
        self._woken.set()
        if self._task is not None:
            await self._task

    def done(self, connection: HTTPConnection, action: str, who: Principal, about: str | None = None) -> None:
        self._keep(replace(self._entry(connection, action, "done", who), about=about))

    def denied(self, connection: HTTPConnection, action: str, error: PlynxError) -> None:
        entry = self._entry(connection, action, error.code, getattr(connection.state, "principal", None))
        if self._is_news((entry.who, entry.token, entry.address, action, error.code)):
            self._keep(entry)

    def _is_news(self, what: tuple[str | None, ...]) -> bool:
        now = self._clock.monotonic()
        if now - self._told.get(what, -SAME_FOR) < SAME_FOR:
            return False
        if len(self._told) >= _MOST_REMEMBERED:
            self._told.clear()
        self._told[what] = now
        return True

    def _entry(self, connection: HTTPConnection, action: str, outcome: str, who: Principal | None) -> Entry:
        return Entry(
            at=timestamp(self._clock.now()),
            action=action,
            outcome=outcome,
            who=None if who is None else who.id,
            token=None if who is None else who.token_id,
            team=self._team if who is None else who.team,
            address=address_of(connection),
            request=str(connection.scope.get(REQUEST_ID, "")),
        )

    def _keep(self, entry: Entry) -> None:
        facts = asdict(entry)
        token, at = facts.pop("token"), facts.pop("at")
        log.info("audited", **facts, token_id=token, audited_at=at)
        if len(self._waiting) < MOST_WAITING:
            self._waiting.append(entry)
            self._woken.set()

    async def newest(self, team: str, *, limit: int, before: str | None = None) -> list[Mapping[str, Any]]:
        sort = Sort(descending=True)
        after = None if before is None else (before, before)
        return list(await self._documents.find(AUDIT, {"team": team}, sort=sort, limit=limit, after=after))

    async def _write_on(self) -> None:
        while not (self._is_closing and not self._waiting):
            await self._woken.wait()
            self._woken.clear()
            batch = [self._waiting.popleft() for _ in range(len(self._waiting))]
            if batch:
                await self._store(batch)

    async def _store(self, batch: Sequence[Entry]) -> None:
        try:
            await self._documents.write([self._insertion(entry) for entry in batch])
            await self._trim(len(batch))
        except StoreUnavailable as error:
            log.warning("audit_not_stored", entries=len(batch), reason=error.message)

    def _insertion(self, entry: Entry) -> Insert:
        """Text order of the ids is their age."""
        return Insert(AUDIT, {"_id": f"{entry.at}-{self._ids.new()}", **asdict(entry)})

    async def _trim(self, written: int) -> None:
        self._written += written
        if self._written < TRIMMED_EVERY:
            return
        self._written = 0
        excess = await self._documents.count(AUDIT, {}) - MOST_KEPT
        if excess > 0:
            oldest = await self._documents.find(AUDIT, {}, limit=excess, fields=("_id",))
            await self._documents.write([Delete(AUDIT, entry["_id"]) for entry in oldest])


def address_of(connection: HTTPConnection) -> str:
    """As the server sees it; behind a proxy that is trusted, as that says."""
    return "" if connection.client is None else connection.client.host
