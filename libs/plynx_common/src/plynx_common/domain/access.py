"""Who may do what: one table from action to least role, and one function that denies by default."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Protocol

from plynx_common.domain.errors import Forbidden, NotFound


class Role(IntEnum):
    """In one team; each may do what those before it may."""

    VIEWER = 1
    RUNNER = 2
    EDITOR = 3
    ADMIN = 4
    OWNER = 5

    @classmethod
    def named(cls, name: str) -> Role | None:
        return cls.__members__.get(name.upper())

    @property
    def label(self) -> str:
        return self.name.lower()


class PrincipalKind(StrEnum):
    PERSON = "person"
    SERVICE = "service"


@dataclass(frozen=True, slots=True)
class Principal:
    kind: PrincipalKind
    id: str
    """Of the person or service, as audit entries and `author` fields name it."""
    team: str
    role: Role
    scopes: tuple[str, ...] = ("*",)
    """What the token narrows the role to: `*`, `run.*`, `*.read` or an action. Empty: nothing at all."""
    token_id: str = ""


class Owned(Protocol):
    """Anything that belongs to a team."""

    @property
    def team(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Thing:
    """What an action is about, where there is no object at hand."""

    kind: str
    team: str
    id: str = ""

    def __str__(self) -> str:
        return f"{self.kind} '{self.id}'" if self.id else f"{self.kind}s of team '{self.team}'"


POLICY: dict[str, Role] = {
    "artifact.create": Role.EDITOR,
    "artifact.read": Role.VIEWER,
    "audit.read": Role.ADMIN,
    "dead_letter.delete": Role.ADMIN,
    "dead_letter.read": Role.ADMIN,
    "dead_letter.update": Role.ADMIN,
    "graph.create": Role.EDITOR,
    "graph.delete": Role.EDITOR,
    "graph.plan": Role.VIEWER,
    "graph.read": Role.VIEWER,
    "graph.update": Role.EDITOR,
    "graph.validate": Role.VIEWER,
    "log.read": Role.VIEWER,
    "member.read": Role.VIEWER,
    "member.update": Role.ADMIN,
    "operation.approve": Role.EDITOR,
    "operation.create": Role.EDITOR,
    "operation.delete": Role.EDITOR,
    "operation.deprecate": Role.EDITOR,
    "operation.preview": Role.VIEWER,
    "operation.read": Role.VIEWER,
    "operation.retire": Role.ADMIN,
    "operation.update": Role.EDITOR,
    "operation.validate": Role.VIEWER,
    "pool.read": Role.VIEWER,
    "pool.token": Role.ADMIN,
    "pool.update": Role.ADMIN,
    "run.cancel": Role.RUNNER,
    "run.create": Role.RUNNER,
    "run.delete": Role.ADMIN,
    "run.read": Role.VIEWER,
    "secret.delete": Role.ADMIN,
    "secret.read": Role.EDITOR,
    "secret.update": Role.ADMIN,
    "team.delete": Role.OWNER,
    "team.read": Role.VIEWER,
    "team.update": Role.OWNER,
    "token.create": Role.VIEWER,
    "token.read": Role.VIEWER,
    "token.revoke": Role.VIEWER,
    "token.manage": Role.ADMIN,
    "trigger.create": Role.EDITOR,
    "trigger.delete": Role.EDITOR,
    "trigger.read": Role.VIEWER,
    "trigger.update": Role.EDITOR,
    "worker.read": Role.VIEWER,
    "worker.update": Role.ADMIN,
}
"""Action → least role. `token.*` is about one's own tokens, `token.manage` about those of others; `secret.read` gives
names, never contents. An action that is not here is denied to everyone."""


def authorize(principal: Principal, action: str, thing: Owned) -> None:
    """Raises `NotFound` for things of other teams (as if they did not exist), else `Forbidden`, unless allowed."""
    if thing.team != principal.team:
        raise NotFound(f"{described_thing(thing)} does not exist in team '{principal.team}'")
    least = POLICY.get(action)
    if least is None:
        raise Forbidden(f"nobody may '{action}': the policy has no such action")
    if principal.role < least:
        raise Forbidden(
            f"'{principal.id}' may not '{action}' in team '{thing.team}': it takes the role '{least.label}', "
            f"and this is a {principal.role.label}; ask an admin of the team"
        )
    if not in_scopes(principal.scopes, action):
        scopes = ", ".join(principal.scopes) or "none"
        raise Forbidden(f"this token may not '{action}': its scopes are {scopes}; use a token with '{action}'")


def described_thing(thing: Owned) -> str:
    return str(thing) if isinstance(thing, Thing) else type(thing).__name__.lower()


def in_scopes(scopes: tuple[str, ...], action: str) -> bool:
    noun, _, verb = action.partition(".")
    return any(scope in {"*", action, f"{noun}.*", f"*.{verb}"} for scope in scopes)


def is_scope(scope: str) -> bool:
    """Does it allow anything at all? One that does not is a typing mistake."""
    return any(in_scopes((scope,), action) for action in POLICY)
