"""How fast one token or one address may ask: a bucket each that refills, in this process's memory."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from plynx_api.refusals import TooManyRequests
from plynx_common.interfaces.clock import Clock

BURST = 10.0
"""Seconds' worth of requests that may come at once."""
MOST_BUCKETS = 10_000
"""The one longest unused is forgotten first, and would be full by then."""


@dataclass(slots=True)
class _Bucket:
    level: float
    at: float


class _Buckets:
    def __init__(self, clock: Clock, rate: float, setting: str) -> None:
        """`rate`: requests per second; 0 is no limit."""
        self._clock = clock
        self._rate = rate
        self._setting = setting
        self._buckets: dict[str, _Bucket] = {}

    def __contains__(self, key: str) -> bool:
        return key in self._buckets

    def require(self, key: str, what: str) -> None:
        """Raises `TooManyRequests`; takes nothing."""
        level = self._refilled(key).level
        if self._rate and level < 1:
            raise TooManyRequests(
                f"{what} asks more than {self._rate:g} times a second: ask less often, or raise {self._setting}",
                ceil((1 - level) / self._rate),
            )

    def take(self, key: str, what: str) -> None:
        """Raises `TooManyRequests`."""
        self.require(key, what)
        self._buckets[key].level -= 1

    def _refilled(self, key: str) -> _Bucket:
        now, full = self._clock.monotonic(), self._rate * BURST
        bucket = self._buckets.pop(key, None) or _Bucket(full, now)
        bucket.level = min(full, bucket.level + (now - bucket.at) * self._rate)
        bucket.at = now
        self._buckets[key] = bucket
        if len(self._buckets) > MOST_BUCKETS:
            del self._buckets[next(iter(self._buckets))]
        return bucket


class Limits:
    """Each API process counts for itself."""

    def __init__(self, clock: Clock, by_token: float, by_address: float) -> None:
        """Requests per second; 0 is no limit."""
        self._tokens = _Buckets(clock, by_token, "PLYNX_API_RATE_LIMIT")
        self._addresses = _Buckets(clock, by_address, "PLYNX_API_STRANGER_RATE_LIMIT")

    def has_met(self, token_id: str) -> bool:
        """Whether it was good lately: then who has it need not suffer for strangers at the same address."""
        return token_id in self._tokens

    def caller(self, token_id: str) -> None:
        """One request by a good token. Raises `TooManyRequests`."""
        self._tokens.take(token_id, f"token '{token_id}'")

    def require_patience(self, address: str) -> None:
        """Asked before a token is looked up. Raises `TooManyRequests`."""
        self._addresses.require(address, _who(address))

    def stranger(self, address: str) -> None:
        """One request without a good token. Raises `TooManyRequests`."""
        self._addresses.take(address, _who(address))


def _who(address: str) -> str:
    return f"who is not signed in at '{address}'"
