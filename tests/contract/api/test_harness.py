"""The fuzzer's checks find what they are there for: an API that lies is caught at each lie."""

from __future__ import annotations

from collections import defaultdict

from tests.contract.api import liar
from tests.contract.api.harness import CHECKS, examined


def test_each_lie_is_found_by_its_check_and_honesty_by_none() -> None:
    with liar.lying() as url:
        settings = {"seed": 1, "generation": {"max-examples": 5, "database": "none"}}
        report = examined(liar.document(), url, liar.TOKEN, {**settings, "phases": {"stateful": {"enabled": False}}})
    found: dict[str, set[str]] = defaultdict(set)
    for label, check, _ in report.failures:
        found[label.removeprefix("GET ")].add(check)
    assert report.errors == []
    assert set(liar.PATHS) == set(CHECKS)
    assert [path for check, path in liar.PATHS.items() if check not in found[path]] == [], report.text()
    assert found[liar.HONEST] == set(), report.text()
