"""Secrets are masked in logs before a byte leaves the host, also encoded and also split over pieces."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

MASK = b"***"
PROBE_BYTES = 8
ENCODED_FROM = 6
"""Bytes: encodings of shorter secrets would match by chance."""


class Masker:
    """Of one stream: holds back what may be the beginning of a secret until the next piece decides.

    The result does not depend on how the text is cut: the leftmost secret is masked, the longest where several fit.
    """

    def __init__(self, secrets: Iterable[str]) -> None:
        self._forms = sorted({form for secret in secrets for form in _forms(secret)}, key=len, reverse=True)
        self._pattern = re.compile(b"|".join(map(re.escape, self._forms))) if self._forms else None
        self._held = b""

    def feed(self, content: bytes) -> bytes:
        if self._pattern is None:
            return content
        content = self._held + content
        undecided = iter([*sorted(self._undecided(content)), len(content)])
        stop = next(undecided)
        pieces: list[bytes] = []
        at = 0
        while True:
            match = self._pattern.search(content, at)
            while stop < at:
                stop = next(undecided)
            if match is None or match.start() >= stop:
                break
            pieces += (content[at : match.start()], MASK)
            at = match.end()
        pieces.append(content[at:stop])
        self._held = content[stop:]
        return b"".join(pieces)

    def flush(self) -> bytes:
        held, self._held = self._held, b""
        return self._pattern.sub(MASK, held) if self._pattern else held

    def _undecided(self, content: bytes) -> set[int]:
        """Where the rest of the content is the beginning of a secret, and not all of it."""
        found: set[int] = set()
        for form in self._forms:
            head = form[:PROBE_BYTES]
            at = content.find(head, max(0, len(content) - len(form) + 1))
            while at >= 0:
                if form.startswith(content[at:]):
                    found.add(at)
                at = content.find(head, at + 1)
        for at in range(max(0, len(content) - PROBE_BYTES + 1), len(content)):
            end = content[at:]
            if any(len(form) > len(end) and form.startswith(end) for form in self._forms):
                found.add(at)
        return found


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
