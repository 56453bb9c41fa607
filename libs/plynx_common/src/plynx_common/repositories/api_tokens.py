"""API tokens: stored as id and HMAC, shown once, checked at every request, revoked within seconds."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from plynx_common.domain.access import Principal, PrincipalKind, Role, is_scope
from plynx_common.domain.errors import Conflict, InvalidInput, NotFound, StoreUnavailable, Unauthenticated
from plynx_common.domain.tokens import API_TOKEN_RANDOM_BYTES, ApiToken, Signer, new_api_token, parse_api_token
from plynx_common.domain.values import parse_timestamp, timestamp
from plynx_common.interfaces.clock import Clock, Ids
from plynx_common.interfaces.documents import CompareAndSet, Delete, Document, DocumentStore, Insert, Outcome, Sort

TOKENS = "tokens"
REMEMBERED_FOR = timedelta(seconds=3)
"""A token's document is read again after this: revocation is seen within 5 s."""
USE_NOTED_EVERY = timedelta(minutes=1)
_MOST_REMEMBERED = 10_000


@dataclass(frozen=True, slots=True)
class StoredToken:
    """What may be shown of a token: everything but the token."""

    id: str
    team: str
    principal: str
    kind: PrincipalKind
    role: Role
    label: str
    scopes: tuple[str, ...]
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None
    session_of: str | None = None
    """Id of the token that a browser's session was opened with."""


Speaker = tuple[PrincipalKind, str]
"""Kind and id of a principal."""


class ApiTokens:
    """Of all teams, because a token tells the team; listing and revoking take one."""

    def __init__(self, documents: DocumentStore, clock: Clock, ids: Ids, signer: Signer) -> None:
        self._documents = documents
        self._clock = clock
        self._ids = ids
        self._signer = signer
        self._remembered: dict[str, tuple[float, Document]] = {}

    async def create(
        self,
        principal: Principal,
        label: str = "",
        *,
        lifetime: timedelta | None = None,
        session_of: str | None = None,
    ) -> tuple[str, StoredToken]:
        """The token's text, never to be seen again, and what is kept. Raises `InvalidInput` for unknown scopes.

        `principal` is whom the token speaks for, with role and scopes; the caller checks that it may give them.
        """
        _check(principal, lifetime)
        token = self._fresh()
        now = self._clock.now()
        document: Document = {
            "_id": token.id,
            "hash": self._signer.api_token_hash(token),
            "team": principal.team,
            "principal": principal.id,
            "kind": principal.kind.value,
            "role": principal.role.label,
            "scopes": list(principal.scopes),
            "label": label,
            "created_at": timestamp(now),
            "expires_at": None if lifetime is None else timestamp(now + lifetime),
            "last_used_at": None,
            "revoked_at": None,
            "session_of": session_of,
        }
        (outcome,) = await self._documents.write([Insert(TOKENS, document)])
        if outcome is not Outcome.STORED:
            raise Conflict("the token could not be stored: try again")
        return token.text, _from_document(document)

    async def verify(self, text: str) -> Principal:
        """Whom the token speaks for; raises `Unauthenticated` that says whether it is wrong, expired or revoked."""
        token = parse_api_token(text)
        document = await self._document(token.id)
        if document is None or not self._signer.api_token_matches(token, document["hash"]):
            raise Unauthenticated("the API token is unknown: it was never made here; create one")
        self._refuse_what_is_over(document)
        await self._note_use(document, self._clock.now())
        return _principal(document)

    async def of_id(self, id: str) -> Principal:
        """Whom a token speaks for that was verified before; raises `Unauthenticated` if it is over by now."""
        document = await self._document(id)
        if document is None:
            raise Unauthenticated(f"the API token '{id}' is unknown: create one")
        self._refuse_what_is_over(document)
        return _principal(document)

    def _refuse_what_is_over(self, document: Document) -> None:
        id, expires_at = document["_id"], document["expires_at"]
        if document["revoked_at"] is not None:
            raise Unauthenticated(f"the API token '{id}' was revoked: create a new one")
        if expires_at is not None and expires_at <= timestamp(self._clock.now()):
            raise Unauthenticated(f"the API token '{id}' expired at {expires_at}: create a new one")

    async def list(
        self, team: str, of: Speaker | None = None, *, limit: int = 50, after: tuple[str, str] | None = None
    ) -> list[StoredToken]:
        """Newest first, revoked ones included; `after` = (`created_at`, id) of the last one of the page before."""
        where = {"team": team, **({} if of is None else _speaking_for(of))}
        sort = Sort("created_at", descending=True)
        found = await self._documents.find(TOKENS, where, sort=sort, limit=limit, after=after)
        return [_from_document(document) for document in found]

    async def sessions(self, root: StoredToken) -> list[StoredToken]:
        """Those opened with a token, as far as they are not revoked."""
        where = {"team": root.team, "session_of": root.id, "revoked_at": None}
        return [_from_document(document) for document in await self._documents.find(TOKENS, where)]

    async def forget_ended(self, sessions: Sequence[StoredToken]) -> None:
        """Those of them that are over leave the store: each sign-in makes one."""
        now = self._clock.now()
        over = [each.id for each in sessions if each.expires_at is not None and each.expires_at <= now]
        if over:
            await self._documents.write([Delete(TOKENS, id) for id in over])

    async def root(self, stored: StoredToken) -> StoredToken:
        """The token itself, or what a session was opened with."""
        return stored if stored.session_of is None else await self.get(stored.team, stored.session_of)

    async def get(self, team: str, id: str) -> StoredToken:
        """Raises `NotFound`, also for another team's."""
        document = await self._documents.get(TOKENS, id)
        if document is None or document["team"] != team:
            raise NotFound(f"there is no token '{id}'")
        return _from_document(document)

    async def revoke(self, team: str, id: str) -> None:
        """For good; twice is fine. Raises `NotFound`."""
        await self.get(team, id)
        change = {"revoked_at": timestamp(self._clock.now())}
        where = {"team": team, "revoked_at": None}
        (outcome,) = await self._documents.write([CompareAndSet(TOKENS, id, where, change)])
        self._remembered.pop(id, None)
        if outcome is Outcome.UNKNOWN:
            raise StoreUnavailable(f"it is not known whether token '{id}' was revoked: revoke it again")

    def _fresh(self) -> ApiToken:
        # Three names of at least 128 random bits each, condensed: more than the 256 that a token carries.
        names = "".join(self._ids.new() for _ in range(3))
        return new_api_token(hashlib.sha512(names.encode()).digest()[:API_TOKEN_RANDOM_BYTES])

    async def _document(self, id: str) -> Document | None:
        now = self._clock.monotonic()
        read_at, document = self._remembered.get(id, (0.0, None))
        if document is not None and now - read_at < REMEMBERED_FOR.total_seconds():
            return document
        found = await self._documents.get(TOKENS, id)
        if found is None:
            self._remembered.pop(id, None)
            return None
        if len(self._remembered) >= _MOST_REMEMBERED:
            self._remembered.clear()
        self._remembered[id] = (now, found)
        return found

    async def _note_use(self, document: Document, now: datetime) -> None:
        before = document["last_used_at"]
        if before is not None and before > timestamp(now - USE_NOTED_EVERY):
            return
        # Noted in memory first, so that requests running at the same time do not all write.
        document["last_used_at"] = timestamp(now)
        where = {"last_used_at": before, "revoked_at": None}
        await self._documents.write([CompareAndSet(TOKENS, document["_id"], where, {"last_used_at": timestamp(now)})])


