"""What happened in a simulation, in order: a digest of everything, and the last lines of it."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable

KEPT = 20_000


class Trace:
    def __init__(self, time: Callable[[], float], kept: int = KEPT) -> None:
        self.count = 0
        self.lines: deque[str] = deque(maxlen=kept)
        self._time = time
        self._digest = hashlib.blake2b(digest_size=16)

    def note(self, *words: object) -> None:
        self.count += 1
        line = f"{self._time():12.6f} {' '.join(map(str, words))}"
        self.lines.append(line)
        self._digest.update(f"{line}\n".encode())

    def digest(self) -> str:
        return self._digest.hexdigest()

    def __str__(self) -> str:
        return "\n".join(self.lines)
