"""ETag and If-Match: a change names the revision it was made from."""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import Header

from plynx_api.refusals import RevisionRequired, StaleRevision
from plynx_common.domain.errors import InvalidInput

_ETAG = re.compile(r'(?:W/)?"([0-9]{1,9})"')

IfMatch = Annotated[
    str | None,
    # Said only: a wrong one is refused in our own words.
    Header(description="`ETag` of what the change was made from.", json_schema_extra={"pattern": f"^{_ETAG.pattern}$"}),
]


def etag(revision: int) -> dict[str, str]:
    return {"ETag": f'"{revision}"'}


def revision_of(if_match: str | None, current: int, thing: str) -> int:
    """The current revision, if the change was made from it; raises `RevisionRequired` or `StaleRevision`."""
    if if_match is None or not if_match.strip():
        raise RevisionRequired(
            f"a change of {thing} names its revision: send 'If-Match: \"{current}\"' if you have read it"
        )
    match = _ETAG.fullmatch(if_match.strip())
    if match is None:
        raise InvalidInput(f"'If-Match: {if_match[:40]}' is no revision: expected the 'ETag' of {thing} as it came")
    if int(match[1]) != current:
        raise StaleRevision(f"{thing} is at revision {current}, your change was made from {match[1]}")
    return current
