"""Signature version 4 in the query, by hand: boto takes twenty times as long for each URL."""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from urllib.parse import quote

from plynx_common.adapters.object_keys import checked_key
from plynx_common.adapters.s3_objects.place import Keys, Place
from plynx_common.interfaces.objects import PresignedRequest, PutConditions

_ALGORITHM = "AWS4-HMAC-SHA256"
_DIGEST = "x-amz-content-sha256"
"""The digest of the body as part of the signature: the oldest check that S3 knows, and all servers make it."""
_BY_THE_CLIENT = {"content-length"}
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

    def presign_get(self, key: str, *, expires: timedelta, content_type: str, filename: str) -> PresignedRequest:
        disposition = f"attachment; filename*=UTF-8''{quote(filename, safe='')}"
        query = {"response-content-disposition": disposition, "response-content-type": content_type}
        return self._signed("GET", key, expires, {}, query)

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
        place = self._place
        seconds = int(expires.total_seconds())
        lasts = min(max(seconds, 1), _LONGEST)
        at, day = _instant(int(self._now()) + min(0, seconds - lasts))  # what has expired already was signed before
        signed = {**headers, "host": self._host}
        names = sorted(signed)
        query = _query(place, at, day, lasts, names, extra)
        path = self._path + checked_key(key)
        lines = [method, path, query, *(f"{name}:{signed[name]}" for name in names), "", ";".join(names)]
        lines.append(signed.get(_DIGEST, "UNSIGNED-PAYLOAD"))
        digest = hashlib.sha256("\n".join(lines).encode()).hexdigest()
        to_sign = f"{_ALGORITHM}\n{at}\n{day}/{place.region}/s3/aws4_request\n{digest}"
        signature = hmac.digest(_signing_key(place.keys, place.region, day), to_sign.encode(), "sha256").hex()
        url = f"{place.public}{path}?{query}&X-Amz-Signature={signature}"
        return PresignedRequest(
            method, url, {name.title(): value for name, value in headers.items() if name not in _BY_THE_CLIENT}
        )


def _body_headers(body: PutConditions) -> dict[str, str]:
    return {"content-length": str(body.size), "content-type": body.content_type, _DIGEST: body.sha256}


def _query(place: Place, at: str, day: str, lasts: int, names: list[str], extra: Mapping[str, str]) -> str:
    """Sorted by name, as it is signed and sent."""
    fields = {
        "X-Amz-Algorithm": _ALGORITHM,
        "X-Amz-Credential": f"{place.keys.access}/{day}/{place.region}/s3/aws4_request",
        "X-Amz-Date": at,
        "X-Amz-Expires": str(lasts),
        "X-Amz-SignedHeaders": ";".join(names),
        **extra,
    }
    if place.keys.session:
        fields["X-Amz-Security-Token"] = place.keys.session
    return "&".join(f"{name}={quote(fields[name], safe='-_.~')}" for name in sorted(fields))


@lru_cache(maxsize=4)
def _instant(second: int) -> tuple[str, str]:
    """Date and time, and the day alone."""
    text = datetime.fromtimestamp(second, UTC).strftime("%Y%m%dT%H%M%SZ")
    return text, text[:8]


@lru_cache(maxsize=4)
def _signing_key(keys: Keys, region: str, day: str) -> bytes:
    key = f"AWS4{keys.secret}".encode()
    for word in (day, region, "s3", "aws4_request"):
        key = hmac.digest(key, word.encode(), "sha256")
    return key
