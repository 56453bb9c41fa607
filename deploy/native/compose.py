"""What docker-compose.yml says of our services: command, environment, replicas, what they wait for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

COMPOSE = Path(__file__).resolve().parents[2] / "docker-compose.yml"


class Incomplete(Exception):
    """A variable that the file requires is not set; says which and what to do."""


@dataclass(frozen=True, slots=True)
class ServiceSpec:
    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    replicas: int
    waits_for: tuple[str, ...]
    """Names of services of ours that must be ready before."""


def read_services(variables: Mapping[str, str], path: Path = COMPOSE) -> dict[str, ServiceSpec]:
    """Those of this repository that always run, by name, with the variables filled in. Raises `Incomplete`."""
    services: dict[str, dict[str, Any]] = yaml.safe_load(path.read_text(encoding="utf-8"))["services"]
    ours = {name: service for name, service in services.items() if "build" in service and "profiles" not in service}
    return {
        name: ServiceSpec(
            name,
            tuple(interpolate(word, variables) for word in service["command"]),
            {key: interpolate(str(value), variables) for key, value in service["environment"].items()},
            service.get("deploy", {}).get("replicas", 1),
            tuple(needed for needed in service.get("depends_on", {}) if needed in ours),
        )
        for name, service in ours.items()
    }


def interpolate(text: str, variables: Mapping[str, str]) -> str:
    """As Compose does it: `${NAME}`, `${NAME:-default}`, `${NAME:?why}`, one in another too; `$$` is a dollar.

    Raises `Incomplete`.
    """
    done = ""
    while (start := text.find("$")) >= 0:
        done += text[:start]
        if text.startswith("$$", start):
            done, text = f"{done}$", text[start + 2 :]
            continue
        end = _closing(text, start)
        done += _value(text[start + 2 : end], variables)
        text = text[end + 1 :]
    return done + text


def _value(expression: str, variables: Mapping[str, str]) -> str:
    name, _, alternative = expression.partition(":")
    if value := variables.get(name):
        return value
    if alternative.startswith("?"):
        raise Incomplete(f"{name} is not set: {alternative[1:]}")
    return interpolate(alternative.removeprefix("-"), variables)


def _closing(text: str, start: int) -> int:
    """Of the brace that opens after the dollar."""
    if not text.startswith("${", start):
        raise ValueError(f"'{text[start : start + 20]}…': write ${{NAME}}, or $$ for a dollar")
    depth = 0
    for place in range(start, len(text)):
        depth += text.startswith("${", place) - (text[place] == "}")
        if depth == 0:
            return place
    raise ValueError(f"'{text[start : start + 20]}…' has no closing brace")
