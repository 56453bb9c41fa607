"""The demonstration, as `make demo` runs it: a report and a model the first time, everything restored the second."""

from __future__ import annotations

import pickle
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.benchmarks.embedded import environment

PLYNX = Path(sys.executable).with_name("plynx")
NODES = 12


@pytest.mark.timeout(240)
def test_the_demo_leaves_a_report_and_a_model_and_is_restored_whole_the_second_time(tmp_path: Path) -> None:
    variables, results = environment(tmp_path / "home"), tmp_path / "results"

    first = demo(variables, results)
    assert f"0 of {NODES} nodes were restored" in first
    assert "← chosen" in first
    page = (results / "report.html").read_text(encoding="utf-8")
    assert page.count("<svg") == 3
    assert not re.search(r"""(?:src|href|url\()\W*(?:https?:)?//""", page), "the report is not self-contained"
    model = pickle.loads((results / "model.pickle").read_bytes())
    assert model["title"] == "support vectors"
    report = (results / "report.html").read_bytes()

    second = demo(variables, results)
    assert f"All {NODES} nodes were restored" in second
    assert (results / "report.html").read_bytes() == report


def demo(variables: dict[str, str], results: Path) -> str:
    """What it printed, on one line."""
    done = subprocess.run(
        [PLYNX, "demo", "--once", "--results", results],
        env=variables,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return " ".join(done.stdout.split())