def _check(principal: Principal, lifetime: timedelta | None) -> None:
    unknown: Sequence[str] = [scope for scope in principal.scopes if not is_scope(scope)]
    if unknown:
        raise InvalidInput(f"scope '{unknown[0]}' allows nothing: expected '*', 'run.*', '*.read' or 'run.create'")
    if lifetime is not None and lifetime <= timedelta(0):
        raise InvalidInput(f"lifetime {lifetime} is over at once: expected more than nothing")


def _speaking_for(speaker: Speaker) -> dict[str, str]:
    """A program may have the name of a person."""
    kind, id = speaker
    return {"kind": kind.value, "principal": id}


def _principal(document: Document) -> Principal:
    return Principal(
        kind=PrincipalKind(document["kind"]),
        id=document["principal"],
        team=document["team"],
        role=_role(document),
        scopes=tuple(document["scopes"]),
        token_id=document["_id"],
    )


def _role(document: Document) -> Role:
    role = Role.named(document["role"])
    if role is None:
        raise Unauthenticated(f"the API token '{document['_id']}' has the unknown role '{document['role']}'")
    return role


def _from_document(document: Document) -> StoredToken:
    times = {
        name: None if document[name] is None else parse_timestamp(document[name])
        for name in ("expires_at", "last_used_at", "revoked_at")
    }
    return StoredToken(
        id=document["_id"],
        team=document["team"],
        principal=document["principal"],
        kind=PrincipalKind(document["kind"]),
        role=_role(document),
        label=document["label"],
        scopes=tuple(document["scopes"]),
        created_at=parse_timestamp(document["created_at"]),
        session_of=document.get("session_of"),
        **times,
    )
