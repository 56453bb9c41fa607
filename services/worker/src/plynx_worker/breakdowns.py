"""What the platform did wrong, in words: failures of kind `infrastructure`, which never spend the user's retries."""

from __future__ import annotations

import errno

from plynx_common.domain.errors import PlynxError
from plynx_common.domain.failure import Failure, FailureKind

_FULL = {errno.ENOSPC, errno.EDQUOT}


def infrastructure_failure(error: Exception) -> Failure:
    return Failure(FailureKind.INFRASTRUCTURE, _in_words(error))


def is_known(error: Exception) -> bool:
    """Whether its words say all: nobody needs a stack trace to free some disk."""
    return isinstance(error, PlynxError) or is_full(error)


def is_full(error: Exception) -> bool:
    return isinstance(error, OSError) and error.errno in _FULL


def _in_words(error: Exception) -> str:
    if isinstance(error, OSError) and is_full(error):
        place = f" at '{error.filename}'" if error.filename else ""
        return f"the worker's disk is full{place}: free some of it, or move PLYNX_HOME to a larger one"
    return error.message if isinstance(error, PlynxError) else f"the worker failed: {type(error).__name__}: {error}"
