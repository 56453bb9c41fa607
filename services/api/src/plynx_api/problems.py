"""Every error as `application/problem+json` (RFC 9457): one table from class to status, never a stack trace."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, cast

import orjson
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field, ValidationError
from starlette.exceptions import HTTPException

from plynx_api.methods import Methods
from plynx_api.refusals import (
    BodyTooLarge,
    MalformedBody,
    MethodNotAllowed,
    NoSuchRoute,
    RevisionRequired,
    StaleRevision,
    TooManyFollowers,
    TooManyRequests,
    UnsupportedBody,
)
from plynx_common.domain.errors import (
    Conflict,
    Forbidden,
    InvalidInput,
    Issue,
    NotFound,
    PlynxError,
    Unauthenticated,
    Unavailable,
)
from plynx_common.domain.issues import pointer, summary
from plynx_common.domain.parsing import issues_of

CONTENT_TYPE = "application/problem+json"
REQUEST_ID = "plynx.request_id"
"""Key in the ASGI scope."""

STATUS: dict[type[PlynxError], int] = {
    MalformedBody: 400,
    Unauthenticated: 401,
    Forbidden: 403,
    NotFound: 404,
    MethodNotAllowed: 405,
    Conflict: 409,
    StaleRevision: 412,
    BodyTooLarge: 413,
    UnsupportedBody: 415,
    InvalidInput: 422,
    RevisionRequired: 428,
    TooManyFollowers: 429,
    TooManyRequests: 429,
    Unavailable: 503,
}
"""Class → status; a class that is not here has its parent's, the rest are our own fault: 500."""

TITLES = {
    400: "The body cannot be read",
    401: "Not signed in",
    403: "Not allowed",
    404: "There is no such thing",
    405: "This cannot be done here",
    409: "Things are not as the request assumes",
    412: "It has changed meanwhile",
    413: "Too large",
    415: "Not the expected kind of body",
    422: "The input is not valid",
    428: "Say what the change was made from",
    429: "Too many at once",
    500: "The platform failed",
    503: "Something needed does not answer",
}
REMEDIES = {
    400: "Send one JSON document.",
    401: "Send 'Authorization: Bearer <token>', or sign in by the link that a start prints.",
    403: "Use a token with a wider role or scope, or ask an admin of the team.",
    404: "Look at the id, and at the team of your token.",
    405: "See the header 'Allow'.",
    409: "Read it again and decide anew.",
    412: "Read it again and repeat your change.",
    413: "Send less; large content is uploaded to the storage service, see POST /api/v1/files/uploads.",
    415: "Send what 'detail' names, most often JSON with 'Content-Type: application/json'.",
    422: "Correct what 'errors' names and send it again.",
    428: "Send the 'ETag' of what you read as 'If-Match'.",
    429: "Try again in a few seconds.",
    500: "Show the request id to who runs the platform.",
    503: "Try again in a moment.",
}
RETRY_AFTER = {429: "5", 503: "1"}
"""Seconds."""


class ProblemIssue(BaseModel):
    pointer: str = Field(description="JSON pointer into the body; `/query/…`, `/path/…` or `/header/…` outside of it.")
    code: str
    detail: str
    severity: str = "error"


