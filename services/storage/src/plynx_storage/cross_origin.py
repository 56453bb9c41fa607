"""Lets pages of any origin upload: browsers ask before they send, and show the answer only if it says so."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, cast

from plynx_storage.http import Headers, Receive, Scope, Send, send_whole

App = Callable[[Scope, Receive, Send], Awaitable[None]]

_UPLOADS = {"POST": "/transfers/", "PUT": "/objects/"}
"""Reading an object is not among them: see docs/decisions/0010-show-pages-from-the-object-store.md."""
# Any origin is safe: no cookie is ever read or set here. The right to a call is in its body, a token; that to an object
# is in its address, a signature. Who has neither can do nothing, and who has them needs no browser to use them.
# See docs/decisions/0011-let-every-origin-upload.md.
_ANY_ORIGIN = (b"access-control-allow-origin", b"*")
_EXPOSED = (b"access-control-expose-headers", b"ETag, Retry-After")
_ALLOWED: Headers = [
    _ANY_ORIGIN,
    (b"access-control-allow-methods", ", ".join(_UPLOADS).encode()),
    (b"access-control-allow-headers", b"*"),
    (b"access-control-max-age", b"7200"),
]


def cross_origin(app: App) -> App:
    """The same application, for pages of other origins too."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
        elif scope["method"] == "OPTIONS" and cast("str", scope["path"]).startswith(tuple(_UPLOADS.values())):
            await send_whole(send, 204, _ALLOWED, b"")
        elif cast("str", scope["path"]).startswith(_UPLOADS.get(scope["method"], "\0")):
            await app(scope, receive, _marked(send))
        else:
            await app(scope, receive, send)

    return answer


def _marked(send: Send) -> Send:
    """Refusals too: a page must be able to say what is wrong."""

    async def marked(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message["headers"], _ANY_ORIGIN, _EXPOSED]}
        await send(message)

    return marked
