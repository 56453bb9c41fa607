"""An operation: a versioned, typed building block."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from plynx_common.domain.scalars import Flag, Number, Whole


class Model(BaseModel):
    """Documents people write: frozen, unknown fields refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    def to_document(self) -> dict[str, Any]:
        """Plain JSON under the names people write, without what says nothing; reading it gives an equal model."""
        return self.model_dump(mode="json", by_alias=True, exclude_defaults=True)


class OperationStatus(StrEnum):
    DRAFT = "draft"
    """Editable."""
    READY = "ready"
    """Approved, immutable."""
    DEPRECATED = "deprecated"
    """Usable, with an optional successor."""
    RETIRED = "retired"
    """Validation refuses it."""


class Input(Model):
    name: str
    types: tuple[str, ...] = ("file",)
    """Any of these is accepted."""
    min: Whole = 1
    """0 is optional."""
    max: Whole = 1
    """Below 0: any number. With min = max = 1 the input is a single value, else an ordered list."""
    description: str = ""

    @property
    def is_single(self) -> bool:
        return self.min == 1 and self.max == 1


class Output(Model):
    name: str
    type: str = "file"
    description: str = ""


class Parameter(Model):
    name: str
    type: str = "str"
    """`int, float, str, bool, text, enum, list_int, list_float, list_str, code, json, date, secret` or `color`."""
    default: Any = None
    required: Flag = False
    """Without a default, a value must be given; otherwise it is empty text, 0, false or an empty list."""
    choices: tuple[Any, ...] = ()
    """The value, or each item of a list, is one of these; an `enum` must have them."""
    min: Number | None = None
    """Numbers: the least allowed value, or the least allowed item of a list."""
    max: Number | None = None
    min_items: Whole = 0
    """Lists: the least number of items."""
    max_items: Whole | None = None
    regex: str | None = None
    """Text: the whole value, or each whole item of a list, must match."""
    description: str = ""
    group: str = ""
    order: Whole = 0
    exposed: Flag = True
    """Shown on the node."""
    accepts_code: Flag = False
    """Values from outside the team may become program text."""


class ArtifactRef(Model):
    digest: str
    """SHA-256, hex."""
    size: Whole
    """Bytes."""
    type: str = "file"


class Resources(Model):
    cpu: Number = 0.0
    """Cores."""
    memory: Whole = 0
    """Bytes."""
    gpu: Whole = 0
    tags: tuple[str, ...] = ()


class Environment(Model):
    python: str = ""
    """Version or path of the interpreter; empty: the worker's own."""
    requirements: tuple[str, ...] = ()
    """Locked."""


class Operation(Model):
    """`team/name@version`; also the inline form inside a graph, where team and version are filled in later."""

    team: str = ""
    name: str
    version: Whole = 1
    status: OperationStatus = OperationStatus.DRAFT
    title: str = ""
    description: str = ""
    kind: str
    """Name of a kind plugin: `bash_jinja2`, `command`, `python`, … or `file`."""
    inputs: tuple[Input, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    outputs: tuple[Output, ...] = ()
    tags: tuple[str, ...] = ()
    author: str = ""
    changelog: str = ""
    parent: str | None = None
    successor: str | None = None

    cmd: str = ""
    cacheable: Flag = True
    timeout: Number = Field(default=600.0, alias="_timeout")
    """Minutes."""
    retries: Whole = 0
    retry_delay: Number = 5.0
    """Seconds before the first retry; doubles with each."""
    retry_on: tuple[Whole, ...] = ()
    """Exit codes worth a retry; empty: all."""
    pool: str = ""
    """Empty: the team's `default`."""
    env: dict[str, str] = {}
    environment: Environment = Environment()
    resources: Resources = Resources()
    on_lost: Literal["retry", "fail"] = "retry"
    quoting: Literal["none", "safe"] = "none"
    artifact: ArtifactRef | None = None
    """Of kind `file`: the stored artifact."""


def exact_ref(operation: Operation) -> str:
    return f"{operation.team}/{operation.name}@{operation.version}"
