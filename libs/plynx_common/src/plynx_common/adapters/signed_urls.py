"""URLs of object stores without a server of their own: one `grant` parameter says all that is allowed, signed."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta

from plynx_common.adapters.object_keys import checked_key
from plynx_common.domain.errors import Unauthenticated
from plynx_common.domain.tokens import Signer
from plynx_common.interfaces.objects import PresignedRequest, PutConditions, SignedTransfer

OBJECTS_PATH = "/objects"
DEFAULT_TYPE = "application/octet-stream"
PURPOSE = "object transfer"
_FIELDS = tuple(SignedTransfer.__slots__)


class SignedUrls:
    """The signing half of `ObjectStore`, the checking half of `ServedObjects`. `now`: seconds since the epoch."""

    def __init__(self, base_url: str, signing_key: bytes, now: Callable[[], float] = time.time) -> None:
        self._base_url = base_url.rstrip("/")
        self._signer = Signer(signing_key)
        self._now = now

    def presign_get(
        self, key: str, *, expires: timedelta, content_type: str, filename: str, inline: bool = False
    ) -> PresignedRequest:
        return self._signed(SignedTransfer("GET", key, content_type, filename=filename, inline=inline), expires)

    def presign_put(self, key: str, conditions: PutConditions, *, expires: timedelta) -> PresignedRequest:
        transfer = SignedTransfer("PUT", key, conditions.content_type, conditions.size, conditions.sha256)
        return self._signed(transfer, expires)

    def presign_part(
        self, key: str, upload: str, part: int, *, size: int, sha256: str, expires: timedelta
    ) -> PresignedRequest:
        return self._signed(SignedTransfer("PUT", key, DEFAULT_TYPE, size, sha256, upload=upload, part=part), expires)

    def serve_at(self, base_url: str) -> None:
        self._base_url = base_url.rstrip("/")

    def check(self, method: str, key: str, grant: str) -> SignedTransfer:
        transfer = SignedTransfer(**self._signer.verify(PURPOSE, grant, now=self._now()))
        if (transfer.method, transfer.key) != (method, key):
            raise Unauthenticated(
                f"this URL was signed for {transfer.method} of another object, not for {method[:20]} of '{key[:100]}'"
            )
        return transfer

    def _signed(self, transfer: SignedTransfer, expires: timedelta) -> PresignedRequest:
        claims = {name: getattr(transfer, name) for name in _FIELDS}
        grant = self._signer.sign(PURPOSE, claims, expires_at=self._now() + expires.total_seconds())
        headers: dict[str, str] = {}
        if transfer.method == "PUT":
            headers = {"Content-Type": transfer.content_type, "If-None-Match": "*"}
        url = f"{self._base_url}{OBJECTS_PATH}/{checked_key(transfer.key)}?grant={grant}"
        return PresignedRequest(transfer.method, url, headers)
