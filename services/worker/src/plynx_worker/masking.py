"""Secrets are masked in logs before a byte leaves the host, also encoded and also split over pieces."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

MASK = b"***"
ENCODED_FROM = 6
"""Bytes: encodings of shorter secrets would match by chance."""


class Masker:
    """Of one stream: holds back what may be the beginning of a secret until the next piece decides."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._forms = sorted({form for secret in secrets for form in _forms(secret)}, key=len, reverse=True)
        self._pattern = re.compile(b"|".join(map(re.escape, self._forms))) if self._forms else None
        self._held = b""

    def feed(self, content: bytes) -> bytes:
        if self._pattern is None:
            return content
        content = self._pattern.sub(MASK, self._held + content)
        kept = len(content) - self._undecided(content)
        self._held = content[kept:]
        return content[:kept]

    def flush(self) -> bytes:
        held, self._held = self._held, b""
        return held

    def _undecided(self, content: bytes) -> int:
        """Length of the longest end that could go on to be a secret."""
        longest = len(self._forms[0]) - 1
        start = max(0, len(content) - longest)
        for at in range(start, len(content)):
            end = content[at:]
            if any(form.startswith(end) for form in self._forms):
                return len(end)
        return 0


def _forms(secret: str) -> set[bytes]:
    """The secret as it is, and as it looks encoded; of several lines, each longer one too."""
    if not secret:
        return set()
    forms = {secret.encode(errors="surrogateescape")}
    texts = {secret, *(line for line in secret.splitlines() if len(line) >= 8)}
    for text in texts:
        raw = text.encode(errors="surrogateescape")
        forms.add(raw)
        if len(raw) >= ENCODED_FROM:
            forms |= {raw.hex().encode(), raw.hex().upper().encode()}
            forms |= _base64_forms(raw)
            forms |= {quote(raw).encode(), quote(raw, safe="").encode(), quote_plus(raw).encode()}
            forms |= {json.dumps(text)[1:-1].encode(), _json_unicode(text)}
    return {form for form in forms if form}


def _base64_forms(raw: bytes) -> set[bytes]:
    """In each of the three alignments it can have inside a longer text, without what its neighbours would change."""
    forms: set[bytes] = set()
    for shift in range(3):
        encoded = base64.b64encode(b"\0" * shift + raw)
        usable = (shift + len(raw)) * 8 // 6
        stem = encoded[:usable][-(-shift * 8 // 6) :]
        forms |= {stem, stem.replace(b"+", b"-").replace(b"/", b"_")}
    return forms


def _json_unicode(text: str) -> bytes:
    return json.dumps(text, ensure_ascii=False)[1:-1].encode(errors="surrogateescape")
