"""Numbers and flags as JSON has them: what only looks like one (`"3"`, `true` for 1, `"yes"`) is refused, not read."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field, Strict

LARGEST = 2**53
"""Up to here, every program that reads JSON reads the same number."""


def _whole(value: object) -> object:
    """JSON knows no difference between 3 and 3.0."""
    return int(value) if type(value) is float and value.is_integer() else value


WHOLE = BeforeValidator(_whole)
"""For whole numbers with limits of their own; last in its `Annotated`, or their schema loses the limits."""
Whole = Annotated[int, Strict(), Field(ge=-LARGEST, le=LARGEST), WHOLE]
Number = Annotated[float, Strict()]
Flag = Annotated[bool, Strict()]