class Problem(BaseModel):
    """What went wrong (RFC 9457); programs branch on `code`."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    code: str
    remedy: str
    errors: list[ProblemIssue] = []
    request_id: str


def status_of(error: PlynxError) -> int:
    return next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 500)


def problem_response(error: PlynxError, request_id: str) -> Response:
    issues = error.issues if isinstance(error, InvalidInput) else ()
    status = status_of(error)
    if status == 500:
        # Of our tree, but nothing that a request can cause: what it says concerns the inside only.
        return _failed(request_id)
    answer = _response(status, error.code, error.message, issues, request_id)
    if isinstance(error, TooManyRequests):
        answer.headers["Retry-After"] = str(error.retry_after)
    return answer


def install(app: FastAPI) -> None:
    app.add_exception_handler(PlynxError, _known)
    app.add_exception_handler(HTTPException, _of_framework)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(Exception, _unexpected)


async def _known(request: Request, error: Exception) -> Response:
    if status_of(cast("PlynxError", error)) == 500:
        raise error
    return problem_response(cast("PlynxError", error), _request_id(request))


async def _of_framework(request: Request, error: Exception) -> Response:
    """Unknown paths and methods."""
    refused = cast("HTTPException", error)
    where = f"{request.method} {request.url.path[:200]}"
    headers = dict(refused.headers or {})
    match refused.status_code:
        case 404:
            known: PlynxError = NoSuchRoute(f"there is no {where}: the page at / lists what there is")
        case 405:
            allowed = ", ".join(cast("Methods", request.app.state.methods).of(request.url.path))
            known = MethodNotAllowed(f"{where} is not possible: expected {allowed}")
            headers["Allow"] = allowed
        case _:
            known = MalformedBody(str(refused.detail))
    answer = problem_response(known, _request_id(request))
    answer.headers.update(headers)
    return answer


async def _invalid(request: Request, error: Exception) -> Response:
    """The framework's validation, in our words and form."""
    found = cast("RequestValidationError", error)
    details = found.errors()
    if any(detail["type"] == "json_invalid" for detail in details):
        reason = next(detail["ctx"]["error"] for detail in details if detail["type"] == "json_invalid")
        return problem_response(MalformedBody(f"the body is no JSON: {reason}"), _request_id(request))
    issues = [*_body_issues(request, found), *(_issue(each, each["loc"]) for each in details if not _is_body(each))]
    detail = f"the request is not valid: {summary(issues)}"
    return _response(422, InvalidInput.code, detail, issues, _request_id(request))


async def _unexpected(request: Request, _error: Exception) -> Response:
    """The stack trace goes to the log, never to the client."""
    return _failed(_request_id(request))


def _failed(request_id: str) -> Response:
    return _response(500, "internal", f"the log of the API says why, under request '{request_id}'", (), request_id)


def _response(status: int, code: str, detail: str, issues: Iterable[Issue], request_id: str) -> Response:
    problem = {
        "type": "about:blank",
        "title": TITLES[status],
        "status": status,
        "detail": detail,
        "code": code,
        "remedy": REMEDIES[status],
        "errors": [
            {"pointer": issue.path, "code": issue.code, "detail": issue.message, "severity": issue.severity}
            for issue in issues
        ],
        "request_id": request_id,
    }
    headers = {"Retry-After": RETRY_AFTER[status]} if status in RETRY_AFTER else {}
    if status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="plynx"'
    return Response(orjson.dumps(problem), status, headers, CONTENT_TYPE)


def _request_id(request: Request) -> str:
    return str(request.scope.get(REQUEST_ID, ""))


def _is_body(detail: Mapping[str, Any]) -> bool:
    return detail["loc"][:1] == ("body",)


def _body_issues(request: Request, error: RequestValidationError) -> list[Issue]:
    wrong = [detail for detail in error.errors() if _is_body(detail)]
    if not wrong:
        return []
    if error.body is None:
        return [Issue("", "missing_body", "the request has no body: send JSON, with Content-Type: application/json")]
    model = _model_of_body(request)
    if model is not None:
        # Once more by the model itself, whose errors have words for people; only wrong requests pay for it.
        try:
            model.model_validate(error.body)
        except ValidationError as found:
            return issues_of(model, found)
    return [_issue(detail, detail["loc"][1:]) for detail in wrong]


def _model_of_body(request: Request) -> type[BaseModel] | None:
    field = getattr(request.scope.get("route"), "body_field", None)
    model = getattr(getattr(field, "field_info", None), "annotation", None)
    return model if isinstance(model, type) and issubclass(model, BaseModel) else None


def _issue(detail: Mapping[str, Any], loc: tuple[str | int, ...]) -> Issue:
    text = str(detail["msg"])
    name = loc[-1] if loc else "body"
    return Issue(pointer(*loc), str(detail["type"]), f"'{name}': {text[:1].lower()}{text[1:]}")
