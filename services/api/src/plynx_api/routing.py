"""Routes that first ask who calls, then read the body, and only then do anything."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute

from plynx_api.bodies import with_json
from plynx_api.context import context_of
from plynx_api.principals import admit
from plynx_api.refusals import TooManyRequests
from plynx_common.domain.errors import Forbidden, Unauthenticated

WITH_BODY = frozenset({"POST", "PUT", "PATCH"})
DENIALS = (Unauthenticated, Forbidden, TooManyRequests)


class GuardedRoute(APIRoute):
    """Guarded by its row in `policy.py`."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handler = super().get_route_handler()

        async def guarded(request: Request) -> Response:
            context = context_of(request)
            try:
                await admit(request, context, self.name)
                # Strangers' bodies are not read at all.
                if request.method in WITH_BODY and self.body_field is not None:
                    request = await with_json(request, context.settings.body_limit)
                return await handler(request)
            except DENIALS as error:
                context.audit.denied(request, self.name, error)
                raise

        return guarded
