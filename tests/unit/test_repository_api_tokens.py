"""API tokens: who they speak for, until when, and what is kept of them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from plynx_common.adapters.memory_documents import MemoryDocuments
from plynx_common.domain.access import Principal, PrincipalKind, Role
from plynx_common.domain.errors import InvalidInput, NotFound, Unauthenticated
from plynx_common.domain.tokens import Signer
from plynx_common.interfaces.documents import Write
from plynx_common.repositories.api_tokens import TOKENS, ApiTokens
from plynx_common.testing.fake_clock import FakeClock, FakeIds

ANN = Principal(PrincipalKind.PERSON, "ann", "ml", Role.ADMIN, ("run.*", "*.read"))


class CountingDocuments(MemoryDocuments):
    """Counts what verification asks of the store."""

    reads = 0
    writes = 0

    async def get(self, collection: str, id: str) -> dict[str, Any] | None:
        self.reads += 1
        return await super().get(collection, id)

    async def write(self, batch: Any) -> Any:
        self.writes += 1
        written: list[Write] = list(batch)
        return await super().write(written)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def documents() -> CountingDocuments:
    return CountingDocuments()


@pytest.fixture
def tokens(documents: CountingDocuments, clock: FakeClock) -> ApiTokens:
    return ApiTokens(documents, clock, FakeIds(), Signer(b"s" * 32))


async def test_a_token_speaks_for_its_principal(tokens: ApiTokens) -> None:
    text, stored = await tokens.create(ANN, "laptop")
    principal = await tokens.verify(text)
    assert (principal.id, principal.team, principal.role, principal.scopes) == (
        "ann",
        "ml",
        Role.ADMIN,
        ("run.*", "*.read"),
    )
    assert principal.token_id == stored.id
    assert stored.label == "laptop"


async def test_the_store_never_sees_the_token(tokens: ApiTokens, documents: CountingDocuments) -> None:
    text, stored = await tokens.create(ANN)
    secret = text.removeprefix("plx_").removeprefix(stored.id)
    kept = await documents.get(TOKENS, stored.id)
    assert text not in str(kept)
    assert secret[:20] not in str(kept)


async def test_every_token_is_another(tokens: ApiTokens) -> None:
    texts = {(await tokens.create(ANN))[0] for _ in range(20)}
    assert len({text[12:55] for text in texts}) == 20


async def test_a_wrong_token_is_refused_without_a_hint(tokens: ApiTokens) -> None:
    text, _ = await tokens.create(ANN)
    stranger, _ = await ApiTokens(MemoryDocuments(), FakeClock(), FakeIds(7), Signer(b"t" * 32)).create(ANN)
    for wrong, reason in (
        (stranger, "unknown"),
        (text[:-1], "malformed"),
        ("", "malformed"),
        (text.swapcase(), "token"),
    ):
        with pytest.raises(Unauthenticated, match=reason):
            await tokens.verify(wrong)


async def test_a_token_with_the_id_of_another_is_unknown(documents: CountingDocuments, clock: FakeClock) -> None:
    """The id is no secret; another signing secret, or another token of that id, must not pass."""
    text, _ = await ApiTokens(documents, clock, FakeIds(), Signer(b"s" * 32)).create(ANN)
    with pytest.raises(Unauthenticated, match="unknown"):
        await ApiTokens(documents, clock, FakeIds(), Signer(b"t" * 32)).verify(text)


async def test_an_expired_token_says_when_it_expired(tokens: ApiTokens, clock: FakeClock) -> None:
    text, _ = await tokens.create(ANN, lifetime=timedelta(hours=1))
    await clock.advance(3599)
    await tokens.verify(text)
    await clock.advance(1)
    with pytest.raises(Unauthenticated, match="expired at 2026-01-01T01:00:00"):
        await tokens.verify(text)


async def test_a_revoked_token_is_refused_at_once_here_and_within_5_s_elsewhere(
    tokens: ApiTokens, documents: CountingDocuments, clock: FakeClock
) -> None:
    text, stored = await tokens.create(ANN)
    elsewhere = ApiTokens(documents, clock, FakeIds(1), Signer(b"s" * 32))
    await tokens.verify(text)
    await elsewhere.verify(text)
    await tokens.revoke("ml", stored.id)
    await tokens.revoke("ml", stored.id)
    with pytest.raises(Unauthenticated, match="was revoked"):
        await tokens.verify(text)
    await clock.advance(5)
    with pytest.raises(Unauthenticated, match="was revoked"):
        await elsewhere.verify(text)


async def test_verification_seldom_asks_the_store_and_notes_use_once_a_minute(
    tokens: ApiTokens, documents: CountingDocuments, clock: FakeClock
) -> None:
    text, stored = await tokens.create(ANN)
    before = documents.writes
    for _ in range(50):
        await tokens.verify(text)
    assert (documents.reads, documents.writes - before) == (1, 1)
    await clock.advance(30)
    await tokens.verify(text)
    assert documents.writes - before == 1
    await clock.advance(31)
    await tokens.verify(text)
    assert documents.writes - before == 2
    last_used_at = (await tokens.get("ml", stored.id)).last_used_at
    assert last_used_at == clock.now()


async def test_a_team_lists_and_revokes_only_its_own(tokens: ApiTokens) -> None:
    text, stored = await tokens.create(ANN)
    other = Principal(PrincipalKind.SERVICE, "ci", "other", Role.RUNNER)
    await tokens.create(other)
    assert [entry.id for entry in await tokens.list("ml")] == [stored.id]
    assert await tokens.list("ml", (PrincipalKind.PERSON, "ben")) == []
    assert await tokens.list("ml", (PrincipalKind.SERVICE, "ann")) == []
    with pytest.raises(NotFound):
        await tokens.revoke("other", stored.id)
    assert (await tokens.verify(text)).id == "ann"


@pytest.mark.parametrize("scope", ["runs.*", "run", "everything"])
async def test_a_scope_that_allows_nothing_is_refused(tokens: ApiTokens, scope: str) -> None:
    with pytest.raises(InvalidInput, match=f"scope '{scope.replace('*', '.')}' allows nothing"):
        await tokens.create(Principal(PrincipalKind.PERSON, "ann", "ml", Role.OWNER, (scope,)))


async def test_a_lifetime_of_nothing_is_refused(tokens: ApiTokens) -> None:
    with pytest.raises(InvalidInput, match="over at once"):
        await tokens.create(ANN, lifetime=timedelta(0))
