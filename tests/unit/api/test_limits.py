"""How often one token or address may ask, and that nobody suffers for others."""

from __future__ import annotations

import pytest

from plynx_api import limiting
from plynx_api.limiting import BURST, Limits
from plynx_api.refusals import TooManyRequests
from plynx_common.domain.tokens import new_api_token
from plynx_common.testing.fake_clock import FakeClock
from tests.unit.api.parts import problem, staged

V1 = "/api/v1"


async def test_a_token_that_asks_too_often_is_told_when_to_come_again() -> None:
    async with staged(rate_limit=0.5) as stage:
        hasty, other = await stage.client(), await stage.client()
        for _ in range(int(0.5 * BURST)):
            assert (await hasty.get(f"{V1}/me")).status_code == 200
        answer = await hasty.get(f"{V1}/me")
        detail = problem(answer, 429, "too_many_requests")["detail"]
        assert "PLYNX_API_RATE_LIMIT" in detail
        assert answer.headers["retry-after"] == "2"
        assert (await other.get(f"{V1}/me")).status_code == 200
        await stage.clock.advance(2)
        assert (await hasty.get(f"{V1}/me")).status_code == 200
        problem(await hasty.get(f"{V1}/me"), 429)


async def test_who_guesses_tokens_is_stopped_and_who_was_known_before_goes_on() -> None:
    async with staged(stranger_rate_limit=1) as stage:
        guess = new_api_token(bytes(37)).text
        known, late = await stage.client(), await stage.client()
        assert (await known.get(f"{V1}/me")).status_code == 200
        for _ in range(int(BURST)):
            problem(await stage.with_headers({"Authorization": f"Bearer {guess}"}).get(f"{V1}/me"), 401)
        answer = await stage.with_headers({"Authorization": f"Bearer {guess}"}).get(f"{V1}/me")
        assert "PLYNX_API_STRANGER_RATE_LIMIT" in problem(answer, 429, "too_many_requests")["detail"]
        problem(await stage.with_headers().get("/login", params={"token": guess}), 429)
        assert (await known.get(f"{V1}/me")).status_code == 200
        problem(await late.get(f"{V1}/me"), 429)
        await stage.clock.advance(1)
        assert (await late.get(f"{V1}/me")).status_code == 200


async def test_probes_are_never_refused() -> None:
    async with staged(stranger_rate_limit=0.1) as stage:
        stranger = stage.with_headers()
        for _ in range(20):
            assert (await stranger.get("/healthz")).status_code == 200


def test_a_limit_of_nothing_is_no_limit() -> None:
    limits = Limits(FakeClock(), 0, 0)
    for _ in range(1000):
        limits.caller("t")
        limits.stranger("a")


def test_the_longest_unused_is_forgotten_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limiting, "MOST_BUCKETS", 2)
    limits = Limits(FakeClock(), 1, 1)
    for token in ("a", "b", "a", "c"):
        limits.caller(token)
    assert [limits.has_met(token) for token in "abc"] == [True, False, True]
    for _ in range(int(BURST) - 2):
        limits.caller("a")
    with pytest.raises(TooManyRequests):
        limits.caller("a")
