"""What only an HTTP API can refuse, as leaves of the tree in `plynx_common.domain.errors`.

InvalidInput
├── MalformedBody      the body is no JSON, or is nested too deeply
├── BodyTooLarge
└── UnsupportedBody    another content type than JSON
NotFound
└── NoSuchRoute
PlynxError
└── MethodNotAllowed
Conflict
├── StaleRevision      If-Match names another revision than the current one
└── RevisionRequired   If-Match is missing
Unavailable
├── TooManyFollowers
└── TooManyRequests    of one token or address; says when to come again
Forbidden
└── CrossSite          a browser was sent here by another site
"""

from __future__ import annotations

from plynx_common.domain.errors import Conflict, Forbidden, InvalidInput, NotFound, PlynxError, Unavailable


class MalformedBody(InvalidInput):
    code = "malformed_body"


class BodyTooLarge(InvalidInput):
    code = "body_too_large"


class UnsupportedBody(InvalidInput):
    code = "unsupported_body"


class NoSuchRoute(NotFound):
    code = "no_such_route"


class MethodNotAllowed(PlynxError):
    code = "method_not_allowed"


class StaleRevision(Conflict):
    code = "stale_revision"


class RevisionRequired(Conflict):
    code = "revision_required"


class CrossSite(Forbidden):
    code = "cross_site"


class TooManyFollowers(Unavailable):
    code = "too_many_followers"


class TooManyRequests(Unavailable):
    code = "too_many_requests"

    def __init__(self, message: str, retry_after: int = 1) -> None:
        """`retry_after`: seconds."""
        super().__init__(message)
        self.retry_after = retry_after
