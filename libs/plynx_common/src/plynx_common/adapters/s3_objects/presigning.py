"""Signature version 4 in the query, by hand: boto takes twenty times as long for each URL."""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from urllib.parse import quote

from plynx_common.adapters.object_keys import checked_key
from plynx_common.adapters.s3_objects.place import Place
from plynx_common.interfaces.objects import PresignedRequest, PutConditions, disposition

_ALGORITHM = "AWS4-HMAC-SHA256"
_DIGEST = "x-amz-content-sha256"
"""The digest of the body as part of the signature: the oldest check that S3 knows, and all servers make it."""
_BY_THE_CLIENT = "content-length"
"""Signed, and sent by every HTTP client by itself (a browser lets nobody else set them)."""
_LONGEST = 7 * 24 * 3600
"""Seconds that S3 takes."""
DEFAULT_TYPE = "application/octet-stream"


class PresignedUrls:
    """The signing half of `ObjectStore`. `now`: seconds since the epoch."""

    def __init__(self, place: Place, now: Callable[[], float] = time.time) -> None:
        self._place = place
        self._host = place.public.partition("://")[2]
        self._path = f"/{place.bucket}/{place.prefix}"
        self._now = now
        self._signing_second = 0
        self._signing = _Signing.at(0, place)

    def presign_get(
        self, key: str, *, expires: timedelta, content_type: str, filename: str, inline: bool = False
    ) -> PresignedRequest:
        query = {
            "response-content-disposition": disposition(filename, inline=inline),
            "response-content-type": content_type,
        }
        return self._signed("GET", key, expires, {}, query)

    def presign_head(self, key: str, *, expires: timedelta) -> PresignedRequest:
        return self._signed("HEAD", key, expires, {}, {})

    def presign_put(self, key: str, conditions: PutConditions, *, expires: timedelta) -> PresignedRequest:
        return self._signed("PUT", key, expires, {**_body_headers(conditions), "if-none-match": "*"}, {})

    def presign_part(
        self, key: str, upload: str, part: int, *, size: int, sha256: str, expires: timedelta
    ) -> PresignedRequest:
        headers = _body_headers(PutConditions(size, DEFAULT_TYPE, sha256))
        return self._signed("PUT", key, expires, headers, {"partNumber": str(part), "uploadId": upload})

    def _signed(
        self, method: str, key: str, expires: timedelta, headers: Mapping[str, str], extra: Mapping[str, str]
    ) -> PresignedRequest:
        seconds = int(expires.total_seconds())
        lasts = min(max(seconds, 1), _LONGEST)
        signing = self._signing_at(int(self._now()) + min(0, seconds - lasts))  # expired already: signed before
        names = ";".join(sorted([*headers, "host"]))
        fields = {**signing.fields, "X-Amz-Expires": str(lasts), "X-Amz-SignedHeaders": names, **extra}
        query = "&".join([f"{name}={_quoted(fields[name])}" for name in sorted(fields)])
        path = self._path + checked_key(key)
        lines = [f"{name}:{value}" for name, value in sorted({**headers, "host": self._host}.items())]
        digest = headers.get(_DIGEST, "UNSIGNED-PAYLOAD")
        request = "\n".join([method, path, query, *lines, "", names, digest])
        url = f"{self._place.public}{path}?{query}&X-Amz-Signature={signing.signature(request)}"
        sent = {name.title(): value for name, value in headers.items() if name != _BY_THE_CLIENT}
        return PresignedRequest(method, url, sent)

    def _signing_at(self, second: int) -> _Signing:
        """Of this second: what many URLs share."""
        if second != self._signing_second:
            self._signing = _Signing.at(second, self._place)
            self._signing_second = second
        return self._signing


@dataclass(frozen=True, slots=True)
class _Signing:
    scope: str
    """When, and for what."""
    key: bytes
    fields: Mapping[str, str]
    """Of the query."""

    @classmethod
    def at(cls, second: int, place: Place) -> _Signing:
        at = datetime.fromtimestamp(second, UTC).strftime("%Y%m%dT%H%M%SZ")
        scope = f"{at[:8]}/{place.region}/s3/aws4_request"
        fields = {
            "X-Amz-Algorithm": _ALGORITHM,
            "X-Amz-Credential": f"{place.keys.access}/{scope}",
            "X-Amz-Date": at,
        }
        if place.keys.session:
            fields["X-Amz-Security-Token"] = place.keys.session
        return cls(f"{at}\n{scope}", _signing_key(place.keys.secret, scope), fields)

    def signature(self, request: str) -> str:
        digest = hashlib.sha256(request.encode()).hexdigest()
        return hmac.digest(self.key, f"{_ALGORITHM}\n{self.scope}\n{digest}".encode(), "sha256").hex()


@lru_cache(maxsize=4)
def _signing_key(secret: str, scope: str) -> bytes:
    """Changes once a day."""
    key = f"AWS4{secret}".encode()
    for word in scope.split("/"):
        key = hmac.digest(key, word.encode(), "sha256")
    return key


@lru_cache(maxsize=1000)
def _quoted(text: str) -> str:
    """Most fields are the same in many URLs."""
    return quote(text, safe="-_.~")


def _body_headers(body: PutConditions) -> dict[str, str]:
    return {"content-length": str(body.size), "content-type": body.content_type, _DIGEST: body.sha256}
