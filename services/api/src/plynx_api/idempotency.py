"""One key, one run: what a client sends again, because it got no answer, is answered as the first time."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Protocol, Self, TypeVar

import orjson
from fastapi import Header, Response

from plynx_api.context import ApiContext
from plynx_common.domain.errors import Conflict, InvalidInput, NotFound
from plynx_common.domain.run import Run

IdempotencyKey = Annotated[
    str | None, Header(min_length=1, max_length=200, description="The same key in a team gives the same run.")
]


class Keyable(Protocol):
    """A body that may carry the key itself."""

    @property
    def idempotency_key(self) -> str | None: ...

    def model_copy(self, *, update: Mapping[str, Any]) -> Self: ...

    def model_dump(self, *, mode: str, by_alias: bool, exclude: set[str]) -> dict[str, Any]: ...


Body = TypeVar("Body", bound=Keyable)


def keyed(body: Body, key: str | None) -> Body:
    """With the header's key. Raises `InvalidInput` where the body has another one."""
    if key is None or body.idempotency_key == key:
        return body
    if body.idempotency_key is not None:
        raise InvalidInput("the header 'Idempotency-Key' and the field 'idempotency_key' differ: send one of them")
    return body.model_copy(update={"idempotency_key": key})


@dataclass(frozen=True, slots=True)
class Demand:
    """The run that a request asks for, before it is known whether it is there already."""

    id: str
    key: str | None
    digest: str | None
    """Equal for equal requests, however they were written and wherever the key stood."""

    @classmethod
    def of(cls, context: ApiContext, team: str, body: Keyable, about: Mapping[str, str] | None = None) -> Demand:
        """`about`: what beside the body says what is asked for."""
        key = body.idempotency_key
        if key is None:
            return cls(context.backends.ids.new("run-"), None, None)
        content = body.model_dump(mode="json", by_alias=True, exclude={"idempotency_key"}) | {**(about or {})}
        digest = hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()
        return cls(run_id(team, key), key, digest)

    async def earlier(self, context: ApiContext, team: str) -> Run | None:
        """Asked before anything else is: what has changed since must not change the answer. Raises `Conflict`."""
        if self.key is None:
            return None
        try:
            found = await context.runs.get(team, self.id, summary=True)
        except NotFound:
            return None
        if found.request_digest != self.digest:
            raise Conflict(
                f"idempotency key '{self.key}' was already used with another body (run '{self.id}'): "
                "use a fresh key for a different run"
            )
        return await context.runs.get(team, self.id)


def run_id(team: str, key: str) -> str:
    """The same key in a team names the same run."""
    return "run-" + hashlib.sha256(f"{team}\n{key}".encode()).hexdigest()[:32]


def say_where(response: Response, run: Run, *, is_new: bool) -> None:
    response.headers["Location"] = f"/api/v1/runs/{run.id}"
    if not is_new:
        response.headers["Idempotent-Replayed"] = "true"
