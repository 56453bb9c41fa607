"""Which bytes of a stream are known: sorted, disjoint, merged ranges."""

from __future__ import annotations

from bisect import bisect_left

Range = tuple[int, int]
"""`[start, end)`."""


class Intervals:
    def __init__(self) -> None:
        self._ranges: list[Range] = []

    @property
    def end(self) -> int:
        """After the last known byte."""
        return self._ranges[-1][1] if self._ranges else 0

    def missing(self, start: int, end: int) -> list[Range]:
        """The parts of `[start, end)` that are not known."""
        if not self._ranges or start >= self.end:
            return [(start, end)] if start < end else []
        found: list[Range] = []
        for known_start, known_end in self._ranges:
            if known_end <= start:
                continue
            if known_start >= end:
                break
            if known_start > start:
                found.append((start, known_start))
            start = max(start, known_end)
        if start < end:
            found.append((start, end))
        return found

    def holes(self) -> list[Range]:
        """Unknown ranges before the last known byte."""
        return self.missing(0, self.end)

    def add(self, start: int, end: int) -> None:
        if start >= end:
            return
        if self._ranges and start == self.end:
            # By far the most common: the next chunk.
            self._ranges[-1] = (self._ranges[-1][0], end)
            return
        first = bisect_left(self._ranges, start, key=lambda known: known[1])
        last = first
        while last < len(self._ranges) and self._ranges[last][0] <= end:
            start = min(start, self._ranges[last][0])
            end = max(end, self._ranges[last][1])
            last += 1
        self._ranges[first:last] = [(start, end)]
