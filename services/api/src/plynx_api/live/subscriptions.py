"""What a client of `/ws` asks for: JSON objects, one a message."""

from __future__ import annotations

from typing import Any, ClassVar, Literal, cast

from pydantic import BaseModel, ConfigDict, Field

from plynx_api.bodies import parse as parse_json
from plynx_common.domain.errors import InvalidInput, Issue
from plynx_common.domain.issues import summary
from plynx_common.domain.parsing import parse

Id = Field(min_length=1, max_length=64, description="Chosen by the client; each answer names it as `subscription`.")


class SubscribeToRun(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    action: ClassVar[str] = "run.read"

    type: Literal["subscribe"]
    id: str = Id
    to: Literal["run"]
    run: str = Field(max_length=200)
    nodes: bool = True
    """Tell of nodes too, not only of the run."""


class SubscribeToRuns(BaseModel):
    """All of the team."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    action: ClassVar[str] = "run.read"

    type: Literal["subscribe"]
    id: str = Id
    to: Literal["runs"]


class SubscribeToPool(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    action: ClassVar[str] = "pool.read"

    type: Literal["subscribe"]
    id: str = Id
    to: Literal["pool"]
    pool: str | None = Field(default=None, max_length=200)
    """As `gpu` or `team/gpu`; by default all of the team."""


class Unsubscribe(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    type: Literal["unsubscribe"]
    id: str = Id


Subscribe = SubscribeToRun | SubscribeToRuns | SubscribeToPool
_SUBSCRIBES: dict[str, type[Subscribe]] = {"run": SubscribeToRun, "runs": SubscribeToRuns, "pool": SubscribeToPool}


def read_request(text: str) -> Subscribe | Unsubscribe:
    """Raises `MalformedBody` or `InvalidInput`."""
    document = parse_json(text.encode())
    request, issues = parse(_model_of(document), document, "message")
    if request is None:
        raise InvalidInput(f"the message is not valid: {summary(issues)}", tuple(issues))
    return request


def _model_of(document: Any) -> type[Subscribe | Unsubscribe]:
    fields: dict[str, Any] = cast("dict[str, Any]", document) if isinstance(document, dict) else {}
    if fields.get("type") == "unsubscribe":
        return Unsubscribe
    model = _SUBSCRIBES.get(str(fields.get("to")))
    if model is None:
        message = f"a message has 'type', 'id' and 'to', which is one of {', '.join(_SUBSCRIBES)}"
        raise InvalidInput(message, (Issue("/to", "invalid_value", message),))
    return model
