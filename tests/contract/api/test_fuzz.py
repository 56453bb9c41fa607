"""The API does what its OpenAPI document says, whatever it is asked: no 5xx, no lie; long form in `fuzz.py`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.contract.api.fuzz import fuzzed

SEED = 5
EXAMPLES = 10
"""Of each operation, beside its good examples and the systematic cases at the edges of its schema."""


@pytest.mark.timeout(400)  # half a minute on two idle cores
def test_every_operation_keeps_to_the_document(tmp_path: Path) -> None:
    report = fuzzed(tmp_path / "home", seed=SEED, examples=EXAMPLES, whole=False)
    again = f"again: python -m tests.contract.api.fuzz --seed {SEED} --examples {EXAMPLES}"
    if report.failures or report.errors:
        pytest.fail(f"{report.text()}\n\n{again}", pytrace=False)
    assert report.unsuccessful == set(), "what never succeeds is not looked at: give an example in subject.py"
    assert report.requests > 3000
