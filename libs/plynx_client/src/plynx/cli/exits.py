"""Exit codes of every command, and how errors are told."""

from __future__ import annotations

import sys

from plynx.connection import ApiError

DONE = 0
RUN_FAILED = 1
USAGE = 2
CANCELLED = 3
TIMEOUT = 4
UNREACHABLE = 5
INTERRUPTED = 130

OF_STATE = {"succeeded": DONE, "failed": RUN_FAILED, "cancelled": CANCELLED}


class Exit(Exception):
    """Ends the command with this code, and a line on stderr where there is something to say."""

    def __init__(self, code: int, message: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def say(message: str) -> None:
    sys.stderr.write(f"plynx: {message}\n")


def say_problem(error: ApiError) -> None:
    say(str(error))
    for issue in error.issues:
        place = str(issue.get("place") or issue.get("pointer") or "")
        sys.stderr.write(f"  {place + ': ' if place else ''}{issue.get('detail', issue.get('code', ''))}\n")
