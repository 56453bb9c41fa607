"""Every module says what it is for, in its docstring and in its name; imports keep their direction."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path, PurePosixPath

from tests.architecture.sources import ROOT, Violation, assert_none, sources

EMPTY_NAMES = re.compile(r"(utils?|helpers?|managers?|data|info|misc|base_.*)")


def test_imports_keep_their_direction() -> None:
    command = Path(sys.executable).with_name("lint-imports")
    report = subprocess.run([command, "--no-logo"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert report.returncode == 0, report.stdout + report.stderr


def test_every_module_has_a_docstring() -> None:
    found = [Violation(source.path, 1, "no docstring") for source in sources() if not ast.get_docstring(source.tree)]
    assert_none(found, {}, "one line that says what the module is for:")


def test_no_module_has_a_name_that_says_nothing() -> None:
    found = [
        Violation(source.path, 1, "a name that says nothing")
        for source in sources()
        if EMPTY_NAMES.fullmatch(PurePosixPath(source.path).stem)
    ]
    assert_none(found, {}, "name it after what it knows or does:")
