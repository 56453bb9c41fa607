"""Every kind of problem that the API tells, by its code: for the OpenAPI document, the reference page, and tests."""

from __future__ import annotations

from types import ModuleType

from plynx_api import problems, refusals
from plynx_common.domain import errors

ONLY_PARENTS = frozenset({errors.PlynxError, errors.Unavailable})
"""Nobody raises them, only what is below them."""
INTERNAL = "internal"
"""What is no error of ours."""


def problem_types() -> dict[str, dict[str, str | int]]:
    """Code → status, title and remedy, by status."""
    kinds = [kind for module in (errors, refusals) for kind in _errors_of(module) if kind not in ONLY_PARENTS]
    statuses = {kind.code: problems.status_of(kind("")) for kind in kinds}
    # What a request cannot cause is told as `internal` only.
    told = {code: status for code, status in statuses.items() if status != 500} | {INTERNAL: 500}
    return {
        code: {"status": told[code], "title": problems.TITLES[told[code]], "remedy": problems.REMEDIES[told[code]]}
        for code in sorted(told, key=lambda code: (told[code], code))
    }


def _errors_of(module: ModuleType) -> list[type[errors.PlynxError]]:
    own = [each for each in vars(module).values() if isinstance(each, type) and each.__module__ == module.__name__]
    return [each for each in own if issubclass(each, errors.PlynxError)]
