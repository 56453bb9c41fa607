"""What Chromium's trace says of the main thread: script, and style with layout, of each frame. Pure.

All times are of the thread's own clock, which stands still while other processes have the core.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

Event = dict[str, Any]
Interval = tuple[float, float]

CATEGORIES = (
    "-*",
    "devtools.timeline",
    "disabled-by-default-devtools.timeline",
    "disabled-by-default-devtools.timeline.frame",
    "devtools.timeline.frame",
    "v8",
)
SCRIPT = frozenset(
    {
        "EvaluateScript",
        "EventDispatch",
        "FireAnimationFrame",
        "FireIdleCallback",
        "FunctionCall",
        "MajorGC",
        "MinorGC",
        "RunMicrotasks",
        "TimerFire",
        "V8.GCScavenger",
        "v8.compile",
        "v8.run",
    }
)
LAYOUT = frozenset({"Layout", "UpdateLayoutTree", "IntersectionObserverController::computeIntersections"})
PAINT = frozenset({"PrePaint", "Paint", "Layerize", "Commit", "UpdateLayer"})
FRAME = "BeginMainThreadFrame"
MOVES = frozenset({"pointermove", "mousemove", "wheel"})


@dataclass(frozen=True, slots=True)
class Frame:
    """Milliseconds of the main thread."""

    script: float
    layout: float
    paint: float

    @property
    def counted(self) -> float:
        return self.script + self.layout


def frames_of(events: Sequence[Event]) -> list[Frame]:
    """Those in which the mouse did something, in the order of time."""
    main = _main_thread(events)
    mine = [event for event in events if (event.get("pid"), event.get("tid")) == main and "tts" in event]
    edges = sorted(event["tts"] for event in mine if event["name"] == FRAME)
    moves = [
        event["tts"]
        for event in mine
        if event["name"] == "EventDispatch" and event["args"].get("data", {}).get("type") in MOVES
    ]
    both = _clipped(_union(_spans(mine, SCRIPT | LAYOUT)), edges)
    layout = _clipped(_union(_spans(mine, LAYOUT)), edges)
    paint = _clipped(_union(_spans(mine, PAINT)), edges)
    moved = {place for moment in moves if (place := _frame_at(edges, moment)) is not None}
    return [
        Frame((both[place] - layout[place]) / 1000, layout[place] / 1000, paint[place] / 1000)
        for place in sorted(moved)
    ]


def _main_thread(events: Iterable[Event]) -> tuple[int, int]:
    """Of the page: the renderer with most frames."""
    frames: dict[tuple[int, int], int] = {}
    for event in events:
        if event["name"] == FRAME:
            thread = (event["pid"], event["tid"])
            frames[thread] = frames.get(thread, 0) + 1
    if not frames:
        raise ValueError("the trace has no frame of any page")
    return max(frames, key=frames.__getitem__)


def _spans(events: Iterable[Event], names: frozenset[str]) -> list[Interval]:
    return sorted(
        (event["tts"], event["tts"] + event["tdur"]) for event in events if event["name"] in names and "tdur" in event
    )


def _union(spans: Iterable[Interval]) -> list[Interval]:
    """Nested and touching ones become one, so that nothing counts twice."""
    merged: list[Interval] = []
    for begin, end in spans:
        if merged and begin <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((begin, end))
    return merged


def _clipped(spans: Sequence[Interval], edges: Sequence[float]) -> list[float]:
    """How much of the spans is between each edge and the next."""
    found = [0.0] * max(0, len(edges) - 1)
    at = 0
    for place, (begin, end) in enumerate(pairwise(edges)):
        while at < len(spans) and spans[at][1] <= begin:
            at += 1
        look = at
        while look < len(spans) and spans[look][0] < end:
            found[place] += min(end, spans[look][1]) - max(begin, spans[look][0])
            look += 1
    return found


def _frame_at(edges: Sequence[float], moment: float) -> int | None:
    for place, (begin, end) in enumerate(pairwise(edges)):
        if begin <= moment < end:
            return place
    return None
