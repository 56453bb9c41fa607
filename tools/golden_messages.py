"""Writes the golden file of every message version that has none yet; what exists is never changed.

Golden files must decode for ever: other releases have sent them. A change that breaks one needs a new version.
"""

from __future__ import annotations

import types
from pathlib import Path
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

import orjson
from pydantic import BaseModel

from plynx_common.messages import routes
from plynx_common.messages.base import Message, encode

M = TypeVar("M", bound=BaseModel)

DIRECTORY = Path(__file__).resolve().parents[1] / "tests/contract/messages"


def golden_path(kind: type[Message]) -> Path:
    return DIRECTORY / f"{kind.type}.v{kind.version}.json"


def missing() -> list[type[Message]]:
    return [kind for kind in routes.ROUTES if not golden_path(kind).exists()]


def example(kind: type[M]) -> M:
    """An instance with every field filled, by the types of the fields."""
    hints = get_type_hints(kind)
    return kind.model_validate({name: _value(name, hints[name]) for name in kind.model_fields})


_PLAIN: dict[Any, Any] = {int: 7, float: 1.5, bool: True, Any: "anything"}


def _value(name: str, hint: Any) -> Any:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return _value(name, next(argument for argument in arguments if argument is not types.NoneType))
    if origin in (tuple, list):
        return [_value(name, arguments[0])]
    if origin is dict:
        return {"key": _value(name, arguments[1])}
    if isinstance(hint, type) and issubclass(hint, BaseModel):
        return example(hint)
    return _PLAIN.get(hint, f"{name}-1")


def main() -> None:
    DIRECTORY.mkdir(parents=True, exist_ok=True)
    for kind in missing():
        wire = encode(example(kind))
        golden_path(kind).write_bytes(orjson.dumps(orjson.loads(wire), option=orjson.OPT_INDENT_2) + b"\n")
        print(f"wrote {golden_path(kind).name}")


if __name__ == "__main__":
    main()
