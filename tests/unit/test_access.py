"""Who may do what: roles, teams and scopes, denied by default."""

from __future__ import annotations

from typing import Any

import pytest

from plynx_common.domain.access import POLICY, Principal, PrincipalKind, Role, Thing, authorize, is_scope
from plynx_common.domain.errors import Forbidden, NotFound

RUN = Thing("run", "ml", "r1")


def a_principal(role: Role, **fields: Any) -> Principal:
    given: dict[str, Any] = {"kind": PrincipalKind.PERSON, "id": "ann", "team": "ml", "role": role, **fields}
    return Principal(**given)


@pytest.mark.parametrize("action", POLICY)
def test_each_action_takes_exactly_its_role(action: str) -> None:
    for role in Role:
        if role >= POLICY[action]:
            authorize(a_principal(role), action, RUN)
        else:
            with pytest.raises(Forbidden):
                authorize(a_principal(role), action, RUN)


def test_roles_are_ordered() -> None:
    assert Role.VIEWER < Role.RUNNER < Role.EDITOR < Role.ADMIN < Role.OWNER
    assert Role.named("admin") is Role.ADMIN
    assert Role.named("god") is None


def test_an_action_that_is_not_in_the_policy_is_denied_to_owners_too() -> None:
    with pytest.raises(Forbidden, match="no such action"):
        authorize(a_principal(Role.OWNER), "run.explode", RUN)


def test_things_of_other_teams_do_not_exist_whatever_the_role() -> None:
    with pytest.raises(NotFound, match="run 'r1' does not exist in team 'other'"):
        authorize(a_principal(Role.OWNER, team="other"), "run.read", RUN)


@pytest.mark.parametrize(
    ("scopes", "action", "allowed"),
    [
        (("*",), "run.create", True),
        (("run.*",), "run.create", True),
        (("run.*",), "graph.read", False),
        (("*.read",), "graph.read", True),
        (("*.read",), "run.create", False),
        (("run.read", "run.create"), "run.create", True),
        ((), "run.read", False),
    ],
)
def test_scopes_narrow(scopes: tuple[str, ...], action: str, *, allowed: bool) -> None:
    principal = a_principal(Role.OWNER, scopes=scopes)
    if allowed:
        authorize(principal, action, RUN)
    else:
        with pytest.raises(Forbidden, match="this token may not"):
            authorize(principal, action, RUN)


def test_scopes_never_widen() -> None:
    with pytest.raises(Forbidden, match="takes the role 'runner', and this is a viewer"):
        authorize(a_principal(Role.VIEWER, scopes=("run.create", "*")), "run.create", RUN)


def test_a_scope_that_allows_nothing_is_no_scope() -> None:
    assert is_scope("run.*")
    assert not is_scope("runs.*")
    assert not is_scope("run")
