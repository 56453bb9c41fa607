"""The benchmarks still measure a real platform: one small workload of each kind, once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_smallest_workload_is_measured_on_a_platform_of_its_own() -> None:
    command = [sys.executable, "-m", "tests.benchmarks", "--only", "W0", "--repetitions", "1", "--idle", "0"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=90, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "W0 order:" in done.stderr
    assert "W0 data:" in done.stderr
    assert "CPU ms/node" in done.stdout
