"""A stream outlives the request that opened it, and must not outlive the right to it."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import TypeVar, cast

from fastapi.requests import HTTPConnection

from plynx_api.context import context_of
from plynx_common.domain.access import Principal

LOOK_EVERY = 1.5
"""Seconds: a revoked token is refused within five, and what is known of it may be three seconds old."""

T = TypeVar("T")


async def while_valid(connection: HTTPConnection, things: AsyncGenerator[T]) -> AsyncGenerator[T]:
    """Nothing is handed on once the token of who asked is over: raises `Unauthenticated` then."""
    context = context_of(connection)
    token_id = cast("Principal", connection.state.principal).token_id
    looked_at = context.backends.clock.monotonic()
    async with aclosing(things):
        async for thing in things:
            now = context.backends.clock.monotonic()
            if now - looked_at >= LOOK_EVERY:
                await context.tokens.of_id(token_id)
                looked_at = now
            yield thing
